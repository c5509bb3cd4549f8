import { addMs } from '@gatehouse/shared/values/instant.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exampleOrder } from '../examples/base.ts';
import { STREAM_START } from './entry-streams.ts';
import { createPlaces, type Place } from './place.ts';
import { createWindowLog, type WindowLog, type WindowLogDeps } from './window-log.ts';

const places = createPlaces();
const here = places.of(exampleOrder());
const there = places.of(exampleOrder({ account: 'other' }));

function log(bounds: Partial<WindowLogDeps['bounds']> = {}): WindowLog {
  return createWindowLog({
    bounds: { entriesMax: 100, retainedMs: 10_000, ...bounds },
    keysOf: ({ scopes }) => scopes,
  });
}

function add(to: WindowLog, ms: number, place: Place = here, weight = 1): void {
  to.add({ at: addMs(STREAM_START, ms), place, weight });
}

function count(of: WindowLog, key: string, [ms, windowMs]: readonly [number, number]): number | undefined {
  return of.count(key, { now: addMs(STREAM_START, ms), windowMs });
}

test('an entry exactly as old as the period counts, and one a millisecond older does not', () => {
  const one = log();
  add(one, 0);
  add(one, 5, here, 2);
  expect(count(one, 'firm', [10, 10])).toBe(3);
  expect(count(one, 'firm', [11, 10])).toBe(2);
  expect(count(one, 'firm', [0, 0])).toBe(3);
  expect(count(one, 'account:other', [10, 10])).toBe(0);
});

test('what is said to be earlier than the newest entry counts as of its time', () => {
  const one = log();
  add(one, 10);
  add(one, 3);
  expect(count(one, 'firm', [20, 10])).toBe(2);
  expect(count(one, 'firm', [21, 10])).toBe(0);
});

test('beyond the most entries the oldest is forgotten, and a period that reaches it has no answer', () => {
  const one = log({ entriesMax: 3 });
  for (const ms of [0, 1, 2]) add(one, ms);
  expect(count(one, 'firm', [10, 1_000])).toBe(3);
  add(one, 3);
  expect(count(one, 'firm', [10, 10])).toBeUndefined();
  expect(count(one, 'firm', [10, 9])).toBe(3);
  expect(count(one, 'account:none', [10, 10])).toBeUndefined();
  expect(one.past().entries).toHaveLength(3);
});

test('entries older than what is retained are forgotten', () => {
  const one = log();
  add(one, 0);
  add(one, 10_000);
  expect(count(one, 'firm', [10_000, 10_000])).toBe(2);
  add(one, 10_001);
  expect(count(one, 'firm', [10_000, 10_000])).toBeUndefined();
  expect(count(one, 'firm', [10_000, 9_999])).toBe(2);
});

test('what is under a key is forgotten alone, and a restart forgets all and says from when on', () => {
  const one = log();
  add(one, 0);
  add(one, 1, there);
  one.forget('account:main');
  one.forget('account:none');
  expect(count(one, 'firm', [1, 10])).toBe(1);
  expect(count(one, 'account:main', [1, 10])).toBe(0);
  one.restart(addMs(STREAM_START, 5));
  expect(count(one, 'firm', [15, 10])).toBeUndefined();
  expect(count(one, 'firm', [16, 10])).toBe(0);
  add(one, 2);
  expect(count(one, 'firm', [16, 10])).toBe(0);
});

test('time that is forgotten stays so after entries of an earlier time', () => {
  const one = log({ entriesMax: 1 });
  one.restart(addMs(STREAM_START, 5));
  add(one, 1);
  add(one, 2);
  expect(count(one, 'firm', [15, 10])).toBeUndefined();
  expect(count(one, 'firm', [16, 10])).toBe(0);
});

test('keys that nothing is under any more are forgotten as well', () => {
  const one = log({ entriesMax: 10 });
  add(one, 0, there);
  for (let ms = 1; ms < 500; ms += 1) add(one, ms);
  expect(count(one, 'account:other', [500, 5])).toBe(0);
  expect(count(one, 'account:main', [500, 5])).toBe(5);
  expect(one.past().entries).toHaveLength(10);
});

test('questions of many lengths and at any time have the answer of a plain count', () => {
  const entry = fc.record({ passedMs: fc.nat(30), isHere: fc.boolean(), weight: fc.integer({ min: 1, max: 2 }) });
  const question = fc.record({ at: fc.nat(6_000), windowMs: fc.nat(400) });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 300 }), fc.array(question, { maxLength: 30 }), (entries, questions) => {
      const one = log({ retainedMs: 1_000 });
      let ms = 0;
      const all = entries.map(({ passedMs, isHere, weight }) => {
        ms += passedMs;
        add(one, ms, isHere ? here : there, weight);
        return { ms, isHere, weight };
      });
      const known = all.slice(-100).filter((one) => one.ms >= ms - 1_000);
      const lastForgotten = all.at(-known.length - 1)?.ms ?? Number.NEGATIVE_INFINITY;
      for (const { at, windowMs } of questions) {
        const counting = known.filter((one) => one.isHere && one.ms >= at - windowMs);
        const expected = counting.reduce((sum, { weight }) => sum + weight, 0);
        const answer = count(one, 'account:main', [at, windowMs]);
        expect(answer).toBe(at - windowMs <= lastForgotten ? undefined : expected);
      }
    }),
  );
});
