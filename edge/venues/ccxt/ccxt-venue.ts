import { type ApprovedOrder, isApproved } from '@gatehouse/compliance/gate.ts';
import { assert, describeError, KitError } from '@gatehouse/shared/errors.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { ClockReading } from '@gatehouse/shared/values/clock.ts';
import { add } from '@gatehouse/shared/values/decimal.ts';
import { fromMillis, type Instant, toMillis } from '@gatehouse/shared/values/instant.ts';
import type { ConnectorDeps, ConnectorServices, VenueSecret } from '../define-connector.ts';
import type { Venue, VenueAccount, VenueEvent, VenueExecution, VenueOrder } from '../venue.ts';
import { type CatchUp, createCatchUp } from './catch-up.ts';
import { changedByCcxt } from './ccxt-precision.ts';
import { type ClientIds, createClientIds } from './client-ids.ts';
import { Connection } from './connection.ts';
import { BINANCE_CODES } from './error-map.ts';
import { type CurrencyOf, currencyBook, fillOfTrade } from './fills.ts';
import { createJobQueue, type JobQueue } from './job-queue.ts';
import { orderFaults } from './market-rules.ts';
import { orderForm } from './order-form.ts';
import { type FoundOrder, ORDER_STATES, OrderTracker } from './order-tracker.ts';
import { RestFailure } from './rest.ts';
import type { CcxtSettings } from './settings.ts';
import { answers, type OrderAnswer, readExecutionReport } from './wire-forms.ts';

/** How long after the last moment at which the exchange could take an order it may still not show it. */
const SETTLING_MS = 1_000;
const ASK_AGAIN_MS = 250;
const SENT_MAX = 20_000;
/** With nothing open, every so many sweeps are enough to see that the exchange still answers. */
const IDLE_SWEEPS = 4;

/** What the venue needs of what a connector is given. */
export interface CcxtVenueDeps {
  readonly deps: ConnectorDeps;
  readonly settings: CcxtSettings;
  readonly services: ConnectorServices;
  readonly secret: () => VenueSecret;
}

/**
 * Binance's spot exchange through ccxt.
 *
 * Shape: what happened is told from the user's own stream alone; the answers to requests resolve them and are no events. What the stream
 *        may have missed is asked for before the link counts as up, and again on a timer.
 */
export class CcxtVenue implements Venue {
  readonly #given: ConnectorDeps;
  readonly #settings: CcxtSettings;
  readonly #connection: Connection;
  readonly #ids: ClientIds = createClientIds();
  readonly #currencyOf: CurrencyOf;
  readonly #tracker: OrderTracker;
  readonly #catchUp: CatchUp;
  readonly #jobs: JobQueue;
  /** Orders that may still be on their way, and until when by the exchange's clock. Units: milliseconds since 1970. */
  readonly #onTheirWay = new Map<string, number>();
  /** Orders of an earlier session on another pair, which this connection cannot ask for, with their instruments. */
  readonly #elsewhere: ReadonlyMap<string, string>;
  #sweeps = 0;

  constructor({ deps, settings, services, secret }: CcxtVenueDeps) {
    this.#given = deps;
    this.#settings = settings;
    this.#currencyOf = currencyBook(settings.currencies);
    this.#connection = new Connection({
      settings,
      services,
      secret,
      onLink: (state, reason) => this.#tell({ kind: 'link', state, at: services.clock.now(), reason }),
      onMessage: (stream, message) => {
        if (typeof message['E'] === 'number') this.#connection.time.see(message['E']);
        if (stream === 'user') this.#hear(message);
      },
      onConnected: () => this.#jobs.run(() => this.#connected()),
      onSweep: () => this.#sweep(),
    });
    this.#jobs = createJobQueue((error) => this.#connection.restart(describeError(error)));
    const { questions, symbolId } = this.#connection;
    this.#elsewhere = new Map(
      deps.working.flatMap(({ order: { id, instrument } }) =>
        instrument === deps.instrument.id ? [] : [[id, instrument] as const],
      ),
    );
    this.#tracker = new OrderTracker({
      ids: this.#ids,
      working: deps.working.filter(({ order }) => order.instrument === deps.instrument.id),
      currencyOf: this.#currencyOf,
      listener: (event) => this.#tell(event),
      fillsOf: async (id) => (await questions.tradesOf(id)).map((trade) => fillOfTrade(trade, this.#currencyOf)),
      log: services.log,
    });
    this.#catchUp = createCatchUp({
      questions,
      tracker: this.#tracker,
      ids: this.#ids,
      currencyOf: this.#currencyOf,
      instrument: deps.instrument.id,
      symbolId,
      serverMs: () => this.#connection.serverMs(),
    });
  }

  open(): Promise<void> {
    return this.#connection.open();
  }

  async submit(approved: ApprovedOrder): Promise<void> {
    assert(isApproved(approved), 'an order reached the venue that the gate did not approve');
    const { order } = approved;
    const { state } = this.#connection;
    this.#requireOpen();
    if (state !== 'up') throw unreachable(`the link is ${state}`);
    const parameters = this.#parametersOf(order);
    // An id is sent once in the life of this process, whatever became of it; the exchange would take it again after its end.
    if (!this.#tracker.begin(order.id, order.quantity)) return;
    this.#onTheirWay.set(order.id, Number.POSITIVE_INFINITY);
    try {
      const placed = await this.#connection.rest.call({
        method: 'privatePostOrder',
        parameters,
        cost: { urgency: 'order', weight: 1, orders: 1 },
        answer: answers.placed,
        mayStillGo: () => this.#given.mayStillGo?.(approved) ?? true,
      });
      this.#catchUp.learn(placed.orderId, placed.clientOrderId);
      this.#expectUntil(order.id, SETTLING_MS);
    } catch (error) {
      this.#notPlaced(order.id, error);
      throw error;
    }
  }

  async cancel(order: string): Promise<void> {
    this.#requireOpen();
    const clientId = this.#ids.of(order);
    try {
      await this.#connection.rest.call({
        method: 'privateDeleteOrder',
        parameters: { symbol: this.#connection.symbolId, origClientOrderId: clientId },
        cost: { urgency: 'cancel', weight: 1 },
        answer: answers.anything,
      });
    } catch (error) {
      if (!isCode(error, BINANCE_CODES.cancelRejected)) throw error;
      await this.#afterRefusedCancel(order, clientId, error as RestFailure);
    }
  }

  async cancelAll(): Promise<void> {
    if (this.#connection.isClosed) return;
    try {
      await this.#connection.rest.call({
        method: 'privateDeleteOpenOrders',
        parameters: { symbol: this.#connection.symbolId },
        cost: { urgency: 'cancel', weight: 1 },
        answer: answers.anything,
      });
    } catch (error) {
      // The exchange's word for nothing to cancel.
      if (!isCode(error, BINANCE_CODES.cancelRejected)) throw error;
    }
  }

  async query(order: string): Promise<VenueOrder> {
    this.#requireOpen();
    this.#requireHere(order);
    const { questions } = this.#connection;
    let answer: OrderAnswer | undefined;
    try {
      answer = await this.#findOrder(order);
    } catch (error) {
      // The exchange's word for an order that ended long ago without any execution.
      if (isCode(error, BINANCE_CODES.archived)) return { state: 'cancelled', fills: [] };
      throw error;
    }
    if (answer === undefined) {
      if (this.#tracker.isHeardOf(order) && this.#tracker.venueOrderOf(order) !== undefined) {
        throw new KitError('VENUE_SILENT', `the exchange has reported order ${order} and now does not find it`, {
          hint: 'It is asked again; compare with the exchange’s own page if this stays.',
        });
      }
      return { state: 'not-found', fills: [] };
    }
    const state = ORDER_STATES[answer.status];
    if (state === undefined)
      throw new KitError('VENUE_SILENT', `order ${order} is in the unknown state ${answer.status}`);
    const hasFills = answer.executedQty.units !== 0n;
    const fills = hasFills
      ? (await questions.tradesOf(answer.orderId)).map((trade) => fillOfTrade(trade, this.#currencyOf))
      : [];
    return { state, venueOrder: answer.orderId, filled: answer.executedQty, fills };
  }

  async account(): Promise<VenueAccount> {
    this.#requireOpen();
    const { questions, symbolId, time } = this.#connection;
    const open = await questions.openOrders('account');
    const { balances } = await questions.account();
    return {
      at: time.now(),
      orders: open.map((answer) => ({
        order: answer.symbol === symbolId ? this.#ids.toOurs(answer.clientOrderId) : undefined,
        venueOrder: answer.orderId,
        instrument: answer.symbol === symbolId ? this.#given.instrument.id : undefined,
        side: answer.side,
        quantity: answer.origQty,
        filled: answer.executedQty,
      })),
      balances: balances.flatMap(({ asset, free, locked }) =>
        free.units === 0n && locked.units === 0n ? [] : [{ asset, total: add(free, locked), inOrders: locked }],
      ),
    };
  }

  async executions(since: Instant): Promise<readonly VenueExecution[]> {
    this.#requireOpen();
    return await this.#catchUp.executionsSince(toMillis(since));
  }

  /** What the exchange's clock says against ours; nothing before it was measured. */
  clock(): ClockReading | undefined {
    return this.#connection.time.reading();
  }

  close(): void {
    this.#connection.close();
  }

  #parametersOf(order: Order): Readonly<Record<string, string>> {
    const { rules, symbolId, exchange } = this.#connection;
    if (rules === undefined || exchange === undefined) throw unreachable('the exchange’s rules are not known yet');
    const form = orderForm(order);
    const isElsewhere = order.instrument !== this.#given.instrument.id;
    const faults = [
      ...(isElsewhere ? [`the connection is for ${this.#given.instrument.id}, not for ${order.instrument}`] : []),
      ...('fault' in form
        ? [form.fault]
        : [...orderFaults(order, form, rules), ...changedByCcxt(exchange, this.#settings.symbol, order)]),
    ];
    if (faults.length > 0 || 'fault' in form) {
      throw new KitError('VENUE_REFUSED', `order ${order.id}: ${faults.join('; ')}`, {
        hint: 'Nothing was sent: the exchange would refuse the order or change it.',
        problems: faults,
      });
    }
    return { symbol: symbolId, newClientOrderId: this.#ids.of(order.id), newOrderRespType: 'ACK', ...form.parameters };
  }

  #notPlaced(order: string, error: unknown): void {
    const code = error instanceof KitError ? error.code : undefined;
    if (code === 'VENUE_SILENT') {
      this.#expectUntil(order, this.#settings.recvWindowMs + SETTLING_MS);
      return;
    }
    this.#onTheirWay.delete(order);
    if (code === 'VENUE_REFUSED') this.#tracker.refuse(order);
    else this.#tracker.forget(order);
  }

  /** Questions are answered from a copy that runs a little behind, so even an order that was taken may not be found at once. */
  #expectUntil(order: string, ms: number): void {
    this.#onTheirWay.delete(order);
    this.#onTheirWay.set(order, this.#connection.serverMs() + ms);
    const [oldest] = this.#onTheirWay.keys();
    if (this.#onTheirWay.size > SENT_MAX && oldest !== undefined) this.#onTheirWay.delete(oldest);
  }

  async #afterRefusedCancel(order: string, clientId: string, failure: RestFailure): Promise<void> {
    const answer = await this.#connection.questions.order({ clientId });
    if (answer === undefined) throw failure;
    const found = this.#foundOf(order, answer);
    if (found.state === 'working' || found.state === 'part-filled') {
      const reason = `The exchange kept the order: ${failure.message}.`;
      this.#tell({ kind: 'kept', order, at: found.at, reason });
      return;
    }
    // It ended before the cancel came; the stream says the same or has said it already.
    this.#jobs.add(() => this.#tracker.found(found, 'It had ended before the cancel came.'));
  }

  #foundOf(order: string, answer: OrderAnswer): FoundOrder {
    const { orderId, status, origQty, executedQty, updateTime } = answer;
    const at = fromMillis(updateTime ?? this.#connection.serverMs());
    return {
      order,
      venueOrder: orderId,
      state: ORDER_STATES[status] ?? 'working',
      quantity: origQty,
      filled: executedQty,
      at,
    };
  }

  /**
   * Asks for an order by its client id.
   *
   * Shape: one that was sent and not answered may reach the exchange as long as its signature counts, so that its absence means
   *        nothing before that time is over; the question is repeated until then.
   */
  async #findOrder(order: string): Promise<OrderAnswer | undefined> {
    const clientId = this.#ids.of(order);
    for (;;) {
      const askedMs = this.#connection.serverMs();
      const answer = await this.#connection.questions.order({ clientId });
      const until = this.#onTheirWay.get(order);
      if (answer !== undefined || until === undefined || askedMs > until) {
        this.#onTheirWay.delete(order);
        return answer;
      }
      await this.#connection.pause(ASK_AGAIN_MS);
      this.#requireOpen();
    }
  }

  #hear(message: Readonly<Record<string, unknown>>): void {
    if (message['e'] !== 'executionReport' || message['s'] !== this.#connection.symbolId) return;
    this.#jobs.add(async () => {
      const report = readExecutionReport(message);
      this.#catchUp.learn(
        report.i,
        report.C === undefined || report.C === null || report.C === '' ? report.c : report.C,
      );
      await this.#tracker.report(report);
    });
  }

  async #connected(): Promise<void> {
    const { rules } = this.#connection;
    // A fee in something that cannot be booked is found before the first order and not with the first fill.
    for (const asset of [rules?.base, rules?.quote, 'BNB']) if (asset !== undefined) this.#currencyOf(asset);
    await this.#catchUp.run();
  }

  async #sweep(): Promise<void> {
    this.#sweeps += 1;
    const isDue = this.#tracker.open().length > 0 || this.#sweeps % IDLE_SWEEPS === 0;
    if (isDue) await this.#jobs.run(() => this.#catchUp.run());
  }

  #tell(event: VenueEvent): void {
    try {
      this.#given.listener(event);
    } catch (error) {
      // A fault of the edge itself is no fault of the link: it ends the process as any other of ours.
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  /** The exchange finds an order by its pair, so that asking with another one would call it unknown while it stands. */
  #requireHere(order: string): void {
    const instrument = this.#elsewhere.get(order);
    if (instrument === undefined) return;
    const here = this.#given.instrument.id;
    throw new KitError('VENUE_SILENT', `order ${order} is of ${instrument}, and this connection is for ${here}`, {
      hint: 'Start the edge once more with the session of that instrument, or look the order up at the exchange.',
    });
  }

  #requireOpen(): void {
    if (this.#connection.isClosed) throw unreachable('the connection is closed');
  }
}

function isCode(error: unknown, code: number): boolean {
  return error instanceof RestFailure && error.exchangeCode === code;
}

function unreachable(why: string): KitError {
  return new KitError('VENUE_UNREACHABLE', `not sent: ${why}`, {
    hint: 'Nothing left this machine; the connector goes on by itself.',
  });
}
