import type { SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { projectRead } from '../ingest/projections.ts';
import { type ReadLeaf, readEntry } from '../ingest/read-entry.ts';
import { type Alarm, raiseAlarms } from '../store/alarm-rows.ts';
import type { Transaction } from '../store/database.ts';
import { lockProjections, moveProjections } from '../store/register-rows.ts';
import { type Appended, appendEntries, type Ledger } from './append.ts';

const READ_ENTRIES_A_TURN = 100;

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
  const [appended, read] = await Promise.all([appendEntries(tx, ledger, entries), readInTurns(entries)]);
  const next = await lockProjections(tx);
  if (next !== appended.from) return { ...appended, isProjected: false, alarms: [] };

  const leaves = read.map((entry, index) => ({ ...entry, leaf: appended.from + index }));
  const alarms = await projectRead(tx, leaves);
  await moveProjections(tx, appended.to);
  await raiseAlarms(tx, alarms, instantText(ledger.clock.now()));
  return { ...appended, isProjected: true, alarms };
}

/** Decodes bodies while the server stores them; their leaves are not known yet. */
async function readInTurns(entries: readonly SealedEntry[]): Promise<readonly ReadLeaf[]> {
  const read: ReadLeaf[] = [];
  for (const [index, { header, bodyText }] of entries.entries()) {
    read.push(readEntry({ leaf: 0, edge: header.edge, kind: header.kind, at: header.at, body: bodyText }));
    if (index % READ_ENTRIES_A_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return read;
}
