import type { StandingProposal } from '../store/proposal-rows.ts';
import { findProposal } from '../store/proposal-rows.ts';
import { settleWithin } from './accepted-sheets.ts';
import {
  type Attempt,
  inLimitWork,
  type LimitDeps,
  type LimitWork,
  type Outcome,
  recordRefusal,
  type StepRefusal,
} from './limit-work.ts';
import { moveProposal, type ProposalMove } from './proposal-moves.ts';

/** What a step comes to, judged on what is in force by now. A refused step is on record as well. */
export function takeStep<Value>(
  deps: LimitDeps,
  attempt: Attempt,
  judge: (work: LimitWork) => Promise<Outcome<Value>>,
): Promise<Outcome<Value>> {
  return inLimitWork(deps, async (work) => {
    await settleWithin(work);
    const outcome = await judge(work);
    if (outcome.kind === 'refused' && outcome.code !== 'NOT_FOUND') await recordRefusal(work, attempt, outcome);
    return outcome;
  });
}

/** A step on a proposal that has to be there. Shape: the attempt's target is the id of the proposal. */
export function takeProposalStep(
  deps: LimitDeps,
  attempt: Attempt,
  judge: (work: LimitWork, proposal: StandingProposal) => Promise<Outcome<StandingProposal>>,
): Promise<Outcome<StandingProposal>> {
  return takeStep(deps, attempt, async (work) => {
    const proposal = await findProposal(work.tx, attempt.target);
    if (proposal !== undefined) return judge(work, proposal);
    const hint = 'The list of proposals has the ids of all.';
    return { kind: 'refused', code: 'NOT_FOUND', problems: [`there is no proposal ${attempt.target}`], hint };
  });
}

/** Moves a proposal, or refuses where its state has no such step. */
export async function moved(
  work: LimitWork,
  proposal: StandingProposal,
  move: ProposalMove,
): Promise<Outcome<StandingProposal>> {
  const value = await moveProposal(work, proposal, move);
  return value === undefined ? outOfTurn(proposal) : { kind: 'done', value };
}

/** The refusal of a step that comes too late or too early. */
export function outOfTurn({ proposalId, state }: StandingProposal): StepRefusal {
  const problems = [`proposal ${proposalId} is ${state} by now, and this step does not follow`];
  return { kind: 'refused', code: 'STATE_CONFLICT', problems, hint: HINTS[state] };
}

const HINTS: Readonly<Record<StandingProposal['state'], string>> = {
  proposed: 'A second person with the right to check limits has to approve it first.',
  checked: 'It was approved already; its maker and its checker sign it next.',
  signed: 'Its document is signed and may be in use; propose a newer sheet to replace it.',
  'in-force': 'It is in force at an edge; propose a newer sheet to replace it.',
  rejected: 'Propose a new sheet that answers the reason of the rejection.',
  withdrawn: 'Its maker took it back; propose a new sheet.',
  superseded: 'Another sheet came into force meanwhile; propose a new one that starts from it.',
};
