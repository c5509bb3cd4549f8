import { expect, test } from 'vitest';
import { manualClock } from './clock.ts';
import { instantText, parseInstant } from './instant.ts';

const START = parseInstant('2020-03-06T16:00:00Z');

test('a manual clock stands still until it is moved', () => {
  const clock = manualClock(START);
  expect([clock.now(), clock.now()]).toEqual([START, START]);
  clock.advance(1_500);
  expect(instantText(clock.now())).toBe('2020-03-06T16:00:01.500000000Z');
  clock.advance(-2_000);
  expect(instantText(clock.now())).toBe('2020-03-06T15:59:59.500000000Z');
  clock.set(START);
  expect(clock.now()).toBe(START);
});

test('a reading tells the time of its moment and the quality of the clock', () => {
  const clock = manualClock(START);
  const reading = clock.reading();
  clock.advance(1);
  expect(reading).toEqual({ at: START, source: 'manual', offsetNs: 0n, uncertaintyNs: 0n });
});
