import { type ApprovedOrder, isApproved } from '@gatehouse/compliance/gate.ts';
import { assert, KitError } from '@gatehouse/shared/errors.ts';
import type { Bar } from '@gatehouse/shared/market/bar.ts';
import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { asQuantity } from '@gatehouse/shared/values/amounts.ts';
import { isZero, subtract, toText, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { type Instant, instant } from '@gatehouse/shared/values/instant.ts';
import { type ConnectorDeps, defineConnector, type WorkingOrder } from './define-connector.ts';
import { type Execution, executionPrice, feeOf, isOnTick } from './sim-prices.ts';
import type { Venue, VenueAccount, VenueExecution, VenueFill, VenueOrder } from './venue.ts';

/** The venue remembers so many orders that are done, up to twice as many; older ones are answered with `not-found`. */
const SIM_DONE_MAX = 10_000;

/** A venue in our own process that fills orders on bars, only ever at prices from after the decision. */
export const sim = defineConnector({
  id: 'sim',
  title: 'Simulated venue on bars',
  venues: ['SIM'],
  environment: 'paper',
  capabilities: {
    orderTypes: ['market', 'limit'],
    timesInForce: ['day', 'gtc'],
    auctions: [],
    groups: [],
    canAmend: false,
    canPostOnly: false,
    canReduceOnly: false,
    canShowPart: false,
  },
  exemptions: {},
  fillRules: describeFillRules,
  connect: connectSim,
});

function describeFillRules({ instrument, feeBps }: Pick<ConnectorDeps, 'instrument' | 'feeBps'>): readonly string[] {
  return [
    'A market order fills whole at the open of the first bar that opens after its decision.',
    'A limit order fills whole on the first later bar whose range reaches its limit: at the limit, or at the open where that is better.',
    'A day order belongs to the session of the first bar that opens after its decision and expires with the close of that day.',
    `Prices are moved to the tick of ${toText(instrument.tick)} against the trader.`,
    `The fee is ${toText(feeBps)} bps of the value of a fill, rounded up to a hundredth of the currency.`,
    'Volume is not looked at: an order of any size fills whole and moves no price.',
  ];
}

const EPOCH = instant(0n);

interface Resting extends WorkingOrder {
  /** The session day on which a day order ends; unknown until the first bar after its entry. */
  readonly day: string | undefined;
}

interface Ending {
  readonly kind: 'cancelled' | 'expired' | 'rejected';
  readonly reason: string;
}

function connectSim(deps: ConnectorDeps): Venue {
  return new SimVenue(deps);
}

class SimVenue implements Venue {
  readonly #deps: ConnectorDeps;
  readonly #resting: Map<string, Resting>;
  readonly #done = new Map<string, VenueOrder>();
  #lastBar: Bar | undefined;
  #isClosed = false;
  #executed: VenueExecution[] = [];

  constructor(deps: ConnectorDeps) {
    this.#deps = deps;
    this.#resting = new Map(deps.working.map((working) => [working.order.id, { ...working, day: undefined }]));
  }

  submit(approved: ApprovedOrder): void {
    assert(isApproved(approved), 'an order reached the venue that the gate did not approve');
    this.#requireOpen();
    const { order } = approved;
    if (this.#resting.has(order.id) || this.#done.has(order.id)) return;
    const reason = faultOf(order, this.#deps.instrument);
    if (reason !== undefined) {
      this.#end(order, order.decidedAt, { kind: 'rejected', reason });
      return;
    }
    this.#resting.set(order.id, { order, filled: ZERO, day: undefined });
    this.#deps.listener({ kind: 'accepted', order: order.id, at: order.decidedAt, venueOrder: venueIdOf(order) });
  }

  cancel(id: string): void {
    this.#requireOpen();
    const rest = this.#resting.get(id);
    if (rest === undefined) return;
    const { decidedAt } = rest.order;
    const at = this.#lastBar !== undefined && this.#lastBar.closeAt > decidedAt ? this.#lastBar.closeAt : decidedAt;
    this.#end(rest.order, at, { kind: 'cancelled', reason: 'Cancelled on request.' });
  }

  cancelAll(): void {
    for (const id of [...this.#resting.keys()]) this.cancel(id);
  }

  query(id: string): VenueOrder {
    this.#requireOpen();
    const rest = this.#resting.get(id);
    if (rest === undefined) return this.#done.get(id) ?? { state: 'not-found', fills: [] };
    const state = isZero(rest.filled) ? 'working' : 'part-filled';
    return { state, venueOrder: venueIdOf(rest.order), fills: [] };
  }

  account(): VenueAccount {
    this.#requireOpen();
    const orders = [...this.#resting.values()].map(({ order, filled }) => {
      const { id, instrument, side, quantity } = order;
      return { order: id, venueOrder: venueIdOf(order), instrument, side, quantity, filled };
    });
    return { at: this.#lastBar?.closeAt ?? EPOCH, orders, balances: [] };
  }

  executions(since: Instant): readonly VenueExecution[] {
    this.#requireOpen();
    return this.#executed.filter(({ fill }) => fill.at >= since);
  }

  onBar(bar: Bar): void {
    // A bar that was seen already can fill nothing again.
    if (this.#isClosed || (this.#lastBar !== undefined && bar.index <= this.#lastBar.index)) return;
    this.#lastBar = bar;
    if (this.#resting.size === 0) return;
    for (const rest of [...this.#resting.values()]) this.#match(rest, bar);
  }

  close(): void {
    this.#isClosed = true;
  }

  #match(rest: Resting, bar: Bar): void {
    const { order } = rest;
    // What an earlier run left in another instrument waits for prices of its own.
    if (order.instrument !== bar.instrument || bar.openAt <= order.decidedAt) return;
    const day = rest.day ?? bar.day;
    if (rest.day === undefined) this.#resting.set(order.id, { ...rest, day });
    const execution = executionPrice(order, bar, this.#deps.instrument.tick);
    if (execution !== undefined) {
      this.#fill(rest, execution);
      return;
    }
    const endsNow = order.timeInForce === 'day' && bar.endsDay && bar.day === day;
    if (!endsNow) return;
    this.#end(order, bar.closeAt, { kind: 'expired', reason: `The session of ${bar.day} ended untouched.` });
  }

  #fill({ order, filled }: Resting, { price, at }: Execution): void {
    const quantity = asQuantity(subtract(order.quantity, filled));
    const fee = feeOf({ price, quantity }, this.#deps);
    const fill: VenueFill = { id: `${order.id}-f${isZero(filled) ? 1 : 2}`, at, quantity, price, fee };
    const { id, instrument, side } = order;
    this.#executed.push({ order: id, venueOrder: venueIdOf(order), instrument, side, fill });
    if (this.#executed.length >= 2 * SIM_DONE_MAX) this.#executed = this.#executed.slice(-SIM_DONE_MAX);
    this.#remember(order.id, { state: 'filled', venueOrder: venueIdOf(order), fills: [fill] });
    this.#deps.listener({ kind: 'filled', order: order.id, at, fill, isLast: true });
  }

  #end(order: Order, at: Instant, { kind, reason }: Ending): void {
    this.#remember(order.id, { state: kind, fills: [] });
    this.#deps.listener({ kind, reason, order: order.id, at });
  }

  #remember(id: string, outcome: VenueOrder): void {
    this.#resting.delete(id);
    this.#done.set(id, outcome);
    if (this.#done.size < 2 * SIM_DONE_MAX) return;
    for (const old of [...this.#done.keys()].slice(0, SIM_DONE_MAX)) this.#done.delete(old);
  }

  #requireOpen(): void {
    if (!this.#isClosed) return;
    throw new KitError('VENUE_UNREACHABLE', 'the simulated venue is closed', {
      hint: 'Start the edge again; orders that were working are taken up from its journal.',
    });
  }
}

function venueIdOf(order: Order): string {
  return `sim-${order.id}`;
}

function faultOf(order: Order, instrument: Instrument): string | undefined {
  if (order.instrument !== instrument.id) return `The venue does not know the instrument ${order.instrument}.`;
  if (order.timeInForce !== 'day' && order.timeInForce !== 'gtc')
    return `The venue does not take ${order.timeInForce} orders.`;
  if (order.limitPrice !== undefined && !isOnTick(order.limitPrice, instrument.tick)) {
    return `The limit ${toText(order.limitPrice)} does not lie on the tick of ${toText(instrument.tick)}.`;
  }
  return isOnTick(order.quantity, instrument.lot)
    ? undefined
    : `The quantity ${toText(order.quantity)} is not whole lots.`;
}
