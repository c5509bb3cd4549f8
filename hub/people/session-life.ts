import { addMs, ageMs, type Instant } from '@gatehouse/shared/values/instant.ts';

/** A session that nobody used for so long is over. Source: OWASP ASVS 5.0, 7.3.1. */
export const SESSION_IDLE_MS_MAX = 30 * 60_000;

/** A session is over so long after it began, used or not. Source: OWASP ASVS 5.0, 7.3.2. */
export const SESSION_AGE_MS_MAX = 12 * 3_600_000;

/** How often at most the use of a session is written down. */
export const SEEN_MS_MIN = 60_000;

export interface SessionTimes {
  readonly createdAt: Instant;
  readonly seenAt: Instant;
}

export function isSessionOver({ createdAt, seenAt }: SessionTimes, now: Instant): boolean {
  return ageMs(createdAt, now) >= SESSION_AGE_MS_MAX || ageMs(seenAt, now) >= SESSION_IDLE_MS_MAX;
}

/** The moments before which a session must have begun or been used to be over by now. */
export function sessionHorizon(now: Instant): { readonly begunBefore: Instant; readonly usedBefore: Instant } {
  return { begunBefore: addMs(now, -SESSION_AGE_MS_MAX), usedBefore: addMs(now, -SESSION_IDLE_MS_MAX) };
}
