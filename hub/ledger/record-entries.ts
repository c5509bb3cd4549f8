import type { SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { projectLeaves } from '../ingest/projections.ts';
import { type Alarm, raiseAlarms } from '../store/alarm-rows.ts';
import type { Transaction } from '../store/database.ts';
import { lockProjections, moveProjections } from '../store/register-rows.ts';
import { type Appended, appendEntries, type Ledger } from './append.ts';

/** Where entries came to lie, and what became of their projections. */
export interface Recorded extends Appended {
  /** False while a rebuild has not caught up; it folds these leaves as well. */
  readonly isProjected: boolean;
  readonly alarms: readonly Alarm[];
}

/** Puts entries into the log and into the projections, in the caller's transaction. Errors: as `appendEntries`. */
export async function recordEntries(
  tx: Transaction,
  ledger: Ledger,
  entries: readonly SealedEntry[],
): Promise<Recorded> {
  const appended = await appendEntries(tx, ledger, entries);
  const next = await lockProjections(tx);
  if (next !== appended.from) return { ...appended, isProjected: false, alarms: [] };

  const leaves = entries.map(({ header, bodyText }, index) => {
    return { leaf: appended.from + index, edge: header.edge, kind: header.kind, at: header.at, body: bodyText };
  });
  const alarms = await projectLeaves(tx, leaves);
  await moveProjections(tx, appended.to);
  await raiseAlarms(tx, alarms, instantText(ledger.clock.now()));
  return { ...appended, isProjected: true, alarms };
}
