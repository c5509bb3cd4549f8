import type { OrderState } from '@gatehouse/shared/schema/bodies.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { add, compare, type Decimal, subtract, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { OpenOrder } from '../own-facts.ts';
import { dropOldest } from './drop-oldest.ts';
import { type Lane, lean } from './holding-state.ts';

/** An approved order where it lies. Shape: `replacedBy` is the order of ours that took its place. */
export interface Entered {
  readonly open: OpenOrder;
  readonly lane: Lane;
  readonly replacedBy: string | undefined;
}

/** What a snapshot says about orders. Shape: each list in the order in which they came. */
export interface OrdersPast {
  readonly intents: readonly Order[];
  readonly open: readonly Entered[];
  readonly ended: readonly Entered[];
}

/** At least so many ended orders are remembered, and at most twice as many, for fills that were on their way when an order ended. */
export const ENDED_ORDERS_MAX = 100;
/** At least so many intents wait for their decision, and at most twice as many; the decision comes next, so there are few. */
export const INTENTS_MAX = 100;

/** The open orders in one instrument. */
interface Resting {
  readonly orders: Map<string, OpenOrder>;
  /** Those of both sides, of one and of the other, from the first question until something changes. */
  answer: Readonly<Record<Order['side'] | 'both', readonly OpenOrder[]>> | undefined;
}

const NO_ORDERS: readonly OpenOrder[] = [];

/** Orders from their intent to a while after their end. */
export class OpenOrders {
  readonly #intents: Map<string, Order>;
  readonly #open = new Map<string, Entered>();
  readonly #ended: Map<string, Entered>;
  readonly #resting = new Map<string, Resting>();
  #answer: readonly OpenOrder[] | undefined;

  constructor({ intents, open, ended }: OrdersPast = { intents: [], open: [], ended: [] }) {
    this.#intents = new Map(intents.map((order) => [order.id, order]));
    this.#ended = new Map(ended.map((known) => [known.open.order.id, known]));
    for (const known of open) this.#put(known);
  }

  intend(order: Order): void {
    this.#intents.set(order.id, order);
    dropOldest(this.#intents, INTENTS_MAX);
  }

  /** The order that a decision or an end is about, which then waits no longer. */
  takeIntent(id: string): Order | undefined {
    const order = this.#intents.get(id);
    this.#intents.delete(id);
    return order;
  }

  enter(order: Order, lane: Lane): void {
    this.#put({ open: { order, state: 'approved', filled: ZERO }, lane, replacedBy: undefined });
    const replaced = this.#replacedBy(order);
    if (replaced !== undefined) this.#put({ ...replaced, replacedBy: order.id });
  }

  get(id: string): Entered | undefined {
    return this.#open.get(id);
  }

  /** An order that ended of late. */
  ended(id: string): Entered | undefined {
    return this.#ended.get(id);
  }

  move(known: Entered, state: OrderState): void {
    this.#put({ ...known, open: { ...known.open, state } });
  }

  end(known: Entered, state: OrderState): void {
    const { order } = known.open;
    const { id, instrument } = order;
    this.#open.delete(id);
    this.#answer = undefined;
    const { orders } = this.#restingIn(instrument);
    orders.delete(id);
    if (orders.size === 0) this.#resting.delete(instrument);
    this.#ended.set(id, { ...known, open: { ...known.open, state } });
    dropOldest(this.#ended, ENDED_ORDERS_MAX);
    // An order that never came to stand took nobody's place.
    if (state === 'rejected' || state === 'unsent') this.#putBack(order);
  }

  fill(known: Entered, quantity: Decimal): void {
    const { order, filled: before } = known.open;
    const filled = { ...known, open: { ...known.open, filled: lean(add(before, quantity)) } };
    if (this.#open.has(order.id)) this.#put(filled);
    else this.#ended.set(order.id, filled);
  }

  /** All open orders, in the order in which they were entered. */
  all(): readonly OpenOrder[] {
    this.#answer ??= [...this.#open.values()].map(({ open }) => open);
    return this.#answer;
  }

  /** The open orders in an instrument, of one side where it is given. */
  resting(instrument: string, side: Order['side'] | 'both' = 'both'): readonly OpenOrder[] {
    const resting = this.#resting.get(instrument);
    if (resting === undefined) return NO_ORDERS;
    resting.answer ??= bySide([...resting.orders.values()]);
    return resting.answer[side];
  }

  past(): OrdersPast {
    return { intents: [...this.#intents.values()], open: [...this.#open.values()], ended: [...this.#ended.values()] };
  }

  #put(known: Entered): void {
    const { id, instrument } = known.open.order;
    this.#open.set(id, known);
    this.#answer = undefined;
    this.#restingIn(instrument).orders.set(id, known.open);
  }

  /** The open orders in an instrument, to be changed. */
  #restingIn(instrument: string): Resting {
    const resting = this.#resting.get(instrument) ?? { orders: new Map(), answer: undefined };
    this.#resting.set(instrument, resting);
    resting.answer = undefined;
    return resting;
  }

  /** Of several orders that replace one, the newest counts. */
  #putBack(order: Order): void {
    const replaced = this.#replacedBy(order);
    if (replaced?.replacedBy === order.id) this.#put({ ...replaced, replacedBy: undefined });
  }

  #replacedBy({ replaces }: Order): Entered | undefined {
    return replaces === undefined ? undefined : this.#open.get(replaces);
  }
}

function bySide(both: readonly OpenOrder[]): NonNullable<Resting['answer']> {
  const of = (side: Order['side']): readonly OpenOrder[] => both.filter(({ order }) => order.side === side);
  return { both, buy: of('buy'), sell: of('sell') };
}

/** What of an order is neither executed nor over. Shape: nothing is left of one that was filled beyond its quantity. */
export function restOf({ order, filled }: OpenOrder): Decimal {
  return compare(filled, order.quantity) >= 0 ? ZERO : subtract(order.quantity, filled);
}
