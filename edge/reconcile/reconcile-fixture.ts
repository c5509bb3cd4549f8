import type { EntryBody, EntryKind } from '@gatehouse/shared/schema/bodies.ts';
import { asQuantity, price, quantity } from '@gatehouse/shared/values/amounts.ts';
import { type Currency, currency } from '@gatehouse/shared/values/currency.ts';
import {
  add,
  compare,
  type Decimal,
  decimal,
  multiply,
  negate,
  subtract,
  ZERO,
} from '@gatehouse/shared/values/decimal.ts';
import { addMs, type Instant, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { type Book, createBook } from '../engine/book.ts';
import { fromWireBody, type WireBody } from '../engine/entry-wire.ts';
import { createOrderDesk, type OrderDesk } from '../engine/order-desk.ts';
import { deskOrder } from '../engine/orders/desk-fixture.ts';
import { type ManualTime, manualTime } from '../engine/orders/manual-time-fixture.ts';
import { createRecorder, type Recorder } from '../engine/recorder.ts';
import { SP500_INDEX } from '../feeds/sp500.ts';
import type { VenueAccount, VenueExecution, VenueFill, VenueOpenOrder, VenueOrder } from '../venues/venue.ts';
import type { ConfirmedMark } from './confirmed-mark.ts';
import type { ReconciliationDeps } from './open-reconciliation.ts';
import type { ReconcileRecord } from './reconcile-record.ts';
import {
  createReconciler,
  type Reconciler,
  type ReconcilerDeps,
  type RunReason,
  type RunReport,
} from './reconciler.ts';

/** When every test begins. */
export const BEGIN = parseInstant('2026-03-02T15:00:00Z');
/** What all trades of these tests are in, and where. */
export const TRADED = deskOrder().instrument;
export const PLACE = { venue: deskOrder().venue, account: deskOrder().account };
export const USD: Currency = currency('USD');

const DEPOSIT = decimal('100000');

/** A trade at the venue's account. Shape: without `order` it is nobody's that we know. */
export interface AccountTrade {
  readonly id: string;
  readonly order?: string;
  readonly side?: 'buy' | 'sell';
  readonly quantity?: string;
  readonly price?: string;
  readonly fee?: string;
  /** Units: milliseconds after the beginning. */
  readonly afterMs?: number;
}

/** An account at a venue that keeps exact books of its own. */
export class AccountVenue {
  readonly orders = new Map<string, VenueOpenOrder>();
  readonly executed: VenueExecution[] = [];
  readonly asked: Instant[] = [];
  isSpot = false;
  /** What the venue says of orders that it lists no more. */
  readonly ended = new Map<string, VenueOrder>();
  /** What the next answers are: the books, nothing at all, or a failure. */
  answers: 'books' | 'silence' | Error = 'books';
  position: Decimal = ZERO;
  cash: Decimal = DEPOSIT;
  readonly #now: () => Instant;

  constructor(now: () => Instant) {
    this.#now = now;
  }

  place(order: string | undefined, venueOrder: string, size = '10'): void {
    const whole = {
      order,
      venueOrder,
      instrument: TRADED,
      side: 'buy' as const,
      quantity: decimal(size),
      filled: ZERO,
    };
    this.orders.set(venueOrder, whole);
  }

  trade({
    id,
    order,
    side = 'buy',
    quantity: size = '3',
    price: at = '100',
    fee = '0.3',
    afterMs = 0,
  }: AccountTrade): VenueFill {
    const fill: VenueFill = {
      id,
      at: addMs(BEGIN, afterMs),
      quantity: quantity(size),
      price: price(at),
      fee: decimal(fee),
    };
    const venueOrder = `V-${order ?? 'hand'}`;
    this.executed.push({ order, venueOrder, instrument: TRADED, side, fill });
    const signed = side === 'buy' ? fill.quantity : negate(fill.quantity);
    this.position = add(this.position, signed);
    this.cash = subtract(subtract(this.cash, multiply(signed, fill.price)), fill.fee);
    const open = this.orders.get(venueOrder);
    if (open === undefined) return fill;
    const filled = add(open.filled, fill.quantity);
    if (compare(filled, open.quantity) >= 0) this.orders.delete(venueOrder);
    else this.orders.set(venueOrder, { ...open, filled });
    return fill;
  }

  executions(since: Instant): Promise<readonly VenueExecution[]> {
    this.asked.push(since);
    return this.#answer(() => this.executed.filter(({ fill }) => fill.at >= since));
  }

  query(order: string): Promise<VenueOrder> {
    return this.#answer(() => this.ended.get(order) ?? { state: 'not-found', fills: [] });
  }

  account(): Promise<VenueAccount> {
    return this.#answer(() => {
      const cash = { asset: USD, total: this.cash, inOrders: ZERO };
      const books = { at: this.#now(), orders: [...this.orders.values()] };
      if (!this.isSpot)
        return { ...books, balances: [cash], positions: [{ instrument: TRADED, quantity: this.position }] };
      return { ...books, balances: [cash, { asset: 'IDX', total: this.position, inOrders: ZERO }] };
    });
  }

  async #answer<T>(books: () => T): Promise<T> {
    if (this.answers instanceof Error) throw this.answers;
    if (this.answers === 'silence') return new Promise(() => {});
    return books();
  }
}

/** A journal, its books, the desk that books reports, and a venue to compare with. */
export interface Bench {
  readonly time: ManualTime;
  readonly now: () => Instant;
  readonly venue: AccountVenue;
  readonly book: Book;
  readonly record: ReconcileRecord;
  readonly recorder: Recorder;
  readonly reconciler: Reconciler;
  readonly deps: ReconcilerDeps;
  readonly failures: unknown[];
  readonly entries: readonly WireBody[];
  /** Puts an order on record as sent and working, and at the venue as well. */
  work(id: string): void;
  /** A report of the venue that arrives by itself. */
  report(order: string, fill: VenueFill, isLast?: boolean): void;
  /** A run with all the time that it needs. */
  run(reason?: RunReason): Promise<RunReport>;
  bodies<Kind extends EntryKind>(kind: Kind): readonly Extract<EntryBody, { kind: Kind }>['body'][];
}

/** What a bench goes on from. */
export interface BenchRequest {
  readonly past?: Bench;
  readonly mark?: ConfirmedMark;
  readonly deps?: Partial<ReconcilerDeps>;
}

/** A mark in memory. */
export function memoryMark(start?: Instant): ConfirmedMark {
  let at = start;
  return {
    read: () => at,
    write: async (next) => {
      at = next;
    },
  };
}

const RUN_MS_MAX = 60_000;

/** Starts on an empty journal with a deposit, or on what a process before left; the venue's account lives on. */
export function bench({ past, mark = memoryMark(), deps: changes = {} }: BenchRequest = {}): Bench {
  const books = openBooks(past);
  const { time, now, venue, book, recorder, desk, entries } = books;
  const record = book.reconciliation;
  const failures: unknown[] = [];
  const deps: ReconcilerDeps = {
    ...PLACE,
    book,
    record,
    terms: () => ({ currency: USD, asset: venue.isSpot ? 'IDX' : undefined }),
    connection: venue,
    recorder,
    hear: (event) => desk.hear(event),
    settle: (id, answer) => {
      const known = book.order(id);
      if (known !== undefined) desk.settle(known, answer);
    },
    mark,
    clock: { now },
    monotonicMs: time.monotonicMs,
    sleep: time.sleep,
    onFailure: (cause) => void failures.push(cause),
    ...changes,
  };
  const reconciler = createReconciler(deps);
  return {
    ...books,
    record,
    reconciler,
    deps,
    failures,
    work: (id) => work(books, id),
    report: (order, fill, isLast = false) => {
      desk.hear({ kind: 'filled', order, at: fill.at, fill, isLast });
      recorder.flush();
    },
    run: async (reason = 'asked') => {
      const running = reconciler.run(reason);
      let isOver = false;
      const done = (): void => {
        isOver = true;
      };
      running.then(done, done);
      const endsMs = time.monotonicMs() + RUN_MS_MAX;
      await time.settle();
      while (!isOver && time.monotonicMs() < endsMs) await time.advance(500);
      return running;
    },
    bodies: (kind) => readBack(entries).flatMap((entry) => (entry.kind === kind ? [entry.body as never] : [])),
  };
}

/** What the reconciliation of an edge is opened with, over the books of a bench. */
export function openingOf({ book, recorder, venue, deps }: Bench, root: string): ReconciliationDeps {
  const { hear, settle, clock, monotonicMs, sleep, onFailure } = deps;
  let count = 0;
  return {
    ...{ root, book, recorder, venue, hear, settle, clock, monotonicMs, sleep, onFailure },
    journal: { durable: async () => {} },
    connector: {},
    settings: { periodMs: 'this is of the connector' },
    instrument: SP500_INDEX,
    account: PLACE.account,
    newId: (prefix) => {
      count += 1;
      return `${prefix}${count}`;
    },
  };
}

type Books = Pick<Bench, 'time' | 'now' | 'venue' | 'book' | 'recorder' | 'entries'> & { readonly desk: OrderDesk };

function openBooks(past: Bench | undefined): Books {
  const time = past?.time ?? manualTime();
  const now = (): Instant => addMs(BEGIN, time.monotonicMs());
  const venue = past?.venue ?? new AccountVenue(now);
  const book = createBook({ multiplierOf: () => decimal('1') });
  const entries: WireBody[] = [...(past?.entries ?? [])];
  for (const entry of readBack(entries)) book.fold(entry, BEGIN);
  const journal = {
    append: (group: readonly WireBody[]): void => void entries.push(...group),
    get head() {
      return { seq: entries.length } as never;
    },
  };
  const recorder = createRecorder({ book, journal: journal as never, clock: { now } });
  const desk = createOrderDesk({ book, recorder, venue: { submit: () => {} }, maySend: () => true, onLate: () => {} });
  if (past === undefined) {
    const deposit = { account: PLACE.account, currency: USD, amount: DEPOSIT, reason: 'deposit' as const };
    recorder.stage({ kind: 'cash', body: { v: 1, ...deposit, at: BEGIN, note: 'A deposit.' } });
    recorder.flush();
  }
  return { time, now, venue, book, recorder, entries, desk };
}

function work({ recorder, venue, now }: Books, id: string): void {
  const order = deskOrder({ id, decidedAt: now(), quantity: asQuantity(decimal('10')) });
  recorder.stage({ kind: 'intent', body: { v: 1, order } });
  for (const state of ['approved', 'sent', 'working'] as const) {
    const named = state === 'working' ? { venueOrder: `V-${id}` } : {};
    recorder.stage({ kind: 'order', body: { v: 1, order: id, state, at: now(), ...named } });
  }
  recorder.flush();
  venue.place(id, `V-${id}`);
}

function readBack(entries: readonly WireBody[]): readonly EntryBody[] {
  return entries.flatMap(({ kind, body }) => fromWireBody(kind, body) ?? []);
}
