import { expect, test } from 'vitest';
import { createCatchUpWatch } from './catch-up.ts';

test('the pace and the time that is left follow the acknowledgements of the last seconds', () => {
  let nowMs = 0;
  const watch = createCatchUpWatch(() => nowMs);
  expect(watch.now(10_000)).toEqual({ perSecond: 0, secondsLeft: undefined });
  for (let second = 0; second <= 5; second += 1) {
    nowMs = second * 1_000;
    watch.reached(second * 500);
  }
  expect(watch.now(10_000)).toEqual({ perSecond: 500, secondsLeft: 20 });
  for (let second = 6; second <= 30; second += 1) {
    nowMs = second * 1_000;
    watch.reached(2_500 + (second - 5) * 100);
  }
  expect(watch.now(1_000)).toEqual({ perSecond: 100, secondsLeft: 10 });
  expect(watch.now(0).secondsLeft).toBe(0);
});

test('a hub that says nothing makes the pace fall, and one that was set back starts anew', () => {
  let nowMs = 0;
  const watch = createCatchUpWatch(() => nowMs);
  watch.reached(0);
  nowMs = 1_000;
  watch.reached(1_000);
  nowMs = 10_000;
  expect(watch.now(1_000)).toEqual({ perSecond: 100, secondsLeft: 10 });
  watch.reached(50);
  nowMs = 11_000;
  expect(watch.now(1_000)).toEqual({ perSecond: 0, secondsLeft: undefined });
});

test('many acknowledgements in a moment are as few marks as one', () => {
  let nowMs = 0;
  const watch = createCatchUpWatch(() => nowMs);
  for (let ack = 0; ack <= 20_000; ack += 1) {
    nowMs = ack / 10;
    watch.reached(ack);
  }
  expect(watch.now(10_000).perSecond).toBeGreaterThan(9_500);
  expect(watch.now(10_000).perSecond).toBeLessThan(10_500);
});
