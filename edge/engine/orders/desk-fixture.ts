import { controls } from '@gatehouse/compliance/controls/index.ts';
import { decisionBody } from '@gatehouse/compliance/decision-body.ts';
import { exampleLine, exampleSheet } from '@gatehouse/compliance/examples/sheet.ts';
import { NO_FILES } from '@gatehouse/compliance/fact-files.ts';
import { decide } from '@gatehouse/compliance/gate.ts';
import { compileRules } from '@gatehouse/compliance/rule-set.ts';
import type { bodySchemas, EntryBody, EntryKind, OrderState } from '@gatehouse/shared/schema/bodies.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { price, quantity } from '@gatehouse/shared/values/amounts.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { addMs, dayOf, type Instant, parseInstant } from '@gatehouse/shared/values/instant.ts';
import type { z } from 'zod';
import { SP500_INDEX } from '../../feeds/sp500.ts';
import type { Capabilities } from '../../venues/define-connector.ts';
import { type Book, type BookOrder, createBook } from '../book.ts';
import { DEMO_IDENTITY } from '../demo-account.ts';
import { fromWireBody, type WireBody } from '../entry-wire.ts';
import { createOrderDesk, type OrderDesk } from '../order-desk.ts';
import { createRecorder } from '../recorder.ts';
import { type FaultVenue, PLAIN } from './fault-venue-fixture.ts';
import type { HandOverMarks } from './hand-over-marks.ts';
import type { OrderLifeLimits } from './limits.ts';
import type { ManualTime } from './manual-time-fixture.ts';
import type { PriceSeen } from './triggers.ts';

/** When every order of these tests is decided, unless it says otherwise. */
export const DECIDED_AT = parseInstant('2026-03-02T15:00:00Z');

const registry = controls.filter(({ id }) => id === 'max-order-quantity');
const sheet = exampleSheet({
  legalEntity: DEMO_IDENTITY.legalEntity,
  accounts: [DEMO_IDENTITY.account],
  controls: [exampleLine('max-order-quantity', { quantityMax: '100' }, 'firm')],
});
/** What the gate of these tests judges by. */
export const rules = compileRules({ controls: registry, sheet, sheetHash: '0'.repeat(64) });

/** An order to buy ten at the market of the test's venue, with changes. */
export function deskOrder(changes: Partial<Order> = {}): Order {
  const side = changes.side ?? 'buy';
  return {
    id: 'O-1',
    ...DEMO_IDENTITY,
    algorithm: { id: 'ema-cross', version: '1.0.0' },
    instrument: SP500_INDEX.id,
    venue: SP500_INDEX.venue,
    side,
    shortSaleMark: side === 'buy' ? 'not-a-sale' : 'short',
    type: changes.limitPrice === undefined ? 'market' : 'limit',
    timeInForce: 'gtc',
    quantity: quantity('10'),
    currency: SP500_INDEX.currency,
    decidedAt: DECIDED_AT,
    clock: { source: 'bars', offsetNs: '0', uncertaintyNs: '0' },
    ...changes,
  };
}

/** One price, so many milliseconds after the decision. */
export function tick(at: string, afterMs = 1_000, changes: Partial<PriceSeen> = {}): PriceSeen {
  const when = addMs(DECIDED_AT, afterMs);
  const all = price(at);
  const times = { openAt: when, closeAt: when, day: dayOf(when), endsDay: false };
  return { instrument: SP500_INDEX.id, ...times, open: all, high: all, low: all, close: all, ...changes };
}

/** A desk with its book and its records, in front of a venue of the test. */
export interface DeskRun {
  readonly desk: OrderDesk;
  readonly book: Book;
  /** Everything that was flushed, as it lies in the journal. */
  readonly records: readonly WireBody[];
  /** Has the gate judge an order and sends it; false where it was refused. */
  propose(order: Order): boolean;
  stateOf(id: string): OrderState | undefined;
  /** The states that an order went through after its decision. */
  pathOf(id: string): readonly OrderState[];
  incidents(): readonly string[];
  entries<Kind extends EntryKind>(kind: Kind): readonly BodyOf<Kind>[];
  flush(): void;
}

type BodyOf<Kind extends EntryKind> = z.output<(typeof bodySchemas)[Kind]>;

/** What a desk of a test starts from. */
export interface DeskRequest {
  readonly venue: FaultVenue;
  readonly time: ManualTime;
  readonly past?: readonly WireBody[];
  readonly capabilities?: Partial<Capabilities>;
  /** All capabilities, in place of those of the plain venue with changes. */
  readonly whole?: Capabilities;
  readonly limits?: Partial<OrderLifeLimits>;
  readonly maySend?: () => boolean;
  readonly canReach?: (known: BookOrder) => boolean;
  readonly marks?: HandOverMarks;
  /** While it says so, nothing that the desk makes can be judged. */
  readonly isRefusing?: () => boolean;
}

/** Starts a desk on what a process before it left. */
export function startDesk(request: DeskRequest): DeskRun {
  const { venue, time, past = [], maySend = () => true } = request;
  const book = createBook({ multiplierOf: () => SP500_INDEX.multiplier });
  const clock = manualClock(DECIDED_AT);
  const records: WireBody[] = [...past];
  for (const entry of entriesIn(past)) book.fold(entry, DECIDED_AT);
  const head = (): { readonly seq: number } => ({ seq: records.length });
  const journal = {
    append: (group: readonly WireBody[]): void => void records.push(...group),
    get head() {
      return head() as never;
    },
  };
  const recorder = createRecorder({ book, journal: journal as never, clock });

  function propose(order: Order): boolean {
    const facts = { now: order.decidedAt, wallAt: order.decidedAt, day: dayOf(order.decidedAt), files: NO_FILES.hash };
    const decision = decide({ order, facts, files: NO_FILES, own: book.own, rules });
    recorder.stage({ kind: 'intent', body: { v: 1, order } });
    recorder.stage({ kind: 'decision', body: decisionBody(decision) });
    recorder.flush();
    if (decision.approval === undefined) return false;
    desk.send(decision.approval);
    recorder.flush();
    return true;
  }

  const desk: OrderDesk = createOrderDesk({
    book,
    recorder,
    venue,
    maySend,
    onLate: () => void recorder.flush(),
    ...(request.canReach === undefined ? {} : { canReach: request.canReach }),
    ...(request.marks === undefined ? {} : { marks: request.marks }),
    life: {
      venue,
      ...time,
      tick: SP500_INDEX.tick,
      capabilities: request.whole ?? { ...PLAIN, canAmend: venue.amend !== undefined, ...request.capabilities },
      ...(request.limits === undefined ? {} : { limits: request.limits }),
      submit: (order) => request.isRefusing?.() !== true && propose(order),
    },
  });
  venue.listener = (event) => {
    desk.hear(event);
    recorder.flush();
  };
  return {
    desk,
    book,
    records,
    propose,
    stateOf: (id) => (book.order(id) ?? book.ended(id))?.state,
    pathOf: (id) => bodiesOf(records, 'order').flatMap(({ order, state }) => (order === id ? [state] : [])),
    incidents: () => bodiesOf(records, 'incident').map(({ code }) => code),
    entries: (kind) => bodiesOf(records, kind),
    flush: () => void recorder.flush(),
  };
}

/** The times of a test that move on with its clock. */
export function later(ms: number): Instant {
  return addMs(DECIDED_AT, ms);
}

function entriesIn(records: readonly WireBody[]): readonly EntryBody[] {
  return records.flatMap(({ kind, body }) => fromWireBody(kind, body) ?? []);
}

function bodiesOf<Kind extends EntryKind>(records: readonly WireBody[], kind: Kind): readonly BodyOf<Kind>[] {
  return entriesIn(records.filter((record) => record.kind === kind)).map(({ body }) => body as BodyOf<Kind>);
}
