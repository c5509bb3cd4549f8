import { insertStep, type ProposalStepRow, type StandingProposal } from '../store/proposal-rows.ts';
import { type LimitWork, shortened } from './limit-work.ts';
import { nextState, type ProposalEvent } from './proposal-states.ts';

/** One step of a proposal, with what its act says besides the states. Shape: `by` is a person's id, or `system`. */
export interface ProposalMove {
  readonly event: ProposalEvent;
  readonly by: string;
  readonly from?: string;
  readonly note?: string;
  /** The text that is to be signed from here on. */
  readonly unsignedText?: string;
  readonly after?: Readonly<Record<string, string>>;
}

/** The name under which each event stands in the records. */
const ACTIONS: Readonly<Record<ProposalEvent, string>> = {
  approve: 'limits.approved',
  reject: 'limits.rejected',
  withdraw: 'limits.withdrawn',
  sign: 'limits.signature-added',
  complete: 'limits.signed',
  accept: 'limits.in-force',
  supersede: 'limits.superseded',
};

/** Takes a step and puts it on record; undefined where the state has no such step, and then nothing has changed. */
export async function moveProposal(
  work: LimitWork,
  proposal: StandingProposal,
  move: ProposalMove,
): Promise<StandingProposal | undefined> {
  const { event, by, from, note, unsignedText, after } = move;
  const state = nextState(proposal.state, event);
  if (state === undefined) return undefined;
  const step: ProposalStepRow = {
    proposalId: proposal.proposalId,
    ordinal: proposal.ordinal + 1,
    event,
    state,
    by,
    at: work.at,
    note: note ?? null,
    unsignedText: unsignedText ?? null,
  };
  await insertStep(work.tx, step);
  await work.record({
    action: ACTIONS[event],
    by,
    ...(from === undefined ? {} : { from }),
    target: proposal.proposalId,
    before: { state: proposal.state },
    after: { state, ...after },
    ...(note === undefined ? {} : { note: shortened(note) }),
  });
  return { ...proposal, state, ordinal: step.ordinal, unsignedText: unsignedText ?? proposal.unsignedText };
}
