import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { Decimal } from '@gatehouse/shared/values/decimal.ts';
import type { Standing } from './exposure.ts';
import { Bps, DurationMs, higherIsTighter, lowerIsTighter } from './limit-fields.ts';
import type { InstrumentCell, InstrumentGroup } from './own-facts.ts';
import type { Figures } from './verdict.ts';

/** What sums of money are made with. Units: `marketOrderBps` as a share of the price, ages in milliseconds of market time. */
export interface Valuation {
  readonly marketOrderBps: Decimal;
  readonly markAgeMsMax: number;
  readonly rateAgeMsMax: number;
}

/** The figures of a control that values what is held and owed, without a new order. Shape: fields for its `limits`. */
export const markLimits = {
  markAgeMsMax: DurationMs.describe(
    'The oldest price still trusted, of this order and of anything held, in milliseconds of market time.',
  ).meta(lowerIsTighter),
  rateAgeMsMax: DurationMs.describe('The oldest rate of exchange still trusted, in milliseconds of market time.').meta(
    lowerIsTighter,
  ),
} as const;

/** The figures of a control that values an order together with what is held. Shape: fields for its `limits`. */
export const valuationLimits = {
  marketOrderBps: Bps.describe(
    'How far above the reference price a market order is assumed to trade, in basis points.',
  ).meta(higherIsTighter),
  ...markLimits,
} as const;

/**
 * What a scope, or its part in one instrument, stands for in one currency.
 *
 * Shape: `long` and `short` are signed and say where the value can end when all purchases, or all sales, are filled; `gross` is
 *        the sum over instruments of the larger of the two without its sign; `net` is what is held now.
 */
export interface ExposureSums {
  readonly long: Decimal;
  readonly short: Decimal;
  readonly gross: Decimal;
  readonly net: Decimal;
}

/**
 * A scope as it would stand with the order entered and with the one that it replaces gone.
 *
 * Shape: `all` and `instrument` (the order's alone) are in the firm's currency, `local` is all that the scope has in the
 *        instrument's currency, in that currency; `standing` is the scope's in the instrument, without this order.
 */
export interface ScopeExposure {
  readonly all: ExposureSums;
  readonly instrument: ExposureSums;
  readonly local: ExposureSums;
  readonly standing: Standing;
}

/** The exposure of a scope, or the sentence that says why it has none. */
export type JudgedExposure =
  | { readonly kind: 'known'; readonly exposure: ScopeExposure }
  | { readonly kind: 'unknown'; readonly reason: string; readonly figures: Figures };

/** What the order by itself is worth. Units: the instrument's currency. */
export interface ValuedOrder {
  readonly kind: 'known';
  readonly orderValue: Decimal;
}

/**
 * What the order's instrument adds to its scope, before the order and after it, in the instrument's currency.
 *
 * Shape: what the order leaves alone is the same object before and after.
 */
export interface InstrumentShare {
  readonly kind: 'share';
  readonly scope: ScopeText;
  readonly cell: InstrumentCell;
  readonly before: ExposureSums;
  readonly after: ExposureSums;
  readonly standing: Standing;
  readonly valued: ValuedOrder;
}

/** The exposure of a scope, or of a group of instruments in it. */
export interface WorkedExposure {
  readonly scope: ScopeText;
  readonly group: InstrumentGroup | undefined;
  readonly answer: JudgedExposure;
}

/**
 * What one decision has worked out with one valuation.
 *
 * Shape: kept while the decision is made, because several controls ask the same, and several scopes need the same on the way.
 */
export interface WorkedExposures {
  readonly valuation: Valuation;
  readonly shares: InstrumentShare[];
  readonly answers: WorkedExposure[];
}
