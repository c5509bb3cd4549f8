import type { Emulation, Order, OrderType } from '@gatehouse/shared/schema/order.ts';
import type { Capabilities } from '../../venues/define-connector.ts';

/**
 * How an order can be done at a venue.
 *
 * Shape: `emulates` goes onto the order before it is judged. `isHeld` says that the order waits at the edge and that a new order
 *        takes its place when its price is seen.
 */
export type OrderPlan =
  | { readonly kind: 'native' }
  | { readonly kind: 'emulated'; readonly emulates: readonly Emulation[]; readonly isHeld: boolean }
  | { readonly kind: 'refused'; readonly reason: string };

/** What an order of a type becomes once its price is seen. */
export const ACTIVE_TYPE: Readonly<Record<OrderType, 'market' | 'limit'>> = {
  market: 'market',
  limit: 'limit',
  stop: 'market',
  'stop-limit': 'limit',
  'trailing-stop': 'market',
  'take-profit': 'market',
  'take-profit-limit': 'limit',
};

/** An order that took the place of one that was held: it names it twice, and is never held itself. */
export function isTriggered({ parent, replaces }: Pick<Order, 'parent' | 'replaces'>): boolean {
  return parent !== undefined && parent === replaces;
}

/**
 * How an order is done at a venue of these capabilities: as it is, with parts of it emulated at the edge, or not at all.
 *
 * Shape: emulated is only what can do no harm while the edge is away: an order that waits for a price waits at the edge and adds no
 *        risk unseen, and one that ends at a time stands no longer than until then plus the edge's absence. What depends on the venue's own
 *        book (post-only, reduce-only, fill-or-kill, a hidden part, an auction) cannot be emulated and is refused.
 */
export function planOf(order: Order, venue: Capabilities): OrderPlan {
  const emulates = emulationsOf(order, venue);
  const isExit = order.group !== undefined && order.group.role !== 'entry';
  const isGrouped = emulates.includes('group');
  const waits = emulates.includes('trigger') || emulates.includes('trailing') || (isGrouped && isExit);
  const isHeld = waits && !isTriggered(order);
  const reason = refusalOf(order, venue, { isHeld, isGrouped });
  if (reason !== undefined) return { kind: 'refused', reason };
  return emulates.length === 0 ? { kind: 'native' } : { kind: 'emulated', emulates, isHeld };
}

/** The edge can end an order that the venue would let stand. */
const ENDS: ReadonlySet<Order['timeInForce']> = new Set(['day', 'gtd']);

function emulationsOf(order: Order, venue: Capabilities): readonly Emulation[] {
  const { type, timeInForce, group } = order;
  const emulates: Emulation[] = [];
  if (!venue.orderTypes.includes(type) && ACTIVE_TYPE[type] !== type) {
    emulates.push(type === 'trailing-stop' ? 'trailing' : 'trigger');
  }
  // A group that the venue watches over must lie there whole.
  if (group !== undefined && (!venue.groups.includes(group.kind) || emulates.length > 0)) emulates.push('group');
  if (ENDS.has(timeInForce) && !venue.timesInForce.includes(timeInForce)) emulates.push('expiry');
  return emulates;
}

interface Emulated {
  readonly isHeld: boolean;
  readonly isGrouped: boolean;
}

function refusalOf(order: Order, venue: Capabilities, { isHeld, isGrouped }: Emulated): string | undefined {
  const { type, timeInForce, group, auction } = order;
  const active = isHeld ? ACTIVE_TYPE[type] : type;
  const isExit = group !== undefined && group.role !== 'entry';
  if (!venue.orderTypes.includes(active)) return `The venue takes no ${active} orders.`;
  const sent = ENDS.has(timeInForce) && !venue.timesInForce.includes(timeInForce) ? 'gtc' : timeInForce;
  if (!venue.timesInForce.includes(sent)) {
    return `The venue takes no ${timeInForce} orders, and the edge cannot stand in for it.`;
  }
  if (auction !== undefined && !venue.auctions.includes(auction))
    return `The venue takes no orders for its ${auction}.`;
  if (auction !== undefined && isHeld) return 'An order that waits at the edge cannot be for an auction.';
  if (order.displayQuantity !== undefined && !venue.canShowPart) return 'The venue shows every order whole.';
  if (order.postOnly === true && !venue.canPostOnly) return 'The venue knows no post-only orders.';
  if (order.postOnly === true && isHeld) {
    return 'An order that is sent when its price is reached would execute at once, and so cannot be post-only.';
  }
  // The exits of a group that the edge watches over are never for more than the entry made.
  if (order.reduceOnly === true && !venue.canReduceOnly && !(isGrouped && isExit && group.kind === 'bracket')) {
    return 'The venue knows no reduce-only orders, and the edge cannot see a position change in time.';
  }
  if (group?.kind === 'oco' && group.role === 'entry') return 'Of two orders that cancel each other none is an entry.';
  return undefined;
}
