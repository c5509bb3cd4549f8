import { type Clock, unmeasuredClock } from '@gatehouse/shared/values/clock.ts';

/** The clock of the hub's machine. */
export function systemClock(): Clock {
  return unmeasuredClock({ source: 'system', wallMs: () => Date.now() });
}
