import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { raiseAlarms } from '../../store/alarm-rows.ts';
import { inTransaction } from '../../store/database.ts';
import {
  closeKeys,
  destroyedDisposals,
  findDisposal,
  insertDisposal,
  lockAppends,
  unfinishedDisposals,
} from '../../store/disposal-rows.ts';
import type { Destruction } from '../keys/destroyed-list.ts';
import type { DisposalDeps } from './disposal-deps.ts';
import { finishDisposal } from './dispose.ts';

const RETURNED = 'RECORD_KEYS_RETURNED';
const FORGOTTEN = 'DISPOSAL_FORGOTTEN';
const WAITING = 'DISPOSAL_WAITING';

/**
 * Brings keys, database and disposals together before the hub opens.
 *
 * Shape: keys that a disposal destroyed and that came back with an old copy are destroyed again, with an alarm; what a database from
 *        a backup has forgotten is taken out of it again, on record; and a disposal that was cut short goes on.
 */
export async function resumeDisposals(deps: DisposalDeps): Promise<void> {
  deps.keys.refresh();
  await destroyReturned(deps);
  for (const destruction of deps.keys.destructions()) await remember(deps, destruction);
  for (const { disposalId } of await unfinishedDisposals(deps.database)) await finishOrWait(deps, disposalId);
}

/** Files that cannot be cleared now keep no hub from opening: by then the keys are destroyed and no table holds the records. */
async function finishOrWait(deps: DisposalDeps, disposalId: string): Promise<void> {
  try {
    await finishDisposal(deps, disposalId);
  } catch (error) {
    const state = (await findDisposal(deps.database, disposalId))?.state;
    const isConflict = error instanceof KitError && error.code === 'STATE_CONFLICT';
    if (!isConflict || state !== 'rows-wiped') throw error;
    await alarm(deps, WAITING, `disposal ${disposalId} is not certified yet: ${describeError(error)}`);
  }
}

async function destroyReturned(deps: DisposalDeps): Promise<void> {
  const { database, keys } = deps;
  const known = new Set(keys.destructions().map(({ disposal }) => disposal));
  const rows = await destroyedDisposals(database);
  const returned: string[] = [];
  for (const row of rows) {
    if (known.has(row.disposalId)) continue;
    // The list itself is an old copy: what the database knows is put back into it.
    const { disposalId: disposal, target, recordKeys, maker, approvedBy, reason, approvedAt: at } = row;
    returned.push(...recordKeys.filter((name) => keys.names().includes(name)));
    await keys.destroy({ disposal, target, keys: [...recordKeys], maker, approvedBy: [...approvedBy], reason, at });
  }
  const isCutShort = (await unfinishedDisposals(database)).length > 0;
  const swept = await keys.sweep();
  if (!isCutShort) returned.push(...swept);
  if (returned.length === 0) return;
  const message = `keys that a disposal destroyed had come back and were destroyed again: ${returned.join(', ')}; find out who keeps copies of the folder record-keys`;
  await alarm(deps, RETURNED, message);
}

/** A database from before a disposal learns of it from the list beside it. */
async function remember(deps: DisposalDeps, destruction: Destruction): Promise<void> {
  const { disposal: disposalId, target, keys: recordKeys, maker, approvedBy, reason, at } = destruction;
  const isForgotten = await inTransaction(deps.database, async (tx) => {
    await lockAppends(tx);
    if ((await findDisposal(tx, disposalId)) !== undefined) return false;
    const row = { disposalId, target, recordKeys, maker, approvedBy, reason, approvedAt: at };
    await insertDisposal(tx, { ...row, state: 'keys-destroyed', isAgain: true });
    await closeKeys(tx, disposalId, recordKeys);
    return true;
  });
  if (!isForgotten) return;
  const message = `the database is from before the disposal ${disposalId} of ${target}; its records are taken out again`;
  deps.log(message);
  await alarm(deps, FORGOTTEN, message);
}

async function alarm({ database, clock }: DisposalDeps, code: string, message: string): Promise<void> {
  await raiseAlarms(database, [{ code, severity: 'alarm', message }], instantText(clock.now()));
}
