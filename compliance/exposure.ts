import type { Order } from '@gatehouse/shared/schema/order.ts';
import { absolute, add, compare, type Decimal, signOf, subtract } from '@gatehouse/shared/values/decimal.ts';
import { countedQuantity } from './edge-waiting.ts';
import { liveOpen } from './open-quantities.ts';
import type { OpenQuantities } from './own-facts.ts';

/** What exposure is measured on: a position, and the open quantities without the order that is judged. Units: signed position. */
export interface Standing {
  readonly position: Decimal;
  readonly open: OpenQuantities;
}

/** Where a position can end, signed. Shape: `long` when all purchases fill and no sale does, `short` the other way. */
export interface Exposure {
  readonly long: Decimal;
  readonly short: Decimal;
}

/**
 * Where the position can end in the worst case once the order is entered, in both directions.
 *
 * Shape:  an exit of a bracket that waits at the edge moves it nowhere, since it closes only what its entry made, which counts.
 * Source: 17 CFR 240.15c3-5(c)(1)(i): exposure is measured on orders entered, not on executions.
 */
export function worstCase(order: Order, { position, open }: Standing): Exposure {
  const long = add(position, open.buy);
  const short = subtract(position, open.sell);
  const quantity = countedQuantity(order);
  return order.side === 'buy' ? { long: add(long, quantity), short } : { long, short: subtract(short, quantity) };
}

/**
 * Whether the order can only bring the position nearer to zero, however it and the open orders on its side fill.
 *
 * Shape: orders that wait at the edge cannot fill; when one goes out, it is judged by this again.
 */
export function isReducing(order: Order, { position, open }: Standing): boolean {
  const closesLong = order.side === 'sell' && signOf(position) > 0;
  const closesShort = order.side === 'buy' && signOf(position) < 0;
  if (!closesLong && !closesShort) return false;
  if (!isOpenSound(open)) return false;
  const entered = add(liveOpen(open, order.side), order.quantity);
  return compare(entered, absolute(position)) <= 0;
}

/** Whether the open quantities are what they can be; below zero they would hide exposure. */
export function isOpenSound(open: OpenQuantities): boolean {
  const isSound = signOf(open.buy) >= 0 && signOf(open.sell) >= 0;
  if (!isSound || open.held === undefined) return isSound;
  const { buy, sell } = open.held;
  const isPart = compare(buy, open.buy) <= 0 && compare(sell, open.sell) <= 0;
  return isPart && signOf(buy) >= 0 && signOf(sell) >= 0;
}
