import { KitError } from '../errors.ts';
import { type Instant, instantText } from './instant.ts';

/** A stretch of time that holds its first instant and not its last, so that neighbours share none. */
export interface Interval {
  readonly from: Instant;
  readonly to: Instant;
}

/** The interval from one instant up to another. Errors: `VALUE_MALFORMED` where it would hold nothing. */
export function interval(from: Instant, to: Instant): Interval {
  if (from < to) return { from, to };
  throw new KitError('VALUE_MALFORMED', `an interval from ${instantText(from)} to ${instantText(to)}`, {
    hint: 'The end comes after the start and is no part of the interval.',
  });
}

/** Whether the instant lies in the interval. */
export function contains(within: Interval, at: Instant): boolean {
  return at >= within.from && at < within.to;
}

/** Whether any instant lies in both. */
export function overlaps(a: Interval, b: Interval): boolean {
  return a.from < b.to && b.from < a.to;
}
