import type { ApprovedOrder } from '@gatehouse/compliance/gate.ts';
import { isTerminal } from '@gatehouse/shared/accounts/order-life.ts';
import type { OrderState } from '@gatehouse/shared/schema/bodies.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { asQuantity, type Quantity } from '@gatehouse/shared/values/amounts.ts';
import {
  add,
  compare,
  type Decimal,
  isZero,
  signOf,
  subtract,
  toText,
  ZERO,
} from '@gatehouse/shared/values/decimal.ts';
import type { VenueFill } from '../../venues/venue.ts';
import type { BookOrder } from '../book.ts';
import { type Cancels, keep } from './cancels.ts';
import type { OrderDeskDeps, OrderLifeDeps } from './desk-types.ts';
import type { OrderLifeLimits } from './limits.ts';
import { derivedOrderId } from './new-ids.ts';
import type { OrderRecords } from './order-records.ts';
import type { UnknownOrders } from './unknown-orders.ts';

/** What changing orders needs. */
interface AmendmentDeps extends Pick<OrderLifeDeps, 'venue' | 'capabilities' | 'sleep'> {
  readonly records: OrderRecords;
  readonly book: OrderDeskDeps['book'];
  readonly recorder: OrderDeskDeps['recorder'];
  readonly cancels: Pick<Cancels, 'cancel'>;
  readonly unknown: Pick<UnknownOrders, 'watch'>;
  readonly limits: OrderLifeLimits;
  /** Takes an approval to the wire, or to the edge's keeping; `amend` is the venue's one step for both orders. */
  readonly place: (approval: ApprovedOrder, wire: 'submit' | 'amend') => void;
  /** Gives an order up that was never sent. */
  readonly giveUp: (known: BookOrder, reason: string) => void;
  /** Has an order of our own making judged and sent. */
  readonly submit: (order: Order) => void;
  readonly onLate: (order: string) => void;
}

interface Pending {
  readonly approval: ApprovedOrder;
  readonly over: AbortController;
}

const AMENDABLE: ReadonlySet<OrderState> = new Set(['working', 'part-filled']);
const CAN_BE_TAKEN_BACK: ReadonlySet<OrderState> = new Set(['sent', 'working', 'part-filled', 'held']);

/**
 * Puts an order in the place of another.
 *
 * Shape: the new order's quantity is what shall be open from its decision on; whatever the old one executes after that is taken off.
 *        Where the venue changes orders in one step, it is asked to; elsewhere the old order is taken back first, and only its end
 *        lets the new one out, so that never both are live. One that waits too long for that is given up.
 */
export class Amendments {
  readonly #deps: AmendmentDeps;
  /** By the order that is replaced. */
  readonly #pending = new Map<string, Pending>();
  /** What the old order executed since the decision on the new one. */
  readonly #since = new Map<string, Decimal>();

  constructor(deps: AmendmentDeps) {
    this.#deps = deps;
  }

  replace(approval: ApprovedOrder, old: BookOrder): void {
    const { records, venue, capabilities } = this.#deps;
    const { id } = approval.order;
    if (isTerminal(old.state)) {
      this.#sendRest(approval, old);
      return;
    }
    if (!CAN_BE_TAKEN_BACK.has(old.state) || this.#pending.has(old.order.id)) {
      this.#giveUp(id, `The order that it replaces, ${old.order.id}, is ${old.state} and cannot be changed now.`);
      return;
    }
    if (venue.amend === undefined || !capabilities.canAmend || old.state === 'held') {
      this.#takeBackFirst(approval, old);
      return;
    }
    if (!AMENDABLE.has(old.state)) {
      this.#giveUp(id, `The venue has not yet answered to the order that it replaces, ${old.order.id}.`);
      return;
    }
    if (!isZero(this.#sinceOf(id))) {
      this.#sendRest(approval, old);
      return;
    }
    const reason = `To be replaced by ${id}.`;
    records.move(old, { event: 'ask-replace', at: records.nowFor(old.order), reason });
    this.#deps.place(approval, 'amend');
  }

  /** Follows both sides of each change. */
  moved(order: Order, state: OrderState): void {
    if (this.#pending.has(order.id)) this.#oldMoved(order.id, state);
    if (order.replaces === undefined) return;
    if (state !== 'approved') this.#since.delete(order.id);
    this.#newMoved(order.replaces, state);
  }

  /** What an order executes while another is to take its place counts for that one. */
  filled(order: Order, fill: VenueFill): void {
    if (this.#deps.book.openCount < 2 && this.#pending.size === 0) return;
    for (const { order: next, state } of this.#deps.book.orders()) {
      if (next.replaces !== order.id || state !== 'approved') continue;
      this.#since.set(next.id, add(this.#sinceOf(next.id), fill.quantity));
    }
  }

  stop(): void {
    for (const { over } of this.#pending.values()) over.abort();
    this.#pending.clear();
  }

  #takeBackFirst(approval: ApprovedOrder, old: BookOrder): void {
    const over = new AbortController();
    this.#pending.set(old.order.id, { approval, over });
    this.#deps.cancels.cancel(old.order.id, `To be replaced by ${approval.order.id}.`);
    if (!this.#pending.has(old.order.id)) return;
    const { sleep, limits } = this.#deps;
    void sleep(limits.replaceMsMax, over.signal).then(() => this.#tooLate(old.order.id, over));
  }

  #tooLate(old: string, over: AbortController): void {
    const pending = this.#pending.get(old);
    if (pending === undefined || pending.over !== over) return;
    this.#forget(old);
    this.#giveUp(pending.approval.order.id, `The order that it replaces, ${old}, did not end in time.`);
    this.#deps.onLate(pending.approval.order.id);
  }

  #oldMoved(old: string, state: OrderState): void {
    const pending = this.#pending.get(old);
    if (pending === undefined || state === 'cancelling') return;
    const known = this.#deps.records.find(old);
    if (isTerminal(state) && known !== undefined) {
      this.#forget(old);
      this.#sendRest(pending.approval, known);
    } else if (AMENDABLE.has(state)) {
      this.#forget(old);
      this.#giveUp(pending.approval.order.id, `The venue did not give back the order that it replaces, ${old}.`);
    }
  }

  /** An order that came to nothing took nobody's place; one that stands did. */
  #newMoved(replaced: string, state: OrderState): void {
    const { records } = this.#deps;
    const old = records.find(replaced);
    if (old === undefined || (old.state !== 'replacing' && old.state !== 'unknown')) return;
    const isKept = old.state === 'replacing' && (state === 'rejected' || state === 'unsent');
    if (isKept) keep(records, old, `The order that was to replace it is ${state}.`);
    // It stands, so the old one is over; the venue is asked, since it may name executions that nobody heard of.
    if (state === 'working' || state === 'part-filled' || state === 'filled') this.#deps.unknown.watch(replaced);
  }

  /** The old order is over, or executed meanwhile: only what is left of the new one may go out. */
  #sendRest(approval: ApprovedOrder, old: BookOrder): void {
    const { order } = approval;
    const since = this.#sinceOf(order.id);
    if (isZero(since)) {
      this.#deps.place(approval, 'submit');
      return;
    }
    const rest = subtract(order.quantity, since);
    const done = `The order that it replaces, ${old.order.id}, executed ${toText(since)} meanwhile`;
    if (signOf(rest) <= 0) {
      this.#giveUp(order.id, `${done}, and nothing remains.`);
      return;
    }
    this.#giveUp(order.id, `${done}; the rest of ${toText(rest)} is an order of its own.`);
    const id = derivedOrderId(order.id, this.#deps.recorder.nextSeq);
    this.#deps.submit({ ...order, id, ...shrunk(order, asQuantity(rest)) });
  }

  #sinceOf(id: string): Decimal {
    return this.#since.get(id) ?? ZERO;
  }

  #giveUp(id: string, reason: string): void {
    const known = this.#deps.records.find(id);
    if (known?.state === 'approved') this.#deps.giveUp(known, reason);
  }

  #forget(old: string): void {
    this.#pending.get(old)?.over.abort();
    this.#pending.delete(old);
  }
}

/** An order for less; no more of it can be shown than there is. */
export function shrunk(
  { displayQuantity }: Pick<Order, 'displayQuantity'>,
  quantity: Quantity,
): Pick<Order, 'quantity' | 'displayQuantity'> {
  if (displayQuantity === undefined) return { quantity };
  return { quantity, displayQuantity: compare(displayQuantity, quantity) > 0 ? quantity : displayQuantity };
}
