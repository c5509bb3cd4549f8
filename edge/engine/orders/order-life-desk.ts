import { waitsAtEdge } from '@gatehouse/compliance/edge-waiting.ts';
import type { ApprovedOrder } from '@gatehouse/compliance/gate.ts';
import { isTerminal } from '@gatehouse/shared/accounts/order-life.ts';
import { describeError } from '@gatehouse/shared/errors.ts';
import type { OrderState } from '@gatehouse/shared/schema/bodies.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { VenueFill, VenueOrder } from '../../venues/venue.ts';
import type { BookOrder } from '../book.ts';
import { Amendments } from './amendments.ts';
import { Cancels, keep } from './cancels.ts';
import type { OrderDesk, OrderDeskDeps, OrderLifeDeps, PassedTime } from './desk-types.ts';
import { type OrderPlan, planOf } from './emulation.ts';
import { HeldOrders } from './held-orders.ts';
import { ORDER_LIFE_LIMITS } from './limits.ts';
import { MarketSilence } from './market-silence.ts';
import type { OrderListener, OrderRecords } from './order-records.ts';
import type { PriceSeen } from './triggers.ts';
import { isOpenQuestion, UnknownOrders } from './unknown-orders.ts';

/** What the parts of an order's life need of the desk. */
interface OrderLifeRequest {
  readonly deps: OrderDeskDeps;
  readonly life: OrderLifeDeps;
  readonly records: OrderRecords;
  readonly desk: Pick<OrderDesk, 'settle' | 'abandon'>;
  /** Takes an approval over the wire, by the venue's `submit` or its `amend`. */
  readonly wire: (approval: ApprovedOrder, by: 'submit' | 'amend') => void;
}

/**
 * The parts of an order's life that take time: questions, cancels, changes, and what the edge does for the venue.
 *
 * Shape: each part hears of every change of state and every execution, in the order in which they come on record.
 */
export class OrderLife implements OrderListener {
  readonly unknown: UnknownOrders;
  readonly cancels: Cancels;
  readonly held: HeldOrders;
  readonly silence: MarketSilence;
  readonly #request: OrderLifeRequest;
  readonly #amendments: Amendments;

  constructor(request: OrderLifeRequest) {
    this.#request = request;
    const { deps, life, records, desk } = request;
    const { book, recorder, onLate } = deps;
    const limits = { ...ORDER_LIFE_LIMITS, ...life.limits };
    const settle = (known: BookOrder, answer: VenueOrder): boolean => this.#settle(known, answer);
    const neverArrived = (known: BookOrder, reason: string): void => desk.abandon(known, reason);
    const lost = (known: BookOrder): void => this.#lost(known);
    const answers = { settle, neverArrived, lost, flush: onLate };
    const canReach = (known: BookOrder): boolean => this.#canReach(known);
    this.unknown = new UnknownOrders({ ...life, records, canReach, desk: answers });
    this.cancels = new Cancels({ records, canReach, venue: life.venue, unknown: this.unknown, limits, onLate });
    const parts = { ...life, records, canReach, book, recorder, cancels: this.cancels, limits, onLate };
    const place = (approval: ApprovedOrder, by: 'submit' | 'amend'): void => this.place(approval, by);
    const submit = (order: Order): void => void this.#submit(order);
    this.#amendments = new Amendments({ ...parts, unknown: this.unknown, place, giveUp: neverArrived, submit });
    this.held = new HeldOrders({ ...parts, submit: (order) => this.#submit(order) });
    this.silence = new MarketSilence({ records, monotonicMs: life.monotonicMs, limits });
  }

  /** How an order is to be done at this venue. */
  planOf(order: Order): OrderPlan {
    return planOf(order, this.#request.life.capabilities);
  }

  send(approval: ApprovedOrder): void {
    const { order } = approval;
    const { records } = this.#request;
    const old = order.replaces === undefined ? undefined : records.find(order.replaces);
    const isChange = old !== undefined && old.state !== 'held';
    if (isChange) this.#amendments.replace(approval, old);
    else this.place(approval, 'submit');
  }

  /** To the wire, or to the edge's keeping. */
  place(approval: ApprovedOrder, by: 'submit' | 'amend'): void {
    const { records, desk, wire } = this.#request;
    const { order } = approval;
    const plan = this.planOf(order);
    const unsaid = plan.kind === 'emulated' && plan.emulates.some((one) => order.emulates?.includes(one) !== true);
    // The gate judged what the order says, and an order that waits more leniently than one that goes out.
    const oversaid = waitsAtEdge(order) && !(plan.kind === 'emulated' && plan.isHeld);
    if (plan.kind === 'refused' || unsaid || oversaid) {
      const why = plan.kind === 'refused' ? plan.reason : 'The order does not say what of it the edge is to emulate.';
      const known = records.find(order.id);
      if (known !== undefined) desk.abandon(known, `The order cannot be done at the venue. ${why}`);
      return;
    }
    if (plan.kind === 'emulated' && plan.isHeld) this.held.hold(approval);
    else wire(approval, by);
  }

  moved(order: Order, state: OrderState): void {
    if (!isOpenQuestion(state)) this.unknown.drop(order.id);
    this.#amendments.moved(order, state);
    this.held.moved(order, state);
  }

  filling(order: Order, fill: VenueFill): void {
    this.#amendments.filled(order, fill);
  }

  filled(order: Order): void {
    this.held.filled(order);
  }

  see(price: PriceSeen, isPast: boolean): void {
    if (!isPast) this.silence.heard(price);
    this.held.see(price, isPast);
  }

  passTime(time: PassedTime): void {
    this.held.passTime(time);
    this.silence.look({ isMarketOpen: time.isMarketOpen, isNeeded: this.#isWatching() });
  }

  /** What nobody will hear of any more may have been the price that an order waits for. */
  marketGap(says: string): void {
    if (!this.#isWatching()) return;
    const message = `Something of the market was missed and does not come again: ${says}`;
    const hint =
      'Look whether a price was passed that an order waits for; it goes out at the next price that is beyond it.';
    this.#request.records.incident({ code: 'MARKET_GAP', severity: 'warning', message, hint });
  }

  /** Whether an order waits here for a price, or something is held. */
  #isWatching(): boolean {
    const { book } = this.#request.deps;
    if (book.orders().some(({ state }) => state === 'held')) return true;
    return this.#request.life.isHolding?.() === true;
  }

  /** Asks for every order that may be at the venue, and takes back what stands there and counts as over. */
  async resume(): Promise<void> {
    const { book } = this.#request.deps;
    this.#endNeverLeft();
    const open = book.orders().filter(({ state }) => state !== 'held' && state !== 'intended');
    const ids = open.filter((known) => this.#canReach(known)).map(({ order }) => order.id);
    await this.unknown.askAll(ids);
    await this.#takeBackRevenants();
  }

  /** Orders that a process before approved and certainly never handed over need no answer of anybody. */
  #endNeverLeft(): void {
    const { deps, desk } = this.#request;
    for (const known of deps.book.orders()) {
      if (known.state !== 'approved' || deps.marks?.neverLeft(known.order.id) !== true) continue;
      desk.abandon(known, 'The process ended before the order was handed over, as its own note of that proves.');
    }
  }

  #canReach(known: BookOrder): boolean {
    return this.#request.deps.canReach?.(known) !== false;
  }

  stop(): void {
    this.unknown.stop();
    this.#amendments.stop();
  }

  /** Shape: false where the answer does not yet say what became of our request. */
  #settle(known: BookOrder, answer: VenueOrder): boolean {
    const { records, desk } = this.#request;
    const { id } = known.order;
    desk.settle(known, answer);
    const now = records.find(id);
    if (now === undefined || isTerminal(now.state)) return true;
    if (!STANDS.has(answer.state)) return false;
    if (now.state === 'cancelling') keep(records, now, 'The venue still has the order.');
    if (now.state !== 'replacing') return true;
    // What became of the change is known by what became of the order that was to take its place.
    const next = this.#request.deps.book.orders().find(({ order }) => order.replaces === id);
    if (next !== undefined) return false;
    keep(records, now, 'The venue still has the order, and no other took its place.');
    return true;
  }

  /** An order that another one has replaced may be forgotten; any other that the venue had may not. */
  #lost(known: BookOrder): void {
    const { records, desk, deps } = this.#request;
    const { id } = known.order;
    const next = deps.book.orders().find(({ order, isTaken }) => order.replaces === id && isTaken);
    if (next === undefined || known.state === 'working' || known.state === 'part-filled') {
      desk.abandon(known, 'The venue had the order and does not know it any more.');
      return;
    }
    const reason = `The venue does not know it any more; ${next.order.id} stands in its place.`;
    records.move(known, { event: 'replace', at: records.nowFor(known.order), reason });
  }

  /** Shape: an order that ended too long ago to be remembered is reconciliation's to find. */
  async #takeBackRevenants(): Promise<void> {
    const { records, deps } = this.#request;
    for (const id of await this.unknown.standing()) {
      const known = records.find(id);
      if (known === undefined || !isTerminal(known.state)) continue;
      const message = `Order ${id} is ${known.state}, and it stands at the venue all the same.`;
      records.incident({
        code: 'ORDER_REVENANT',
        message,
        hint: 'It is asked back now; look whether it was executed.',
      });
      this.cancels.takeBack(id);
      deps.onLate(id);
    }
  }

  async #submit(order: Order): Promise<boolean> {
    const { life, records, deps } = this.#request;
    try {
      return await life.submit(order);
    } catch (failure) {
      const message = `Order ${order.id} could not be judged: ${describeError(failure)}`;
      records.incident({ code: 'ORDER_UNJUDGED', message, hint: 'Look at the edge; nothing was sent.' });
      deps.onLate(order.id);
      return false;
    }
  }
}

const STANDS: ReadonlySet<VenueOrder['state']> = new Set(['working', 'part-filled']);
