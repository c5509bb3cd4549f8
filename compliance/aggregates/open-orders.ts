import type { OrderState } from '@gatehouse/shared/schema/bodies.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { add, type Decimal, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { isWaiting } from '../edge-waiting.ts';
import type { OpenOrder } from '../own-facts.ts';
import { dropOldest } from './drop-oldest.ts';
import type { Entered } from './entered.ts';
import { HeldWeights } from './held-weights.ts';
import { type Lane, lean } from './holding-state.ts';

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
  /** Those of both sides, of one and of the other, and all with those at the edge, until something changes. */
  answer: Readonly<Record<Order['side'] | 'both' | 'all', readonly OpenOrder[]>> | undefined;
}

const NO_ORDERS: readonly OpenOrder[] = [];

/** Orders from their intent to a while after their end. */
export class OpenOrders {
  readonly weights = new HeldWeights();
  readonly #intents: Map<string, Order>;
  readonly #open = new Map<string, Entered>();
  readonly #ended: Map<string, Entered>;
  readonly #resting = new Map<string, Resting>();
  /** The open orders of each group. */
  readonly #groups = new Map<string, Set<string>>();
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
    this.weights.remove(known);
    this.#leaveGroup(order);
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

  /** The open orders in an instrument that are not at the edge, of one side where it is given; `all` names those at the edge too. */
  resting(instrument: string, side: Order['side'] | 'both' | 'all' = 'both'): readonly OpenOrder[] {
    const resting = this.#resting.get(instrument);
    if (resting === undefined) return NO_ORDERS;
    resting.answer ??= bySide([...resting.orders.values()]);
    return resting.answer[side];
  }

  /** The orders of an order's group that are open, and those that ended of late. */
  groupOf({ group }: Order): readonly OpenOrder[] {
    if (group === undefined) return NO_ORDERS;
    const open = [...(this.#groups.get(group.id) ?? [])].flatMap((id) => this.#open.get(id)?.open ?? []);
    // Few are remembered, so looking through them takes no time that grows with the records.
    const ended = [...this.#ended.values()].flatMap(({ open: one }) => (one.order.group?.id === group.id ? [one] : []));
    return [...ended, ...open];
  }

  past(): OrdersPast {
    return { intents: [...this.#intents.values()], open: [...this.#open.values()], ended: [...this.#ended.values()] };
  }

  #put(known: Entered): void {
    const { id, instrument } = known.open.order;
    this.#open.set(id, known);
    this.weights.put(known);
    this.#joinGroup(known.open.order);
    this.#answer = undefined;
    this.#restingIn(instrument).orders.set(id, known.open);
  }

  #joinGroup({ id, group }: Order): void {
    if (group === undefined) return;
    const members = this.#groups.get(group.id) ?? new Set();
    this.#groups.set(group.id, members);
    members.add(id);
  }

  #leaveGroup({ id, group }: Order): void {
    const members = group === undefined ? undefined : this.#groups.get(group.id);
    if (group === undefined || members?.delete(id) !== true) return;
    if (members.size === 0) this.#groups.delete(group.id);
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

function bySide(all: readonly OpenOrder[]): NonNullable<Resting['answer']> {
  const both = all.some(isWaiting) ? all.filter((open) => !isWaiting(open)) : all;
  const of = (side: Order['side']): readonly OpenOrder[] => both.filter(({ order }) => order.side === side);
  return { all, both, buy: of('buy'), sell: of('sell') };
}
