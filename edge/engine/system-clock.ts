import { type Clock, unmeasuredClock } from '@gatehouse/shared/values/clock.ts';

/** The computer's own clock. */
export function systemClock(): Clock {
  return unmeasuredClock({ source: 'system', wallMs: () => Date.now() });
}
