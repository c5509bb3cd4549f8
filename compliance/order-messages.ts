import type { Order } from '@gatehouse/shared/schema/order.ts';
import { countOfEntry, RTS9_COUNTING, rts9TypeOf } from './aggregates/rts9-counting.ts';

/**
 * As how many orders one can come to count in the ratio of orders to trades, from its entry to its end.
 *
 * Shape:  an order that the venue ends by itself where it is not executed is taken at its worst, with that end; a cancel that we
 *         may send later counts when it is sent.
 * Source: RTS 9 Annex (counting of orders).
 */
export function ratioMessagesOf(order: Pick<Order, 'type' | 'timeInForce' | 'replaces'>): number {
  return countOfEntry(order) + RTS9_COUNTING[rts9TypeOf(order)].ended;
}
