import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KitError } from '@gatehouse/shared/errors.ts';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import type { Database } from '../../database.ts';
import { renameDurably, writeDurably } from '../durable-file.ts';
import { onFolder } from '../folder-failure.ts';
import { passwordPath } from '../server-password.ts';
import { copiesFolder, copyNames, nameAt, newCopyFolder, removeUnfinished, walFolder } from './backup-folder.ts';
import { copyData } from './copy-data.ts';
import { copyFile } from './copy-file.ts';
import { type BackupManifest, COPIED_DATA, COPIED_PASSWORD, LABEL_FILE, writeManifest } from './manifest.ts';
import { archiveState, type CopySession, newestTimed, openCopySession, serverIdentity } from './server-state.ts';
import { listArchive, runFrom } from './wal-archive.ts';
import { segmentOf } from './wal-segment.ts';

/** The running database that is copied, and where to. */
export interface BackupSource {
  readonly database: Database;
  /** The database's folder, with its data folder and its password below it. */
  readonly folder: string;
  readonly backups: string;
  readonly release: string;
  readonly clock: Clock;
  /** Ends the copy early; nothing of it is kept. */
  readonly signal?: AbortSignal;
}

const OWNER_ONLY = 0o600;
const ARCHIVED_MS_MAX = 120_000;
const ARCHIVED_POLL_MS = 50;

/**
 * Copies the database while it is in use, and waits until all of the log that belongs to the copy is archived.
 *
 * Shape:  the copy has its name once everything of it is durable; until then, and after a failure, it is offered to nobody.
 * Errors: `STATE_CONFLICT` where one is being made or the server does not archive there, `DISK_FULL`, `FOLDER_UNUSABLE`,
 *         `DISK_FAILED` where the log is not archived in time, those of the database.
 */
export function makeBackup(source: BackupSource): Promise<BackupManifest> {
  const { database, backups } = source;
  return onFolder(backups, async () => {
    const { system } = await serverIdentity(database);
    await requireArchive(database, walFolder(backups, system));
    const session = await openCopySession(database);
    try {
      return await copyUnder(session, source);
    } finally {
      await session.close();
    }
  });
}

async function copyUnder(session: CopySession, source: BackupSource): Promise<BackupManifest> {
  const { backups, clock, folder } = source;
  const startedAt = clock.now();
  const name = nameAt(startedAt);
  const startLsn = await session.begin(`gatehouse ${name}`);
  if (startLsn === undefined) throw conflict('another backup of this database is being made', 'Wait until it is done.');
  if ((await copyNames(backups)).includes(name)) throw conflict(`there is a backup ${name} already`, 'Try again.');
  await removeUnfinished(backups);
  const copy = await newCopyFolder(backups);
  try {
    const copied = await copyData(join(folder, 'data'), join(copy, COPIED_DATA), source.signal);
    await copyFile({ from: passwordPath(folder), to: join(copy, COPIED_PASSWORD) });
    const begun = { ...copied, name, startLsn, startedAt: instantText(startedAt) };
    const manifest = await endCopy(session, source, { copy, begun });
    await untilArchived(source, manifest);
    await writeManifest(copy, manifest);
    await renameDurably(copy, join(copiesFolder(backups), name));
    return manifest;
  } catch (error) {
    await rm(copy, { recursive: true, force: true });
    throw error;
  }
}

type Begun = Pick<BackupManifest, 'folders' | 'files' | 'name' | 'startLsn' | 'startedAt'>;

async function endCopy(
  session: CopySession,
  { database, release, clock }: BackupSource,
  { copy, begun }: { readonly copy: string; readonly begun: Begun },
): Promise<BackupManifest> {
  const ledger = await newestTimed(database);
  const { label, lsn, tablespaces } = await session.end();
  if (tablespaces.trim() !== '') throw conflict('the database has tablespaces of its own', 'Use pg_basebackup.');
  await writeDurably(join(copy, COPIED_DATA, LABEL_FILE), label, OWNER_ONLY);
  const { system, version, segmentBytes, timeline } = await serverIdentity(database);
  const labelFile = { path: LABEL_FILE, bytes: Buffer.byteLength(label), sha256: sha256(label).toString('hex') };
  return {
    v: 1,
    ...begun,
    files: [...begun.files, labelFile],
    system,
    timeline,
    segmentBytes,
    serverVersion: version,
    release,
    endedAt: instantText(clock.now()),
    stopLsn: lsn,
    ledger: ledger === undefined ? null : { size: ledger.size, root: ledger.root, note: ledger.note },
  };
}

async function untilArchived({ database, backups, signal }: BackupSource, manifest: BackupManifest): Promise<void> {
  const { system, segmentBytes, timeline, startLsn, stopLsn } = manifest;
  const first = { timeline, number: segmentOf(startLsn, segmentBytes, 'start') };
  const last = segmentOf(stopLsn, segmentBytes, 'end');
  for (let waitedMs = 0; waitedMs < ARCHIVED_MS_MAX; waitedMs += ARCHIVED_POLL_MS) {
    signal?.throwIfAborted();
    const archive = await listArchive(walFolder(backups, system), segmentBytes);
    const { segments } = runFrom(archive, first, segmentBytes);
    if ((segments.at(-1)?.number ?? -1) >= last) return;
    await delay(ARCHIVED_POLL_MS);
  }
  const { failing } = await archiveState(database);
  throw unarchived(failing ?? 'at its end', walFolder(backups, system));
}

function unarchived(segment: string, folder: string): KitError {
  return new KitError('DISK_FAILED', `the log ${segment} does not come to the archive ${folder}`, {
    hint: 'Make room there and let the server write to it. No backup was made; the database goes on and keeps its log.',
  });
}

async function requireArchive(database: Database, folder: string): Promise<void> {
  const { isOn, folder: present, failing } = await archiveState(database);
  if (isOn && present === folder && failing === undefined) return;
  if (failing !== undefined) throw unarchived(failing, folder);
  const what = isOn ? `the database archives its log to ${present}, not to ${folder}` : 'the database archives no log';
  throw conflict(what, 'Stop the hub and start it again; an external server is backed up by its own tools.');
}

function conflict(message: string, hint: string): KitError {
  return new KitError('STATE_CONFLICT', message, { hint });
}
