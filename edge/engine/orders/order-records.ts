import type { HeldFill } from '@gatehouse/shared/accounts/holding.ts';
import { nextState, type OrderEvent } from '@gatehouse/shared/accounts/order-life.ts';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import type { IncidentBody, OrderBody, OrderState } from '@gatehouse/shared/schema/bodies.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { asPrice, asQuantity } from '@gatehouse/shared/values/amounts.ts';
import { add, compare, signOf, toText } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { VenueFill, VenueOrderEvent } from '../../venues/venue.ts';
import type { BookOrder } from '../book.ts';
import type { OrderDeskDeps } from './desk-types.ts';

/** An order's change of state, and what is known of it. */
export interface Change {
  readonly event: OrderEvent;
  readonly at: Instant;
  readonly venueOrder?: string | undefined;
  readonly reason?: string | undefined;
}

/** Something that a person must look at; an alarm where nothing else is said. */
export interface Incident {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly severity?: IncidentBody['severity'];
}

/** An order and where it is now. */
export type Standing = Pick<BookOrder, 'order' | 'state'>;

type RecordsDeps = Pick<OrderDeskDeps, 'book' | 'recorder'>;

/** Told of each state that was staged, and of each execution before and after the order's state follows from it. */
export interface OrderListener {
  moved(order: Order, state: OrderState): void;
  filling(order: Order, fill: VenueFill): void;
  filled(order: Order): void;
}

const COMPARE_HINT = 'Compare the order with the venue’s own record; nothing was changed by this report.';
/** Longer words of a venue are cut: they are for people, and a record has a size. */
const REASON_LENGTH_MAX = 500;
const VENUE_ORDER_LENGTH_MAX = 64;
const FILL_ID_LENGTH_MAX = 64;

/**
 * The one way by which the life of orders comes on record.
 *
 * Shape: a change that the table of states calls impossible becomes an incident and changes nothing.
 */
export class OrderRecords {
  readonly #deps: RecordsDeps;
  #listener: OrderListener | undefined;

  constructor(deps: RecordsDeps) {
    this.#deps = deps;
  }

  /** Tells one listener of everything from now on. */
  listen(listener: OrderListener): void {
    this.#listener = listener;
  }

  /** Where an order is now, also shortly after its end. */
  find(id: string): BookOrder | undefined {
    return this.#deps.book.order(id) ?? this.#deps.book.ended(id);
  }

  /** Whether an execution was booked before, as far back as is remembered. */
  hasFill(id: string): boolean {
    return this.#deps.book.hasFill(fillId(id));
  }

  /** The market's time as far as the records came, for what the edge finds out by itself. */
  nowFor({ decidedAt }: Order): Instant {
    return this.#deps.book.progress.run?.progressAt ?? decidedAt;
  }

  move({ order, state }: Standing, { event, at, venueOrder, reason }: Change): void {
    const next = nextState(state, event);
    if (next === 'impossible') {
      const message = `Order ${order.id} is ${state}, and the event ${event} cannot follow.`;
      this.incident({ code: 'ORDER_IMPOSSIBLE', message });
      return;
    }
    if (next === state) return;
    const body: OrderBody = {
      v: 1,
      order: order.id,
      state: next,
      at,
      ...(venueOrder === undefined ? {} : { venueOrder: venueOrder.slice(0, VENUE_ORDER_LENGTH_MAX) }),
      ...(reason === undefined ? {} : { reason: sentence(reason) }),
    };
    this.#deps.recorder.stage({ kind: 'order', body });
    this.#listener?.moved(order, next);
  }

  /** Books an execution once. Shape: it completes the order where all of its quantity is done, whatever the venue calls it. */
  fill({ order, state, filled }: BookOrder, fill: VenueFill, isLast: boolean): void {
    const id = fillId(fill.id);
    if (this.#deps.book.hasFill(id)) return;
    if (signOf(fill.quantity) <= 0) {
      const message = `The venue reports an execution ${id} of nothing for order ${order.id}.`;
      this.incident({ code: 'FILL_IMPOSSIBLE', message });
      return;
    }
    const { id: orderId, account, instrument, venue, side, currency } = order;
    const { quantity, price, fee, at, feeCurrency, liquidity } = fill;
    this.#deps.recorder.stage({
      kind: 'fill',
      body: {
        v: 1,
        ...{ fill: id, order: orderId, account, instrument, venue, side, quantity, price, currency, fee, at },
        ...(feeCurrency === undefined || feeCurrency === currency ? {} : { feeCurrency }),
        ...(liquidity === undefined ? {} : { liquidity }),
      },
    });
    this.#listener?.filling(order, fill);
    const done = add(filled, quantity);
    const beyond = compare(done, order.quantity);
    this.move(this.find(orderId) ?? { order, state }, { event: beyond >= 0 ? 'fill-all' : 'fill-part', at });
    this.#listener?.filled(order);
    const figures = `${toText(done)} of ${toText(order.quantity)}`;
    if (beyond > 0) this.incident({ code: 'ORDER_OVERFILLED', message: `Order ${orderId} is executed by ${figures}.` });
    if (isLast && beyond < 0) this.#misses(order, figures);
  }

  /** Puts a bust or a correction of an execution on record. */
  change(event: Extract<VenueOrderEvent, { kind: 'busted' | 'corrected' }>): void {
    const fill = fillId(event.kind === 'busted' ? event.fill : event.fill.id);
    const known = this.#deps.book.fill(fill);
    if (known === undefined || known.fill.order !== event.order) {
      const message = `The venue calls execution ${fill} of order ${event.order} ${event.kind}, which is not on record or too old: ${event.reason}`;
      this.incident({ code: 'FILL_UNKNOWN', message });
      return;
    }
    const before = figuresOf(known.fill);
    const after = event.kind === 'busted' ? undefined : figuresOf(event.fill);
    const isSame = after !== undefined && FIGURES.every((figure) => compare(before[figure], after[figure]) === 0);
    if (known.isBusted ? after === undefined : isSame) return;
    this.#deps.recorder.stage({
      kind: 'fill-change',
      body: {
        v: 1,
        fill,
        order: event.order,
        change: after === undefined ? 'bust' : 'correct',
        before,
        ...(after === undefined ? {} : { after }),
        at: event.at,
        reason: sentence(event.reason),
      },
    });
  }

  incident({ code, message, hint = COMPARE_HINT, severity = 'alarm' }: Incident): void {
    const body: IncidentBody = { v: 1, code, severity, message: sentence(message), hint };
    this.#deps.recorder.stage({ kind: 'incident', body });
  }

  #misses({ id }: Order, figures: string): void {
    this.incident({
      code: 'FILL_MISSING',
      severity: 'warning',
      message: `The venue calls order ${id} complete, and executions of ${figures} are on record.`,
      hint: 'What is missing is fetched from the venue; until then the order counts as open.',
    });
  }
}

type FillFigures = Pick<VenueFill, 'quantity' | 'price' | 'fee'>;
const FIGURES = ['quantity', 'price', 'fee'] as const;

function figuresOf({ quantity, price, fee }: Pick<HeldFill, 'quantity' | 'price' | 'fee'>): FillFigures {
  return { quantity: asQuantity(quantity), price: asPrice(price), fee };
}

/** The words of a venue as a sentence that fits a record. */
export function sentence(text: string): string {
  return text.trim().slice(0, REASON_LENGTH_MAX) || 'No reason was given.';
}

/** A venue's name of an execution; one too long for a record is known by its hash. */
function fillId(id: string): string {
  return id.length > FILL_ID_LENGTH_MAX ? sha256(id).toString('hex') : id;
}
