import { FirmFigures } from '@gatehouse/compliance/retention/firm-figures.ts';
import { canGo } from '@gatehouse/compliance/retention/state.ts';
import { type DisposalTarget, parseTarget, targetText } from '@gatehouse/compliance/retention/target.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { decode, encode } from '@gatehouse/shared/schema/decode.ts';
import { addMs, instantText } from '@gatehouse/shared/values/instant.ts';
import {
  findRetentionProposal,
  insertRetentionProposal,
  insertRetentionStep,
  retentionProposalsIn,
  type StandingRetentionProposal,
  takeTarget,
} from '../../store/retention-proposal-rows.ts';
import { findHold, liftHold } from '../../store/retention-rows.ts';
import { baseOf, figuresInForce, putFiguresInForce } from './proposals-figures.ts';
import { moveProposal, type ProposalMove } from './proposals-moves.ts';
import {
  assertReason,
  inRetentionWork,
  newRetentionId,
  type RetentionActor,
  type RetentionDeps,
  type RetentionWork,
} from './proposals-work.ts';
import { isGone, judgeTarget, readFacts } from './retention-run-judge.ts';
import { readAhead, readMore } from './retention-run-reading.ts';

/** What a person proposes. Shape: `figures` are not decoded yet; a target is its word, such as `trading/2026-03`. */
export type ProposedChange =
  | { readonly kind: 'figures'; readonly figures: unknown }
  | { readonly kind: 'lift'; readonly hold: string }
  | { readonly kind: 'disposal'; readonly target: string };

/** How many proposals may wait at once. */
export const WAITING_PROPOSALS_MAX = 200;

const DAY_MS = 86_400_000;
/** A proposal that nobody settled for so long is over. */
const PROPOSAL_MS_MAX = 30 * DAY_MS;

/** How many other people a proposal needs: the maker is never among them. */
const NEEDED = { figures: 1, lift: 1, disposal: 2 } as const;

/**
 * Proposes new figures, the end of a hold, or a disposal.
 *
 * Errors: `NOT_FOUND` for a hold or target without records; `STATE_CONFLICT` where it was proposed already, does not stand any more or
 *         may not go; `MESSAGE_MALFORMED` and `VALUE_MALFORMED` for what has not its form; `QUEUE_FULL` where too many wait, or the
 *         ledger is still being read.
 */
export async function proposeRetention(
  deps: RetentionDeps,
  actor: RetentionActor,
  { change, reason }: { readonly change: ProposedChange; readonly reason: string },
): Promise<StandingRetentionProposal> {
  assertReason(reason);
  if (change.kind === 'disposal') await readAhead(deps.database);
  return inRetentionWork(deps, async (work) => {
    const waiting = await retentionProposalsIn(work.tx, ['proposed'], WAITING_PROPOSALS_MAX);
    if (waiting.length >= WAITING_PROPOSALS_MAX) {
      throw new KitError('QUEUE_FULL', `${waiting.length} proposals wait already`, {
        hint: 'Settle some of them first.',
      });
    }
    const { content, target } = await checkedChange(work, change);
    const proposalId = newRetentionId('R', deps.random);
    const { kind } = change;
    const maker = actor.personId;
    const ends = { proposedAt: work.at, expiresAt: instantText(addMs(work.now, PROPOSAL_MS_MAX)) };
    await insertRetentionProposal(work.tx, {
      proposalId,
      kind,
      content,
      target,
      maker,
      needed: NEEDED[kind],
      reason,
      ...ends,
    });
    if (kind !== 'figures') await claim(work, target, proposalId);
    const step = { proposalId, ordinal: 1, event: 'propose', state: 'proposed', by: maker, at: work.at } as const;
    await insertRetentionStep(work.tx, { ...step, note: reason });
    const after = { kind, target, state: 'proposed', needed: `${NEEDED[kind]}` };
    await work.record({
      action: 'retention.proposed',
      by: maker,
      from: actor.from,
      target: proposalId,
      after,
      note: reason,
    });
    return foundProposal(work, proposalId);
  });
}

/**
 * Approves a proposal as another person. With the last approval that it needs, figures and lifts count, and a disposal is handed on.
 *
 * Errors: `NOT_FOUND`; `FORBIDDEN` for its maker and for whoever has approved it; `STATE_CONFLICT` where it is settled or has expired, or
 *         what it rests on does not hold any more.
 */
export async function approveRetention(
  deps: RetentionDeps,
  actor: RetentionActor,
  proposalId: string,
): Promise<StandingRetentionProposal> {
  await readAhead(deps.database);
  return inRetentionWork(deps, async (work) => {
    const proposal = await foundProposal(work, proposalId);
    assertOther(proposal, actor);
    assertOpen(proposal, work);
    await assertStands(work, proposal);
    const by = { by: actor.personId, from: actor.from };
    const isLast = proposal.approvedBy.length + 1 >= proposal.needed;
    if (!isLast) return moveProposal(work, proposal, { event: 'approve', ...by });
    if (proposal.kind === 'disposal') return moveProposal(work, proposal, { event: 'pass', ...by });
    return settle(work, proposal, by);
  });
}

/** Another person refuses a proposal. Errors: `NOT_FOUND`, `FORBIDDEN` for its maker, `STATE_CONFLICT`, `VALUE_MALFORMED`. */
export function rejectRetention(
  deps: RetentionDeps,
  actor: RetentionActor,
  { proposalId, reason }: { readonly proposalId: string; readonly reason: string },
): Promise<StandingRetentionProposal> {
  return ending(deps, { actor, proposalId, reason, event: 'reject' });
}

/** Its maker takes a proposal back. Errors: `NOT_FOUND`, `FORBIDDEN` for anybody else, `STATE_CONFLICT`, `VALUE_MALFORMED`. */
export function withdrawRetention(
  deps: RetentionDeps,
  actor: RetentionActor,
  { proposalId, reason }: { readonly proposalId: string; readonly reason: string },
): Promise<StandingRetentionProposal> {
  return ending(deps, { actor, proposalId, reason, event: 'withdraw' });
}

interface Ending {
  readonly actor: RetentionActor;
  readonly proposalId: string;
  readonly reason: string;
  readonly event: 'reject' | 'withdraw';
}

function ending(deps: RetentionDeps, { actor, proposalId, reason, event }: Ending): Promise<StandingRetentionProposal> {
  assertReason(reason);
  return inRetentionWork(deps, async (work) => {
    const proposal = await foundProposal(work, proposalId);
    const isMaker = proposal.maker === actor.personId;
    if (isMaker !== (event === 'withdraw')) {
      throw new KitError(
        'FORBIDDEN',
        isMaker ? 'its maker cannot reject a proposal' : 'only its maker can withdraw it',
        {
          hint: isMaker ? 'Withdraw it instead.' : 'Reject it instead, and say why.',
        },
      );
    }
    return moveProposal(work, proposal, { event, by: actor.personId, from: actor.from, note: reason });
  });
}

/** What is proposed, once it is sure that it could be done now. */
async function checkedChange(
  work: RetentionWork,
  change: ProposedChange,
): Promise<{ readonly content: unknown; readonly target: string }> {
  if (change.kind === 'figures') {
    const figures = decode(FirmFigures, change.figures, "the firm's retention figures");
    return { content: encode(FirmFigures, figures), target: baseOf(await figuresInForce(work.tx)) };
  }
  if (change.kind === 'lift') {
    const hold = await findHold(work.tx, change.hold);
    if (hold === undefined) throw new KitError('NOT_FOUND', `there is no hold ${change.hold.slice(0, 100)}`);
    if (hold.liftedAt !== null) throw new KitError('STATE_CONFLICT', `hold ${hold.id} was lifted already`);
    return { content: { hold: hold.id }, target: `hold/${hold.id}` };
  }
  const target = parseTarget(change.target);
  await assertCanGo(work, target);
  return { content: target, target: targetText(target) };
}

async function claim({ tx }: RetentionWork, target: string, proposalId: string): Promise<void> {
  const other = await takeTarget(tx, target, proposalId);
  if (other === undefined) return;
  throw new KitError('STATE_CONFLICT', `${target} is proposed already, by ${other}`, {
    hint: 'Approve or reject that proposal.',
  });
}

/** Errors: `NOT_FOUND` for a target without records, `STATE_CONFLICT` for one that something keeps, `QUEUE_FULL` while the ledger is being read. */
export async function assertCanGo(
  { tx, day }: Pick<RetentionWork, 'tx' | 'day'>,
  target: DisposalTarget,
): Promise<void> {
  const text = targetText(target);
  if (!(await readMore(tx))) {
    throw new KitError('QUEUE_FULL', 'the ledger is still being read for what may go', {
      hint: 'Try again in a minute.',
    });
  }
  const facts = await readFacts(tx, day);
  if (await isGone(tx, target, facts)) throw new KitError('STATE_CONFLICT', `${text} was disposed of already`);
  const judged = await judgeTarget(tx, target, facts);
  if (judged === undefined) throw new KitError('NOT_FOUND', `there are no records under ${text}`);
  if (canGo(judged.state)) return;
  throw new KitError('STATE_CONFLICT', `${text} may not go: ${judged.state}`, {
    hint: 'The reasons say which class, event or hold keeps it.',
    problems: judged.because,
  });
}

/** Errors: `STATE_CONFLICT` where what a proposal rests on does not hold any more. */
async function assertStands(work: RetentionWork, { kind, target }: StandingRetentionProposal): Promise<void> {
  if (kind === 'disposal') return assertCanGo(work, parseTarget(target));
  if (kind === 'figures' && target !== baseOf(await figuresInForce(work.tx))) {
    throw new KitError('STATE_CONFLICT', 'other figures came into force meanwhile', {
      hint: 'Reject it, and have figures proposed that start from those in force.',
    });
  }
}

async function settle(
  work: RetentionWork,
  proposal: StandingRetentionProposal,
  by: Pick<ProposalMove, 'by' | 'from'>,
): Promise<StandingRetentionProposal> {
  const { kind, content, proposalId, target } = proposal;
  if (kind === 'figures') {
    const figures = decode(FirmFigures, content, "the firm's retention figures");
    const version = await putFiguresInForce(work, figures, proposalId);
    return moveProposal(work, proposal, { event: 'settle', ...by, after: { version: `${version}` } });
  }
  const hold = target.slice('hold/'.length);
  if (!(await liftHold(work.tx, hold, { by: by.by, at: work.at }))) {
    throw new KitError('STATE_CONFLICT', `hold ${hold} was lifted already`);
  }
  return moveProposal(work, proposal, { event: 'settle', ...by, after: { lifted: hold } });
}

async function foundProposal({ tx }: RetentionWork, proposalId: string): Promise<StandingRetentionProposal> {
  const proposal = await findRetentionProposal(tx, proposalId);
  if (proposal !== undefined) return proposal;
  throw new KitError('NOT_FOUND', `there is no proposal ${proposalId.slice(0, 100)}`, {
    hint: 'The list of proposals has the ids of all.',
  });
}

function assertOther({ maker, approvedBy }: StandingRetentionProposal, { personId }: RetentionActor): void {
  if (maker === personId) {
    throw new KitError('FORBIDDEN', 'the maker of a proposal can never check it', {
      hint: 'Ask another person who may approve.',
    });
  }
  if (approvedBy.includes(personId)) {
    throw new KitError('FORBIDDEN', 'you have approved it already', { hint: 'It needs another person.' });
  }
}

function assertOpen({ proposalId, state, expiresAt }: StandingRetentionProposal, { at }: RetentionWork): void {
  if (state !== 'proposed') throw new KitError('STATE_CONFLICT', `proposal ${proposalId} is ${state} by now`);
  if (expiresAt === null || at < expiresAt) return;
  throw new KitError('STATE_CONFLICT', `proposal ${proposalId} has expired, at ${expiresAt}`, {
    hint: 'Propose it again.',
  });
}
