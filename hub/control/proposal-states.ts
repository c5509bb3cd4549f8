/** Where a proposed limit sheet stands. */
export const proposalStates = [
  'proposed',
  'checked',
  'signed',
  'in-force',
  'rejected',
  'withdrawn',
  'superseded',
] as const;

export type ProposalState = (typeof proposalStates)[number];

/**
 * What can happen to a proposal.
 *
 * Shape: `sign` is a signature after which another is missing, `complete` the last one; `accept` is an edge's word that it
 *        runs on the sheet; `supersede` says that the sheet it started from is not in force any more.
 */
export type ProposalEvent = 'approve' | 'reject' | 'withdraw' | 'sign' | 'complete' | 'accept' | 'supersede';

const never = undefined;

/**
 * Every move of a proposal; `never` is refused.
 *
 * Shape: whether a proposal may be signed while it is only proposed depends on who is needed, and is asked besides. A signed
 *        document is out of the hub's hands: it can be superseded but not taken back, and where an edge accepts it all the
 *        same, the edge's word is what counts.
 */
export const proposalMoves: Readonly<
  Record<ProposalState, Readonly<Record<ProposalEvent, ProposalState | undefined>>>
> = {
  proposed: {
    approve: 'checked',
    reject: 'rejected',
    withdraw: 'withdrawn',
    sign: never,
    complete: 'signed',
    accept: never,
    supersede: 'superseded',
  },
  checked: {
    approve: never,
    reject: 'rejected',
    withdraw: 'withdrawn',
    sign: 'checked',
    complete: 'signed',
    accept: never,
    supersede: 'superseded',
  },
  signed: {
    approve: never,
    reject: never,
    withdraw: never,
    sign: never,
    complete: never,
    accept: 'in-force',
    supersede: 'superseded',
  },
  'in-force': {
    approve: never,
    reject: never,
    withdraw: never,
    sign: never,
    complete: never,
    accept: never,
    supersede: 'superseded',
  },
  rejected: {
    approve: never,
    reject: never,
    withdraw: never,
    sign: never,
    complete: never,
    accept: never,
    supersede: never,
  },
  withdrawn: {
    approve: never,
    reject: never,
    withdraw: never,
    sign: never,
    complete: never,
    accept: never,
    supersede: never,
  },
  superseded: {
    approve: never,
    reject: never,
    withdraw: never,
    sign: never,
    complete: never,
    accept: 'in-force',
    supersede: never,
  },
};

/** The state that an event leads to; undefined where it is not possible. */
export function nextState(state: ProposalState, event: ProposalEvent): ProposalState | undefined {
  return proposalMoves[state][event];
}
