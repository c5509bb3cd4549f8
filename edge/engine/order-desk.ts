import type { ApprovedOrder } from '@gatehouse/compliance/gate.ts';
import type { OrderEvent } from '@gatehouse/shared/accounts/order-life.ts';
import { compare, isZero, sum, toText } from '@gatehouse/shared/values/decimal.ts';
import type { VenueEvent, VenueOrder, VenueOrderEvent } from '../venues/venue.ts';
import type { BookOrder } from './book.ts';
import { keep } from './orders/cancels.ts';
import type { HeldOrder, LinkReport, UnresolvedOrder } from './orders/desk-reports.ts';
import type { OrderDesk, OrderDeskDeps, PassedTime } from './orders/desk-types.ts';
import { HandOver } from './orders/hand-over.ts';
import { createLinkWatch, type LinkWatch } from './orders/link-watch.ts';
import { OrderLife } from './orders/order-life-desk.ts';
import { type Change, OrderRecords } from './orders/order-records.ts';
import { placeOf } from './orders/reach.ts';
import type { PriceSeen } from './orders/triggers.ts';

export type { OrderDesk, OrderDeskDeps, OrderLifeDeps } from './orders/desk-types.ts';

/** A desk in front of one venue. */
export function createOrderDesk(deps: OrderDeskDeps): OrderDesk {
  return new LiveDesk(deps);
}

class LiveDesk implements OrderDesk {
  readonly #deps: OrderDeskDeps;
  readonly #records: OrderRecords;
  readonly #handOver: HandOver;
  readonly #link: LinkWatch;
  readonly #life: OrderLife | undefined;
  #isToldElsewhere = false;

  constructor(deps: OrderDeskDeps) {
    this.#deps = deps;
    const { life, onLate } = deps;
    const records = new OrderRecords(deps);
    this.#records = records;
    this.#link = createLinkWatch(records);
    this.#handOver = new HandOver({
      records,
      hear: (event) => this.hear(event),
      onSent: (id) => this.#life?.unknown.sent(id),
      onUnknown: (id) => this.#life?.unknown.watch(id),
      onLate,
      marks: deps.marks,
    });
    if (life === undefined) return;
    const wire = (approval: ApprovedOrder, by: 'submit' | 'amend'): void => this.#wire(approval, by);
    this.#life = new OrderLife({ deps, life, records, desk: this, wire });
    records.listen(this.#life);
  }

  get link(): LinkReport | undefined {
    return this.#link.report;
  }

  send(approval: ApprovedOrder): void {
    const known = this.#deps.book.order(approval.order.id);
    if (known === undefined || known.state !== 'approved' || !this.#mayGo(approval, known)) return;
    if (this.#life === undefined) this.#wire(approval, 'submit');
    else this.#life.send(approval);
  }

  hear(event: VenueEvent): void {
    if (this.#handOver.delays(event)) return;
    if (event.kind === 'link') {
      if (this.#link.see(event)) this.#askAgain();
    } else if (event.kind === 'foreign') {
      const message = `On the account, and not ours: ${event.venueOrder}: ${event.says}`;
      this.#records.incident({ code: 'ORDER_FOREIGN', message });
      this.#deps.life?.onForeign?.(event);
    } else this.#hearOrder(event);
  }

  settle(known: BookOrder, answer: VenueOrder): void {
    const { id } = known.order;
    const at = this.#records.nowFor(known.order);
    if (known.state === 'approved' && answer.state !== 'not-found')
      this.#move(known, { event: 'send', at, reason: 'Found at the venue, by asking for it.' });
    for (const [index, fill] of answer.fills.entries()) {
      const current = this.#records.find(id);
      const isLast = answer.state === 'filled' && index === answer.fills.length - 1;
      if (current !== undefined) this.#records.fill(current, fill, isLast);
    }
    const current = this.#deps.book.order(id);
    const event = EVENT_OF_ANSWER[answer.state];
    if (current === undefined || event === undefined) return;
    this.#misses(current, answer);
    const reason =
      known.state === 'held' ? 'Taken back before it was sent.' : 'Found so at the venue, by asking for it.';
    const isBack = event === 'accept' && ASKED_FOR.has(current.state) && !isZero(current.filled);
    this.#move(current, { event: isBack ? 'keep-part' : event, at, venueOrder: answer.venueOrder, reason });
  }

  notFound(known: BookOrder, reason: string): void {
    // A venue that cannot have the order knows nothing of it.
    if (!this.#canReach(known)) return;
    if (this.#life === undefined) this.abandon(known, reason);
    else if (known.state !== 'held') this.#life.unknown.watch(known.order.id);
  }

  abandon(known: BookOrder, reason: string): void {
    const { id } = known.order;
    const at = this.#records.nowFor(known.order);
    // An answer that never came must be recorded as lost before the order can count as never sent.
    if (known.isTaken || MAY_BE_THERE.has(known.state)) this.#move(known, { event: 'lose-answer', at, reason });
    if (known.isTaken) {
      const message = `Order ${id} was ${known.state}, and the venue does not know it any more.`;
      this.#records.incident({ code: 'ORDER_LOST', message });
      return;
    }
    const current = this.#deps.book.order(id);
    if (current !== undefined) this.#move(current, { event: 'abandon', at, reason });
  }

  cancel(order: string, reason?: string): boolean {
    return this.#life?.cancels.cancel(order, reason) ?? false;
  }

  see(price: PriceSeen, isPast = false): void {
    this.#life?.see(price, isPast);
  }

  passTime(time: PassedTime): void {
    this.#life?.passTime(time);
  }

  marketLost(reason: string): void {
    this.#life?.silence.lost(reason);
  }

  marketGap(says: string): void {
    this.#life?.marketGap(says);
  }

  get silence(): string | undefined {
    return this.#life?.silence.says;
  }

  async resume(): Promise<void> {
    this.#tellElsewhere();
    await this.#life?.resume();
  }

  stop(): void {
    this.#life?.stop();
    this.#deps.marks?.close();
  }

  unresolved(): readonly UnresolvedOrder[] {
    const elsewhere = this.#elsewhere().map((known): UnresolvedOrder => {
      const { order, state } = known;
      const answer = `It lies in another place, ${placeOf(known)}, and only a session there can ask for it.`;
      return { order: order.id, state, forMs: 0, asked: 0, answer };
    });
    return [...elsewhere, ...(this.#life?.unknown.list() ?? [])];
  }

  held(): readonly HeldOrder[] {
    return this.#life?.held.list() ?? [];
  }

  #wire(approval: ApprovedOrder, by: 'submit' | 'amend'): void {
    const known = this.#deps.book.order(approval.order.id);
    if (known === undefined || known.state !== 'approved' || !this.#mayGo(approval, known)) return;
    const { venue, life } = this.#deps;
    this.#handOver.send(approval, (approved) =>
      by === 'amend' ? life?.venue.amend?.(approved) : venue.submit(approved),
    );
  }

  #canReach(known: BookOrder): boolean {
    return this.#deps.canReach?.(known) !== false;
  }

  #elsewhere(): readonly BookOrder[] {
    return this.#deps.canReach === undefined ? [] : this.#deps.book.orders().filter((known) => !this.#canReach(known));
  }

  /** Once in a process: nobody asks for these, and nobody watches over those of them that wait here. */
  #tellElsewhere(): void {
    const [first, ...others] = this.#isToldElsewhere ? [] : this.#elsewhere();
    this.#isToldElsewhere = true;
    if (first === undefined) return;
    const unnamed = others.length - ELSEWHERE_NAMED_MAX;
    const names = [first, ...others.slice(0, ELSEWHERE_NAMED_MAX)].map(
      (one) => `${one.order.id} (${one.state}, ${placeOf(one)})`,
    );
    this.#records.incident({
      code: 'ORDERS_ELSEWHERE',
      message: `This session cannot ask for order ${names.join(', ')}${unnamed > 0 ? ` and ${unnamed} more` : ''}.`,
      hint: 'They count as open until a session in their place has asked for them; start one, or look them up at the venue.',
    });
  }

  /** Asked when an order is taken, and again immediately before the wire. */
  #mayGo(approval: ApprovedOrder, known: BookOrder): boolean {
    if (approval.haltEpoch === this.#deps.book.own.haltEpoch && this.#deps.maySend(approval)) return true;
    this.abandon(known, 'The trading state changed between the decision and the sending.');
    return false;
  }

  #hearOrder(event: VenueOrderEvent): void {
    const known = this.#records.find(event.order);
    if (known === undefined) {
      const message = `The venue reports ${event.kind} for order ${event.order}, which is not ours or too old${detailOf(event)}.`;
      this.#records.incident({ code: 'ORDER_FOREIGN', message });
      return;
    }
    if (event.kind === 'filled') {
      this.#records.fill(known, event.fill, event.isLast);
      // The venue knows of more executions than we do.
      if (event.isLast && this.#deps.book.order(known.order.id) !== undefined)
        this.#life?.unknown.watch(known.order.id);
    } else if (event.kind === 'busted' || event.kind === 'corrected') this.#records.change(event);
    else this.#hearState(known, event);
    this.#takeBackRevenant(known, event);
  }

  #hearState(known: BookOrder, event: Exclude<VenueOrderEvent, { kind: 'filled' | 'busted' | 'corrected' }>): void {
    const { at } = event;
    if (event.kind === 'accepted') this.#move(known, { event: 'accept', at, venueOrder: event.venueOrder });
    else if (event.kind === 'kept') keep(this.#records, known, event.reason);
    else if (event.kind === 'replaced') this.#replaced(known, event);
    else this.#move(known, { event: EVENT_OF_END[event.kind], at, reason: event.reason });
  }

  /** Shape: the order that took the place stands from the same moment. */
  #replaced(old: BookOrder, { at, by }: Extract<VenueOrderEvent, { kind: 'replaced' }>): void {
    this.#move(old, { event: 'replace', at, reason: `Order ${by} took its place.` });
    const next = this.#records.find(by);
    if (next?.order.replaces === old.order.id) {
      this.#move(next, { event: 'accept', at });
      return;
    }
    const message = `The venue says that ${by} took the place of order ${old.order.id}, which we did not ask for.`;
    this.#records.incident({ code: 'ORDER_FOREIGN', message });
  }

  /** An order that counts as never sent, or as rejected, and stands at the venue all the same, must not stay there. */
  #takeBackRevenant({ order, state }: BookOrder, { kind }: VenueOrderEvent): void {
    const stands = kind === 'accepted' || kind === 'filled' || kind === 'kept';
    if (stands && (state === 'unsent' || state === 'rejected')) this.#life?.cancels.takeBack(order.id);
  }

  /** After a time in which nobody could be heard, everything may have changed. */
  #askAgain(): void {
    void this.#life?.resume().then(() => this.#deps.onLate(''));
  }

  /** What the venue executed and never reported is not made up; it is fetched, or a person looks. */
  #misses({ order, filled }: BookOrder, answer: VenueOrder): void {
    if (answer.filled === undefined || compare(answer.filled, filled) <= 0) return;
    const named = sum(answer.fills.map(({ quantity }) => quantity));
    this.#records.incident({
      code: 'FILL_MISSING',
      message: `The venue says that order ${order.id} executed ${toText(answer.filled)}; on record are ${toText(filled)}, and it named executions of ${toText(named)}.`,
      hint: 'Reconciliation fetches what is missing; until then the position is not what the venue has.',
    });
  }

  #move(known: BookOrder, change: Change): void {
    this.#records.move(known, change);
  }
}

/** So many orders are named beside the first where there are more. */
const ELSEWHERE_NAMED_MAX = 9;

const MAY_BE_THERE: ReadonlySet<BookOrder['state']> = new Set(['sent', 'cancelling', 'replacing']);

const ASKED_FOR: ReadonlySet<BookOrder['state']> = new Set(['sent', 'unknown']);

const EVENT_OF_END = { cancelled: 'cancel', expired: 'expire', rejected: 'reject' } as const;

const EVENT_OF_ANSWER: Readonly<Record<VenueOrder['state'], OrderEvent | undefined>> = {
  working: 'accept',
  'part-filled': 'accept',
  filled: undefined,
  cancelled: 'cancel',
  replaced: 'replace',
  rejected: 'reject',
  expired: 'expire',
  'not-found': undefined,
};

/** What reconciliation needs of an execution that we have no order for. */
function detailOf(event: VenueOrderEvent): string {
  if (event.kind !== 'filled') return '';
  const { id, quantity, price } = event.fill;
  return `: execution ${id} of ${toText(quantity)} at ${toText(price)}`;
}
