import type { ApprovedOrder } from '@gatehouse/compliance/gate.ts';
import { nextState, type OrderEvent } from '@gatehouse/shared/accounts/order-life.ts';
import { describeError } from '@gatehouse/shared/errors.ts';
import type { OrderBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { Venue, VenueEvent, VenueFill, VenueOrder } from '../venues/venue.ts';
import type { Book, BookOrder } from './book.ts';
import type { Recorder } from './recorder.ts';

/** An order's change of state, and what is known of it. */
interface Change {
  readonly event: OrderEvent;
  readonly at: Instant;
  readonly venueOrder?: string | undefined;
  readonly reason?: string | undefined;
}

/**
 * The life of orders after the gate: hands them over, and turns what the venue says into entries.
 *
 * Shape: everything is staged with the recorder; whoever calls flushes.
 */
export interface OrderDesk {
  /** Hands over an order whose approval is durable, unless trading was halted since it was judged. */
  send(approval: ApprovedOrder): void;
  /** Takes what the venue says. Shape: what comes while an order is handed over waits until it counts as sent. */
  hear(event: VenueEvent): void;
  /** Brings an order to where the venue says it is, after a time in which nobody listened. */
  settle(known: BookOrder, answer: VenueOrder): void;
  /** Ends an order that the venue does not know; one that it had taken stays open as unknown, with an incident. */
  abandon(known: BookOrder, reason: string): void;
}

/** What the desk works on. Shape: `onLate` is told of an order whose handing over failed after `send` had returned. */
export interface OrderDeskDeps {
  readonly book: Book;
  readonly recorder: Recorder;
  readonly venue: Pick<Venue, 'submit'>;
  /** Whether an approval may go out, asked immediately before the wire; a halt counts here before it is on record. */
  readonly maySend: (approval: ApprovedOrder) => boolean;
  readonly onLate: (order: string) => void;
}

/** A desk in front of one venue. */
export function createOrderDesk(deps: OrderDeskDeps): OrderDesk {
  return new LiveDesk(deps);
}

class LiveDesk implements OrderDesk {
  readonly #deps: OrderDeskDeps;
  #waiting: VenueEvent[] | undefined;

  constructor(deps: OrderDeskDeps) {
    this.#deps = deps;
  }

  send(approval: ApprovedOrder): void {
    const { book } = this.#deps;
    const known = book.order(approval.order.id);
    if (known === undefined || known.state !== 'approved') return;
    if (approval.haltEpoch !== book.own.haltEpoch || !this.#deps.maySend(approval)) {
      this.abandon(known, 'The trading state changed between the decision and the sending.');
      return;
    }
    const { heard, failure } = this.#handOver(approval);
    const { decidedAt } = known.order;
    this.#move(known, { event: 'send', at: decidedAt });
    if (failure !== undefined) this.#loseAnswer(approval.order.id, failure);
    for (const event of heard) this.hear(event);
  }

  hear(event: VenueEvent): void {
    if (this.#waiting !== undefined) {
      this.#waiting.push(event);
      return;
    }
    if (event.kind === 'link') return;
    if (event.kind === 'foreign') {
      this.#incident('ORDER_FOREIGN', `On the account, and not ours: ${event.venueOrder}: ${event.says}`);
      return;
    }
    const known = this.#deps.book.order(event.order) ?? this.#deps.book.ended(event.order);
    if (known === undefined) {
      this.#incident(
        'ORDER_FOREIGN',
        `The venue reports ${event.kind} for order ${event.order}, which is not ours or too old.`,
      );
      return;
    }
    const { at } = event;
    if (event.kind === 'filled') this.#fill(known, event.fill, event.isLast);
    if (event.kind === 'accepted') this.#move(known, { event: 'accept', at, venueOrder: event.venueOrder });
    if (event.kind === 'cancelled') this.#move(known, { event: 'cancel', at, reason: event.reason });
    if (event.kind === 'expired') this.#move(known, { event: 'expire', at, reason: event.reason });
    if (event.kind === 'rejected') this.#move(known, { event: 'reject', at, reason: event.reason });
  }

  settle(known: BookOrder, answer: VenueOrder): void {
    const { id, decidedAt } = known.order;
    const at = this.#deps.book.progress.run?.progressAt ?? decidedAt;
    if (known.state === 'approved')
      this.#move(known, { event: 'send', at, reason: 'Found at the venue after a restart.' });
    for (const [index, fill] of answer.fills.entries()) {
      const current = this.#deps.book.order(id);
      const isLast = answer.state === 'filled' && index === answer.fills.length - 1;
      if (current !== undefined) this.#fill(current, fill, isLast);
    }
    const current = this.#deps.book.order(id);
    const event = EVENT_OF_ANSWER[answer.state];
    if (current === undefined || event === undefined) return;
    const reason = 'Found so at the venue after a restart.';
    this.#move(current, { event, at, venueOrder: answer.venueOrder, reason });
  }

  abandon(known: BookOrder, reason: string): void {
    const { id, decidedAt } = known.order;
    const at = this.#deps.book.progress.run?.progressAt ?? decidedAt;
    // An answer that never came must be recorded as lost before the order can count as never sent.
    if (known.isTaken || known.state === 'sent') this.#move(known, { event: 'lose-answer', at, reason });
    if (known.isTaken) {
      this.#incident('ORDER_LOST', `Order ${id} was ${known.state}, and the venue does not know it any more.`);
      return;
    }
    const current = this.#deps.book.order(id);
    if (current !== undefined) this.#move(current, { event: 'abandon', at, reason });
  }

  #handOver(approval: ApprovedOrder): { readonly heard: readonly VenueEvent[]; readonly failure?: unknown } {
    const waiting: VenueEvent[] = [];
    this.#waiting = waiting;
    try {
      const handed = this.#deps.venue.submit(approval);
      handed?.catch((failure: unknown) => {
        this.#loseAnswer(approval.order.id, failure);
        this.#deps.onLate(approval.order.id);
      });
      return { heard: waiting };
    } catch (failure) {
      return { heard: waiting, failure };
    } finally {
      this.#waiting = undefined;
    }
  }

  /** What may or may not have arrived is never sent again; the venue is asked for it. */
  #loseAnswer(id: string, failure: unknown): void {
    const known = this.#deps.book.order(id);
    if (known === undefined) return;
    const reason = `No answer to the order: ${describeError(failure)}.`;
    this.#move(known, { event: 'lose-answer', at: known.order.decidedAt, reason });
  }

  #fill({ order, state }: BookOrder, fill: VenueFill, isLast: boolean): void {
    if (this.#deps.book.hasFill(fill.id)) return;
    const { id, account, instrument, venue, side, currency } = order;
    const { quantity, price, fee, at } = fill;
    this.#deps.recorder.stage({
      kind: 'fill',
      body: { v: 1, fill: fill.id, order: id, account, instrument, venue, side, quantity, price, currency, fee, at },
    });
    const current = this.#deps.book.order(id) ?? { order, state };
    this.#move(current, { event: isLast ? 'fill-all' : 'fill-part', at });
  }

  #move({ order, state }: Pick<BookOrder, 'order' | 'state'>, { event, at, venueOrder, reason }: Change): void {
    const next = nextState(state, event);
    if (next === 'impossible') {
      this.#incident('ORDER_IMPOSSIBLE', `Order ${order.id} is ${state}, and the event ${event} cannot follow.`);
      return;
    }
    if (next === state) return;
    const body: OrderBody = {
      v: 1,
      order: order.id,
      state: next,
      at,
      ...(venueOrder === undefined ? {} : { venueOrder }),
      ...(reason === undefined ? {} : { reason }),
    };
    this.#deps.recorder.stage({ kind: 'order', body });
  }

  #incident(code: string, message: string): void {
    const hint = 'Compare the order with the venue’s own record; nothing was changed by this report.';
    this.#deps.recorder.stage({ kind: 'incident', body: { v: 1, code, severity: 'alarm', message, hint } });
  }
}

const EVENT_OF_ANSWER: Readonly<Record<VenueOrder['state'], OrderEvent | undefined>> = {
  working: 'accept',
  'part-filled': undefined,
  filled: undefined,
  cancelled: 'cancel',
  replaced: 'replace',
  rejected: 'reject',
  expired: 'expire',
  'not-found': undefined,
};
