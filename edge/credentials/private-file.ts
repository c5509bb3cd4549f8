import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { KitError } from '@gatehouse/shared/errors.ts';
import { fileFailure } from '../journal/sql-failure.ts';

const OTHERS_MASK = 0o077;
const BYTES_MAX = 100_000;

/** A file's text, and a stamp that another file in its place does not have. */
export interface PrivateFile {
  readonly text: string;
  readonly stamp: string;
}

/**
 * Reads a file that its owner alone may read, by one handle, so that text, rights and stamp are of the same file.
 *
 * Errors: `NOT_FOUND`; `FORBIDDEN` where others may read it; `FILE_MALFORMED` for one that is far too large; those of `fileFailure`.
 */
export function readPrivateFile(path: string): PrivateFile {
  const handle = opened(path);
  try {
    const { mode, size, ino, mtimeNs } = fstatSync(handle, { bigint: true });
    // Windows has no such rights; there the folder's own list of rights decides.
    if (process.platform !== 'win32' && (Number(mode) & OTHERS_MASK) !== 0) {
      throw new KitError('FORBIDDEN', `${path} may be read by others (mode ${(Number(mode) & 0o777).toString(8)})`, {
        hint: `Run "chmod 600 ${path}"; if others had access, have the venue make a new key and rotate to it.`,
      });
    }
    if (size > BYTES_MAX) throw new KitError('FILE_MALFORMED', `${path} has ${size} bytes, more than ${BYTES_MAX}`);
    return { text: readFileSync(handle, 'utf8'), stamp: `${ino}:${mtimeNs}:${size}` };
  } finally {
    closeSync(handle);
  }
}

function opened(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw fileFailure(cause, path);
    throw new KitError('NOT_FOUND', `there is no file ${path}`, {
      hint: 'Set the credential with "gatehouse credentials set", or restore the file from a copy.',
      cause,
    });
  }
}
