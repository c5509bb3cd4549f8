import { describeError } from '@gatehouse/shared/errors.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { addMs, type Instant, instantText } from '@gatehouse/shared/values/instant.ts';
import { type Alarm, raiseAlarms } from '../../store/alarm-rows.ts';
import type { Database } from '../../store/database.ts';
import { copyNames, momentOf, walFolder } from '../../store/postgres/backup/backup-folder.ts';
import { expireBackups, isExpired } from '../../store/postgres/backup/expire-backups.ts';
import { makeBackup } from '../../store/postgres/backup/make-backup.ts';
import { readManifest } from '../../store/postgres/backup/manifest.ts';
import { archiveState, serverIdentity } from '../../store/postgres/backup/server-state.ts';
import { packArchive } from '../../store/postgres/backup/wal-archive.ts';
import type { HubStream } from '../hub-stream.ts';
import { newestDrillAt } from './drill-file.ts';
import { judgeArchive } from './judge-archive.ts';
import { recordBackup, recordExpiry } from './record-backup.ts';

/** What keeps the hub's own database backed up. */
export interface BackupRun {
  readonly database: Database;
  readonly appendAct: HubStream['appendAct'];
  /** The database's folder and that of the backups. */
  readonly folders: { readonly postgres: string; readonly backups: string };
  readonly release: string;
  readonly clock: Clock;
  /** Makes a drill, puts it on record and raises its own alarm. Errors: where nothing could be known. */
  readonly drill: (signal: AbortSignal | undefined) => Promise<void>;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** When the schedule looks, and how long it waits after a start. Units: milliseconds. */
export interface BackupPace {
  readonly lookMs: number;
  readonly restMs: number;
  readonly retryMs: number;
}

const PACE: BackupPace = { lookMs: 15_000, restMs: 120_000, retryMs: 900_000 };
const BACKUP_EVERY_MS = 86_400_000;
const FIRST_DRILL_MS = 86_400_000;
const DRILL_EVERY_MS = 30 * 86_400_000;

/**
 * Keeps a copy of each day and the log since then: packs what the server archives, watches the archive, makes copies, lets old
 * ones go, and has a drill made each month.
 *
 * Shape: one step after the other; a failure is an alarm once for each cause, is tried again, and stops nothing else. Gives back how
 *        to stop, which waits for the step that is under way.
 */
export function runBackups(run: BackupRun, pace: BackupPace = PACE): () => Promise<void> {
  const told = new Map<string, string>();
  const notBefore = new Map<string, Instant>([['backup', addMs(run.clock.now(), pace.restMs)]]);
  notBefore.set('drill', addMs(run.clock.now(), pace.restMs));
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> = Promise.resolve();

  async function look(): Promise<void> {
    for (const [name, step] of Object.entries(STEPS)) {
      if (stop.signal.aborted) return;
      if ((notBefore.get(name) ?? run.clock.now()) > run.clock.now()) continue;
      await attempt(name, step);
    }
    if (!stop.signal.aborted) timer = setTimeout(start, pace.lookMs);
  }

  async function attempt(name: string, step: Step): Promise<void> {
    try {
      const alarms = await step({ ...run, signal: stop.signal });
      for (const alarm of alarms) await tell(`${name} ${alarm.code}`, alarm);
      const present = new Set(alarms.map(({ code }) => `${name} ${code}`));
      for (const key of [...told.keys()]) if (key.startsWith(`${name} `) && !present.has(key)) told.delete(key);
    } catch (error) {
      if (stop.signal.aborted) return;
      notBefore.set(name, addMs(run.clock.now(), pace.retryMs));
      const message = `${name}: ${describeError(error)}`;
      await tell(`${name} failed`, { code: 'BACKUP_FAILED', severity: 'alarm', message });
    }
  }

  async function tell(key: string, alarm: Alarm): Promise<void> {
    if (told.get(key) === alarm.message) return;
    told.set(key, alarm.message);
    run.log(`backups: ${alarm.message}`);
    await raiseAlarms(run.database, [alarm], instantText(run.clock.now())).catch((error: unknown) =>
      run.log(describeError(error)),
    );
  }

  function start(): void {
    working = look();
  }

  start();
  return async () => {
    stop.abort();
    clearTimeout(timer);
    await working;
    clearTimeout(timer);
  };
}

type Step = (run: BackupRun) => Promise<readonly Alarm[]>;

const STEPS: Readonly<Record<string, Step>> = {
  archive: async ({ database, folders }) =>
    judgeArchive(await archiveState(database), await wantedArchive(database, folders.backups)),
  packing: async ({ database, folders }) => {
    const { system, segmentBytes } = await serverIdentity(database);
    await packArchive(walFolder(folders.backups, system), segmentBytes);
    return [];
  },
  backup: async (run) => {
    if (await isBackupDue(run)) await backUp(run);
    return [];
  },
  expiry: async (run) => {
    const names = await copyNames(run.folders.backups);
    if (names.slice(0, -1).some((name) => isExpired(name, run.clock.now()))) await expire(run);
    return [];
  },
  drill: async (run) => {
    if (await isDrillDue(run)) await run.drill(run.signal);
    return [];
  },
};

async function wantedArchive(database: Database, backups: string): Promise<string> {
  return walFolder(backups, (await serverIdentity(database)).system);
}

/**
 * Once a day, and at once where no copy of this day is of this database and of its history, which a restore may have left.
 *
 * Shape: copies of other databases, and such as a wrong clock has dated to come, neither count nor hold up.
 */
async function isBackupDue({ database, folders, clock }: BackupRun): Promise<boolean> {
  const now = clock.now();
  const { system, timeline } = await serverIdentity(database);
  for (const name of [...(await copyNames(folders.backups))].reverse()) {
    const madeAt = momentOf(name);
    if (madeAt === undefined || madeAt > now) continue;
    if (addMs(madeAt, BACKUP_EVERY_MS) <= now) return true;
    const manifest = await readManifest(folders.backups, name).catch(() => undefined);
    if (manifest?.system === system && manifest.timeline === timeline) return false;
  }
  return true;
}

async function backUp({ database, folders, release, clock, appendAct, log, signal }: BackupRun): Promise<void> {
  const { postgres: folder, backups } = folders;
  const source = { database, folder, backups, release, clock };
  const manifest = await makeBackup(signal === undefined ? source : { ...source, signal });
  const expired = await expireBackups(backups, clock);
  await recordBackup({ database, appendAct }, { manifest, expired, by: 'system' });
  log(`backup ${manifest.name} is made; ${expired.copies.length} expired`);
}

/** Copies go on their day, whether or not a new one could be made. */
async function expire({ database, folders, clock, appendAct, log }: BackupRun): Promise<void> {
  const expired = await expireBackups(folders.backups, clock);
  if (expired.copies.length === 0) return;
  await recordExpiry({ database, appendAct }, expired);
  log(`backups expired: ${expired.copies.join(' ')}`);
}

async function isDrillDue({ folders, clock }: BackupRun): Promise<boolean> {
  const drilled = await newestDrillAt(folders.backups, clock.now());
  if (drilled !== undefined) return addMs(drilled, DRILL_EVERY_MS) <= clock.now();
  const oldest = (await copyNames(folders.backups))[0];
  const madeAt = oldest === undefined ? undefined : momentOf(oldest);
  return madeAt !== undefined && addMs(madeAt, FIRST_DRILL_MS) <= clock.now();
}
