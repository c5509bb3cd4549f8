import type { DecisionFacts } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Price } from '@gatehouse/shared/values/amounts.ts';
import { add, type Decimal, maximum, multiply, signOf, subtract } from '@gatehouse/shared/values/decimal.ts';
import { ageMs } from '@gatehouse/shared/values/instant.ts';
import { stopPriceOf } from './stop-price.ts';
import { type Figures, NO_FIGURES } from './verdict.ts';

/** A reference price that may be relied on, or the sentence that says why none may. */
export type JudgedReference =
  | { readonly kind: 'usable'; readonly price: Price; readonly ageMs: number; readonly figures: Figures }
  | { readonly kind: 'unusable'; readonly reason: string; readonly figures: Figures };

/** A price that an order is valued at, or the sentence that says why there is none. */
export type ExpectedPrice =
  | { readonly kind: 'known'; readonly price: Decimal; readonly figures: Figures }
  | { readonly kind: 'unknown'; readonly reason: string; readonly figures: Figures };

/** What a market order is assumed to cost. Units: a share of the price, and milliseconds of market time. */
export interface PriceAssumptions {
  readonly marketOrderBps: Decimal;
  readonly referenceAgeMsMax: number;
}

/**
 * Whether the reference price of a decision may be relied on: known, above zero, no older than permitted and not from the
 * future.
 *
 * Units: `referenceAgeMsMax` in milliseconds of market time; the figures name price and age.
 */
export function judgeReference(facts: DecisionFacts, referenceAgeMsMax: number): JudgedReference {
  const { reference, now } = facts;
  if (reference === undefined) {
    return { kind: 'unusable', reason: 'The reference price is not known.', figures: NO_FIGURES };
  }
  const referenceAgeMs = ageMs(reference.at, now);
  const figures = { referencePrice: reference.price, referenceAgeMs };
  if (referenceAgeMs < 0) return { kind: 'unusable', reason: 'The reference price is from the future.', figures };
  if (referenceAgeMs > referenceAgeMsMax)
    return { kind: 'unusable', reason: 'The reference price is too old.', figures };
  if (signOf(reference.price) <= 0) {
    return { kind: 'unusable', reason: 'The reference price is not above zero.', figures };
  }
  return { kind: 'usable', price: reference.price, ageMs: referenceAgeMs, figures };
}

/**
 * The highest price that an order can be expected to trade at, by which it is worth the most.
 *
 * Shape: a purchase with a limit trades at its limit at most and asks for no reference price; a sale with a limit counts at the
 *        higher of limit and reference price; a market order at the reference price raised by `marketOrderBps`. An order that waits
 *        for a price becomes a market or a limit order there, so its stop price takes the place of a lower reference price.
 * Units: the order's currency per unit; the reference price counts as in that currency too.
 */
export function highestPrice(order: Order, facts: DecisionFacts, assumed: PriceAssumptions): ExpectedPrice {
  const { limitPrice } = order;
  if (limitPrice !== undefined && signOf(limitPrice) <= 0) {
    return { kind: 'unknown', reason: 'The limit price is not above zero.', figures: { limitPrice } };
  }
  if (limitPrice !== undefined && order.side === 'buy')
    return { kind: 'known', price: limitPrice, figures: NO_FIGURES };

  const reference = judgeReference(facts, assumed.referenceAgeMsMax);
  if (reference.kind === 'unusable') return { kind: 'unknown', reason: reference.reason, figures: reference.figures };
  const stop = stopPriceOf(order, reference.price);
  if (stop.kind === 'unusable') return { kind: 'unknown', reason: stop.reason, figures: reference.figures };
  const market = stop.kind === 'waits' ? maximum<Decimal>(stop.stopPrice, reference.price) : reference.price;
  const price =
    limitPrice === undefined ? raised(market, assumed.marketOrderBps) : maximum<Decimal>(limitPrice, market);
  return { kind: 'known', price, figures: reference.figures };
}

/** A price moved by a share of itself to where it costs the order more: up for a purchase, down for a sale. */
export function movedAgainst({ side }: Order, price: Decimal, share: Decimal): Decimal {
  return side === 'buy' ? raised(price, share) : subtract(price, multiply(price, share));
}

/** A price raised by a share of itself. */
export function raised(price: Decimal, share: Decimal): Decimal {
  return add(price, multiply(price, share));
}
