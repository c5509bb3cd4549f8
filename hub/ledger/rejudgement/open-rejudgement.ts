import { randomUUID } from 'node:crypto';
import { hubFolders } from '../../config.ts';
import type { HubDeps, HubRecords } from '../../hub.ts';
import { judgeAside } from './judge-aside.ts';
import { runRejudgement } from './run-rejudgement.ts';

/** Judges the hub's ledger again as long as the hub runs; gives back how to stop. */
export function openRejudgement({ config, clock, release, log }: HubDeps, records: HubRecords): () => Promise<void> {
  const { database, stream, target } = records;
  const { recordKeys } = hubFolders(config.data);
  return runRejudgement({
    database,
    clock,
    run: randomUUID(),
    release,
    judge: () => judgeAside({ target, recordKeys }),
    appendAct: stream.appendAct,
    log,
  });
}
