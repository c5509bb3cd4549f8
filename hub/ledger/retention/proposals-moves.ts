import { KitError } from '@gatehouse/shared/errors.ts';
import {
  findRetentionProposal,
  freeTarget,
  insertRetentionStep,
  type StandingRetentionProposal,
} from '../../store/retention-proposal-rows.ts';
import { isAtItsEnd, nextProposalState, type ProposalEvent } from './proposals-states.ts';
import type { RetentionWork } from './proposals-work.ts';

/** One step of a proposal, with what its act says besides the states. Shape: `by` is a person's id, or `system`. */
export interface ProposalMove {
  readonly event: ProposalEvent;
  readonly by: string;
  readonly from?: string;
  readonly note?: string;
  readonly certificate?: number;
  readonly after?: Readonly<Record<string, string>>;
}

/** The name under which each event stands in the records. */
const ACTIONS: Readonly<Record<ProposalEvent, string>> = {
  approve: 'retention.approved',
  pass: 'retention.approved',
  settle: 'retention.approved',
  begin: 'retention.disposal-begun',
  finish: 'retention.disposal-done',
  reject: 'retention.rejected',
  withdraw: 'retention.withdrawn',
  expire: 'retention.expired',
  supersede: 'retention.superseded',
};

/** Takes a step and puts it on record. Errors: `STATE_CONFLICT` where the state has no such step. */
export async function moveProposal(
  { tx, at, record }: Pick<RetentionWork, 'tx' | 'at' | 'record'>,
  proposal: StandingRetentionProposal,
  { event, by, from, note, certificate, after }: ProposalMove,
): Promise<StandingRetentionProposal> {
  const { proposalId } = proposal;
  const state = nextProposalState(proposal.state, event);
  if (state === undefined) {
    throw new KitError(
      'STATE_CONFLICT',
      `proposal ${proposalId} is ${proposal.state} by now, and this step does not follow`,
    );
  }
  const place = { proposalId, ordinal: proposal.ordinal + 1, event, state, by, at, note: note ?? null };
  await insertRetentionStep(tx, { ...place, ...(certificate === undefined ? {} : { certificate }) });
  if (isAtItsEnd(state)) await freeTarget(tx, proposalId);
  await record({
    action: ACTIONS[event],
    by,
    ...(from === undefined ? {} : { from }),
    target: proposalId,
    before: { state: proposal.state },
    after: { state, about: proposal.target, ...after },
    ...(note === undefined ? {} : { note }),
  });
  const moved = await findRetentionProposal(tx, proposalId);
  if (moved !== undefined) return moved;
  throw new KitError('INVARIANT_BROKEN', `proposal ${proposalId} went while it was moved`);
}
