import { expect, test } from 'vitest';
import {
  type EnrolmentEvent,
  enrolmentMoves,
  enrolmentStates,
  isLiveEnrolment,
  nextEnrolmentState,
} from './enrolment.ts';

const events: readonly EnrolmentEvent[] = ['request', 'approve', 'refuse', 'expire', 'use', 'renew', 'revoke'];

test('an enrolment goes from its token to a certificate in use only by a request and an approval', () => {
  const way: readonly EnrolmentEvent[] = ['request', 'approve', 'use', 'renew', 'renew', 'revoke'];
  let state: ReturnType<typeof nextEnrolmentState> = 'token-issued';
  for (const event of way) state = state === undefined ? undefined : nextEnrolmentState(state, event);
  expect(state).toBe('revoked');
  expect(nextEnrolmentState('token-issued', 'approve')).toBeUndefined();
  expect(nextEnrolmentState('requested', 'request')).toBeUndefined();
});

test('nothing leads out of an end, and nothing but an approval leads to a state whose certificates count', () => {
  for (const end of ['refused', 'expired', 'revoked'] as const) {
    expect(events.map((event) => enrolmentMoves[end][event])).toEqual(events.map(() => undefined));
  }
  for (const state of enrolmentStates.filter((one) => !isLiveEnrolment(one))) {
    const into = events.filter((event) => {
      const next = nextEnrolmentState(state, event);
      return next !== undefined && isLiveEnrolment(next);
    });
    expect([state, into]).toEqual([state, state === 'requested' ? ['approve'] : []]);
  }
});

test('whatever counts can be revoked', () => {
  const live = enrolmentStates.filter(isLiveEnrolment);
  expect(live.map((state) => nextEnrolmentState(state, 'revoke'))).toEqual(live.map(() => 'revoked'));
});
