import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import { errnoOf } from '../../store/postgres/folder-failure.ts';
import { type LogFolder, openLogFolder } from '../tiles/log-folder.ts';
import { type ArchiveStore, LIST_PAGE_MAX, OBJECT_BYTES_MAX } from './archive-store.ts';

const OWNER_ONLY_FOLDER = 0o700;

/**
 * The archive in a folder: files that nobody may write, put there whole and never replaced.
 *
 * Shape: our own program has no way to change or remove what lies there; the owner of the computer has, so it holds no lock.
 */
export function folderStore(folder: string): ArchiveStore {
  let writer: Promise<LogFolder> | undefined;
  return {
    place: folder,
    hasLocks: false,
    async check() {
      await mkdir(folder, { recursive: true, mode: OWNER_ONLY_FOLDER }).catch((cause: unknown) => {
        throw unusable(folder, cause);
      });
    },
    async put({ path, bytes }) {
      const there = await bytesAt(folder, path);
      if (there !== undefined) {
        if (Buffer.compare(there, bytes) === 0) return 'there';
        throw new KitError('ARCHIVE_DAMAGED', `${path} is in ${folder} with other bytes`, {
          hint: 'Nothing is written there any more; keep it as it is and run "gatehouse archive verify".',
        });
      }
      writer ??= openLogFolder(folder);
      try {
        await (await writer).writeOnce([{ path, bytes }]);
      } catch (error) {
        // The next try opens the folder anew.
        writer = undefined;
        throw error instanceof KitError ? error : failed(join(folder, path), error);
      }
      return 'made';
    },
    get: (path) => bytesAt(folder, path),
    async *earlier() {},
    async head(path) {
      const found = await stat(join(folder, path)).catch((cause: unknown) => absentOr(join(folder, path), cause));
      return found === undefined ? undefined : { bytes: found.size };
    },
    async list(prefix, after) {
      const options = { recursive: true, withFileTypes: true } as const;
      const found = await readdir(join(folder, prefix), options).catch((cause: unknown) =>
        absentOr(join(folder, prefix), cause),
      );
      const paths = (found ?? [])
        .filter((entry) => entry.isFile())
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
        .filter((path) => path > after);
      return paths.sort().slice(0, LIST_PAGE_MAX);
    },
  };
}

async function bytesAt(folder: string, path: string): Promise<Uint8Array | undefined> {
  const file = join(folder, path);
  const found = await stat(file).catch((cause: unknown) => absentOr(file, cause));
  if (found === undefined) return undefined;
  if (found.size > OBJECT_BYTES_MAX) throw new KitError('BODY_TOO_LARGE', `${file} has ${found.size} bytes`);
  return readFile(file).catch((cause: unknown) => absentOr(file, cause));
}

function absentOr(file: string, cause: unknown): undefined {
  const code = errnoOf(cause);
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  throw unusable(file, cause);
}

function unusable(file: string, cause: unknown): KitError {
  return new KitError('FOLDER_UNUSABLE', `${file} cannot be used (${errnoOf(cause) ?? 'no code'})`, {
    hint: 'Name a folder of this program in GATEHOUSE_ARCHIVE, on a disk that is there and may be written.',
    cause,
  });
}

function failed(file: string, cause: unknown): KitError {
  const code = errnoOf(cause);
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  return new KitError(isFull ? 'DISK_FULL' : 'DISK_FAILED', `${file} cannot be written (${code ?? 'no code'})`, {
    hint: 'Make room or name another folder in GATEHOUSE_ARCHIVE; it is tried again.',
    cause,
  });
}
