import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describeError } from '@gatehouse/shared/errors.ts';
import { hubFolders } from './config.ts';
import type { HubDeps, HubRecords, HubUplink } from './hub.ts';
import { openArchive } from './ledger/archive/open-archive.ts';
import { openBackups } from './ledger/backup/open-backups.ts';
import { openRejudgement } from './ledger/rejudgement/open-rejudgement.ts';
import { HOLDS_FILE } from './ledger/retention/holds-file.ts';
import { runRetentionJobs } from './ledger/retention/retention-run-schedule.ts';

/** What the hub does with its records by itself. */
export interface HubJobs {
  /** Ends all of it; what does not end cleanly is told and keeps nothing else from ending. */
  stop(): Promise<void>;
}

/** Starts backups, archive, retention and the judging again. Errors: as `openArchive`. */
export function openJobs(deps: HubDeps, records: HubRecords, uplink: Pick<HubUplink, 'disposal'>): HubJobs {
  const archive = openArchive(deps, records);
  const backups = openBackups(deps, records);
  const stops = [
    openRejudgement(deps, records),
    openRetention(deps, records, uplink),
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
