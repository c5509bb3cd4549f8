import { describeError } from '@gatehouse/shared/errors.ts';
import { add, compare, type Decimal, equal, isZero, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { fromMillis, type Instant } from '@gatehouse/shared/values/instant.ts';
import type { WorkingOrder } from '../define-connector.ts';
import type { VenueEvent, VenueFill, VenueOrder } from '../venue.ts';
import type { ClientIds } from './client-ids.ts';
import { type CurrencyOf, fillOfReport } from './fills.ts';
import type { ExecutionReport } from './wire-forms.ts';

/** How an order ended, in our words. */
type Ending = 'cancelled' | 'expired' | 'rejected';

/** What the exchange's word for an order's state means. Shape: a word that is not here is one that the exchange added later. */
export const ORDER_STATES: Readonly<Record<string, VenueOrder['state']>> = {
  NEW: 'working',
  PENDING_NEW: 'working',
  PENDING_CANCEL: 'working',
  PARTIALLY_FILLED: 'part-filled',
  FILLED: 'filled',
  CANCELED: 'cancelled',
  REJECTED: 'rejected',
  EXPIRED: 'expired',
  EXPIRED_IN_MATCH: 'expired',
};

/** An order as an answer to a question shows it, brought up to date with what was heard. */
export interface FoundOrder {
  readonly order: string;
  readonly venueOrder: string;
  readonly state: VenueOrder['state'];
  readonly quantity: Decimal;
  readonly filled: Decimal;
  readonly at: Instant;
}

/** An order of ours that the exchange may still change. */
export interface OpenOrder {
  readonly order: string;
  readonly venueOrder: string | undefined;
  readonly filled: Decimal;
}

interface Tracked {
  readonly order: string;
  venueOrder: string | undefined;
  quantity: Decimal | undefined;
  filled: Decimal;
  isAccepted: boolean;
  ending: VenueOrder['state'] | undefined;
}

/** What a tracker is made with. */
export interface TrackerDeps {
  readonly ids: ClientIds;
  readonly working: readonly WorkingOrder[];
  readonly currencyOf: CurrencyOf;
  readonly listener: (event: VenueEvent) => void;
  /** The executions of one order of the exchange, oldest first. */
  readonly fillsOf: (venueOrder: string) => Promise<readonly VenueFill[]>;
  readonly log: (line: string) => void;
}

const REMEMBERED_MAX = 20_000;

/**
 * What the exchange has said about orders, each thing told on once and in the order in which it happened.
 *
 * Shape: reports that repeat, overtake each other or are missing change nothing: an execution counts by its id, and a report whose running total
 *        does not follow from what was heard has the order's executions asked for first. Calls must not overlap; the caller queues them.
 */
export class OrderTracker {
  readonly #deps: TrackerDeps;
  readonly #orders = new Map<string, Tracked>();
  readonly #fills = new Set<string>();
  readonly #foreign = new Set<string>();

  constructor(deps: TrackerDeps) {
    this.#deps = deps;
    for (const { order, filled } of deps.working) {
      deps.ids.of(order.id);
      this.#remember({
        order: order.id,
        venueOrder: undefined,
        quantity: order.quantity,
        filled,
        isAccepted: true,
        ending: undefined,
      });
    }
  }

  /** Notes an order that is about to be sent. Shape: `false` for one that was sent or heard of before. */
  begin(order: string, quantity: Decimal): boolean {
    if (this.#orders.has(order)) return false;
    this.#remember({
      order,
      venueOrder: undefined,
      quantity,
      filled: ZERO,
      isAccepted: false,
      ending: undefined,
    });
    return true;
  }

  /** Notes that an order was refused, unless something was heard of it after all. Shape: its id stays used. */
  refuse(order: string): void {
    const known = this.#orders.get(order);
    if (known !== undefined && !known.isAccepted) known.ending = 'rejected';
  }

  /** Forgets an order that certainly never left. */
  forget(order: string): void {
    if (this.#orders.get(order)?.isAccepted === false) this.#orders.delete(order);
  }

  /** The exchange's id of an order, where it was heard. */
  venueOrderOf(order: string): string | undefined {
    return this.#orders.get(order)?.venueOrder;
  }

  /** Whether anything was ever heard of the order. */
  isHeardOf(order: string): boolean {
    return this.#orders.get(order)?.isAccepted ?? false;
  }

  open(): readonly OpenOrder[] {
    return [...this.#orders.values()].filter(({ ending }) => ending === undefined);
  }

  /** Takes a report of the user's own stream. */
  async report(report: ExecutionReport): Promise<void> {
    const at = fromMillis(report.T);
    // A cancel gives the report an id of its own and the order's under another name.
    const clientId = report.C === undefined || report.C === null || report.C === '' ? report.c : report.C;
    const order = this.#deps.ids.toOurs(clientId);
    if (order === undefined) {
      this.#tellForeign(report, at);
      return;
    }
    const state = ORDER_STATES[report.X];
    const tracked = this.#track(order, report.q);
    tracked.venueOrder = report.i;
    if (report.X !== 'REJECTED') this.#accept(tracked, at);
    const fill = fillOfReport(report, this.#deps.currencyOf);
    if (fill !== undefined && compare(add(tracked.filled, fill.quantity), report.z) === 0) this.#fill(tracked, fill);
    else if (compare(tracked.filled, report.z) < 0) await this.#fillGap(tracked, fill);
    if (state === 'cancelled' || state === 'expired' || state === 'rejected')
      this.#end(tracked, { ending: state, at, reason: reasonOf(report) });
    if (state === undefined) this.#deps.log(`binance: order ${order} is in the unknown state ${report.X}`);
  }

  /** Brings an order to where an answer of the exchange says it is. */
  async found(found: FoundOrder, reason: string): Promise<void> {
    const tracked = this.#track(found.order, found.quantity);
    tracked.venueOrder = found.venueOrder;
    if (found.state !== 'rejected') this.#accept(tracked, found.at);
    if (compare(tracked.filled, found.filled) < 0) await this.#fillGap(tracked, undefined);
    if (found.state === 'cancelled' || found.state === 'expired' || found.state === 'rejected')
      this.#end(tracked, { ending: found.state, at: found.at, reason });
  }

  /** Takes an execution that was asked for. Shape: `order` is ours or absent. */
  execution(execution: {
    readonly order: string | undefined;
    readonly venueOrder: string;
    readonly fill: VenueFill;
  }): void {
    const { order, venueOrder, fill } = execution;
    if (order === undefined) {
      this.#foreignOnce(fill.id, {
        venueOrder,
        at: fill.at,
        says: `an execution ${fill.id} of an order that is not ours`,
      });
      return;
    }
    const tracked = this.#track(order, undefined);
    tracked.venueOrder = venueOrder;
    this.#accept(tracked, fill.at);
    this.#fill(tracked, fill);
  }

  #track(order: string, quantity: Decimal | undefined): Tracked {
    const known = this.#orders.get(order);
    if (known !== undefined) {
      known.quantity ??= quantity;
      return known;
    }
    const made: Tracked = {
      order,
      venueOrder: undefined,
      quantity,
      filled: ZERO,
      isAccepted: false,
      ending: undefined,
    };
    this.#remember(made);
    return made;
  }

  #accept(tracked: Tracked, at: Instant): void {
    const { order, venueOrder } = tracked;
    if (tracked.isAccepted || venueOrder === undefined) return;
    tracked.isAccepted = true;
    this.#deps.listener({ kind: 'accepted', order, at, venueOrder });
  }

  #fill(tracked: Tracked, fill: VenueFill): void {
    if (this.#fills.has(fill.id)) return;
    this.#fills.add(fill.id);
    const [oldest] = this.#fills;
    if (this.#fills.size > 2 * REMEMBERED_MAX && oldest !== undefined) this.#fills.delete(oldest);
    tracked.filled = add(tracked.filled, fill.quantity);
    const isLast = tracked.quantity !== undefined && equal(tracked.filled, tracked.quantity);
    if (isLast) tracked.ending ??= 'filled';
    this.#deps.listener({ kind: 'filled', order: tracked.order, at: fill.at, fill, isLast });
  }

  /** Asks for what was missed. Shape: what the caller has heard itself is told even where the question fails. */
  async #fillGap(tracked: Tracked, heard: VenueFill | undefined): Promise<void> {
    const { order, venueOrder } = tracked;
    try {
      const all = venueOrder === undefined ? [] : await this.#deps.fillsOf(venueOrder);
      for (const fill of missedOf(all, this.#fills, tracked.filled)) this.#fill(tracked, fill);
    } catch (error) {
      this.#deps.log(`binance: the executions of ${order} could not be asked for: ${describeError(error)}`);
    }
    if (heard !== undefined) this.#fill(tracked, heard);
  }

  #end(
    tracked: Tracked,
    { ending, at, reason }: { readonly ending: Ending; readonly at: Instant; readonly reason: string },
  ): void {
    if (tracked.ending !== undefined) return;
    tracked.ending = ending;
    this.#deps.listener({ kind: ending, order: tracked.order, at, reason });
  }

  #tellForeign(report: ExecutionReport, at: Instant): void {
    const { i: venueOrder, c, S, q, x, t } = report;
    const key = x === 'TRADE' ? `${venueOrder}-${t}` : `${venueOrder}-${x}`;
    const says = `${x} of an order ${JSON.stringify(c)} that is not ours: ${S} ${report.s}`;
    if (!isZero(q)) this.#foreignOnce(key, { venueOrder, at, says });
  }

  #foreignOnce(key: string, told: { readonly venueOrder: string; readonly at: Instant; readonly says: string }): void {
    if (this.#foreign.has(key)) return;
    this.#foreign.add(key);
    const [oldest] = this.#foreign;
    if (this.#foreign.size > REMEMBERED_MAX && oldest !== undefined) this.#foreign.delete(oldest);
    this.#deps.listener({ kind: 'foreign', ...told });
  }

  #remember(tracked: Tracked): void {
    this.#orders.set(tracked.order, tracked);
    if (this.#orders.size <= REMEMBERED_MAX) return;
    for (const [id, { ending }] of this.#orders) {
      if (this.#orders.size <= REMEMBERED_MAX / 2) return;
      if (ending !== undefined) this.#orders.delete(id);
    }
  }
}

/**
 * The executions that were not told yet.
 *
 * Shape: those that the edge had booked before this process began are known by their total alone, and are the first ones of the order.
 */
function missedOf(all: readonly VenueFill[], told: ReadonlySet<string>, filled: Decimal): readonly VenueFill[] {
  const untold = all.filter(({ id }) => !told.has(id));
  const toldHere = all.filter(({ id }) => told.has(id));
  let before = toldHere.reduce((total, { quantity }) => add(total, quantity), ZERO);
  const missed: VenueFill[] = [];
  for (const fill of untold) {
    const after = add(before, fill.quantity);
    if (compare(after, filled) <= 0) before = after;
    else missed.push(fill);
  }
  return missed;
}

function reasonOf({ r, X, x }: ExecutionReport): string {
  const named = r === undefined || r === null || r === 'NONE' || r === '' ? undefined : r;
  return named === undefined
    ? `The exchange says ${X}${x === X ? '' : ` (${x})`}.`
    : `The exchange says ${X}: ${named}.`;
}
