import { type ApprovedOrder, isApproved } from '@gatehouse/compliance/gate.ts';
import { assert, KitError } from '@gatehouse/shared/errors.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { asQuantity, price, quantity } from '@gatehouse/shared/values/amounts.ts';
import { add, compare, type Decimal, subtract, sum, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { addMs, type Instant } from '@gatehouse/shared/values/instant.ts';
import type { Capabilities } from '../../venues/define-connector.ts';
import type {
  Venue,
  VenueAccount,
  VenueEvent,
  VenueExecution,
  VenueFill,
  VenueOrder,
  VenueOrderEvent,
} from '../../venues/venue.ts';

/**
 * What goes wrong with one request.
 *
 * Shape: `answer-lost`: the venue did it and nobody hears so; `request-lost`: it never came and nobody hears so; `late`: nobody hears so, and
 *        it comes when the test says; `silent`: done, and the call never ends.
 */
export type Fault = 'unreachable' | 'refused' | 'answer-lost' | 'request-lost' | 'late' | 'silent';

/** An order as the venue has it. */
export interface VenueSide {
  readonly order: Order;
  readonly sinceMs: number;
  state: Exclude<VenueOrder['state'], 'not-found'>;
  fills: VenueFill[];
}

const LIVE: ReadonlySet<VenueOrder['state']> = new Set(['working', 'part-filled']);

/** Capabilities of a plain venue, which most tests want. */
export const PLAIN: Capabilities = {
  orderTypes: ['market', 'limit'],
  timesInForce: ['day', 'gtc', 'ioc'],
  auctions: [],
  groups: [],
  canAmend: false,
  canPostOnly: false,
  canReduceOnly: false,
  canShowPart: false,
  notFoundIsFinalAfterMs: 2_000,
};

/** A small venue with a book of its own that answers after the call, whose every request can go wrong. */
export class FaultVenue implements Venue {
  /** The listener of the process that lives now. */
  listener: (event: VenueEvent) => void = () => {};
  /** Faults of the next requests, by name; what is not there goes well. */
  readonly faults = { submit: [] as Fault[], amend: [] as Fault[], cancel: [] as Fault[], query: [] as Fault[] };
  readonly orders = new Map<string, VenueSide>();
  readonly requests: string[] = [];
  /** Nothing that the venue says is heard. */
  isDeaf = false;
  /** Everything that the venue says is heard twice. */
  isStuttering = false;
  /** Events wait until they are delivered. */
  isSlow = false;
  /** Queries answer `not-found` for whatever came in, as a venue does that has not written it down yet. */
  isBlind = false;
  /** The most orders that were ever live together for one intent. */
  liveAtOnceMax = 0;
  at: Instant;
  /** Where given, what comes in later than the venue's own rule allows never comes in, and what came in before is known. */
  word?: { readonly monotonicMs: () => number; readonly withinMs: number };
  readonly amend?: (approved: ApprovedOrder) => Promise<void>;
  readonly #late: (() => void)[] = [];
  readonly #queue: VenueEvent[] = [];
  #fills = 0;

  constructor(at: Instant, canAmend = false) {
    this.at = at;
    if (canAmend) this.amend = (approved) => this.#amend(approved);
  }

  async submit(approved: ApprovedOrder): Promise<void> {
    assert(isApproved(approved), 'an order reached the venue that the gate did not approve');
    await this.#request('submit', approved.order.id, () => this.#take(approved.order));
  }

  async cancel(id: string): Promise<void> {
    await this.#request('cancel', id, () => {
      const side = this.orders.get(id);
      if (side === undefined || !LIVE.has(side.state)) throw refused(`no live order ${id}`);
      this.end(id, 'cancelled');
    });
  }

  async cancelAll(): Promise<void> {
    for (const id of this.live()) this.end(id, 'cancelled');
  }

  async query(id: string): Promise<VenueOrder> {
    let answer: VenueOrder = { state: 'not-found', fills: [] };
    await this.#request('query', id, () => {
      const side = this.orders.get(id);
      if (side === undefined || (this.isBlind && this.#isFresh(side.sinceMs))) return;
      answer = { state: side.state, venueOrder: `V-${id}`, filled: done(side), fills: side.fills };
    });
    return answer;
  }

  async account(): Promise<VenueAccount> {
    const orders = this.live().flatMap((id) => {
      const side = this.orders.get(id);
      if (side === undefined) return [];
      const { instrument, side: way, quantity: size } = side.order;
      return [{ order: id, venueOrder: `V-${id}`, instrument, side: way, quantity: size, filled: done(side) }];
    });
    return { at: this.at, orders, balances: [] };
  }

  async executions(since: Instant): Promise<readonly VenueExecution[]> {
    return [...this.orders.values()].flatMap(({ order, fills }) =>
      fills
        .filter(({ at }) => at >= since)
        .map((fill) => ({
          order: order.id,
          venueOrder: `V-${order.id}`,
          instrument: order.instrument,
          side: order.side,
          fill,
        })),
    );
  }

  close(): void {
    this.listener = () => {};
  }

  live(): readonly string[] {
    return [...this.orders].filter(([, { state }]) => LIVE.has(state)).map(([id]) => id);
  }

  /** Executes a part of a live order, or all that is left of it. Shape: false where it is not live. */
  trade(id: string, wanted?: string, at = '100'): boolean {
    const side = this.orders.get(id);
    if (side === undefined || !LIVE.has(side.state)) return false;
    const rest = subtract(side.order.quantity, done(side));
    const size = wanted === undefined || compare(quantity(wanted), rest) > 0 ? asQuantity(rest) : quantity(wanted);
    this.#fills += 1;
    const fill = { id: `F-${this.#fills}`, at: this.#tick(), quantity: size, price: price(at), fee: ZERO };
    side.fills = [...side.fills, fill];
    const isLast = compare(done(side), side.order.quantity) === 0;
    side.state = isLast ? 'filled' : 'part-filled';
    this.say({ kind: 'filled', order: id, at: fill.at, fill, isLast });
    return true;
  }

  end(id: string, state: 'cancelled' | 'expired' | 'rejected', reason = 'The venue says so.'): void {
    const side = this.orders.get(id);
    if (side === undefined || !LIVE.has(side.state)) return;
    side.state = state;
    this.say({ kind: state, order: id, at: this.#tick(), reason });
  }

  /** Lets requests come in that were on their way for long. */
  comeIn(): void {
    for (const request of this.#late.splice(0)) {
      try {
        request();
      } catch {
        // What the venue refuses now, nobody waits for any more.
      }
    }
  }

  /** Forgets an order for good. */
  forget(id: string): void {
    this.orders.delete(id);
  }

  say(event: VenueEvent): void {
    if (this.isDeaf) return;
    this.#queue.push(event);
    if (this.isStuttering) this.#queue.push(event);
    if (!this.isSlow) this.deliver();
  }

  deliver(): void {
    for (const event of this.#queue.splice(0)) this.listener(event);
  }

  /** What was said and not heard is lost, as when a process dies. */
  loseWords(): void {
    this.#queue.splice(0);
  }

  async #amend(approved: ApprovedOrder): Promise<void> {
    const { order } = approved;
    await this.#request('amend', order.id, () => {
      const old = this.orders.get(order.replaces ?? '');
      if (old === undefined || !LIVE.has(old.state)) throw refused('nothing to change');
      old.state = 'replaced';
      this.orders.set(order.id, { order, sinceMs: this.#nowMs(), state: 'working', fills: [] });
      this.#countLive(order);
      this.say({ kind: 'replaced', order: old.order.id, by: order.id, at: this.#tick() });
    });
  }

  #take(order: Order): void {
    if (this.orders.has(order.id)) return;
    this.orders.set(order.id, { order, sinceMs: this.#nowMs(), state: 'working', fills: [] });
    this.#countLive(order);
    this.say({ kind: 'accepted', order: order.id, at: this.#tick(), venueOrder: `V-${order.id}` } as VenueOrderEvent);
  }

  /** Orders that replace one another are one intent. */
  #countLive(order: Order): void {
    const root = (one: Order): string => {
      const before = one.replaces === undefined ? undefined : this.orders.get(one.replaces)?.order;
      return before === undefined ? one.id : root(before);
    };
    const together = this.live().filter((id) => {
      const side = this.orders.get(id);
      return side !== undefined && root(side.order) === root(order);
    });
    this.liveAtOnceMax = Math.max(this.liveAtOnceMax, together.length);
  }

  async #request(kind: keyof FaultVenue['faults'], id: string, act: () => void): Promise<void> {
    this.requests.push(`${kind} ${id}`);
    const fault = this.faults[kind].shift();
    // Answers come with a later turn, as from any venue behind a wire.
    await Promise.resolve();
    if (fault === 'unreachable') throw new KitError('VENUE_UNREACHABLE', 'the line is down');
    if (fault === 'refused') throw refused('not wanted');
    if (fault === 'late') this.#late.push(this.#inTime(act));
    if (fault === 'answer-lost' || fault === 'silent' || fault === undefined) act();
    if (fault === 'silent') await new Promise<void>(() => {});
    if (fault !== undefined) throw new KitError('VENUE_SILENT', 'no answer came');
  }

  #inTime(act: () => void): () => void {
    const sinceMs = this.#nowMs();
    return () => {
      if (this.#isFresh(sinceMs)) act();
    };
  }

  #nowMs(): number {
    return this.word?.monotonicMs() ?? 0;
  }

  #isFresh(sinceMs: number): boolean {
    return this.word === undefined || this.#nowMs() - sinceMs < this.word.withinMs;
  }

  #tick(): Instant {
    this.at = addMs(this.at, 1);
    return this.at;
  }
}

function done({ fills }: VenueSide): Decimal {
  return fills.reduce<Decimal>((total, { quantity: size }) => add(total, size), sum([]));
}

function refused(why: string): KitError {
  return new KitError('VENUE_REFUSED', why);
}
