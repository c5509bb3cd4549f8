import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import type { Verifier } from '@gatehouse/shared/journal/note.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { ageMs, type Instant, instantText, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { connect, type Database, type RowReader } from '../../store/database.ts';
import { namesIn } from '../../store/postgres/backup/backup-folder.ts';
import { type Restored, removeUnfinishedIn, restoreBackup } from '../../store/postgres/backup/restore-backup.ts';
import { firstBeyond, newestTimed, type TimedCheckpoint } from '../../store/postgres/backup/server-state.ts';
import { besideName } from '../../store/postgres/durable-file.ts';
import { withFolderLock } from '../../store/postgres/folder-lock.ts';
import { startPostgres } from '../../store/postgres/start-postgres.ts';
import { stopLeftServer } from '../../store/postgres/stop-left-server.ts';
import { verifyLedger } from '../verify.ts';
import { type Compared, compareSeen, type SeenCheckpoint } from './compare-seen.ts';
import type { DrillResult } from './drill-file.ts';

/** What a drill restores, where, and what the result is compared with. */
export interface DrillRequest {
  readonly backups: string;
  /** The data folder of the hub: the second place lies below it and is removed afterwards. */
  readonly data: string;
  readonly from?: string | undefined;
  readonly verifier: Verifier;
  /** The archive of the log that this hub publishes. */
  readonly logFolder: string;
  readonly seen: readonly SeenCheckpoint[];
  /** The database in use, where there is one. */
  readonly live: Database | undefined;
  /** Opens bodies by the keys of this hub, which no backup holds. */
  readonly openRow?: RowReader | undefined;
  readonly clock: Clock;
  /** Milliseconds of any clock that does not run backwards. */
  readonly elapsedMs: () => number;
  readonly log: (line: string) => void;
}

const LOCK = 'drill.lock';
/** What is written has to be in the archive by then. */
const RPO_SECONDS_MAX = 300;
const MS_A_SECOND = 1_000;
const REMOVE_RETRIES_MAX = 3;
const SECOND_PLACE = /^drill-[0-9a-f]+$/;
const FINDINGS_LISTED_MAX = 20;

/**
 * Restores the newest backup and its log to a second place, verifies every record there, and compares it with what was seen.
 *
 * Shape:  a damaged backup is a finding as well. The database in use is only read.
 * Errors: `NOT_FOUND` without a backup, `DISK_FULL`, those of the database: nothing is known then.
 */
export function drill(request: DrillRequest): Promise<DrillResult> {
  return withFolderLock(join(request.data, LOCK), () => drillUnderLock(request));
}

async function drillUnderLock(request: DrillRequest): Promise<DrillResult> {
  const { data, log } = request;
  await removeSecondPlaces(data);
  const place = besideName(join(data, 'drill'));
  await mkdir(place, { recursive: true });
  try {
    return await drillAt(request, place);
  } catch (error) {
    if (!(error instanceof KitError) || error.code !== 'BACKUP_DAMAGED') throw error;
    log(describeError(error));
    return { ...nothing(request.clock.now()), findings: [describeError(error)] };
  } finally {
    await removeSecondPlaces(data);
  }
}

async function drillAt(request: DrillRequest, place: string): Promise<DrillResult> {
  const { backups, from, clock, elapsedMs, live, log } = request;
  const failedAt = clock.now();
  const lost = live === undefined ? undefined : await newestTimed(live);
  const begunMs = elapsedMs();
  const restored = await restoreBackup({ backups, to: place, from, clock, log });
  const server = await startPostgres({ folder: join(place, 'pg'), log: () => undefined });
  const database = connect(server.connection, request.openRow);
  try {
    const newest = await newestTimed(database);
    const rtoSeconds = (elapsedMs() - begunMs) / MS_A_SECOND;
    log(`the restored database answers after ${rtoSeconds.toFixed(1)} s; every record of it is verified now`);
    const loss = await lossOf({ live, lost, newest, failedAt });
    const verified = await verifyRestored(request, database);
    const compared = await compareSeen({ ...request, database, live: lost, newest });
    return {
      ...nothing(failedAt),
      ...verified,
      backup: restored.manifest.name,
      segments: restored.segments,
      rtoSeconds,
      ...loss,
      compared: [...compared],
      findings: [...verified.findings, ...findingsOf(restored, compared), ...lateOf(loss)].slice(
        0,
        FINDINGS_LISTED_MAX,
      ),
    };
  } finally {
    await database.end({ timeout: 1 });
    await server.stop();
  }
}

function findingsOf({ missing, manifest, checkpoint }: Restored, compared: readonly Compared[]): readonly string[] {
  const gap =
    missing === undefined ? [] : [`segment ${missing} of the archived log is missing; nothing after it came back`];
  const [had, has] = [manifest.ledger?.size ?? 0, checkpoint?.size ?? 0];
  const short = has >= had ? [] : [`the copy was made of ${had} leaves, and ${has} came back`];
  return [...gap, ...short, ...compared.filter(({ isSound }) => !isSound).map(({ says }) => says)];
}

/** An archive that lost its end looks like one that ends there: how much is lost with it tells the two apart. */
function lateOf({ missing, rpoSeconds }: Awaited<ReturnType<typeof lossOf>>): readonly string[] {
  if (missing === null || rpoSeconds === null || rpoSeconds <= RPO_SECONDS_MAX) return [];
  const said = `${missing} leaves are not in it, the oldest of them written ${Math.round(rpoSeconds)} s before the drill`;
  return [`${said}: the archived log ends too early, or its newest part still waits in the database folder`];
}

async function verifyRestored({ verifier, elapsedMs }: DrillRequest, database: Database) {
  const result = await verifyLedger({ database, verifier, origin: verifier.name, elapsedMs });
  const { size, root, leaves, streams, checkpoints, seconds, findings } = result;
  const says = findings.map(({ code, message }) => `${code}: ${message}`);
  return { size, root, leaves, streams, checkpoints, verifySeconds: seconds, findings: says };
}

interface Loss {
  readonly live: Database | undefined;
  readonly lost: TimedCheckpoint | undefined;
  readonly newest: TimedCheckpoint | undefined;
  readonly failedAt: Instant;
}

/**
 * What a failure at the beginning of the drill would have lost, and how old the oldest of it would have been.
 *
 * Shape: without the database in use nobody knows what is missing; the age of the newest commit is then the upper bound.
 */
async function lossOf({ live, lost, newest, failedAt }: Loss) {
  const size = newest?.size ?? 0;
  if (live === undefined)
    return { missing: null, rpoSeconds: newest === undefined ? null : secondsTo(newest, failedAt) };
  if (lost === undefined || lost.size <= size) return { missing: 0, rpoSeconds: 0 };
  const first = await firstBeyond(live, { size, sizeMax: lost.size });
  return { missing: lost.size - size, rpoSeconds: first === undefined ? 0 : secondsTo(first, failedAt) };
}

function secondsTo({ at }: TimedCheckpoint, end: Instant): number {
  return Math.max(0, ageMs(parseInstant(at), end)) / MS_A_SECOND;
}

function nothing(at: Instant): DrillResult {
  return {
    v: 1,
    at: instantText(at),
    backup: null,
    segments: 0,
    size: 0,
    root: '',
    leaves: 0,
    streams: 0,
    checkpoints: 0,
    rtoSeconds: null,
    rpoSeconds: null,
    verifySeconds: 0,
    missing: null,
    compared: [],
    findings: [],
  };
}

/** Removes what a drill that was ended early left, once nobody drills. */
export function clearSecondPlaces(data: string): Promise<void> {
  return withFolderLock(join(data, LOCK), () => removeSecondPlaces(data));
}

/** Removes second places, also those that a killed drill left, and ends their servers. */
async function removeSecondPlaces(data: string): Promise<void> {
  for (const name of (await namesIn(data)).filter((found) => SECOND_PLACE.test(found))) {
    const place = join(data, name);
    await removeUnfinishedIn(place);
    if ((await namesIn(place)).includes('pg')) await stopLeftServer(join(place, 'pg'));
    await rm(place, { recursive: true, force: true, maxRetries: REMOVE_RETRIES_MAX });
  }
}
