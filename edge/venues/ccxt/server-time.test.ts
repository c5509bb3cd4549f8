import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { fromMillis } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { createServerTime, type ServerTime } from './server-time.ts';

const LIMITS = { samples: 3, ageMsMax: 10_000, roundTripMsMax: 500 };

/** A server whose clock is ahead, and a network whose round trips are given. */
function timed(
  aheadMs: number,
  roundTripsMs: readonly number[],
): { time: ServerTime; at: { ms: number }; trips: number[] } {
  const at = { ms: 1_000 };
  const trips = [...roundTripsMs];
  const clock = manualClock(fromMillis(1_700_000_000_000));
  const time = createServerTime({
    ask: async () => {
      const trip = trips.shift();
      if (trip === undefined) throw new Error('no answer');
      // The way there takes all of it and the way back nothing: the worst case of half the round trip.
      at.ms += trip;
      clock.advance(trip);
      return 1_700_000_000_000 + (at.ms - 1_000) + aheadMs;
    },
    clock,
    monotonicMs: () => at.ms,
    limits: LIMITS,
  });
  return { time, at, trips };
}

test('the sample with the shortest round trip counts, and the truth lies within its uncertainty', async () => {
  const { time } = timed(2_500, [400, 20, 300]);
  await time.measure();
  const { offsetNs = 0n, uncertaintyNs = 0n } = time.reading() ?? {};
  const off = offsetNs - -2_500_000_000n;
  expect(off < 0n ? -off : off).toBeLessThanOrEqual(uncertaintyNs);
  expect(uncertaintyNs).toBe(11_000_000n);
});

test('nothing may be signed before a measurement, after too long a round trip, or with an old one', async () => {
  const { time, at, trips } = timed(0, [501, 501, 501]);
  expect(time.fault()).toMatch(/not known/);
  expect(() => time.nowMs()).toThrow(/not known/);
  await time.measure();
  expect(time.fault()).toMatch(/took 501 ms/);
  trips.push(500, 500, 500);
  await time.measure();
  expect(time.fault()).toBeUndefined();
  // The first of three equal samples counts, whose middle is 1,250 ms ago by now.
  at.ms += 8_750;
  expect(time.fault()).toBeUndefined();
  at.ms += 1;
  expect(time.fault()).toMatch(/ago/);
});

test('a time that the exchange contradicts counts again only after a new measurement', async () => {
  const { time, trips } = timed(0, [1, 1, 1]);
  await time.measure();
  time.distrust();
  expect(time.fault()).toMatch(/another/);
  trips.push(1);
  await time.measure();
  expect(time.fault()).toBeUndefined();
});

test('no sample at all leaves the time as it was', async () => {
  const { time } = timed(0, []);
  await expect(time.measure()).rejects.toThrow(/no answer/);
  expect(time.fault()).toMatch(/not known/);
});

test('a stamp from our future shows that the exchange’s clock is another, one from the past shows nothing', async () => {
  const { time, at } = timed(0, [1, 1, 1]);
  await time.measure();
  time.see(time.nowMs() - 60_000);
  time.see(time.nowMs() + 1_000);
  expect(time.fault()).toBeUndefined();
  time.see(time.nowMs() + 1_002);
  expect(time.fault()).toMatch(/another/);
  expect(at.ms).toBe(1_003);
});

test('a limit of no age at all lets through what was measured just now', async () => {
  const { time, at } = timed(0, [1, 1, 1]);
  await time.measure();
  at.ms += 60_000;
  expect(time.fault()).toMatch(/ago/);
  expect(time.fault('just-now')).toBeUndefined();
});
