import { chmod, chown, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { type Instant, instantText } from '@gatehouse/shared/values/instant.ts';
import { connect } from '../../database.ts';
import { besideName, renameDurably } from '../durable-file.ts';
import { errnoOf, onFolder } from '../folder-failure.ts';
import type { ServerUser } from '../run-program.ts';
import type { ServerSettings } from '../server-settings.ts';
import { chooseServerUser } from '../server-user.ts';
import { type PostgresServer, startPostgres } from '../start-postgres.ts';
import { stopLeftServer } from '../stop-left-server.ts';
import { namesIn, walFolder } from './backup-folder.ts';
import { chooseBackup, type RestoreWish } from './choose-backup.ts';
import { layOut } from './lay-out.ts';
import type { BackupManifest } from './manifest.ts';
import { goesBeyond } from './record-at-end.ts';
import { writeRestored } from './restored-file.ts';
import { newestTimed, replayedTo, serverIdentity, type TimedCheckpoint } from './server-state.ts';
import { readSegment, type WalRun } from './wal-archive.ts';
import { historyName, lsnValue, segmentOf } from './wal-segment.ts';

/** What is to be restored, and where to. */
export interface RestoreRequest extends RestoreWish {
  readonly backups: string;
  /** The data folder whose database is made; it has none yet. */
  readonly to: string;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

/** A database that was restored and stopped again. */
export interface Restored {
  readonly manifest: BackupManifest;
  readonly segments: number;
  /** A segment that is missing between others that are there; nothing after it could be restored. */
  readonly missing: string | undefined;
  readonly timeline: number;
  readonly checkpoint: TimedCheckpoint | undefined;
}

const RECOVERY_MS_MAX = 3_600_000;
const OTHERS_PASS = 0o711;
const OWNER_ONLY = 0o700;
const REMOVE_RETRIES_MAX = 3;
const UNFINISHED = /^pg\.restoring-/;
const TOO_EARLY = /recovery ended before configured recovery target was reached/;
/** The server gives up on a full disk in the same words as on a damaged log. */
const NO_ROOM = /No space left on device|Disk quota exceeded/;
const UNRECOVERABLE =
  /could not locate (a valid|required) checkpoint record|WAL ends before (end of online backup|consistent recovery point)|requested timeline|invalid data in history file|invalid page|PANIC/;

/**
 * Makes a database again from a copy and the archived log, up to a moment or to the end.
 *
 * Shape:  its caller is the only one who works on the folder. It has its name only once the server has recovered it and was stopped in order; a killed run leaves nothing that
 *         counts, and the next one removes what it left. A database that is there is never touched.
 * Errors: `STATE_CONFLICT` where the folder has a database, `NOT_FOUND` without a copy or for a moment that the log does not
 *         reach, `BACKUP_DAMAGED`, `DISK_FULL`, those of `startPostgres`.
 */
export function restoreBackup(request: RestoreRequest): Promise<Restored> {
  return onFolder(request.to, async () => {
    await mkdir(request.to, { recursive: true });
    return await restoreInto(request);
  });
}

async function restoreInto(request: RestoreRequest): Promise<Restored> {
  const { to, backups, log } = request;
  if ((await namesIn(to)).includes('pg')) {
    throw new KitError('STATE_CONFLICT', `${to} has a database already`, {
      hint: `Nothing is restored over it. Name another folder, or move ${join(to, 'pg')} away first.`,
    });
  }
  await removeUnfinishedIn(to);
  const manifest = await chooseBackup(backups, request);
  const folder = besideName(join(to, 'pg.restoring'));
  try {
    const user = await chooseServerUser(join(folder, 'data'));
    await mkdir(folder, { mode: user === undefined ? OWNER_ONLY : OTHERS_PASS });
    if (user !== undefined) for (const path of [to, folder]) await chmod(path, OTHERS_PASS);
    log(`backup ${manifest.name} is laid out and compared byte by byte`);
    const run = await layOut({ backups, manifest, folder, user });
    log(`the server recovers over ${run.segments.length} segments of archived log`);
    const recovered = await recover(request, { folder, run, manifest, user });
    await writeRestored(folder, {
      v: 1,
      backup: manifest.name,
      restoredAt: instantText(request.clock.now()),
      upTo: request.at === undefined ? null : instantText(request.at),
      ledger: ledgerOf(recovered.checkpoint),
    });
    await rm(join(folder, 'port'), { force: true });
    await renameDurably(folder, join(to, 'pg'));
    return recovered;
  } catch (error) {
    await removeUnfinishedIn(to);
    throw error;
  }
}

/** Removes what a killed restore left, and ends its server. */
export async function removeUnfinishedIn(to: string): Promise<void> {
  for (const name of (await namesIn(to)).filter((found) => UNFINISHED.test(found))) {
    const folder = join(to, name);
    // A run that was killed early has left a folder that no server can have been started on.
    await stopLeftServer(folder).catch((error: unknown) => {
      if (errnoOf(error) !== 'ENOENT') throw error;
    });
    await rm(folder, { recursive: true, force: true, maxRetries: REMOVE_RETRIES_MAX });
  }
}

interface Recovery {
  readonly folder: string;
  readonly run: WalRun;
  readonly manifest: BackupManifest;
  readonly user: ServerUser | undefined;
}

async function recover(request: RestoreRequest, recovery: Recovery): Promise<Restored> {
  const { folder, run, manifest } = recovery;
  const server = await startRecovery(request, recovery);
  const database = connect(server.connection);
  try {
    const { timeline } = await serverIdentity(database);
    if (request.at === undefined)
      await assertEnd(request, recovery, { followed: timeline - 1, replayed: await replayedTo(database) });
    const checkpoint = await newestTimed(database);
    await database.end();
    await server.stop();
    await handOnHistory(recovery, timeline);
    return { manifest, segments: run.segments.length, missing: run.missing, timeline, checkpoint };
  } finally {
    await database.end({ timeout: 1 });
    await server.stop();
    await rm(join(folder, 'start.lock'), { force: true });
  }
}

async function startRecovery(
  { at, log }: RestoreRequest,
  { folder, run, manifest }: Recovery,
): Promise<PostgresServer> {
  const settings: ServerSettings = {
    // The server looks for the log in its archive first, by a program; here it always lies in its own folder already.
    restore_command: 'exit 1',
    archive_mode: 'off',
    hot_standby: 'off',
    recovery_target_action: 'promote',
    recovery_target_timeline: 'latest',
    ...(at === undefined ? {} : { recovery_target_time: serverTime(at) }),
  };
  try {
    const quiet = (): void => undefined;
    return await startPostgres({ folder, log: quiet, settings: async () => settings, readyMsMax: RECOVERY_MS_MAX });
  } catch (cause) {
    log(describeError(cause));
    throw whyNot(cause, { at, run, manifest });
  }
}

/** In the server's own words, which are in English here whatever the machine speaks. */
function whyNot(
  cause: unknown,
  { at, run, manifest }: Pick<Recovery, 'run' | 'manifest'> & Pick<RestoreRequest, 'at'>,
): unknown {
  const says = describeError(cause);
  if (at !== undefined && TOO_EARLY.test(says)) {
    const gap = run.missing === undefined ? '' : `: segment ${run.missing} of it is missing`;
    const code = run.missing === undefined ? 'NOT_FOUND' : 'BACKUP_DAMAGED';
    return new KitError(code, `the archived log ends before ${instantText(at)}${gap}`, {
      hint: 'Restore all that there is with --latest, or an earlier moment with --at.',
      cause,
    });
  }
  if (NO_ROOM.test(says) || !UNRECOVERABLE.test(says)) return cause;
  return new KitError('BACKUP_DAMAGED', `backup ${manifest.name} cannot be recovered: ${says}`, {
    hint: 'Restore from an older backup with --from.',
    cause,
  });
}

/**
 * A record that is damaged looks to the server like the end of its log: that the end was reached has to be checked.
 *
 * Shape: the end is that of the timeline that the server followed, to the last byte of its last segment; an older one that an
 *        earlier restore left may go further.
 */
async function assertEnd(
  { backups }: Pick<RestoreRequest, 'backups'>,
  { manifest, run }: Recovery,
  { followed, replayed = '0/0' }: { readonly followed: number; readonly replayed: string | undefined },
): Promise<void> {
  const { system, segmentBytes } = manifest;
  const last = run.segments.findLast(({ timeline }) => timeline === followed);
  const reached = segmentOf(replayed, segmentBytes, 'end');
  if (last === undefined || reached > last.number) return;
  if (reached === last.number) {
    const offset = Number(lsnValue(replayed) - BigInt(last.number) * BigInt(segmentBytes));
    if (offset === segmentBytes) return;
    if (goesBeyond(await readSegment(walFolder(backups, system), last, segmentBytes), offset)) return;
  }
  const stopped = run.segments.find(({ number }) => number === reached);
  throw new KitError(
    'BACKUP_DAMAGED',
    `the recovery ended at ${replayed} in segment ${stopped?.name ?? reached}, though the archive goes on to ${last.name}`,
    { hint: 'That segment or the next one is damaged: restore to a moment before it with --at.' },
  );
}

/**
 * Lets the next start of the server archive the file that says where its timeline began: without it nobody can follow from
 * older copies to what comes now.
 */
async function handOnHistory({ folder, user }: Recovery, timeline: number): Promise<void> {
  const wal = join(folder, 'data', 'pg_wal');
  const history = historyName(timeline);
  if (!(await namesIn(wal)).includes(history)) return;
  const mark = join(wal, 'archive_status', `${history}.ready`);
  await writeFile(mark, '', { flush: true });
  if (user === undefined) return;
  await chown(mark, user.uid, user.gid);
}

function ledgerOf(checkpoint: TimedCheckpoint | undefined) {
  if (checkpoint === undefined) return null;
  const { size, root, note } = checkpoint;
  return { size, root, note };
}

/** A moment as the server reads it. Shape: to the microsecond, which is as fine as its own clock. */
function serverTime(at: Instant): string {
  return `${instantText(at).slice(0, 26).replace('T', ' ')}+00`;
}
