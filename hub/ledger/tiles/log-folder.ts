import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import { CHECKPOINT_PATH, TILE_WIDTH, type TileId, tilePath } from '@gatehouse/shared/journal/tile-path.ts';
import { syncFolder, writeDurably } from '../../store/postgres/durable-file.ts';
import { type LogReader, logInFolder } from './log-reader.ts';

/** Files below the archive's folder, each with its path. */
export interface LogFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * The archive of a log: files that are written once and never changed, and one checkpoint that says how far they are good.
 *
 * Shape: what is written is durable when a call resolves. A file appears whole or not at all, whenever the process dies.
 */
export interface LogFolder extends LogReader {
  /** Errors: `LEDGER_MISMATCH` for a file that is there with other bytes; `DISK_FAILED`. */
  writeOnce(files: readonly LogFile[]): Promise<void>;
  /** Replaces the checkpoint in one step. */
  writeCheckpoint(note: string): Promise<void>;
  /** Removes the partial tiles that a full one replaces. */
  dropPartials(full: readonly TileId[]): Promise<void>;
}

const UNFINISHED = '.new';
const WRITTEN_ONCE = 0o444;
const READABLE = 0o644;
const OWNER_ONLY_FOLDER = 0o700;
const WRITES_AT_ONCE = 4;

/** Opens the archive of a log for its one writer; what an earlier writer left unfinished is removed. */
export async function openLogFolder(folder: string): Promise<LogFolder> {
  const unfinished = join(folder, UNFINISHED);
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true, mode: OWNER_ONLY_FOLDER });
  let written = 0;
  const nextName = (): string => {
    written += 1;
    return join(unfinished, `${written}`);
  };
  return {
    ...logInFolder(folder),
    async writeOnce(files) {
      const folders = new Set<string>();
      for (let from = 0; from < files.length; from += WRITES_AT_ONCE) {
        const some = files.slice(from, from + WRITES_AT_ONCE);
        const made = await Promise.all(some.map((file) => writeFileOnce(folder, file, nextName())));
        for (const one of made.flat()) folders.add(one);
      }
      for (const one of folders) await syncFolder(one);
    },
    writeCheckpoint: (note) => writeDurably(join(folder, CHECKPOINT_PATH), note, READABLE),
    async dropPartials(full) {
      for (const id of full) {
        const partials = `${join(folder, tilePath({ ...id, width: TILE_WIDTH }))}.p`;
        await rm(partials, { recursive: true, force: true });
      }
    },
  };
}

/** Writes a file under another name first; gives the folders that have to be synced. */
async function writeFileOnce(root: string, { path, bytes }: LogFile, temporary: string): Promise<readonly string[]> {
  const target = join(root, path);
  const known = await readFile(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new KitError('DISK_FAILED', `${target} cannot be read (${error.code})`, { cause: error });
  });
  if (known !== undefined) {
    if (Buffer.compare(known, bytes) === 0) return [dirname(target)];
    throw new KitError('LEDGER_MISMATCH', `${path} of the archive is there with other bytes`, {
      hint: 'Nothing is written there any more; keep folder and database as they are and run "gatehouse verify".',
    });
  }
  await mkdir(dirname(target), { recursive: true, mode: OWNER_ONLY_FOLDER });
  const handle = await open(temporary, 'w', WRITTEN_ONCE);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, target);
  return foldersUpTo(root, dirname(target));
}

/** A folder and those above it, which may be new as well. */
function foldersUpTo(root: string, folder: string): readonly string[] {
  const folders: string[] = [];
  for (let one = folder; one.length > root.length; one = dirname(one)) folders.push(one);
  return [...folders, root];
}
