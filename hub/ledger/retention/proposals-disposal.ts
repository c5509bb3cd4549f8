import { type Approval, type Dispose, parseTarget } from '@gatehouse/compliance/retention/target.ts';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { findDisposal } from '../../store/disposal-rows.ts';
import {
  findRetentionProposal,
  retentionProposalsIn,
  type StandingRetentionProposal,
} from '../../store/retention-proposal-rows.ts';
import { assertCanGo } from './proposals.ts';
import { SYSTEM } from './proposals-figures.ts';
import { moveProposal } from './proposals-moves.ts';
import { inRetentionWork, type RetentionDeps } from './proposals-work.ts';

/** How many disposals one look takes on. */
const DISPOSALS_A_LOOK = 20;
const EXPIRED_A_LOOK = 200;
const NOTE_LENGTH_MAX = 2_000;

/**
 * Does the disposals that were approved, one after the other; gives how many were done.
 *
 * Shape:  each is judged once more before it begins, so that a hold that came meanwhile keeps it. What has begun is handed over again
 *         after a crash, until there is a certificate. What cannot begin is superseded, with the reasons on record.
 * Errors: those of `dispose`, once all others had their turn; what it was about stays as it is, and is tried at the next look.
 */
export async function disposeApproved(deps: RetentionDeps, dispose: Dispose): Promise<number> {
  const waiting = await retentionProposalsIn(deps.database, ['approved', 'disposing'], DISPOSALS_A_LOOK);
  let done = 0;
  const failures: unknown[] = [];
  for (const proposal of waiting) {
    try {
      if (await disposeOne(deps, dispose, proposal)) done += 1;
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return done;
}

/** True where this call brought it to its end. */
async function disposeOne(
  deps: RetentionDeps,
  dispose: Dispose,
  proposal: StandingRetentionProposal,
): Promise<boolean> {
  const isBegun = proposal.state === 'disposing' || (await begin(deps, proposal));
  if (!isBegun) return false;
  const certificate = await dispose(parseTarget(proposal.target), approvalOf(proposal)).catch((error: unknown) =>
    supersedeUnbegun(deps, proposal, error),
  );
  if (certificate === undefined) return false;
  const after = {
    certificate: `leaf ${certificate.leaf}`,
    records: `${certificate.records}`,
    finalFrom: certificate.finalFrom,
  };
  return inRetentionWork(deps, async (work) => {
    const found = await findRetentionProposal(work.tx, proposal.proposalId);
    if (found?.state !== 'disposing') return false;
    await moveProposal(work, found, { event: 'finish', by: SYSTEM, certificate: certificate.leaf, after });
    return true;
  });
}

/** What keeps a target before anything of it was destroyed ends its proposal. Errors: the given one, where it is a failure or comes later. */
async function supersedeUnbegun(
  deps: RetentionDeps,
  { proposalId }: StandingRetentionProposal,
  error: unknown,
): Promise<undefined> {
  const problem = answerIn(error);
  if (problem === undefined) throw error;
  await inRetentionWork(deps, async (work) => {
    const found = await findRetentionProposal(work.tx, proposalId);
    if ((await findDisposal(work.tx, proposalId)) !== undefined || found?.state !== 'disposing') throw error;
    await moveProposal(work, found, { event: 'supersede', by: SYSTEM, note: problem.slice(0, NOTE_LENGTH_MAX) });
  });
}

/** Ends the proposals whose time is over; gives how many. */
export async function expireProposals(deps: RetentionDeps): Promise<number> {
  return inRetentionWork(deps, async (work) => {
    const waiting = await retentionProposalsIn(work.tx, ['proposed'], EXPIRED_A_LOOK);
    const over = waiting.filter(({ expiresAt }) => expiresAt !== null && expiresAt <= work.at);
    for (const proposal of over) await moveProposal(work, proposal, { event: 'expire', by: SYSTEM });
    return over.length;
  });
}

/** False where it may not go any more; then it is superseded, with the reasons on record. */
async function begin(deps: RetentionDeps, { proposalId }: StandingRetentionProposal): Promise<boolean> {
  return inRetentionWork(deps, async (work) => {
    const found = await findRetentionProposal(work.tx, proposalId);
    if (found?.state !== 'approved') return found?.state === 'disposing';
    const problem = await problemOf(() => assertCanGo(work, parseTarget(found.target)));
    if (problem === undefined) {
      await moveProposal(work, found, { event: 'begin', by: SYSTEM });
      return true;
    }
    await moveProposal(work, found, { event: 'supersede', by: SYSTEM, note: problem.slice(0, NOTE_LENGTH_MAX) });
    return false;
  });
}

/** Why something cannot be done, where that is an answer and no failure. */
async function problemOf(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    const problem = answerIn(error);
    if (problem === undefined) throw error;
    return problem;
  }
}

function answerIn(error: unknown): string | undefined {
  const isAnswer = error instanceof KitError && (error.code === 'STATE_CONFLICT' || error.code === 'NOT_FOUND');
  return isAnswer ? [describeError(error), ...error.problems].join(' ') : undefined;
}

function approvalOf({ proposalId, maker, approvedBy, reason, approvedAt }: StandingRetentionProposal): Approval {
  return { proposal: proposalId, maker, approvedBy, reason, at: approvedAt ?? '' };
}
