import { type SplitRatio, splitPrice } from '@gatehouse/shared/accounts/split.ts';
import type { FillBody, ValuationBody } from '@gatehouse/shared/schema/bodies.ts';
import { asPrice, type Price } from '@gatehouse/shared/values/amounts.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';

/** A price of an instrument, and the time of it. Units: per unit of the instrument. */
export interface LastPrice {
  readonly instrument: string;
  readonly price: Price;
  readonly at: Instant;
}

/** The newest price of everything that was ever held: that of its last valuation, or of a fill since. */
export interface LastPrices {
  fill(fill: FillBody): void;
  value(valuation: ValuationBody): void;
  /** Before the first price in new units comes, the old one stands in them. */
  split(instrument: string, ratio: SplitRatio): void;
  rename(from: string, into: string): void;
  of(instrument: string): LastPrice | undefined;
  readonly all: readonly LastPrice[];
}

/** Prices that continue from a list. Shape: `all` is sorted by instrument. */
export function createLastPrices(start: readonly LastPrice[]): LastPrices {
  const prices = new Map(start.map((last) => [last.instrument, last]));
  const keep = (last: LastPrice): void => void prices.set(last.instrument, last);
  return {
    fill: ({ instrument, price, at }) => keep({ instrument, price, at }),
    value: ({ positions }) => {
      for (const { instrument, mark, markAt } of positions) keep({ instrument, price: mark, at: markAt });
    },
    split: (instrument, ratio) => {
      const last = prices.get(instrument);
      if (last !== undefined) keep({ ...last, price: asPrice(splitPrice(last.price, ratio)) });
    },
    rename: (from, into) => {
      const last = prices.get(from);
      prices.delete(from);
      if (last !== undefined && !prices.has(into)) keep({ ...last, instrument: into });
    },
    of: (instrument) => prices.get(instrument),
    get all() {
      return [...prices.values()].sort((a, b) => (a.instrument < b.instrument ? -1 : 1));
    },
  };
}
