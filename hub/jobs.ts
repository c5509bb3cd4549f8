import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describeError } from '@gatehouse/shared/errors.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { hubFolders } from './config.ts';
import type { HubDeps, HubRecords, HubUplink } from './hub.ts';
import { openArchive } from './ledger/archive/open-archive.ts';
import { openBackups } from './ledger/backup/open-backups.ts';
import { RECORD_KEYS_UNCOPIED, runKeyCopies } from './ledger/keys/run-key-copies.ts';
import { openRejudgement } from './ledger/rejudgement/open-rejudgement.ts';
import { HOLDS_FILE } from './ledger/retention/holds-file.ts';
import { runRetentionJobs } from './ledger/retention/retention-run-schedule.ts';
import { raiseAlarms } from './store/alarm-rows.ts';

/** What the hub does with its records by itself. */
export interface HubJobs {
  /** Ends all of it; what does not end cleanly is told and keeps nothing else from ending. */
  stop(): Promise<void>;
}

/** Starts backups, archive, copies of the keys, retention and the judging again. Errors: as `openArchive`. */
export function openJobs(deps: HubDeps, records: HubRecords, uplink: Pick<HubUplink, 'disposal'>): HubJobs {
  const archive = openArchive(deps, records);
  const backups = openBackups(deps, records);
  const stops = [
    openRejudgement(deps, records),
    openRetention(deps, records, uplink),
    openKeyCopies(deps, records),
    archive.stop,
    async () => backups?.stop(),
  ];
  return {
    stop: async () => {
      for (const stop of stops) {
        await stop().catch((error: unknown) => deps.log(`a job did not end cleanly: ${describeError(error)}`));
      }
    },
  };
}

/** Judges each day what may go, and hands on what people decided to dispose of. */
function openRetention(
  { config, clock, log }: HubDeps,
  { database, stream }: HubRecords,
  { disposal }: Pick<HubUplink, 'disposal'>,
): () => Promise<void> {
  return runRetentionJobs({
    database,
    appendAct: stream.appendAct,
    clock,
    random: (length) => randomBytes(length),
    entity: config.entity,
    holdsFile: join(hubFolders(config.data).hub, HOLDS_FILE),
    dispose: disposal.dispose,
    log,
  });
}

/** Keeps the record keys in a second place, where one is named; a backup of the database never holds them. */
function openKeyCopies({ config, clock, log }: HubDeps, { database }: HubRecords): () => Promise<void> {
  const { keysCopy, data } = config;
  const from = hubFolders(data).recordKeys;
  if (keysCopy === undefined) {
    log(`the keys of all records lie in ${from} alone; GATEHOUSE_KEYS_COPY names a second place, on another disk`);
    return async () => undefined;
  }
  const alarm = (message: string): Promise<void> =>
    raiseAlarms(database, [{ code: RECORD_KEYS_UNCOPIED, severity: 'alarm', message }], instantText(clock.now()));
  return runKeyCopies({ from, to: keysCopy, log, alarm });
}
