import { addMs, fromMillis } from '@gatehouse/shared/values/instant.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ADDRESS_RULE, admitAttempt, delayMs, LOGIN_RULE } from './throttle.ts';

const NOW = fromMillis(Date.UTC(2026, 0, 5));

test('more failures never wait less, and no wait is longer than the rule allows', () => {
  fc.assert(
    fc.property(fc.nat(1_000), fc.constantFrom(LOGIN_RULE, ADDRESS_RULE), (failures, rule) => {
      expect(delayMs(failures + 1, rule)).toBeGreaterThanOrEqual(delayMs(failures, rule));
      expect(delayMs(failures, rule)).toBeLessThanOrEqual(rule.delayMsMax);
    }),
  );
});

test('the first attempts are free and the next waits a second', () => {
  expect(delayMs(LOGIN_RULE.free, LOGIN_RULE)).toBe(0);
  expect(delayMs(LOGIN_RULE.free + 1, LOGIN_RULE)).toBe(1_000);
});

test('an attempt is admitted when the wait is over and not a millisecond before', () => {
  const state = { failures: 9, blockedUntil: addMs(NOW, 1) };
  expect(admitAttempt(state, LOGIN_RULE, NOW)).toEqual({ admitted: false, waitMs: 1 });
  expect(admitAttempt(state, LOGIN_RULE, addMs(NOW, 1))).toMatchObject({ admitted: true, next: { failures: 10 } });
});

test('failures are forgotten after more than an hour of peace', () => {
  const state = { failures: 9, blockedUntil: NOW };
  expect(admitAttempt(state, LOGIN_RULE, addMs(NOW, 3_600_000))).toMatchObject({ next: { failures: 10 } });
  expect(admitAttempt(state, LOGIN_RULE, addMs(NOW, 3_600_001))).toMatchObject({ next: { failures: 1 } });
});
