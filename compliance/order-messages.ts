import type { Order } from '@gatehouse/shared/schema/order.ts';
import { RTS9_COUNTING, type Rts9Order, rts9TypeOf } from './aggregates/rts9-counting.ts';
import { isWaiting, waitsAtEdge } from './edge-waiting.ts';
import type { OpenOrder } from './own-facts.ts';

/** What of an order decides as how many messages it counts. */
type Sent = Rts9Order & Pick<Order, 'replaces' | 'parent' | 'emulates' | 'group'>;

/**
 * As how many messages an order counts when it is entered: one, or two where it changes an order at the venue.
 *
 * Shape:  an order that waits at the edge sends none. What takes the place of one that waited there is a new order at the venue.
 *         `replaced` is the open order that this one names, as far as it is known; without it the order counts as a change.
 * Source: RTS 6 Art. 15(1)(d); RTS 9 Annex (counting of orders).
 */
export function messagesOfEntry(order: Sent, replaced: OpenOrder | undefined): number {
  if (waitsAtEdge(order)) return 0;
  const { add, modify } = RTS9_COUNTING[rts9TypeOf(order)];
  if (order.replaces === undefined) return add;
  return replaced !== undefined && isWaiting(replaced) ? add : modify;
}

/**
 * As how many orders one can come to count in the ratio of orders to trades, from its entry to its end.
 *
 * Shape:  an order that the venue ends by itself where it is not executed is taken at its worst, with that end; a cancel that we
 *         may send later counts when it is sent.
 * Source: RTS 9 Annex (counting of orders).
 */
export function ratioMessagesOf(order: Sent, replaced: OpenOrder | undefined): number {
  const entered = messagesOfEntry(order, replaced);
  return entered === 0 ? 0 : entered + RTS9_COUNTING[rts9TypeOf(order)].ended;
}
