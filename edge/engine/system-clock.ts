import type { Clock, ClockReading } from '@gatehouse/shared/values/clock.ts';
import { fromMillis } from '@gatehouse/shared/values/instant.ts';

/** How far the computer's clock may be off where nobody has measured it. Units: nanoseconds. */
export const SYSTEM_CLOCK_UNCERTAINTY_NS = 1_000_000_000n;

/** The computer's own clock. Shape: its distance from UTC is not measured here, and its readings say so by their width. */
export function systemClock(): Clock {
  const now: Clock['now'] = () => fromMillis(Date.now());
  const reading = (): ClockReading => ({
    at: now(),
    source: 'system',
    offsetNs: 0n,
    uncertaintyNs: SYSTEM_CLOCK_UNCERTAINTY_NS,
  });
  return { now, reading };
}
