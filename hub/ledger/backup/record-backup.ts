import type { ActBody } from '@gatehouse/shared/schema/bodies.ts';
import { type Alarm, raiseAlarms } from '../../store/alarm-rows.ts';
import { type Database, inTransaction } from '../../store/database.ts';
import type { Expired } from '../../store/postgres/backup/expire-backups.ts';
import type { BackupManifest } from '../../store/postgres/backup/manifest.ts';
import type { HubStream } from '../hub-stream.ts';
import type { DrillResult } from './drill-file.ts';

/** What an act is put on record with. */
export interface RecordDeps {
  readonly database: Database;
  readonly appendAct: HubStream['appendAct'];
}

/** A backup that was made, what expired by it, and who asked. */
export interface MadeBackup {
  readonly manifest: BackupManifest;
  readonly expired: Expired;
  readonly by: string;
}

const NOTE_LENGTH_MAX = 1_000;

/** Puts a backup on record. */
export async function recordBackup(deps: RecordDeps, { manifest, expired, by }: MadeBackup): Promise<void> {
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  const after = {
    files: `${manifest.files.length}`,
    bytes: `${bytes}`,
    startLsn: manifest.startLsn,
    stopLsn: manifest.stopLsn,
    size: `${manifest.ledger?.size ?? 0}`,
    expired: expired.copies.join(' ') || 'none',
  };
  const act: Omit<ActBody, 'v'> = { action: 'backup.made', by, target: manifest.name, after };
  await inTransaction(deps.database, async (tx) => void (await deps.appendAct(tx, act)));
}

/** Puts on record which copies are gone. */
export async function recordExpiry(deps: RecordDeps, { copies, segments }: Expired): Promise<void> {
  const after = { copies: copies.join(' '), segments: `${segments}` };
  const act: Omit<ActBody, 'v'> = { action: 'backup.expired', by: 'system', after };
  await inTransaction(deps.database, async (tx) => void (await deps.appendAct(tx, act)));
}

/** Puts a drill on record, and an alarm beside it where it found something. Shape: `at` is when. */
export async function recordDrill(deps: RecordDeps, result: DrillResult, by: string): Promise<void> {
  const { backup, findings, size, missing, rtoSeconds, rpoSeconds, compared, at } = result;
  const after = {
    outcome: findings.length === 0 ? 'sound' : 'damaged',
    leaves: `${size}`,
    missing: `${missing ?? 'unknown'}`,
    rtoSeconds: rtoSeconds?.toFixed(1) ?? 'unknown',
    rpoSeconds: rpoSeconds?.toFixed(1) ?? 'unknown',
    compared: `${compared.length}`,
  };
  const [first] = findings;
  const note = first === undefined ? undefined : first.slice(0, NOTE_LENGTH_MAX);
  const target = backup ?? 'none';
  await inTransaction(deps.database, async (tx) => {
    await deps.appendAct(tx, { action: 'backup.drilled', by, target, after, ...(note === undefined ? {} : { note }) });
    if (note === undefined) return;
    const alarm: Alarm = { code: 'BACKUP_DRILL', severity: 'alarm', message: `the drill of backup ${target}: ${note}` };
    await raiseAlarms(tx, [alarm], at);
  });
}
