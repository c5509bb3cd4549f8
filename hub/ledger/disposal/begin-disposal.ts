import { type Approval, type DisposalTarget, targetText } from '@gatehouse/compliance/retention/target.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { inTransaction, type Transaction } from '../../store/database.ts';
import {
  closeKeys,
  type DisposalRow,
  findDisposal,
  insertDisposal,
  lockAppends,
  openKeys,
} from '../../store/disposal-rows.ts';
import { lockRetention } from '../../store/retention-rows.ts';
import { bodiesToSeal } from '../../store/sealing-rows.ts';
import { obstaclesTo } from '../../store/wipe-rows.ts';
import type { DisposalDeps } from './disposal-deps.ts';

/** Classes whose records a verification, or a proof of what was disposed of, rests on. */
const NEVER: readonly string[] = ['retention', 'firm', 'unknown'];
const APPROVERS_MIN = 2;

/**
 * Puts a disposal on its way: from here on its keys take nothing more, and it is carried to its end whatever happens.
 *
 * Errors: `STATE_CONFLICT` where the target must stay or cannot go yet, `FORBIDDEN` where not three different people decided,
 *         `NOT_FOUND` where nothing lies under the target.
 */
export function beginDisposal(deps: DisposalDeps, target: DisposalTarget, approval: Approval): Promise<DisposalRow> {
  const place = targetText(target);
  assertDecided(approval);
  return inTransaction(deps.database, async (tx) => {
    // No hold, no event and no record comes between the judgement and the closing of the keys.
    await lockRetention(tx);
    await lockAppends(tx);
    const known = await findDisposal(tx, approval.proposal);
    if (known !== undefined) return asKnown(known, place);
    await assertMayGo(tx, target);
    await deps.mayGo(tx, target);
    const recordKeys = await openKeys(tx, place);
    if (recordKeys.length === 0) throw new KitError('NOT_FOUND', `no records lie under ${place}`);
    await insertDisposal(tx, {
      disposalId: approval.proposal,
      target: place,
      state: 'approved',
      recordKeys,
      maker: approval.maker,
      approvedBy: approval.approvedBy,
      reason: approval.reason,
      approvedAt: approval.at,
      isAgain: false,
    });
    await closeKeys(tx, approval.proposal, recordKeys);
    const begun = await findDisposal(tx, approval.proposal);
    if (begun === undefined) throw new KitError('INVARIANT_BROKEN', `disposal ${approval.proposal} was not kept`);
    return begun;
  });
}

function asKnown(known: DisposalRow, place: string): DisposalRow {
  if (known.target === place) return known;
  throw new KitError('STATE_CONFLICT', `disposal ${known.disposalId} is of ${known.target}, not of ${place}`);
}

/** The maker never approves, and two others do. */
function assertDecided({ maker, approvedBy, proposal }: Approval): void {
  const people = new Set([maker, ...approvedBy]);
  if (approvedBy.length >= APPROVERS_MIN && people.size === approvedBy.length + 1) return;
  throw new KitError('FORBIDDEN', `disposal ${proposal} was not approved by two people beside its maker`);
}

async function assertMayGo(tx: Transaction, target: DisposalTarget): Promise<void> {
  if (target.kind === 'subject') return;
  const place = targetText(target);
  if (NEVER.includes(target.class)) {
    throw new KitError(
      'STATE_CONFLICT',
      `records of ${place} are never disposed of: the proof of the others rests on them`,
    );
  }
  const open = await bodiesToSeal(tx);
  if (open > 0) {
    throw new KitError('STATE_CONFLICT', `${open} bodies of an earlier release are still stored open`, {
      hint: 'The hub seals them by itself after its start; propose the disposal again when it says that it is done.',
    });
  }
  const obstacles = await obstaclesTo(tx, target);
  if (obstacles.length === 0) return;
  throw new KitError('STATE_CONFLICT', `${place} cannot go: ${obstacles.join('; ')}`, { problems: obstacles });
}
