import { type ErrorCode, KitError } from '@gatehouse/shared/errors.ts';

const PRIMARY_CODE_MASK = 0xff;

/** The primary result codes of SQLite that say more than "the disk failed". */
const CODE_OF_RESULT: ReadonlyMap<number, ErrorCode> = new Map([
  // Our statements never change, so one that does not fit the tables means that those changed.
  [1, 'JOURNAL_DAMAGED'],
  [5, 'JOURNAL_LOCKED'],
  [6, 'JOURNAL_LOCKED'],
  [11, 'JOURNAL_DAMAGED'],
  [13, 'DISK_FULL'],
  [19, 'INVARIANT_BROKEN'],
  [26, 'JOURNAL_DAMAGED'],
]);

const CODE_OF_ERRNO: ReadonlyMap<string, ErrorCode> = new Map([
  ['ENOSPC', 'DISK_FULL'],
  ['EDQUOT', 'DISK_FULL'],
  ['EACCES', 'FOLDER_UNUSABLE'],
  ['EPERM', 'FOLDER_UNUSABLE'],
  ['EROFS', 'FOLDER_UNUSABLE'],
  ['ENOTDIR', 'FOLDER_UNUSABLE'],
  ['EEXIST', 'FOLDER_UNUSABLE'],
]);

const HINTS: Partial<Record<ErrorCode, string>> = {
  DISK_FULL: 'Free space on this disk, then reopen the journal; nothing is sent to a venue until then.',
  DISK_FAILED: 'Check the disk and its cables, then reopen the journal; nothing is sent to a venue until then.',
  FOLDER_UNUSABLE: 'Name a folder that this user may create and write.',
  JOURNAL_LOCKED: 'Only one process may hold a journal; stop the other one first.',
  JOURNAL_DAMAGED:
    'Trading stays blocked. Keep the folder as it is and start from a copy; the hub has every record that it acknowledged.',
};

/**
 * A failure of the engine in our words.
 *
 * Errors: `DISK_FULL`, `JOURNAL_LOCKED` (another connection), `JOURNAL_DAMAGED` (not or no longer a database),
 *         `INVARIANT_BROKEN` (a constraint of the tables), `DISK_FAILED` for everything else.
 */
export function sqlFailure(cause: unknown, what: string): KitError {
  if (cause instanceof KitError) return cause;
  const { rawCode, errcode } = cause as { readonly rawCode?: unknown; readonly errcode?: unknown };
  const result = typeof rawCode === 'number' ? rawCode : errcode;
  const primary = typeof result === 'number' ? result & PRIMARY_CODE_MASK : 0;
  return failure(CODE_OF_RESULT.get(primary) ?? 'DISK_FAILED', what, cause);
}

/** A failure of the file system in our words. Errors: `DISK_FULL`, `FOLDER_UNUSABLE`, `DISK_FAILED` for the rest. */
export function fileFailure(cause: unknown, what: string): KitError {
  if (cause instanceof KitError) return cause;
  const { code } = cause as NodeJS.ErrnoException;
  return failure(CODE_OF_ERRNO.get(code ?? '') ?? 'DISK_FAILED', what, cause);
}

/** A journal that is not what it was when it was written. */
export function damaged(what: string, cause?: unknown): KitError {
  return new KitError('JOURNAL_DAMAGED', what, { ...hintOf('JOURNAL_DAMAGED'), cause });
}

function failure(code: ErrorCode, what: string, cause: unknown): KitError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new KitError(code, `${what}: ${reason}`, { ...hintOf(code), cause });
}

function hintOf(code: ErrorCode): { readonly hint?: string } {
  const hint = HINTS[code];
  return hint === undefined ? {} : { hint };
}
