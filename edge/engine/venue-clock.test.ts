import type { ClockReading } from '@gatehouse/shared/values/clock.ts';
import { addMs, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { createVenueClockWatch } from './venue-clock.ts';

const AT = parseInstant('2026-01-05T09:00:00Z');

function watchOf(readings: readonly (ClockReading | undefined)[]): readonly (readonly string[])[] {
  let reading: ClockReading | undefined;
  const watch = createVenueClockWatch({ clock: () => reading });
  return readings.map((next) => {
    reading = next;
    return watch.look().flatMap((entry) => (entry.kind === 'clock' ? [entry.body.clock.offsetNs] : []));
  });
}

const measured = (ms: number, offsetNs: bigint): ClockReading => ({
  at: addMs(AT, ms),
  source: 'venue',
  offsetNs,
  uncertaintyNs: 1_000n,
});

test('the first measurement is recorded, and one that stays within both uncertainties is not', () => {
  expect(watchOf([undefined, measured(0, 5_000n), measured(1_000, 7_000n)])).toEqual([[], ['5000'], []]);
});

test('a clock that moved farther than both are uncertain is recorded, and so is any after an hour', () => {
  expect(watchOf([measured(0, 5_000n), measured(1_000, 7_001n)])).toEqual([['5000'], ['7001']]);
  expect(watchOf([measured(0, 5_000n), measured(3_599_999, 5_000n), measured(3_600_000, 5_000n)])).toEqual([
    ['5000'],
    [],
    ['5000'],
  ]);
});

test('a venue that measures no clock puts nothing on record', () => {
  expect(createVenueClockWatch({}).look()).toEqual([]);
});
