import type { Bar } from '@gatehouse/shared/market/bar.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { add, compare, type Decimal, fromUnits, multiply, subtract } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';

/**
 * Prices over a span of time; a single price is a span of no length of which all four are the same.
 *
 * Shape: with a `side` only orders of that side could deal at it, as with one side of a quote.
 */
export type PriceSeen = Pick<
  Bar,
  'instrument' | 'openAt' | 'closeAt' | 'day' | 'endsDay' | 'open' | 'high' | 'low' | 'close'
> & { readonly side?: Order['side'] };

/** The part of what was seen that lies after an order's decision. Shape: `first` is the earliest price of it. */
export interface LaterPrices {
  readonly first: Decimal;
  readonly high: Decimal;
  readonly low: Decimal;
  readonly last: Decimal;
}

/**
 * What of a span is later than an order's decision, and than what the order has seen already.
 *
 * Shape: of a bar that began before either, only its close is certainly later. Single prices may share a moment.
 */
export function pricesAfter(
  { decidedAt, seenTo = decidedAt }: { readonly decidedAt: Instant; readonly seenTo?: Instant | undefined },
  seen: PriceSeen,
): LaterPrices | undefined {
  const { openAt, closeAt, open, high, low, close } = seen;
  if (closeAt <= decidedAt || closeAt < seenTo) return undefined;
  if (openAt > decidedAt && openAt >= seenTo) return { first: open, high, low, last: close };
  return closeAt > seenTo ? { first: close, high: close, low: close, last: close } : undefined;
}

/** Whether an order that waits for a price becomes active; a price that jumped over the trigger is enough. */
export function isTriggeredBy(order: Order, { high, low }: LaterPrices): boolean {
  const { type, side, stopPrice, limitPrice } = order;
  if (type === 'market') return true;
  const isAgainst = type === 'stop' || type === 'stop-limit';
  const at = type === 'limit' ? limitPrice : stopPrice;
  if (at === undefined) return false;
  const waitsForHigher = (side === 'buy') === isAgainst;
  return waitsForHigher ? compare(high, at) >= 0 : compare(low, at) <= 0;
}

/** How far a trailing stop came. */
export interface Trail {
  readonly best: Decimal;
  readonly isTriggered: boolean;
}

/**
 * Moves a trailing stop on.
 *
 * Shape: within one bar nobody knows which of high and low came first, so the low is held against the stop as it was, and the
 *        last price against the stop as it is then (the other way round for a purchase).
 */
export function trail(order: Order, before: Decimal | undefined, prices: LaterPrices): Trail {
  const isSale = order.side === 'sell';
  const start = before ?? prices.first;
  const worst = isSale ? prices.low : prices.high;
  const reached = isSale ? prices.high : prices.low;
  const best = isBetter(isSale, reached, start) ? reached : start;
  const isTriggered =
    isBeyond(isSale, worst, stopOf(order, start)) || isBeyond(isSale, prices.last, stopOf(order, best));
  return { best, isTriggered };
}

/** Where a trailing stop stands. Units: a price; basis points are taken of the best price. */
export function stopOf({ side, trailing }: Order, best: Decimal): Decimal {
  if (trailing === undefined) return best;
  const { by, distance } = trailing;
  const away = by === 'price' ? distance : multiply(best, multiply(distance, BPS));
  return side === 'sell' ? subtract(best, away) : add(best, away);
}

const BPS = fromUnits(1n, 4);

function isBetter(isSale: boolean, a: Decimal, b: Decimal): boolean {
  return isSale ? compare(a, b) > 0 : compare(a, b) < 0;
}

function isBeyond(isSale: boolean, price: Decimal, stop: Decimal): boolean {
  return isSale ? compare(price, stop) <= 0 : compare(price, stop) >= 0;
}
