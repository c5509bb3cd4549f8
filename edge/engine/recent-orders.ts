import type { DecisionFacts } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { addMs, ageMs, type Instant } from '@gatehouse/shared/values/instant.ts';

/** An order as the duplicate control remembers it. */
type RecentOrder = NonNullable<DecisionFacts['recent']>['orders'][number];

/** What was entered of late, and how far back that is known. */
export type RecentFacts = NonNullable<DecisionFacts['recent']>;

/** The approved orders of the last while. */
export interface RecentOrders {
  add(order: Order): void;
  /** Those that this order could repeat: of its algorithm, instrument and side. */
  likely(order: Order): RecentFacts;
  /** Forgets all where another run, with a market time of its own, goes on. Shape: `knownFrom` is where it was left. */
  restart(knownFrom: Instant | undefined): void;
  readonly all: readonly RecentOrder[];
  readonly droppedAt: Instant | undefined;
}

/** What recent orders start from. */
export interface RecentOrdersDeps {
  readonly windowMs: number;
  readonly orders?: readonly RecentOrder[];
  readonly droppedAt?: Instant | undefined;
}

/** The most orders remembered; where more fall into the window, it is known for less time and the control may refuse. */
const RECENT_ORDERS_MAX = 1_000;

/** A memory of `windowMs` of market time. */
export function createRecentOrders(deps: RecentOrdersDeps): RecentOrders {
  const orders: RecentOrder[] = [...(deps.orders ?? [])];
  let droppedAt = deps.droppedAt;

  function forget(now: Instant): void {
    const begin = addMs(now, -deps.windowMs);
    let gone = 0;
    while ((orders[gone]?.decidedAt ?? now) < begin) gone += 1;
    if (orders.length - gone >= RECENT_ORDERS_MAX) {
      gone = orders.length - RECENT_ORDERS_MAX + 1;
      droppedAt = orders[gone - 1]?.decidedAt;
    }
    if (gone > 0) orders.splice(0, gone);
  }

  return {
    get all() {
      return orders;
    },
    get droppedAt() {
      return droppedAt;
    },
    add: (order) => {
      forget(order.decidedAt);
      orders.push(remembered(order));
    },
    restart: (knownFrom) => {
      orders.length = 0;
      droppedAt = knownFrom;
    },
    likely: (order) => {
      const begin = addMs(order.decidedAt, -deps.windowMs);
      const alike = orders.filter((other) => other.decidedAt >= begin && isAlike(order, other));
      return { windowMs: knownMs(deps.windowMs, droppedAt, order.decidedAt), orders: alike };
    },
  };
}

function knownMs(windowMs: number, droppedAt: Instant | undefined, now: Instant): number {
  if (droppedAt === undefined) return windowMs;
  return Math.min(windowMs, Math.max(0, ageMs(droppedAt, now) - 1));
}

function isAlike(order: Order, other: RecentOrder): boolean {
  return other.side === order.side && other.algorithm === order.algorithm.id && other.instrument === order.instrument;
}

function remembered({ id, algorithm, instrument, side, quantity, limitPrice, decidedAt }: Order): RecentOrder {
  const recent = { id, algorithm: algorithm.id, instrument, side, quantity, decidedAt };
  return limitPrice === undefined ? recent : { ...recent, limitPrice };
}
