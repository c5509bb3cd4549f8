import { ageMs, type Instant } from '@gatehouse/shared/values/instant.ts';

/** When something was true, when it is used, and how old it may be. Units: milliseconds; both times are of one clock. */
export interface Dating {
  readonly at: Instant;
  readonly now: Instant;
  readonly ageMsMax: number;
}

/** How old something is, with the sentence that says why it may not be used; absent where it may. */
export interface JudgedAge {
  readonly ageMs: number;
  readonly problem: string | undefined;
}

/**
 * Whether something is young enough to be relied on: not older than permitted, and not from the future.
 *
 * Shape: `what` names it within a sentence; an age of exactly the maximum is young enough.
 */
export function judgeAge(what: string, { at, now, ageMsMax }: Dating): JudgedAge {
  const age = ageMs(at, now);
  if (age < 0) return { ageMs: age, problem: `The ${what} is from the future.` };
  return { ageMs: age, problem: age > ageMsMax ? `The ${what} is too old.` : undefined };
}
