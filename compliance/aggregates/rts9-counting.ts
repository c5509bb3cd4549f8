import { cite, RTS_9 } from '@gatehouse/shared/law/acts.ts';
import type { OrderState } from '@gatehouse/shared/schema/bodies.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';

/** Where the counting of messages comes from. */
export const RTS9_COUNTING_SOURCE = cite(
  RTS_9,
  'Annex',
  'How many orders each submission, change and cancellation counts as, by the type of the order.',
);

/**
 * As how many orders the messages of one type of order count.
 *
 * Shape: a change is a cancellation and a new order, so it counts as both. `ended` is what is added where the venue ends the order
 *        by itself because it could not be executed.
 */
export interface Rts9Count {
  readonly add: number;
  readonly modify: number;
  readonly cancel: number;
  readonly ended: number;
}

const single: Rts9Count = { add: 1, modify: 2, cancel: 1, ended: 0 };
const immediate: Rts9Count = { ...single, ended: 1 };
const double: Rts9Count = { add: 2, modify: 4, cancel: 2, ended: 0 };

/**
 * The types of order of the annex.
 *
 * Shape:  what the venue does by itself, such as triggering a stop or moving a peg, is not counted. A type that the annex does
 *         not name counts as the nearest that it does.
 * Source: RTS 9 Annex.
 */
export const RTS9_COUNTING = {
  limit: single,
  stop: single,
  market: single,
  'immediate-or-cancel': immediate,
  'fill-or-kill': immediate,
  iceberg: single,
  'market-to-limit': single,
  quote: double,
  peg: single,
  'one-cancels-other': double,
  'trailing-stop': single,
  'at-best': single,
} as const satisfies Record<string, Rts9Count>;

/** A type of order of the annex. */
export type Rts9Type = keyof typeof RTS9_COUNTING;

/**
 * Which type of the annex an order of ours is: its time in force decides before its type does.
 *
 * Shape: two orders that cancel each other are two of ours, and each counts as what it is by itself; together they count what the
 *        annex counts for the pair.
 */
export function rts9TypeOf({ type, timeInForce, displayQuantity }: Rts9Order): Rts9Type {
  if (timeInForce === 'ioc') return 'immediate-or-cancel';
  if (timeInForce === 'fok') return 'fill-or-kill';
  return displayQuantity === undefined ? NEAREST[type] : 'iceberg';
}

/** What of an order decides as how many it counts. */
export type Rts9Order = Pick<Order, 'type' | 'timeInForce' | 'displayQuantity'>;

/** The annex knows no take-profit; it waits for a price as a stop does. */
const NEAREST: Readonly<Record<Order['type'], Rts9Type>> = {
  market: 'market',
  limit: 'limit',
  stop: 'stop',
  'stop-limit': 'stop',
  'trailing-stop': 'trailing-stop',
  'take-profit': 'stop',
  'take-profit-limit': 'stop',
};

/** How an order came to its end. Shape: `isReplaced` where another order of ours took its place, `isKilled` where a kill ended it. */
export interface OrderEnd {
  readonly state: OrderState;
  readonly isReplaced: boolean;
  readonly isKilled: boolean;
}

/**
 * As how many further orders the end of an order counts: `sent` for what we sent, `counted` for what the annex counts.
 *
 * Shape:  a cancel counts once, unless a kill or the order that took its place brought it about; an immediate order that is not
 *         executed is cancelled without a message of ours, and counts all the same.
 * Source: RTS 9 Art. 1(a): cancellations by the use of a kill functionality are no orders; Annex.
 */
export function countOfEnd(
  order: Rts9Order,
  { state, isReplaced, isKilled }: OrderEnd,
): { readonly sent: number; readonly counted: number } {
  const { cancel, ended } = RTS9_COUNTING[rts9TypeOf(order)];
  if (ended > 0) {
    const isEnded = (state === 'cancelled' && !isKilled) || state === 'expired';
    return { sent: 0, counted: isEnded ? ended : 0 };
  }
  const isOwnCancel = state === 'cancelled' && !isReplaced && !isKilled;
  return isOwnCancel ? { sent: cancel, counted: cancel } : { sent: 0, counted: 0 };
}
