import type { Citation } from '@gatehouse/shared/law/acts.ts';
import type { RegimeFlag } from '@gatehouse/shared/law/duties.ts';
import type { DatedEntry } from '@gatehouse/shared/law/in-force.ts';
import type { ClockEvent } from './clock.ts';
import type { KeyClass } from './key-class.ts';

/**
 * How long records of a class are kept, as the law has it from a day on.
 *
 * Shape: `minimum` is a number of months or as long as the firm lives; `maximum`, where there is one, is when they must be gone.
 * Units: months since the class's clock event.
 */
export interface RetentionPeriod extends DatedEntry {
  readonly minimum: number | 'life-of-firm';
  readonly maximum?: number;
}

/** Records that belong to a class: all of a key class, or those of some kinds of entry in it. */
export interface RecordGroup {
  readonly keyClass: KeyClass;
  readonly kinds?: readonly string[];
}

/**
 * A retention class: which records, how long, from which event, and who says so.
 *
 * Shape: `flags` are what a firm has to be for the class to bind it; none means that it binds every firm. `unsure` says what counsel
 *        has to look at before the firm relies on it.
 */
export interface RecordClass {
  readonly id: string;
  readonly title: string;
  readonly records: readonly RecordGroup[];
  readonly clock: ClockEvent;
  readonly periods: readonly RetentionPeriod[];
  readonly jurisdiction: 'US' | 'EU' | 'firm';
  readonly flags: readonly RegimeFlag[];
  readonly sources: readonly Citation[];
  readonly unsure?: string;
}
