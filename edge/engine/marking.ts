import type { Aggregates } from '@gatehouse/compliance/aggregates/aggregates.ts';
import type { Bar } from '@gatehouse/shared/market/bar.ts';
import type { EntryBody, MarksBody } from '@gatehouse/shared/schema/bodies.ts';
import { asPrice } from '@gatehouse/shared/values/amounts.ts';
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

/**
 * A marking for an edge whose prices are the closes of bars.
 *
 * Shape: a replay has the bars of one instrument. What an earlier run left in another one is carried at its last price, as the
 *        valuation does it; nobody will ever know a price of it in the time of this run.
 */
export function createMarking(own: Pick<Aggregates, 'cell' | 'instruments' | 'oldestMarkAt'>): Marking {
  function carried({ instrument, day, closeAt }: Bar): MarksBody['marks'] {
    const others = [...(own.instruments('firm', day) ?? [])].filter((one) => one !== instrument);
    return others.toSorted().flatMap((other) => {
      const mark = own.cell('firm', other)?.mark;
      return mark === undefined ? [] : [{ instrument: other, price: asPrice(mark), at: closeAt }];
    });
  }

  return {
    before: (bar) => {
      const oldest = own.oldestMarkAt('firm');
      if (oldest === 'nothing-held') return undefined;
      const ageNowMs = oldest === undefined ? undefined : ageMs(oldest, bar.closeAt);
      if (ageNowMs !== undefined && ageNowMs >= 0 && ageNowMs <= MARK_AGE_MS_MAX) return undefined;
      const { instrument, close, closeAt, day } = bar;
      const marks = [{ instrument, price: close, at: closeAt }, ...carried(bar)];
      // Seen again after a restart, the same bar is on record already.
      if (marks.every((mark) => isKnown(mark))) return undefined;
      return { kind: 'marks', body: { v: 1, at: closeAt, day, marks } };
    },
  };

  function isKnown({ instrument, at }: MarksBody['marks'][number]): boolean {
    return own.cell('firm', instrument)?.markAt === at;
  }
}
