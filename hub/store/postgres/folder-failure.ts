import { KitError } from '@gatehouse/shared/errors.ts';

// 53100 is how PostgreSQL itself says that the disk is full.
const DISK_FULL_CODES: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', '53100']);
const UNUSABLE_CODES: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG']);

/** The errno name of a system failure, where it has one. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Runs work on a folder and says in the product's words why the disk or the folder refused it. */
export async function onFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = errnoOf(error) ?? '';
    if (DISK_FULL_CODES.has(code)) throw diskFull(folder, error);
    if (UNUSABLE_CODES.has(code)) throw folderUnusable(folder, error);
    throw error;
  }
}

/** The disk under the folder has no room left. */
export function diskFull(folder: string, cause?: unknown): KitError {
  return new KitError('DISK_FULL', `no space left for the database in ${folder}`, {
    hint: 'Free space on this disk, or move the data folder to a larger one, and start again; nothing was lost.',
    cause,
  });
}

function folderUnusable(folder: string, cause: unknown): KitError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new KitError('FOLDER_UNUSABLE', `the database cannot use the folder ${folder}: ${reason}`, {
    hint: 'Give the user that starts the hub the folder to own, or name another one with GATEHOUSE_DATA.',
    cause,
  });
}
