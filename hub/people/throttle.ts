import { addMs, ageMs, type Instant } from '@gatehouse/shared/values/instant.ts';

/** What is slowed down: the attempts for one login, or those from one address. */
export interface ThrottleRule {
  readonly kind: 'login' | 'address';
  /** How many attempts cost nothing. */
  readonly free: number;
  readonly delayMsMax: number;
}

/** What is known of the attempts so far. */
export interface ThrottleState {
  readonly failures: number;
  readonly blockedUntil: Instant | undefined;
}

/** The delay for a login stays short, so that a stranger who keeps guessing cannot keep its owner out. */
export const LOGIN_RULE: ThrottleRule = { kind: 'login', free: 3, delayMsMax: 30_000 };

export const ADDRESS_RULE: ThrottleRule = { kind: 'address', free: 10, delayMsMax: 300_000 };

const FIRST_DELAY_MS = 1_000;
const DOUBLINGS_MAX = 20;
/** After an hour of peace the count starts again. */
const FORGOTTEN_MS = 3_600_000;

/**
 * What an attempt does to the count: it is admitted and counted at once, or it has to wait.
 *
 * Shape: an attempt counts as failed before it is judged, so that a hundred at once are not a hundred free ones.
 */
export function admitAttempt(
  state: ThrottleState,
  rule: ThrottleRule,
  now: Instant,
): { readonly admitted: true; readonly next: ThrottleState } | { readonly admitted: false; readonly waitMs: number } {
  const { blockedUntil } = state;
  if (blockedUntil !== undefined && blockedUntil > now) return { admitted: false, waitMs: ageMs(now, blockedUntil) };
  const isForgotten = blockedUntil !== undefined && ageMs(blockedUntil, now) > FORGOTTEN_MS;
  const failures = (isForgotten ? 0 : state.failures) + 1;
  return { admitted: true, next: { failures, blockedUntil: addMs(now, delayMs(failures, rule)) } };
}

/** The wait that follows so many failures in a row: none at first, then a second that doubles up to the rule's end. */
export function delayMs(failures: number, rule: ThrottleRule): number {
  if (failures <= rule.free) return 0;
  const doublings = Math.min(failures - rule.free - 1, DOUBLINGS_MAX);
  return Math.min(FIRST_DELAY_MS * 2 ** doublings, rule.delayMsMax);
}
