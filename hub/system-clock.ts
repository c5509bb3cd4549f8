import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { fromMillis, instant } from '@gatehouse/shared/values/instant.ts';

const NS_PER_MS = 1_000_000;
const SOURCE = 'system';

/** Nobody has compared this clock with UTC, so its uncertainty is what a regulator allows a person's watch. */
const UNCERTAINTY_NS = 1_000_000_000n;

/** The clock of this machine. Units: nanoseconds in form, about a microsecond in resolution. */
export function systemClock(): Clock {
  const now = () => {
    const ms = performance.timeOrigin + performance.now();
    const drift = Math.abs(ms - Date.now());
    // The monotonic clock is finer; the wall clock wins once somebody has set it.
    if (drift > 2) return fromMillis(Date.now());
    return instant(BigInt(Math.floor(ms * 1_000)) * BigInt(NS_PER_MS / 1_000));
  };
  return { now, reading: () => ({ at: now(), source: SOURCE, offsetNs: 0n, uncertaintyNs: UNCERTAINTY_NS }) };
}
