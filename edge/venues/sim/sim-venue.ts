import { type ApprovedOrder, isApproved } from '@gatehouse/compliance/gate.ts';
import { assert, KitError } from '@gatehouse/shared/errors.ts';
import type { Bar } from '@gatehouse/shared/market/bar.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { compare, fromFloat, isZero, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { addMs, type Instant, instant } from '@gatehouse/shared/values/instant.ts';
import type { ConnectorDeps, WorkingOrder } from '../define-connector.ts';
import type { Venue, VenueAccount, VenueExecution, VenueFill, VenueOpenOrder, VenueOrder } from '../venue.ts';
import type { DayEvent } from './day-event.ts';
import { chanceOf } from './seeded.ts';
import { createSimAccount, type SimAccount } from './sim-account.ts';
import { createSimExchange, type SimExchange } from './sim-exchange.ts';
import { createSimSchedule, type SimSchedule } from './sim-schedule.ts';
import { readSimSettings, type SimSettings } from './sim-settings.ts';
import type { SimBar, SimEvent, SimFill, SimOrder } from './sim-types.ts';

/** The venue remembers so many orders that are done, up to twice as many; older ones are answered with `not-found`. */
const SIM_DONE_MAX = 10_000;
const CHANCE_SCALE = 9;
const EPOCH = instant(0n);
/** How an order that the venue had taken can have ended, after which a cancel comes too late. */
const ENDED: ReadonlySet<VenueOrder['state']> = new Set(['filled', 'cancelled', 'replaced', 'expired']);

/** The simulated venue. Shape: beside bars it takes everything that a scripted day brings; a venue is driven by one of the two. */
export interface SimVenue extends Venue {
  onBar(bar: Bar & Pick<SimBar, 'volume'>): void;
  play(event: DayEvent): void;
}

/** Opens the simulated venue. Errors: `CONFIG_INVALID` for settings that it cannot use. */
export function openSimVenue(deps: ConnectorDeps): SimVenue {
  return new InProcess(deps, readSimSettings(deps.settings));
}

/** An order of ours as far as the venue knows it. */
interface Known {
  readonly order: Order;
  readonly fills: VenueFill[];
}

class InProcess implements SimVenue {
  readonly #deps: ConnectorDeps;
  readonly #settings: SimSettings;
  readonly #exchange: SimExchange;
  readonly #schedule: SimSchedule;
  readonly #account: SimAccount;
  readonly #open = new Map<string, Known>();
  /** What an earlier run left in another instrument waits for prices of its own. */
  readonly #elsewhere: Map<string, WorkingOrder>;
  readonly #done = new Map<string, VenueOrder>();
  #executed: VenueExecution[] = [];
  #playedAt = EPOCH;
  #lastBar: Bar | undefined;
  #isClosed = false;

  constructor(deps: ConnectorDeps, settings: SimSettings) {
    const { instrument, feeBps, working, listener } = deps;
    const { makerFeeBps, takerFeeBps, participation, queue, triggers, ordersMeet = false, opening } = settings;
    this.#deps = deps;
    this.#settings = settings;
    this.#account = createSimAccount(instrument, opening);
    this.#schedule = createSimSchedule(settings);
    this.#exchange = createSimExchange(
      {
        instrument,
        feeBps: { maker: makerFeeBps ?? feeBps, taker: takerFeeBps ?? feeBps },
        takes: 'later',
        ownCross: ordersMeet,
        positionOf: () => this.#account.position(),
        ...(participation === undefined ? {} : { participation }),
        ...(queue === undefined ? {} : { queue }),
        ...(triggers === undefined ? {} : { triggers }),
      },
      {
        onFact: (event) => this.#note(event),
        onEvent: (event) => this.#tell(event),
        onLink: (change) => listener({ kind: 'link', ...change }),
      },
    );
    const isHere = ({ order }: WorkingOrder): boolean => order.instrument === instrument.id;
    this.#elsewhere = new Map(working.filter((one) => !isHere(one)).map((one) => [one.order.id, one]));
    for (const one of working.filter(isHere)) this.#carry(one);
  }

  submit(approved: ApprovedOrder): void {
    const order = this.#take(approved);
    if (this.#knows(order.id)) return;
    if (!this.#reaches(order)) return;
    this.#open.set(order.id, { order, fills: [] });
    this.#exchange.enter(this.#simOrder(order));
  }

  amend(approved: ApprovedOrder): void {
    const order = this.#take(approved);
    const { replaces } = order;
    assert(replaces !== undefined, 'a change names the order that it replaces');
    if (this.#knows(order.id)) return;
    if (!this.#reaches(order)) {
      this.#deps.listener({
        kind: 'kept',
        order: replaces,
        at: this.#later(order.decidedAt),
        reason: 'Its change was refused.',
      });
      return;
    }
    this.#open.set(order.id, { order, fills: [] });
    this.#exchange.replace(replaces, this.#simOrder(order));
  }

  cancel(id: string): void {
    this.#requireOpen();
    const open = this.#exchange.engine.order(id);
    const elsewhere = this.#elsewhere.get(id);
    const at = this.#later(open?.order.enteredAt ?? elsewhere?.order.decidedAt ?? EPOCH);
    this.#reach(at);
    if (open !== undefined) this.#exchange.cancel(id, at);
    else if (elsewhere !== undefined) this.#cancelElsewhere(id, at);
    else if (ENDED.has(this.#done.get(id)?.state ?? 'not-found'))
      this.#deps.listener({ kind: 'kept', order: id, at, reason: 'The order is over.' });
  }

  cancelAll(): void {
    if (this.#isClosed) return;
    for (const id of [...this.#elsewhere.keys(), ...this.#open.keys()]) this.cancel(id);
  }

  query(id: string): VenueOrder {
    this.#requireOpen();
    this.#requireLink();
    const elsewhere = this.#elsewhere.get(id);
    if (elsewhere !== undefined) return workingAnswer(elsewhere.order, { fills: [], filled: elsewhere.filled });
    const known = this.#open.get(id);
    if (known === undefined) return this.#done.get(id) ?? { state: 'not-found', fills: [] };
    const filled = this.#exchange.engine.order(id)?.executed ?? ZERO;
    return workingAnswer(known.order, { fills: [...known.fills], filled });
  }

  account(): VenueAccount {
    this.#requireOpen();
    this.#requireLink();
    const open = this.#exchange.engine.openOrders();
    const orders: VenueOpenOrder[] = [...this.#elsewhere.values()].map(({ order, filled }) => openLine(order, filled));
    for (const { order, executed } of open) {
      const known = this.#open.get(order.id);
      if (known !== undefined) orders.push(openLine(known.order, executed));
    }
    return { at: this.#later(EPOCH), orders, ...this.#account.holdings(open) };
  }

  executions(since: Instant): readonly VenueExecution[] {
    this.#requireOpen();
    this.#requireLink();
    return this.#executed.filter(({ fill }) => fill.at >= since);
  }

  onBar(bar: Bar & Pick<SimBar, 'volume'>): void {
    // A bar that was seen already can fill nothing again.
    if (this.#isClosed || (this.#lastBar !== undefined && bar.index <= this.#lastBar.index)) return;
    this.#lastBar = bar;
    if (bar.instrument !== this.#deps.instrument.id) return;
    if (this.#schedule.isEmpty) {
      this.#exchange.onBar(bar);
      return;
    }
    for (const event of this.#schedule.due(bar.openAt)) this.#exchange.apply(event);
    const { before, after } = this.#schedule.during(bar.closeAt);
    for (const event of before) this.#exchange.apply(event);
    this.#exchange.onBar(bar);
    for (const event of after) this.#exchange.apply(event);
  }

  play(event: DayEvent): void {
    if (this.#isClosed) return;
    this.#playedAt = this.#later(event.at);
    for (const due of this.#schedule.due(event.at)) this.#exchange.apply(due);
    this.#exchange.apply(event);
  }

  close(): void {
    this.#isClosed = true;
  }

  #cancelElsewhere(id: string, at: Instant): void {
    this.#elsewhere.delete(id);
    this.#remember(id, { state: 'cancelled', fills: [] });
    this.#deps.listener({ kind: 'cancelled', order: id, at, reason: 'Cancelled on request.' });
  }

  #take(approved: ApprovedOrder): Order {
    assert(isApproved(approved), 'an order reached the venue that the gate did not approve');
    this.#requireOpen();
    return approved.order;
  }

  /** Brings the schedule to a moment at which something is asked. Errors: `VENUE_UNREACHABLE` where it does not get through. */
  #reach(at: Instant): void {
    for (const event of this.#schedule.due(at)) this.#exchange.apply(event);
    this.#requireLink();
  }

  /** Whether an order comes into the book at all. */
  #reaches(order: Order): boolean {
    const at = this.#later(order.decidedAt);
    this.#reach(at);
    const reason = this.#refusalOf(order);
    if (reason === undefined) return true;
    this.#remember(order.id, { state: 'rejected', fills: [] });
    this.#deps.listener({ kind: 'rejected', order: order.id, at: order.decidedAt, reason });
    return false;
  }

  #refusalOf({ id, instrument, group }: Order): string | undefined {
    if (instrument !== this.#deps.instrument.id) return `The venue does not know the instrument ${instrument}.`;
    if (group !== undefined) return 'The venue does not take orders that live together.';
    const { rejectShare, seed } = this.#settings;
    if (rejectShare === undefined || isZero(rejectShare)) return undefined;
    const chance = fromFloat(chanceOf(seed, `reject ${id}`), { scale: CHANCE_SCALE, rounding: 'down' });
    return compare(chance, rejectShare) < 0 ? 'The simulator refuses a share of all orders.' : undefined;
  }

  #simOrder(order: Order, executed = ZERO): SimOrder {
    const { latencyMs, seed } = this.#settings;
    const span = latencyMs === undefined ? 0 : latencyMs.most - latencyMs.least + 1;
    const delay = latencyMs === undefined ? 0 : latencyMs.least + Math.floor(chanceOf(seed, `late ${order.id}`) * span);
    return {
      id: order.id,
      side: order.side,
      type: order.type,
      timeInForce: order.timeInForce,
      quantity: order.quantity,
      enteredAt: delay === 0 ? order.decidedAt : addMs(order.decidedAt, delay),
      ...(order.limitPrice === undefined ? {} : { limitPrice: order.limitPrice }),
      ...(order.stopPrice === undefined ? {} : { stopPrice: order.stopPrice }),
      ...(order.trailing === undefined ? {} : { trailing: order.trailing }),
      ...(order.displayQuantity === undefined ? {} : { displayQuantity: order.displayQuantity }),
      ...(order.postOnly === undefined ? {} : { postOnly: true }),
      ...(order.reduceOnly === undefined ? {} : { reduceOnly: true }),
      ...(order.auction === undefined ? {} : { auction: order.auction }),
      ...(order.expiresAt === undefined ? {} : { expiresAt: order.expiresAt }),
      ...(isZero(executed) ? {} : { executed }),
    };
  }

  #carry({ order, filled }: WorkingOrder): void {
    this.#open.set(order.id, { order, fills: [] });
    if (this.#exchange.carry(this.#simOrder(order, filled)) === undefined) return;
    this.#remember(order.id, { state: 'rejected', fills: [] });
  }

  /** What happened at the venue, whether or not the line lets us hear it. */
  #note(event: SimEvent): void {
    const known = this.#open.get(event.order);
    if (known === undefined) return;
    const venueOrder = venueIdOf(known.order);
    if (event.kind === 'filled') {
      const { id: order, instrument, side } = known.order;
      const fill = venueFill(event.fill, event.at);
      known.fills.push(fill);
      this.#account.book(side, fill);
      this.#executed.push({ order, venueOrder, instrument, side, fill });
      if (this.#executed.length >= 2 * SIM_DONE_MAX) this.#executed = this.#executed.slice(-SIM_DONE_MAX);
      if (event.isLast) this.#remember(order, { state: 'filled', venueOrder, fills: known.fills });
    } else if (event.kind === 'rejected') this.#remember(event.order, { state: 'rejected', fills: [] });
    else if (event.kind === 'cancelled' || event.kind === 'expired' || event.kind === 'replaced')
      this.#remember(event.order, { state: event.kind, venueOrder, fills: known.fills });
  }

  #tell(event: SimEvent): void {
    const { order, at } = event;
    const { listener } = this.#deps;
    if (event.kind === 'triggered') return;
    if (event.kind === 'accepted') listener({ kind: 'accepted', order, at, venueOrder: `sim-${order}` });
    else if (event.kind === 'filled')
      listener({ kind: 'filled', order, at, fill: venueFill(event.fill, at), isLast: event.isLast });
    else listener(event);
  }

  #remember(id: string, outcome: VenueOrder): void {
    this.#open.delete(id);
    this.#done.set(id, outcome);
    if (this.#done.size < 2 * SIM_DONE_MAX) return;
    for (const old of [...this.#done.keys()].slice(0, SIM_DONE_MAX)) this.#done.delete(old);
  }

  #knows(id: string): boolean {
    return this.#open.has(id) || this.#elsewhere.has(id) || this.#done.has(id);
  }

  #later(at: Instant): Instant {
    const now = this.#lastBar?.closeAt ?? this.#playedAt;
    return at > now ? at : now;
  }

  #requireLink(): void {
    if (this.#exchange.canHear()) return;
    throw new KitError('VENUE_UNREACHABLE', 'the line to the simulated venue is down', {
      hint: 'Nothing of the request arrived; ask again once the link is up.',
    });
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

function venueFill({ id, quantity, price, fee, liquidity }: SimFill, at: Instant): VenueFill {
  return { id, at, quantity, price, fee, liquidity };
}

function workingAnswer(order: Order, { fills, filled }: Pick<Required<VenueOrder>, 'fills' | 'filled'>): VenueOrder {
  return { state: isZero(filled) ? 'working' : 'part-filled', venueOrder: venueIdOf(order), filled, fills };
}

function openLine(order: Order, filled: VenueOpenOrder['filled']): VenueOpenOrder {
  const { id, instrument, side, quantity } = order;
  return { order: id, venueOrder: venueIdOf(order), instrument, side, quantity, filled };
}
