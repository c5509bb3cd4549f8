import type { Order } from '@gatehouse/shared/schema/order.ts';
import { add, type Decimal, maximum, subtract, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { restOf } from './aggregates/order-rest.ts';
import type { OpenOrder, OwnFacts } from './own-facts.ts';

/**
 * Whether the order takes the place of one that waited at the edge, since its price was seen.
 *
 * Shape: it names that order twice, as what it replaces and as what it is a part of.
 */
export function isTriggered({ parent, replaces }: Pick<Order, 'parent' | 'replaces'>): boolean {
  return parent !== undefined && parent === replaces;
}

/** What of an order says whether it waits at the edge. */
type Waits = Pick<Order, 'parent' | 'replaces' | 'emulates' | 'group'>;

/**
 * Whether the order waits at the edge instead of going to the venue.
 *
 * Shape: it says so itself, by what the edge emulates of it. Nothing of it reaches a venue but as a new order that the gate judges anew.
 */
export function waitsAtEdge(order: Waits): boolean {
  const { emulates } = order;
  if (emulates === undefined || isTriggered(order)) return false;
  return emulates.includes('trigger') || emulates.includes('trailing') || isGroupedExit(order);
}

/** Whether an open order is at the edge and not at the venue. */
export function isWaiting({ order, state }: Pick<OpenOrder, 'order' | 'state'>): boolean {
  return state === 'held' || (state === 'approved' && waitsAtEdge(order));
}

/**
 * Whether the order is an exit of a bracket that waits at the edge.
 *
 * Shape: it closes only what its entry made, and the entry counts in full, so it adds no risk by waiting.
 */
export function isWaitingExit(order: Order): boolean {
  return order.group?.kind === 'bracket' && isGroupedExit(order) && waitsAtEdge(order);
}

/** The order that waited at the edge until now and whose place this one takes; undefined where there is none, or it does not wait. */
export function tookPlaceOf(order: Order, own: Pick<OwnFacts, 'openOrder'>): OpenOrder | undefined {
  const waited = order.parent !== undefined && isTriggered(order) ? own.openOrder(order.parent) : undefined;
  return waited !== undefined && isWaiting(waited) ? waited : undefined;
}

/** How much of the order that is judged counts as entered. Units: of the instrument. */
export function countedQuantity(order: Order): Decimal {
  return order.emulates !== undefined && isWaitingExit(order) ? ZERO : order.quantity;
}

/** Orders of one group and one place on one side, of which no more than one is ever live. */
export function countsTogether(order: Order): boolean {
  return order.group?.kind === 'oco' && order.emulates?.includes('group') === true;
}

/** An order among those that count together. Shape: `replacedBy` is the order of ours that took its place. */
export interface Weighed {
  readonly open: OpenOrder;
  readonly replacedBy: string | undefined;
}

/** How much of some orders counts as open. Shape: `held` is the part of `open` that waits at the edge. */
export interface Weight {
  readonly open: Decimal;
  readonly held: Decimal;
}

/** Nothing. */
export const NO_WEIGHT: Weight = Object.freeze({ open: ZERO, held: ZERO });

/**
 * How much of orders of one group counts as open; of an order by itself, where it is alone.
 *
 * Shape: what is live counts in full. Of what waits only the largest counts, since one takes the place of the other, and only as far as
 *        it is more than what is live. An exit of a bracket counts while it is live alone, and what was replaced waits no more.
 */
export function weightOf(orders: Iterable<Weighed>): Weight {
  let live: Decimal = ZERO;
  let waiting: Decimal = ZERO;
  for (const { open, replacedBy } of orders) {
    if (!isWaiting(open)) live = add(live, restOf(open));
    else if (replacedBy === undefined && !isWaitingExit(open.order)) waiting = maximum(waiting, restOf(open));
  }
  const all = maximum(live, waiting);
  return { open: all, held: subtract(all, live) };
}

function isGroupedExit({ group, emulates }: Pick<Order, 'group' | 'emulates'>): boolean {
  return group !== undefined && group.role !== 'entry' && emulates?.includes('group') === true;
}
