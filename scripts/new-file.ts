import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';

const OWNER_ONLY = 0o600;

/** Writes a file that must not exist yet; answers with its whole path. Errors: `FOLDER_UNUSABLE`. */
export function writeNewFile(path: string, text: string): string {
  const whole = resolve(path);
  try {
    writeFileSync(whole, text, { mode: OWNER_ONLY, flag: 'wx', flush: true });
    return whole;
  } catch (cause) {
    throw new KitError('FOLDER_UNUSABLE', `${whole} cannot be written: ${describeError(cause)}`, {
      hint: 'Name a new file in a folder that you may write to.',
      cause,
    });
  }
}
