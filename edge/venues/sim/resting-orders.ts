import { add, compare, type Decimal, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { isBetter, type Live } from './live-order.ts';
import type { Side, SimLevel } from './sim-types.ts';

/** The orders of the engine that stand in the book: by price, then by time. */
export interface RestingOrders {
  readonly size: number;
  add(live: Live): void;
  remove(live: Live): void;
  /** In the order of their right to execute. Shape: the engine's own list; whoever changes it meanwhile copies it first. */
  side(side: Side): readonly Live[];
  /** Those that stand at a price, first in time first. */
  at(side: Side, price: Decimal): readonly Live[];
  levels(side: Side, count: number): readonly SimLevel[];
}

const NOBODY: readonly Live[] = [];

/** Nobody yet. */
export function createRestingOrders(): RestingOrders {
  return new Resting();
}

class Resting implements RestingOrders {
  readonly #bids: Live[] = [];
  readonly #asks: Live[] = [];

  get size(): number {
    return this.#bids.length + this.#asks.length;
  }

  add(live: Live): void {
    const orders = this.#of(live.order.side);
    orders.splice(placeOf(orders, live), 0, live);
  }

  remove(live: Live): void {
    const orders = this.#of(live.order.side);
    const place = placeOf(orders, live);
    if (orders[place] === live) orders.splice(place, 1);
  }

  side(side: Side): readonly Live[] {
    return this.#of(side);
  }

  at(side: Side, price: Decimal): readonly Live[] {
    const orders = this.#of(side);
    const first = firstAt(orders, price, side);
    let last = first;
    while (orders[last]?.limit !== undefined && compare(orders[last]?.limit ?? ZERO, price) === 0) last += 1;
    return last === first ? NOBODY : orders.slice(first, last);
  }

  levels(side: Side, count: number): readonly SimLevel[] {
    const levels: { price: Decimal; quantity: Decimal }[] = [];
    for (const live of this.#of(side)) {
      const price = live.limit ?? ZERO;
      const last = levels.at(-1);
      if (last !== undefined && compare(last.price, price) === 0) last.quantity = add(last.quantity, live.shown);
      else if (levels.length === count) break;
      else levels.push({ price, quantity: live.shown });
    }
    return levels;
  }

  #of(side: Side): Live[] {
    return side === 'buy' ? this.#bids : this.#asks;
  }
}

/** Where the orders at a price begin, or would. */
function firstAt(orders: readonly Live[], price: Decimal, side: Side): number {
  let low = 0;
  let high = orders.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBetter(price, orders[middle]?.limit ?? ZERO, side)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function placeOf(orders: readonly Live[], live: Live): number {
  let low = 0;
  let high = orders.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = orders[middle];
    if (other !== undefined && comesBefore(other, live)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether one order has the right to execute before another of its side. */
export function comesBefore(one: Live, other: Live): boolean {
  if (one.limit === undefined || other.limit === undefined) {
    if (one.limit !== other.limit) return one.limit === undefined;
    return one.rank < other.rank;
  }
  const order = compare(one.limit, other.limit);
  return order === 0 ? one.rank < other.rank : isBetter(other.limit, one.limit, one.order.side);
}
