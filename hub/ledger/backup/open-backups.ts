import { Worker } from 'node:worker_threads';
import { KitError } from '@gatehouse/shared/errors.ts';
import { backupsFolder, hubFolders } from '../../config.ts';
import type { HubDeps, HubRecords } from '../../hub.ts';
import { announceRestore } from './announce-restore.ts';
import { clearSecondPlaces } from './drill.ts';
import { type DrillResult, keepDrill } from './drill-file.ts';
import type { DrillAnswer, DrillWork } from './drill-worker.ts';
import { recordDrill } from './record-backup.ts';
import { type BackupPace, type BackupRun, runBackups } from './run-backups.ts';

/** The schedule of the hub's backups. */
export interface Backups {
  stop(): Promise<void>;
}

/** Says on record that the database comes from a backup, where it does. */
export async function sayRestored({ config, clock, log }: HubDeps, records: HubRecords): Promise<void> {
  if (records.server === undefined) return;
  const { database, signer, stream } = records;
  const folders = { data: config.data, ...hubFolders(config.data) };
  await announceRestore({ database, signer, appendAct: stream.appendAct, clock, folders, log });
}

/** Keeps the hub's own database backed up; an external one is backed up by its own tools. */
export function openBackups(
  { config, clock, release, log }: HubDeps,
  records: HubRecords,
  pace?: BackupPace,
): Backups | undefined {
  if (records.server === undefined) return undefined;
  const { database, signer, stream, target } = records;
  const folders = hubFolders(config.data);
  const backups = backupsFolder(config);
  const { appendAct } = stream;
  const work: DrillWork = {
    backups,
    data: config.data,
    logFolder: folders.log,
    verifierKey: signer.verifierKey,
    recordKeys: folders.recordKeys,
    target,
  };
  const run: BackupRun = {
    database,
    appendAct,
    folders: { postgres: folders.postgres, backups },
    release,
    clock,
    drill: async (signal) => {
      const result = await drillInWorker(work, { signal, log });
      await recordDrill({ database, appendAct }, result, 'system');
      await keepDrill(backups, result);
    },
    log,
  };
  return { stop: runBackups(run, pace) };
}

/** Makes a drill in a thread of its own; one that is ended early leaves no server and no second place behind. */
async function drillInWorker(
  work: DrillWork,
  { signal, log }: { readonly signal: AbortSignal | undefined; readonly log: (line: string) => void },
): Promise<DrillResult> {
  const worker = new Worker(new URL('./drill-worker.ts', import.meta.url), { workerData: work });
  const end = (): void => void worker.terminate();
  signal?.addEventListener('abort', end);
  try {
    return await new Promise<DrillResult>((resolve, reject) => {
      worker.on('message', (answer: DrillAnswer) => {
        if (answer.kind === 'line') log(`drill: ${answer.line}`);
        if (answer.kind === 'done') resolve(answer.result);
        if (answer.kind === 'failed') reject(new KitError(answer.code, answer.message));
      });
      worker.on('error', reject);
      worker.on('exit', () => reject(new KitError('STATE_CONFLICT', 'the drill was ended early')));
    });
  } finally {
    signal?.removeEventListener('abort', end);
    if (signal?.aborted === true) await clearSecondPlaces(work.data);
  }
}
