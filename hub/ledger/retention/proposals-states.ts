/** What can be proposed: new figures of the firm, the end of a hold, a disposal. */
export const proposalKinds = ['figures', 'lift', 'disposal'] as const;

export type ProposalKind = (typeof proposalKinds)[number];

/** Where a proposal stands. */
export const proposalStates = [
  'proposed',
  'approved',
  'disposing',
  'done',
  'rejected',
  'withdrawn',
  'expired',
  'superseded',
] as const;

export type ProposalState = (typeof proposalStates)[number];

/**
 * What can happen to a proposal.
 *
 * Shape: `approve` is a word after which another is missing. With the last one figures and lifts `settle` at once, and a disposal
 *        `pass`es, to `begin` and `finish` apart. `supersede` says that what it rested on does not hold any more.
 */
export type ProposalEvent =
  | 'approve'
  | 'pass'
  | 'settle'
  | 'begin'
  | 'finish'
  | 'reject'
  | 'withdraw'
  | 'expire'
  | 'supersede';

const never = undefined;

const atItsEnd: Readonly<Record<ProposalEvent, undefined>> = {
  approve: never,
  pass: never,
  settle: never,
  begin: never,
  finish: never,
  reject: never,
  withdraw: never,
  expire: never,
  supersede: never,
};

/** Every move of a proposal; `never` is refused. What was begun to be destroyed can only be finished; until then it may be superseded. */
const proposalMoves: Readonly<Record<ProposalState, Readonly<Record<ProposalEvent, ProposalState | undefined>>>> = {
  proposed: {
    approve: 'proposed',
    pass: 'approved',
    settle: 'done',
    begin: never,
    finish: never,
    reject: 'rejected',
    withdraw: 'withdrawn',
    expire: 'expired',
    supersede: 'superseded',
  },
  approved: { ...atItsEnd, begin: 'disposing', reject: 'rejected', withdraw: 'withdrawn', supersede: 'superseded' },
  disposing: { ...atItsEnd, finish: 'done', supersede: 'superseded' },
  done: atItsEnd,
  rejected: atItsEnd,
  withdrawn: atItsEnd,
  expired: atItsEnd,
  superseded: atItsEnd,
};

/** The state that an event leads to; undefined where it is not possible. */
export function nextProposalState(state: ProposalState, event: ProposalEvent): ProposalState | undefined {
  return proposalMoves[state][event];
}

/** Whether nothing can happen to a proposal any more. */
export function isAtItsEnd(state: ProposalState): boolean {
  return proposalMoves[state] === atItsEnd;
}
