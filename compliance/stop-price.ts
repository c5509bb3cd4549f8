import type { Order } from '@gatehouse/shared/schema/order.ts';
import { add, compare, type Decimal, fromUnits, multiply, signOf, subtract } from '@gatehouse/shared/values/decimal.ts';

/**
 * Where an order that waits for a price becomes active.
 *
 * Shape: `none` where it waits for none; `struck` where the market is there already, so that it is active at once.
 */
export type StopPrice =
  | { readonly kind: 'none' | 'struck' }
  | { readonly kind: 'waits'; readonly stopPrice: Decimal }
  | { readonly kind: 'unusable'; readonly reason: string };

const ONE_BP = fromUnits(1n, 4);

/**
 * The stop price of an order beside a price of the market.
 *
 * Shape: a trailing stop stands now as far from the market as it says; it moves with the market and never away from it. A stop waits for
 *        the market to get worse than it is, a take-profit for it to get better. The limit order of a group that takes the profit waits
 *        in the same way for its own limit.
 * Units: the order's currency per unit.
 */
export function stopPriceOf(order: Order, market: Decimal): StopPrice {
  const { trailing, type, side } = order;
  const isTarget = type === 'limit' && order.group?.role === 'take-profit';
  const fixed = isTarget ? order.limitPrice : order.stopPrice;
  if (fixed === undefined && trailing === undefined) return { kind: 'none' };
  const stopPrice = fixed ?? trailed(order, market);
  if (signOf(stopPrice) <= 0) return { kind: 'unusable', reason: 'The stop price is not above zero.' };
  if (trailing !== undefined && signOf(trailing.distance) <= 0) {
    return { kind: 'unusable', reason: 'The distance of the trailing stop is not above zero.' };
  }
  const isTakeProfit = isTarget || type === 'take-profit' || type === 'take-profit-limit';
  const waitsForHigher = (side === 'buy') !== isTakeProfit;
  const sign = compare(market, stopPrice);
  const isStruck = waitsForHigher ? sign >= 0 : sign <= 0;
  return isStruck ? { kind: 'struck' } : { kind: 'waits', stopPrice };
}

function trailed({ side, trailing }: Order, market: Decimal): Decimal {
  if (trailing === undefined) return market;
  const { by, distance } = trailing;
  const away = by === 'price' ? distance : multiply(market, multiply(distance, ONE_BP));
  return side === 'buy' ? add(market, away) : subtract(market, away);
}
