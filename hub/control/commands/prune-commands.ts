import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { addMs, instantText } from '@gatehouse/shared/values/instant.ts';
import { deleteCommands, settledCommands } from '../../store/command-rows.ts';
import { type Database, inTransaction } from '../../store/database.ts';
import type { AppendAct } from '../../store/pages/people-store.ts';

/** What pruning works with. Shape: `kept` commands of each edge stay whatever their age. */
export interface PruneDeps {
  readonly database: Database;
  readonly appendAct: AppendAct;
  readonly clock: Clock;
  readonly kept?: number;
}

/** How often it is looked. Units: milliseconds. */
export const PRUNE_MS = 3_600_000;
/** So many of the newest commands of each edge stay; the number of the next one is told by them. */
export const COMMANDS_KEPT = 1_000;
/** So long ago an edge must have settled a command. Units: milliseconds. */
export const SETTLED_MS_MIN = 30 * 24 * 3_600_000;

/** So many go in one transaction. */
const PRUNED_AT_ONCE_MAX = 1_000;

/**
 * Takes commands out of what edges read that are settled, old and behind many newer ones; answers how many went.
 *
 * Shape: each was given by acts, which hold its signed text, and settled by an entry of its edge, all in the ledger, so the record stays
 *        whole. An edge whose
 *        journal is lost or set back gets those entries back before it hears of commands, so it never misses one that went here. A
 *        command without an answer stays for ever.
 */
export async function pruneCommands(deps: PruneDeps): Promise<number> {
  let pruned = 0;
  for (let count = PRUNED_AT_ONCE_MAX; count === PRUNED_AT_ONCE_MAX; pruned += count) count = await pruneSome(deps);
  return pruned;
}

function pruneSome({ database, appendAct, clock, kept = COMMANDS_KEPT }: PruneDeps): Promise<number> {
  return inTransaction(database, async (tx) => {
    const before = instantText(addMs(clock.now(), -SETTLED_MS_MIN));
    const gone = await settledCommands(tx, { before, kept, limit: PRUNED_AT_ONCE_MAX });
    if (gone.length === 0) return 0;
    await deleteCommands(tx, gone);
    await appendAct(tx, {
      action: 'command.pruned',
      by: 'system',
      target: 'commands',
      after: { commands: `${gone.length}`, settledBefore: before },
    });
    return gone.length;
  });
}
