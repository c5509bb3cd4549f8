import type { ApprovedOrder } from '@gatehouse/compliance/gate.ts';
import { isTerminal } from '@gatehouse/shared/accounts/order-life.ts';
import type { OrderState } from '@gatehouse/shared/schema/bodies.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { TriggerBody } from '@gatehouse/shared/schema/trigger-bodies.ts';
import { asQuantity, type Quantity } from '@gatehouse/shared/values/amounts.ts';
import { absolute, compare, type Decimal, signOf, subtract, toText, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { BookOrder } from '../book.ts';
import { shrunk } from './amendments.ts';
import type { Cancels } from './cancels.ts';
import type { HeldOrder } from './desk-reports.ts';
import type { OrderDeskDeps, OrderLifeDeps, PassedTime } from './desk-types.ts';
import { ACTIVE_TYPE, isTriggered } from './emulation.ts';
import type { OrderLifeLimits } from './limits.ts';
import { derivedOrderId } from './new-ids.ts';
import type { OrderRecords } from './order-records.ts';
import { isTriggeredBy, type PriceSeen, pricesAfter, trail } from './triggers.ts';

/** What keeping orders at the edge needs. */
interface HeldDeps extends Pick<OrderLifeDeps, 'monotonicMs' | 'now' | 'tick'> {
  readonly records: OrderRecords;
  readonly book: OrderDeskDeps['book'];
  readonly recorder: OrderDeskDeps['recorder'];
  readonly canReach: (known: BookOrder) => boolean;
  readonly cancels: Pick<Cancels, 'cancel'>;
  readonly limits: OrderLifeLimits;
  /** Has the gate judge an order and sends it; false where the gate refuses. */
  readonly submit: (order: Order) => Promise<boolean> | boolean;
  readonly onLate: (order: string) => void;
}

interface Waiting {
  /** The gate or the venue did not want what took its place; a person must look. */
  blocked?: string;
  /** Its order is with the gate or on its way. */
  isOut: boolean;
  notBeforeMs: number;
}

/**
 * Orders that wait at the edge for a price, or for the entry that they protect.
 *
 * Shape: what is triggered becomes a new order that the gate judges anew; the held one is over once the venue has that order, and
 *        stays, with an alarm, where it does not get there. An exit goes out alone: everything else of its group that is live is taken
 *        back first, and it is for what the entry made and no exit has closed.
 */
export class HeldOrders {
  readonly #deps: HeldDeps;
  readonly #waiting = new Map<string, Waiting>();
  /** The market's time of the newest price, and of the newest single one. */
  #seenAt: Instant | undefined;
  #tickAt: Instant | undefined;

  constructor(deps: HeldDeps) {
    this.#deps = deps;
  }

  hold({ order }: ApprovedOrder): void {
    const { records } = this.#deps;
    const known = records.find(order.id);
    if (known === undefined) return;
    const what = (order.emulates ?? []).join(' and ');
    const reason = `Held at the edge, which emulates its ${what}; it works only while the edge runs.`;
    records.move(known, { event: 'hold', at: order.decidedAt, reason });
    const old = order.replaces === undefined ? undefined : records.find(order.replaces);
    if (old?.state === 'held') records.move(old, { event: 'replace', at: order.decidedAt, reason: 'Changed.' });
  }

  list(): readonly HeldOrder[] {
    return this.#held().map(({ order }) => {
      const { blocked } = this.#of(order.id);
      const { best, isReached = false } = this.#deps.book.triggers.of(order.id) ?? {};
      const stage = blocked === undefined ? (isReached ? 'triggered' : 'waiting') : 'blocked';
      return { order, stage, best, reason: blocked };
    });
  }

  see(seen: PriceSeen, isPast = false): void {
    if (this.#deps.book.openCount === 0) return;
    if (this.#seenAt === undefined || seen.closeAt > this.#seenAt) this.#seenAt = seen.closeAt;
    for (const known of this.#deps.book.orders()) {
      const { order } = known;
      if (order.instrument !== seen.instrument || (seen.side !== undefined && seen.side !== order.side)) continue;
      if (!this.#deps.canReach(known)) continue;
      if (known.state === 'held') this.#look(order, seen, isPast);
      if (!isPast) this.#expire(known, { now: seen.closeAt, isDayOver: seen.endsDay && seen.openAt > order.decidedAt });
    }
    if (seen.openAt === seen.closeAt) this.#tickAt = seen.closeAt;
  }

  /** Ends what is over by the clock, whether or not a price comes. Shape: `dayOf` tells the day in which a moment lies. */
  passTime({ now, dayOf }: PassedTime): void {
    if (this.#deps.book.openCount === 0) return;
    const today = dayOf(now);
    for (const known of this.#deps.book.orders()) {
      if (known.state !== 'held' && !this.#deps.canReach(known)) continue;
      this.#expire(known, { now, isDayOver: today > dayOf(known.order.decidedAt) });
    }
  }

  /** Follows what took the place of a held order, and the groups. */
  moved(order: Order, state: OrderState): void {
    if (isTerminal(state)) this.#waiting.delete(order.id);
    if (isTriggered(order)) this.#childMoved(order, state);
    if (order.group !== undefined) this.#settleGroup(order);
  }

  filled(order: Order): void {
    if (order.group !== undefined) this.#settleGroup(order);
  }

  #look(order: Order, seen: PriceSeen, isPast: boolean): void {
    const before = this.#deps.book.triggers.of(order.id);
    const prices = pricesAfter({ decidedAt: order.decidedAt, seenTo: this.#seenTo(order, before) }, seen);
    // What happened before an exit had anything to close does not concern it.
    if (prices === undefined || signOf(this.#quantityOf(order)) <= 0) return;
    // When that began is not told by prices of the past.
    if (isPast && before === undefined && order.group !== undefined) return;
    if (order.trailing === undefined) {
      const isReached = !isPast && isTriggeredBy(order, prices);
      if (isReached) this.#note(order, before, { at: seen.closeAt, isReached });
    } else {
      const { best, isTriggered: isBeyond } = trail(order, before?.best, prices);
      this.#note(order, before, { at: seen.closeAt, best, isReached: !isPast && isBeyond });
    }
    if (!isPast) this.#fire(order);
  }

  /** Prices that a stop has followed already, one by one or before a restart, do not move it a second time. */
  #seenTo({ trailing }: Order, before: TriggerBody | undefined): Instant | undefined {
    if (trailing === undefined) return undefined;
    const at = before?.at;
    return at === undefined || (this.#tickAt !== undefined && this.#tickAt > at) ? this.#tickAt : at;
  }

  /** Puts on record what an order depends on, so that a restart finds it as it was. Shape: less than a tick is no move. */
  #note({ id }: Order, before: TriggerBody | undefined, seen: Pick<TriggerBody, 'at' | 'best' | 'isReached'>): void {
    const isReached = seen.isReached || before?.isReached === true;
    const best = this.#isMove(before?.best, seen.best) ? seen.best : before?.best;
    if (before !== undefined && best === before.best && isReached === before.isReached) return;
    const kept = best === undefined ? {} : { best };
    this.#deps.recorder.stage({ kind: 'trigger', body: { v: 1, order: id, at: seen.at, ...kept, isReached } });
  }

  #isMove(before: Decimal | undefined, best: Decimal | undefined): boolean {
    if (before === undefined || best === undefined) return best !== undefined;
    const { tick } = this.#deps;
    return compare(before, best) !== 0 && (tick === undefined || compare(absolute(subtract(best, before)), tick) >= 0);
  }

  #fire(order: Order): void {
    const waiting = this.#of(order.id);
    const { records, monotonicMs } = this.#deps;
    const isReached = this.#deps.book.triggers.of(order.id)?.isReached === true;
    if (!isReached || waiting.isOut || waiting.blocked !== undefined) return;
    if (waiting.notBeforeMs > monotonicMs() || this.#hasChild(order.id)) return;
    if (records.find(order.id)?.state !== 'held' || !this.#isAlone(order)) return;
    const quantity = this.#quantityOf(order);
    if (signOf(quantity) <= 0) return;
    waiting.isOut = true;
    const child = this.#activated(order, asQuantity(quantity));
    void this.#submit(order, child);
  }

  async #submit(order: Order, child: Order): Promise<void> {
    const waiting = this.#of(order.id);
    const answer = this.#deps.submit(child);
    const isThrough = typeof answer === 'boolean' ? answer : await answer;
    waiting.isOut = false;
    if (isThrough) return;
    this.#block(order, 'The gate did not let through the order that was to take its place.');
    this.#deps.onLate(order.id);
  }

  #activated(order: Order, quantity: Quantity): Order {
    const { stopPrice: _stop, trailing: _trail, reduceOnly, emulates = [], displayQuantity: _shown, ...rest } = order;
    const left = emulates.filter((one) => one === 'group' || one === 'expiry');
    const isExit = emulates.includes('group') && order.group?.role !== 'entry';
    return {
      ...rest,
      id: derivedOrderId(order.id, this.#deps.recorder.nextSeq),
      replaces: order.id,
      parent: order.id,
      type: ACTIVE_TYPE[order.type],
      ...shrunk(order, quantity),
      shortSaleMark: this.#markOf(order, quantity),
      decidedAt: this.#now(order),
      // An exit is sized by the edge, so the venue need not know that it only reduces.
      ...(reduceOnly === undefined || isExit ? {} : { reduceOnly }),
      ...(left.length === 0 ? {} : { emulates: left }),
    };
  }

  #now(order: Order): Instant {
    const moments = [this.#deps.records.nowFor(order), this.#seenAt, this.#deps.now?.()];
    return moments.filter((at) => at !== undefined).reduce((last, at) => (at > last ? at : last));
  }

  /** A sale is marked by what is held when it goes out. Source: 17 CFR 242.200(g). */
  #markOf(order: Order, quantity: Quantity): Order['shortSaleMark'] {
    if (order.side === 'buy' || order.shortSaleMark === 'short-exempt') return order.shortSaleMark;
    const { book } = this.#deps;
    let free: Decimal = book.position(order.account, order.instrument).quantity;
    for (const { order: other, state, filled } of book.orders()) {
      const counts = other.side === 'sell' && other.account === order.account && other.instrument === order.instrument;
      if (counts && state !== 'held') free = subtract(free, subtract(other.quantity, filled));
    }
    return compare(free, quantity) >= 0 ? 'long' : 'short';
  }

  /** How much an order may be for now. Units: of the instrument. */
  #quantityOf({ quantity, group, emulates = [] }: Order): Decimal {
    if (group === undefined || group.role === 'entry' || !emulates.includes('group')) return quantity;
    const done = this.#deps.book.groups.find(group.id);
    if (done === undefined) return group.kind === 'oco' ? quantity : ZERO;
    const rest = subtract(group.kind === 'oco' ? quantity : done.entered, done.left);
    return compare(rest, quantity) < 0 ? rest : quantity;
  }

  /** Whether nothing else of the group is live; what is gets taken back, and its end lets this one go on. */
  #isAlone({ id, group, emulates = [] }: Order): boolean {
    if (group === undefined || group.role === 'entry' || !emulates.includes('group')) return true;
    const { book, records, cancels } = this.#deps;
    let isAlone = true;
    for (const { order } of book.groups.find(group.id)?.members ?? []) {
      const state = records.find(order)?.state;
      if (order === id || state === undefined || state === 'held' || isTerminal(state)) continue;
      isAlone = false;
      // A take-profit waits for a stop-loss that is out, never the other way round.
      if (group.role === 'take-profit' && records.find(order)?.order.group?.role === 'stop-loss') continue;
      if (state !== 'cancelling' && state !== 'unknown' && state !== 'approved') {
        cancels.cancel(order, `To make room for ${id} of the same group.`);
      }
    }
    // A venue in our own process may have ended them within the calls.
    return isAlone;
  }

  #settleGroup({ group }: Order): void {
    const { book, records } = this.#deps;
    const done = group === undefined ? undefined : book.groups.find(group.id);
    if (group === undefined || done === undefined) return;
    const open = done.members.filter(({ isOpen }) => isOpen);
    const hasEntry = open.some(({ isExit }) => !isExit);
    for (const { order: id } of open) {
      const known = records.find(id);
      if (known?.state !== 'held' || known.order.group?.role === 'entry') continue;
      const isDone = signOf(this.#quantityOf(known.order)) <= 0 && (group.kind === 'oco' || !hasEntry);
      if (!isDone) this.#fire(known.order);
      else {
        const reason =
          signOf(done.left) > 0
            ? `The other exit executed ${toText(done.left)}, and nothing remains.`
            : 'The entry ended without an execution.';
        records.move(known, { event: 'cancel', at: records.nowFor(known.order), reason });
      }
    }
  }

  #childMoved(child: Order, state: OrderState): void {
    const { records } = this.#deps;
    const held = records.find(child.replaces ?? '');
    if (held?.state === 'held') this.#heldMoved(held, child, state);
    if (child.group === undefined || child.group.role === 'entry' || !CUT_SHORT.has(state)) return;
    if (this.#held().some(({ order }) => order.group?.id === child.group?.id)) return;
    records.incident({
      code: 'EXIT_INCOMPLETE',
      message: `Exit ${child.id} is ${state}, and no other order of its group is left to close what it was for.`,
      hint: 'Close the position by hand, or enter another exit.',
    });
  }

  #heldMoved(held: BookOrder, child: Order, state: OrderState): void {
    const { records } = this.#deps;
    if (state === 'unsent') {
      const waiting = this.#of(held.order.id);
      waiting.notBeforeMs = this.#deps.monotonicMs() + this.#deps.limits.triggerAgainMs;
      records.incident({
        code: 'TRIGGER_UNSENT',
        message: `Order ${held.order.id} was triggered, and ${child.id}, which was to take its place, did not get out.`,
        hint: 'The edge tries again with a later price. Watch the position until it did.',
      });
    } else if (state === 'rejected')
      this.#block(held.order, `The venue rejected ${child.id}, which was to take its place.`);
    else if (ARRIVED.has(state)) {
      records.move(held, {
        event: 'replace',
        at: records.nowFor(held.order),
        reason: `Triggered; ${child.id} took its place.`,
      });
    }
  }

  #block(order: Order, why: string): void {
    this.#of(order.id).blocked = why;
    this.#deps.records.incident({
      code: 'TRIGGER_REFUSED',
      message: `Order ${order.id} was triggered. ${why} It is still held, and nothing protects what it was for.`,
      hint: 'Close the position by hand, or cancel the order and enter another.',
    });
  }

  #expire(known: BookOrder, { now, isDayOver }: { readonly now: Instant; readonly isDayOver: boolean }): void {
    const { order, state } = known;
    const { timeInForce, expiresAt, emulates = [] } = order;
    const isTimeOver = expiresAt !== undefined && now >= expiresAt;
    if (!(timeInForce === 'day' && isDayOver) && !isTimeOver) return;
    if (state === 'held') {
      if (this.#of(order.id).isOut || this.#hasChild(order.id)) return;
      this.#deps.records.move(known, { event: 'expire', at: now, reason: 'Its time ended untouched.' });
      return;
    }
    if (emulates.includes('expiry') && STANDS.has(state)) this.#deps.cancels.cancel(order.id, 'Its time ended.');
  }

  #held(): readonly BookOrder[] {
    return this.#deps.book.orders().filter(({ state }) => state === 'held');
  }

  #hasChild(id: string): boolean {
    return this.#deps.book.orders().some(({ order }) => order.replaces === id && isTriggered(order));
  }

  #of(id: string): Waiting {
    const waiting = this.#waiting.get(id) ?? { isOut: false, notBeforeMs: 0 };
    this.#waiting.set(id, waiting);
    return waiting;
  }
}

/** The venue had the order, whatever became of it. */
const ARRIVED: ReadonlySet<OrderState> = new Set(['working', 'part-filled', 'filled', 'cancelled', 'expired']);
const STANDS: ReadonlySet<OrderState> = new Set(['sent', 'working', 'part-filled']);
/** What ends an exit before it has done its work. */
const CUT_SHORT: ReadonlySet<OrderState> = new Set(['cancelled', 'expired']);
