import type { Aggregates } from '@gatehouse/compliance/aggregates/aggregates.ts';
import type { Bar } from '@gatehouse/shared/market/bar.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { ageMs } from '@gatehouse/shared/values/instant.ts';

/** Keeps the prices that positions are valued at young enough to judge by. */
export interface Marking {
  /** The entry that must be on record before an order of this bar is judged, if one must. */
  before(bar: Bar): EntryBody | undefined;
}

/**
 * What is held is valued anew at least each second of market time, whenever an order is to be judged.
 *
 * Source: 17 CFR 240.15c3-5(c)(1)(i), as far as thresholds are measured on values.
 */
const MARK_AGE_MS_MAX = 1_000;

/** A marking for an edge whose prices are the closes of bars. */
export function createMarking(own: Pick<Aggregates, 'cell' | 'oldestMarkAt'>): Marking {
  return {
    before: (bar) => {
      const oldest = own.oldestMarkAt('firm');
      if (oldest === 'nothing-held') return undefined;
      if (oldest !== undefined && ageMs(oldest, bar.closeAt) <= MARK_AGE_MS_MAX) return undefined;
      const known = own.cell('firm', bar.instrument)?.markAt;
      // Seen again after a restart, the same bar is on record already.
      if (known !== undefined && known >= bar.closeAt) return undefined;
      const { instrument, close, closeAt, day } = bar;
      return { kind: 'marks', body: { v: 1, at: closeAt, day, marks: [{ instrument, price: close, at: closeAt }] } };
    },
  };
}
