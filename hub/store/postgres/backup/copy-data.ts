import { mkdir, readdir, readFile, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KitError } from '@gatehouse/shared/errors.ts';
import { syncFolder } from '../durable-file.ts';
import { diskFull, errnoOf } from '../folder-failure.ts';
import { copyFile } from './copy-file.ts';
import type { BackupManifest } from './manifest.ts';

/** What was copied of a data folder. */
export type CopiedData = Pick<BackupManifest, 'folders' | 'files'>;

const OWNER_ONLY = 0o700;
const CONTROL_FILE = 'global/pg_control';
const CONTROL_TRIES_MAX = 50;
const CONTROL_PAUSE_MS = 20;
const COPIES_AT_ONCE = 2;
const SPARE_BYTES = 64_000_000;

/** Folders whose contents a start makes anew, or that belong to the running server alone. */
const EMPTIED: ReadonlySet<string> = new Set([
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
]);
const LEFT_OUT =
  /(^|\/)(postmaster\.(pid|opts)|backup_label(\.old)?|tablespace_map(\.old)?|backup_manifest|postgresql\.auto\.conf\.tmp|current_logfiles(\.tmp)?|pg_internal\.init[^/]*|pgsql_tmp[^/]*)$/;

/**
 * Copies the data folder of a server that runs and knows of the copy.
 *
 * Shape:  files that the server removes meanwhile are left out, those that it changes are mended by its log at a restore.
 * Source: PostgreSQL manual, chapter Continuous Archiving, "Making a Base Backup Using the Low Level API".
 * Errors: `DISK_FULL` before anything is written where there is no room for it.
 */
export async function copyData(from: string, to: string, signal?: AbortSignal): Promise<CopiedData> {
  const { folders, files, bytes } = await listData(from);
  await requireRoom(to, bytes);
  await mkdir(to, { mode: OWNER_ONLY });
  for (const folder of folders) await mkdir(join(to, folder), { mode: OWNER_ONLY });
  const copied: CopiedData['files'] = [];
  const left = files.filter((path) => path !== CONTROL_FILE);
  const work = async (): Promise<void> => {
    for (let path = left.shift(); path !== undefined; path = left.shift()) {
      signal?.throwIfAborted();
      const done = await copyWhereThere(join(from, path), join(to, path));
      if (done !== undefined) copied.push({ path, ...done });
    }
  };
  await Promise.all(Array.from({ length: COPIES_AT_ONCE }, work));
  await untilStill(join(from, CONTROL_FILE));
  copied.push({
    path: CONTROL_FILE,
    ...(await copyFile({ from: join(from, CONTROL_FILE), to: join(to, CONTROL_FILE) })),
  });
  for (const folder of [...folders.map((name) => join(to, name)), to]) await syncFolder(folder);
  return { folders: [...folders], files: copied.sort((left_, right) => (left_.path < right.path ? -1 : 1)) };
}

/** Refuses where a folder's disk has no room for so much. Errors: `DISK_FULL`. */
export async function requireRoom(folder: string, bytes: number): Promise<void> {
  const place = join(folder, '..');
  const { bavail, bsize } = await statfs(place);
  if (bavail * bsize < bytes + SPARE_BYTES) throw diskFull(place);
}

interface DataList {
  readonly folders: readonly string[];
  readonly files: readonly string[];
  readonly bytes: number;
}

async function listData(root: string): Promise<DataList> {
  const [folders, files]: [string[], string[]] = [[], []];
  let bytes = 0;
  const waiting = [''];
  for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
    for (const entry of await readdir(join(root, at), { withFileTypes: true })) {
      const path = at === '' ? entry.name : `${at}/${entry.name}`;
      if (LEFT_OUT.test(path)) continue;
      if (entry.isSymbolicLink()) throw foreign(join(root, path));
      if (entry.isDirectory()) folders.push(path);
      if (entry.isDirectory() && !EMPTIED.has(path)) waiting.push(path);
      if (!entry.isFile()) continue;
      files.push(path);
      bytes += await sizeOf(join(root, path));
    }
  }
  return { folders, files, bytes };
}

async function copyWhereThere(from: string, to: string): Promise<{ bytes: number; sha256: string } | undefined> {
  try {
    return await copyFile({ from, to });
  } catch (error) {
    // The target being away is no file that the server has removed.
    if (errnoOf(error) === 'ENOENT' && (error as NodeJS.ErrnoException).path === from) return undefined;
    throw error;
  }
}

/** The server replaces this one file in place: two looks that agree have seen all of it. */
async function untilStill(file: string): Promise<void> {
  for (let tries = 0; tries < CONTROL_TRIES_MAX; tries += 1) {
    const first = await readFile(file);
    await delay(CONTROL_PAUSE_MS);
    if (Buffer.compare(first, await readFile(file)) === 0) return;
  }
  throw new KitError('DISK_FAILED', `${file} does not come to rest`, { hint: 'Try again later.' });
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 0;
    throw error;
  }
}

function foreign(path: string): KitError {
  return new KitError('FOLDER_FOREIGN', `${path} leads out of the database folder, which this backup does not follow`, {
    hint: 'Keep the whole database in one folder, or back it up with pg_basebackup (docs/backup.md).',
  });
}
