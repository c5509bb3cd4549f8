import { chown, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import { syncFolder, writeDurably } from '../durable-file.ts';
import { errnoOf } from '../folder-failure.ts';
import type { ServerUser } from '../run-program.ts';
import { passwordPath } from '../server-password.ts';
import { copiesFolder, copyNames, walFolder } from './backup-folder.ts';
import { requireRoom } from './copy-data.ts';
import { copyFile } from './copy-file.ts';
import { type BackupManifest, COPIED_DATA, COPIED_PASSWORD, LABEL_FILE } from './manifest.ts';
import { listArchive, readSegment, runFrom, type WalRun } from './wal-archive.ts';
import { segmentOf } from './wal-segment.ts';

/** A copy that is laid out as a database that can be recovered. */
export interface LayOut {
  readonly backups: string;
  readonly manifest: BackupManifest;
  /** The new folder of the database. */
  readonly folder: string;
  readonly user: ServerUser | undefined;
}

const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;
const COPIES_AT_ONCE = 4;
const PROBLEMS_LISTED_MAX = 20;
const ZEROS = Buffer.alloc(65_536);

/**
 * Lays a copy out in a folder, each byte compared with what was copied, and the archived log beside it.
 *
 * Shape:  gives the log that was laid out. The server needs no program to fetch it, and so no shell.
 * Errors: `BACKUP_DAMAGED`, naming the files; `DISK_FULL` before anything is written.
 */
export async function layOut(request: LayOut): Promise<WalRun> {
  const { backups, manifest, folder } = request;
  const data = join(folder, 'data');
  await requireRoom(
    data,
    manifest.files.reduce((sum, { bytes }) => sum + bytes, 0),
  );
  await makeFolders(request, data);
  await copyFiles(request, data);
  await assertLabel(request, data);
  const run = await layOutLog(request, join(data, 'pg_wal'));
  await write(request, join(data, 'recovery.signal'), '');
  const password = await readFile(join(copiesFolder(backups), manifest.name, COPIED_PASSWORD), 'utf8');
  await writeDurably(passwordPath(folder), password, OWNER_ONLY_FILE);
  return run;
}

async function makeFolders({ manifest, user }: LayOut, data: string): Promise<void> {
  const all = [data, ...manifest.folders.map((name) => join(data, name))];
  for (const path of [...all, join(data, 'pg_wal', 'archive_status')]) {
    await mkdir(path, { recursive: true, mode: OWNER_ONLY_FOLDER });
    if (user !== undefined) await chown(path, user.uid, user.gid);
  }
}

async function copyFiles({ backups, manifest, user }: LayOut, data: string): Promise<void> {
  const source = join(copiesFolder(backups), manifest.name, COPIED_DATA);
  const problems: string[] = [];
  const left = [...manifest.files];
  const work = async (): Promise<void> => {
    for (let file = left.shift(); file !== undefined; file = left.shift()) await copyOne(file);
  };
  const copyOne = async ({ path, bytes, sha256 }: BackupManifest['files'][number]): Promise<void> => {
    const copied = await copyFile({ from: join(source, path), to: join(data, path), owner: user }).catch((error) => {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (copied === undefined) problems.push(`${path} is missing`);
    else if (copied.bytes !== bytes) problems.push(`${path} has ${copied.bytes} bytes, not ${bytes}`);
    else if (copied.sha256 !== sha256) problems.push(`${path} has other bytes than were copied`);
    if (problems.length >= PROBLEMS_LISTED_MAX) left.length = 0;
  };
  await Promise.all(Array.from({ length: COPIES_AT_ONCE }, work));
  for (const folder of manifest.folders) await syncFolder(join(data, folder));
  if (problems.length === 0) return;
  if (!(await copyNames(backups)).includes(manifest.name)) {
    throw new KitError('NOT_FOUND', `backup ${manifest.name} was removed while it was laid out`, {
      hint: 'It was past its time: restore from a newer one.',
    });
  }
  throw new KitError('BACKUP_DAMAGED', `backup ${manifest.name} is damaged: ${problems.join('; ')}`, {
    hint: 'Restore from an older backup with --from; the archived log leads from there to the same end.',
    problems,
  });
}

/** Without its label the server would begin its recovery at a wrong place and notice nothing. */
async function assertLabel({ manifest }: LayOut, data: string): Promise<void> {
  const file = join(data, LABEL_FILE);
  const label = await readFile(file, 'utf8').catch(() => '');
  if (label.startsWith(`START WAL LOCATION: ${manifest.startLsn} (`)) return;
  throw new KitError('BACKUP_DAMAGED', `${LABEL_FILE} does not say that the backup began at ${manifest.startLsn}`, {
    hint: 'Restore from an older backup with --from.',
  });
}

async function layOutLog(request: LayOut, target: string): Promise<WalRun> {
  const { backups, manifest } = request;
  const { system, segmentBytes, timeline, startLsn, stopLsn } = manifest;
  const folder = walFolder(backups, system);
  const archive = await listArchive(folder, segmentBytes);
  const run = runFrom(archive, { timeline, number: segmentOf(startLsn, segmentBytes, 'start') }, segmentBytes);
  const last = run.segments.at(-1)?.number ?? -1;
  if (last < segmentOf(stopLsn, segmentBytes, 'end')) throw incomplete(manifest, folder, run);
  for (const segment of run.segments) {
    await writeSparse(request, join(target, segment.name), await readSegment(folder, segment, segmentBytes));
  }
  for (const name of archive.histories) {
    await write(request, join(target, name), await readFile(join(folder, name), 'utf8'));
  }
  await syncFolder(target);
  return run;
}

function incomplete({ name }: BackupManifest, folder: string, { missing }: WalRun): KitError {
  const what = missing === undefined ? 'its end' : `segment ${missing}`;
  return new KitError('BACKUP_DAMAGED', `${folder} lacks the log that belongs to backup ${name}: ${what}`, {
    hint: 'Restore from an older backup with --from, or put the archived log back.',
  });
}

/** Writes a segment; where its end is empty, nothing is written there and no room is taken. */
async function writeSparse({ user }: LayOut, file: string, bytes: Buffer): Promise<void> {
  let end = bytes.length;
  while (end > 0 && isEmpty(bytes.subarray(Math.max(0, end - ZEROS.length), end)))
    end = Math.max(0, end - ZEROS.length);
  const handle = await open(file, 'wx', OWNER_ONLY_FILE);
  try {
    await handle.writeFile(bytes.subarray(0, end));
    await handle.truncate(bytes.length);
    if (user !== undefined) await handle.chown(user.uid, user.gid);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isEmpty(part: Buffer): boolean {
  return Buffer.compare(part, ZEROS.subarray(0, part.length)) === 0;
}

async function write({ user }: LayOut, file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: OWNER_ONLY_FILE, flush: true });
  if (user !== undefined) await chown(file, user.uid, user.gid);
}
