import type { Order } from '@gatehouse/shared/schema/order.ts';

/** How many messages entering the order takes: a change of an order that is there counts as taking it away and putting it anew. */
export function messagesOf({ replaces }: Pick<Order, 'replaces'>): number {
  return replaces === undefined ? 1 : 2;
}

/**
 * How many messages the order can come to count for in the ratio of orders to trades.
 *
 * Shape:  one that is filled at once or cancelled is taken at its worst, with its cancel.
 * Source: RTS 9 Annex (counting of orders).
 */
export function ratioMessagesOf(order: Pick<Order, 'replaces' | 'timeInForce'>): number {
  const isCancelledUnfilled = order.timeInForce === 'ioc' || order.timeInForce === 'fok';
  return messagesOf(order) + (isCancelledUnfilled ? 1 : 0);
}
