import { addMs, instant, parseInstant } from '@gatehouse/shared/values/instant.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judgeAge } from './data-age.ts';

const now = parseInstant('2020-03-06T20:30:00.000000000Z');

test('an age of exactly the maximum is young enough, and a nanosecond more is not', () => {
  expect(judgeAge('quote', { at: addMs(now, -1_000), now, ageMsMax: 1_000 })).toEqual({
    ageMs: 1_000,
    problem: undefined,
  });
  expect(judgeAge('quote', { at: instant(addMs(now, -1_000) - 1n), now, ageMsMax: 1_000 })).toEqual({
    ageMs: 1_001,
    problem: 'The quote is too old.',
  });
});

test('this very moment is young, and a nanosecond later is the future', () => {
  expect(judgeAge('quote', { at: now, now, ageMsMax: 0 }).problem).toBeUndefined();
  expect(judgeAge('quote', { at: instant(now + 1n), now, ageMsMax: 0 }).problem).toBe('The quote is from the future.');
});

test('what is young enough for a short maximum is young enough for a longer one', () => {
  const ms = fc.integer({ min: 0, max: 10_000 });
  fc.assert(
    fc.property(fc.bigInt({ min: -10_000_000_000n, max: 10_000_000_000n }), ms, ms, (offset, a, b) => {
      const [short, long] = a < b ? [a, b] : [b, a];
      const at = instant(now + offset);
      const isYoung = (ageMsMax: number) => judgeAge('quote', { at, now, ageMsMax }).problem === undefined;
      expect(isYoung(long) || !isYoung(short)).toBe(true);
    }),
  );
});
