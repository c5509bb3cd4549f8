import { expect, test } from 'vitest';
import { nextState, type ProposalEvent, type ProposalState, proposalMoves, proposalStates } from './proposal-states.ts';

const events: readonly ProposalEvent[] = ['approve', 'reject', 'withdraw', 'sign', 'complete', 'accept', 'supersede'];

test('nothing comes into force that was not signed, and nothing is signed after its end', () => {
  const before = (target: ProposalState) =>
    proposalStates.filter((state) => events.some((event) => nextState(state, event) === target && state !== target));
  expect(before('signed')).toEqual(['proposed', 'checked']);
  expect(before('in-force')).toEqual(['signed', 'superseded']);
  expect(before('checked')).toEqual(['proposed']);
});

test('what is rejected or withdrawn stays so, whatever comes', () => {
  for (const state of ['rejected', 'withdrawn'] as const) {
    expect(events.map((event) => nextState(state, event)).filter((next) => next !== undefined)).toEqual([]);
  }
});

test('a signed sheet cannot be rejected or taken back, only superseded', () => {
  expect(nextState('checked', 'reject')).toBe('rejected');
  expect(nextState('signed', 'reject')).toBeUndefined();
  expect(nextState('checked', 'withdraw')).toBe('withdrawn');
  expect(nextState('signed', 'withdraw')).toBeUndefined();
  expect(nextState('signed', 'supersede')).toBe('superseded');
});

test('a second approval does not follow a first', () => {
  expect(nextState('proposed', 'approve')).toBe('checked');
  expect(nextState('checked', 'approve')).toBeUndefined();
});

test('every state has a row with a cell for every event', () => {
  expect(Object.keys(proposalMoves).sort()).toEqual([...proposalStates].sort());
  for (const state of proposalStates) expect(Object.keys(proposalMoves[state]).sort()).toEqual([...events].sort());
});
