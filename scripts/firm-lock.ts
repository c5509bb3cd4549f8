import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { takeLock } from '@gatehouse/edge/journal/lock-file.ts';

/** Where a running firm says who it is, below the data folder. */
export const RUN_FOLDER = 'run';

/** Does work as the only firm on a data folder. Errors: `JOURNAL_LOCKED` naming the process of the other one. */
export async function withFirmLock<T>(data: string, work: () => Promise<T>): Promise<T> {
  const folder = join(data, RUN_FOLDER);
  mkdirSync(folder, { recursive: true });
  const lock = takeLock(folder, 'a running Gatehouse');
  try {
    return await work();
  } finally {
    lock.release();
  }
}
