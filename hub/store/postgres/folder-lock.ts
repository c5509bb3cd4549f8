import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { KitError } from '@gatehouse/shared/errors.ts';
import { diskFull } from './folder-failure.ts';

const SQLITE_BUSY = 5;
const SQLITE_FULL = 13;
const RETRY_MS = 50;
const WAIT_MS_MAX = 360_000;

/**
 * Runs work while nobody else on this machine runs work under the same lock file.
 *
 * The lock is the operating system's, taken through an empty SQLite file: it ends with the process that holds it,
 * however that process ends, so there is no stale lock to judge.
 *
 * Errors: `DISK_FULL`; `DATABASE_UNREACHABLE` when another process holds it for longer than a start may take.
 */
export async function withFolderLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const lock = new DatabaseSync(file, { timeout: 0 });
  try {
    await take(lock, file);
    return await work();
  } finally {
    lock.close();
  }
}

async function take(lock: DatabaseSync, file: string): Promise<void> {
  for (let waitedMs = 0; waitedMs <= WAIT_MS_MAX; waitedMs += RETRY_MS) {
    if (isTaken(lock, file)) return;
    await delay(RETRY_MS);
  }
  throw new KitError('DATABASE_UNREACHABLE', `another process has held ${file} for ${WAIT_MS_MAX / 1000} s`, {
    hint: 'Another hub is starting on this data folder; stop it, or wait for it.',
  });
}

function isTaken(lock: DatabaseSync, file: string): boolean {
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
    if (code === SQLITE_BUSY) return false;
    throw code === SQLITE_FULL ? diskFull(dirname(file), error) : error;
  }
}
