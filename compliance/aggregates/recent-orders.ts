import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { RecentOrder, Window } from '../own-facts.ts';
import { furtherTerms, termsPrint } from '../terms-print.ts';
import { PairMap } from './pair-map.ts';
import { later } from './window-log.ts';

/** The approved orders of the recent past. Shape: nothing at or before `knownFrom` is known; without it all is. */
export interface RecentPast {
  readonly knownFrom: Instant | undefined;
  readonly orders: readonly Omit<RecentOrder, 'print'>[];
}

/** The approved orders that another order could repeat. */
export interface RecentOrders {
  add(order: Order): void;
  /** Those of the order's algorithm, instrument and side; undefined where the period reaches back to what is forgotten. */
  alike(order: Order, window: Window): readonly RecentOrder[] | undefined;
  /** Forgets all; nothing at or before `knownFrom` is known. */
  restart(knownFrom: Instant | undefined): void;
  past(): RecentPast;
}

/** The most orders remembered, of all algorithms together. */
export const RECENT_ORDERS_MAX = 10_000;
/** The most orders remembered of one algorithm, instrument and side, because each of them is looked at. */
export const ALIKE_ORDERS_MAX = 1_000;

const NANOS_PER_MS = 1_000_000n;
const SLACK_MIN = 64;
const NONE: readonly RecentOrder[] = [];

/** What is remembered of an order. */
export function recentOf(order: Order): RecentOrder {
  const { id, algorithm, instrument, side, quantity, limitPrice, decidedAt } = order;
  const print = termsPrint({ quantity, limitPrice });
  const further = furtherTerms(order);
  const recent = { print, decidedAt, id, algorithm: algorithm.id, instrument, side, quantity, further };
  return limitPrice === undefined ? recent : { ...recent, limitPrice };
}

/** A memory that goes on from a past. */
export function createRecentOrders(past: RecentPast = { knownFrom: undefined, orders: [] }): RecentOrders {
  return new LiveRecent(past);
}

/** An order with the time that it counts as of. */
interface Timed {
  readonly at: Instant;
  readonly order: RecentOrder;
  readonly alike: Alike;
}

/**
 * Orders that are alike.
 *
 * Shape: `knownFrom` is when the newest was decided that is forgotten; `found` is the last answer, until another order is added.
 */
interface Alike {
  readonly algorithm: string;
  readonly instrument: string;
  readonly side: Order['side'];
  orders: Timed[];
  first: number;
  knownFrom: Instant | undefined;
  found: Found | undefined;
}

/** An answer. Shape: it is that of every period that begins after `after`, and not after `upTo`. */
interface Found {
  readonly orders: readonly RecentOrder[];
  readonly after: bigint | undefined;
  readonly upTo: bigint;
}

/** Orders of an algorithm in an instrument, by side. */
type Sides = Partial<Record<Order['side'], Alike>>;

class LiveRecent implements RecentOrders {
  readonly #alike = new PairMap<Sides>();
  #all: Timed[] = [];
  #first = 0;
  #knownFrom: Instant | undefined;

  constructor({ knownFrom, orders }: RecentPast) {
    this.#knownFrom = knownFrom;
    for (const order of orders) this.#add({ print: termsPrint(order), ...order });
  }

  add(order: Order): void {
    this.#add(recentOf(order));
  }

  alike({ algorithm, instrument, side }: Order, { now, windowMs }: Window): readonly RecentOrder[] | undefined {
    const begin = now - BigInt(windowMs) * NANOS_PER_MS;
    if (isUnknown(this.#knownFrom, begin)) return undefined;
    const alike = this.#alike.get(algorithm.id, instrument)?.[side];
    if (alike === undefined) return NONE;
    if (isUnknown(alike.knownFrom, begin)) return undefined;
    const { found } = alike;
    if (found !== undefined && (found.after === undefined || found.after < begin) && begin <= found.upTo)
      return found.orders;
    alike.found = findSince(alike, begin);
    return alike.found.orders;
  }

  restart(knownFrom: Instant | undefined): void {
    this.#alike.clear();
    this.#all = [];
    this.#first = 0;
    this.#knownFrom = knownFrom;
  }

  past(): RecentPast {
    return { knownFrom: this.#knownFrom, orders: this.#all.slice(this.#first).map(({ order }) => order) };
  }

  #add(order: RecentOrder): void {
    const newest = this.#all.at(-1);
    // Time does not go back here, so that the end of a period is found from the newest order.
    const at = newest !== undefined && order.decidedAt < newest.at ? newest.at : order.decidedAt;
    const alike = this.#alikeTo(order);
    const timed = { at, order, alike };
    this.#all.push(timed);
    alike.orders.push(timed);
    alike.found = undefined;
    if (alike.orders.length - alike.first > ALIKE_ORDERS_MAX) dropFirst(alike);
    if (this.#all.length - this.#first > RECENT_ORDERS_MAX) this.#dropOldest();
  }

  #alikeTo({ algorithm, instrument, side }: RecentOrder): Alike {
    const sides = this.#alike.get(algorithm, instrument);
    const known = sides?.[side];
    if (known !== undefined) return known;
    const made: Alike = { algorithm, instrument, side, orders: [], first: 0, knownFrom: undefined, found: undefined };
    this.#alike.set(algorithm, instrument, { ...sides, [side]: made });
    return made;
  }

  #forget({ algorithm, instrument, side }: Alike): void {
    const { [side]: _, ...others } = this.#alike.get(algorithm, instrument) ?? {};
    if (Object.keys(others).length === 0) this.#alike.delete(algorithm, instrument);
    else this.#alike.set(algorithm, instrument, others);
  }

  #dropOldest(): void {
    for (const dropped of this.#all.slice(this.#first, this.#first + 1)) {
      this.#knownFrom = later(this.#knownFrom, dropped.at);
      const { alike } = dropped;
      // It may have gone already, where too many orders were alike.
      if (alike.orders[alike.first] === dropped) dropFirst(alike);
      if (alike.first === alike.orders.length) this.#forget(alike);
    }
    this.#first += 1;
    if (this.#first < SLACK_MIN || this.#first * 2 < this.#all.length) return;
    this.#all = this.#all.slice(this.#first);
    this.#first = 0;
  }
}

function findSince({ orders, first }: Alike, begin: bigint): Found {
  let from = orders.length;
  while (from > first && isSince(orders[from - 1], begin)) from -= 1;
  const found = orders.slice(from).map(({ order }) => order);
  // Some may be of an earlier time than they count as of, and then the answer is that of this period alone.
  const isInTime = found.every(({ decidedAt }) => decidedAt >= begin);
  if (!isInTime) return { orders: found.filter(({ decidedAt }) => decidedAt >= begin), after: begin - 1n, upTo: begin };
  const upTo = found.reduce(
    (least, { decidedAt }) => (decidedAt < least ? decidedAt : least),
    found[0]?.decidedAt ?? begin,
  );
  return { orders: found, after: from > first ? orders[from - 1]?.at : undefined, upTo };
}

function dropFirst(alike: Alike): void {
  alike.found = undefined;
  alike.knownFrom = alike.orders[alike.first]?.at;
  alike.first += 1;
  if (alike.first < SLACK_MIN || alike.first * 2 < alike.orders.length) return;
  alike.orders = alike.orders.slice(alike.first);
  alike.first = 0;
}

function isUnknown(knownFrom: Instant | undefined, begin: bigint): boolean {
  return knownFrom !== undefined && begin <= knownFrom;
}

function isSince(timed: Timed | undefined, begin: bigint): boolean {
  return timed !== undefined && timed.at >= begin;
}
