import { isTerminal } from '@gatehouse/shared/accounts/order-life.ts';
import { assert } from '@gatehouse/shared/errors.ts';
import type { OrderBody, OrderState, VenueBody } from '@gatehouse/shared/schema/bodies.ts';
import type { DecisionBody } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { add, type Decimal, subtract, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { BookSnapshot } from './book-snapshot.ts';
import { dropOldest } from './drop-oldest.ts';
import { reachText } from './orders/reach.ts';
import { sorted } from './place-keys.ts';

/** An order that is not over. Shape: `isTaken` once the venue said that it has it, `reach` as in `reachText`. Units: `filled` in units of the instrument. */
export interface BookOrder {
  readonly order: Order;
  readonly state: OrderState;
  readonly isTaken: boolean;
  readonly filled: Decimal;
  readonly reach?: string | undefined;
}

/** The quantities that are entered and not yet done. */
export interface OpenQuantities {
  readonly buy: Decimal;
  readonly sell: Decimal;
}

/** At least so many ended orders are remembered, and at most twice as many, for fills that were on their way when an order ended. */
const ENDED_ORDERS_MAX = 100;

/** The orders of the book: those that are open, and those that ended of late. */
export class BookOrders {
  readonly #open: Map<string, BookOrder>;
  readonly #ended: Map<string, BookOrder>;
  /** The executions of every order that is known: a venue that is asked for an order names them all, however old. */
  readonly #fills = new Map<string, Set<string>>();
  /** All of them together, since each execution is looked up before it counts. */
  readonly #booked = new Set<string>();
  readonly #count: (name: string) => void;
  #reach: string | undefined;

  constructor(start: Pick<BookSnapshot, 'orders' | 'ended' | 'reach'>, count: (name: string) => void) {
    this.#open = new Map(start.orders.map(({ fills: _fills, ...known }) => [known.order.id, known]));
    this.#ended = new Map(start.ended.map(({ fills: _fills, ...known }) => [known.order.id, known]));
    for (const { order, fills = [] } of [...start.orders, ...start.ended]) {
      if (fills.length > 0) this.#fills.set(order.id, new Set(fills));
      for (const fill of fills) this.#booked.add(fill);
    }
    this.#count = count;
    this.#reach = start.reach;
  }

  get size(): number {
    return this.#open.size;
  }

  all(): readonly BookOrder[] {
    return [...this.#open.values()];
  }

  open(id: string): BookOrder | undefined {
    return this.#open.get(id);
  }

  ended(id: string): BookOrder | undefined {
    return this.#ended.get(id);
  }

  /** An order that is open or ended of late. */
  known(id: string): BookOrder | undefined {
    return this.#open.get(id) ?? this.#ended.get(id);
  }

  /** Whether an order that is known has this execution. */
  hasFill(fill: string): boolean {
    return this.#booked.has(fill);
  }

  quantities(account: string, instrument: string): OpenQuantities {
    let buy = ZERO;
    let sell = ZERO;
    for (const { order, filled } of this.#open.values()) {
      if (order.account !== account || order.instrument !== instrument) continue;
      const rest = subtract(order.quantity, filled);
      if (order.side === 'buy') buy = add(buy, rest);
      else sell = add(sell, rest);
    }
    return { buy, sell };
  }

  before({ algorithm, instrument, at }: { algorithm: string; instrument: string; at: Instant }): Decimal {
    let total = ZERO;
    for (const { order, filled } of this.#open.values()) {
      const isOwn = order.algorithm.id === algorithm && order.instrument === instrument;
      if (isOwn && order.decidedAt < at) total = add(total, subtract(order.quantity, filled));
    }
    return total;
  }

  /** How many orders are open in each state that has any. */
  counts(): Readonly<Record<string, number>> {
    const counts = new Map<string, number>();
    for (const { state } of this.#open.values()) counts.set(state, (counts.get(state) ?? 0) + 1);
    return Object.fromEntries(sorted(counts));
  }

  /** Orders go out through this from now on. */
  goThrough(venue: VenueBody): void {
    this.#reach = reachText(venue);
  }

  intend(order: Order): void {
    this.#count('orders');
    const reach = this.#reach === undefined ? {} : { reach: this.#reach };
    this.#open.set(order.id, { order, state: 'intended', isTaken: false, filled: ZERO, ...reach });
  }

  judge(body: DecisionBody): void {
    const known = this.#open.get(body.order);
    assert(known !== undefined, `a decision on order ${body.order}, which was never intended`);
    this.#count(body.outcome);
    if (body.outcome === 'approved') {
      this.#open.set(body.order, { ...known, state: 'approved' });
      return;
    }
    this.#open.delete(body.order);
    const refusing = new Set(body.rows.filter((row) => row.verdict === 'refuse').map((row) => row.control));
    for (const control of refusing) this.#count(`refused:${control}`);
  }

  move({ order, state }: OrderBody): void {
    const known = this.#open.get(order);
    if (known === undefined) return;
    if (!isTerminal(state)) {
      const isTaken = known.isTaken || state === 'working' || state === 'part-filled';
      this.#open.set(order, { ...known, state, isTaken });
      return;
    }
    this.#count(state);
    this.#open.delete(order);
    this.#ended.set(order, { ...known, state });
    const before = this.#ended.size;
    dropOldest(this.#ended, ENDED_ORDERS_MAX);
    if (this.#ended.size === before) return;
    for (const id of this.#fills.keys()) if (this.known(id) === undefined) this.#forget(id);
  }

  /** Books an execution to its order. Units: of the instrument. */
  execute(order: string, { fill, quantity }: { readonly fill: string; readonly quantity: Decimal }): void {
    this.fill(order, quantity);
    if (this.known(order) === undefined) return;
    const fills = this.#fills.get(order) ?? new Set();
    this.#fills.set(order, fills.add(fill));
    this.#booked.add(fill);
  }

  /** Units: `change` in units of the instrument; below zero where an execution did not stand. */
  fill(order: string, change: Decimal): void {
    const known = this.#open.get(order);
    if (known !== undefined) this.#open.set(order, { ...known, filled: add(known.filled, change) });
    const over = this.#ended.get(order);
    if (over !== undefined) this.#ended.set(order, { ...over, filled: add(over.filled, change) });
  }

  snapshot(): Pick<BookSnapshot, 'orders' | 'ended' | 'reach'> {
    return {
      ...(this.#reach === undefined ? {} : { reach: this.#reach }),
      orders: sorted(this.#open).map(([, known]) => this.#whole(known)),
      ended: [...this.#ended.values()].map((known) => this.#whole(known)),
    };
  }

  #forget(order: string): void {
    for (const fill of this.#fills.get(order) ?? []) this.#booked.delete(fill);
    this.#fills.delete(order);
  }

  #whole(known: BookOrder): BookSnapshot['orders'][number] {
    const fills = this.#fills.get(known.order.id);
    return fills === undefined ? { ...known } : { ...known, fills: [...fills] };
  }
}
