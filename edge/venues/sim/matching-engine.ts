import { assert } from '@gatehouse/shared/errors.ts';
import { add, compare, type Decimal, minimum, subtract } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { isOnTick } from '../sim-prices.ts';
import { Floor } from './floor.ts';
import { accepts, createLive, faultOf, firstShown, isImmediate, type Live, opposite } from './live-order.ts';
import { meetBar } from './meet-bar.ts';
import { capQueues, meet, meetAuction, meetBook, meetTrade, trigger } from './meet-market.ts';
import type {
  EngineOptions,
  MatchingEngine,
  Side,
  SimAmendment,
  SimAuction,
  SimBands,
  SimBar,
  SimBookDelta,
  SimDepth,
  SimEvent,
  SimLevel,
  SimOpenOrder,
  SimOrder,
  SimQuote,
  SimSession,
  SimTrade,
} from './sim-types.ts';

export type * from './sim-types.ts';

/** So many orders are open at once, unless the options say otherwise; more are rejected. */
const OPEN_ORDERS_MAX = 10_000;
const NOTHING: readonly SimEvent[] = [];

/** A matching engine with an empty book, in continuous trading. */
export function createMatchingEngine(options: EngineOptions): MatchingEngine {
  return new Engine(options);
}

class Engine implements MatchingEngine {
  readonly #floor: Floor;
  #drivenBy: 'bars' | 'ticks' | undefined;
  #previous: SimBar | undefined;

  constructor(options: EngineOptions) {
    this.#floor = new Floor(options);
  }

  enter(order: SimOrder): readonly SimEvent[] {
    const floor = this.#floor;
    const at = order.enteredAt;
    floor.expireUntil(at);
    if (floor.live.has(order.id)) return floor.flush();
    const reason = faultOf(order, floor.options.instrument) ?? this.#refusalOf(order);
    if (reason !== undefined) {
      floor.emit({ kind: 'rejected', order: order.id, at, reason });
      return floor.flush();
    }
    const live = createLive(order, floor.nextRank());
    floor.admit(live);
    floor.emit({ kind: 'accepted', order: order.id, at });
    this.#begin(live, at);
    return floor.flush();
  }

  cancel(id: string, at: Instant): readonly SimEvent[] {
    const floor = this.#floor;
    floor.expireUntil(at);
    const live = floor.live.get(id);
    if (live === undefined) floor.emit({ kind: 'kept', order: id, at, reason: 'No such order is open.' });
    else floor.end(live, at, { kind: 'cancelled', reason: 'Cancelled on request.' });
    return floor.flush();
  }

  cancelAll(at: Instant, owner?: string): readonly SimEvent[] {
    const floor = this.#floor;
    floor.expireUntil(at);
    for (const live of [...floor.live.values()]) {
      if (owner === undefined || live.order.owner === owner)
        floor.end(live, at, { kind: 'cancelled', reason: 'Cancelled on request.' });
    }
    return floor.flush();
  }

  amend(amendment: SimAmendment): readonly SimEvent[] {
    const { id, at } = amendment;
    const floor = this.#floor;
    floor.expireUntil(at);
    const live = floor.live.get(id);
    const order = live && changed(live.order, amendment);
    const reason = live === undefined ? 'No such order is open.' : this.#faultOfChange(live, order);
    if (live === undefined || order === undefined || reason !== undefined) {
      floor.emit({ kind: 'kept', order: id, at, reason: reason ?? 'It cannot be changed.' });
      return floor.flush();
    }
    this.#change(live, order, at);
    return floor.flush();
  }

  replace(id: string, by: SimOrder): readonly SimEvent[] {
    const floor = this.#floor;
    const at = by.enteredAt;
    floor.expireUntil(at);
    const live = floor.live.get(id);
    const fault = faultOf(by, floor.options.instrument) ?? this.#refusalOf(by, live);
    if (live === undefined || fault !== undefined || floor.live.has(by.id)) {
      const reason = live === undefined ? 'No such order is open.' : (fault ?? 'The new id is open already.');
      floor.emit({ kind: 'kept', order: id, at, reason });
      floor.emit({ kind: 'rejected', order: by.id, at, reason });
      return floor.flush();
    }
    floor.remove(live);
    floor.emit({ kind: 'replaced', order: id, at, by: by.id });
    const next = createLive(by, floor.nextRank());
    floor.admit(next);
    floor.emit({ kind: 'accepted', order: by.id, at });
    this.#begin(next, at);
    return floor.flush();
  }

  onBar(bar: SimBar): readonly SimEvent[] {
    this.#drive('bars');
    const previous = this.#previous;
    this.#previous = bar;
    // Most bars of a long run find no order, and are then not looked at.
    if (this.#floor.live.size === 0) return NOTHING;
    meetBar(this.#floor, bar, previous !== undefined && previous.day !== bar.day);
    return this.#floor.flush();
  }

  onQuote(quote: SimQuote): readonly SimEvent[] {
    return this.#tick(quote.at, (floor) => {
      floor.outside.quote(quote);
      capQueues(floor);
      meetBook(floor, quote.at);
    });
  }

  onBookDelta(delta: SimBookDelta): readonly SimEvent[] {
    return this.#tick(delta.at, (floor) => {
      floor.outside.change(delta);
      capQueues(floor, delta.isSnapshot === true ? undefined : delta.levels);
      meetBook(floor, delta.at);
    });
  }

  onTrade(trade: SimTrade): readonly SimEvent[] {
    return this.#tick(trade.at, (floor) => meetTrade(floor, trade));
  }

  onAuction(auction: SimAuction): readonly SimEvent[] {
    return this.#tick(auction.at, (floor) => meetAuction(floor, auction));
  }

  onSession({ at, state }: SimSession): readonly SimEvent[] {
    const floor = this.#floor;
    floor.expireUntil(at);
    floor.session = state;
    if (state === 'closed') endDay(floor, at);
    if (state === 'open' && floor.options.takes === 'standing') {
      meetBook(floor, at);
      trigger(floor, at);
    }
    return floor.flush();
  }

  onBands({ at, ...bands }: SimBands): readonly SimEvent[] {
    this.#floor.expireUntil(at);
    this.#floor.bands = bands;
    return this.#floor.flush();
  }

  onTime(at: Instant): readonly SimEvent[] {
    this.#floor.expireUntil(at);
    return this.#floor.flush();
  }

  order(id: string): SimOpenOrder | undefined {
    const live = this.#floor.live.get(id);
    return live && openOrder(live);
  }

  openOrders(): readonly SimOpenOrder[] {
    return [...this.#floor.live.values()].map(openOrder);
  }

  depth(levels: number): SimDepth {
    return { bids: this.#levels('buy', levels), asks: this.#levels('sell', levels) };
  }

  #levels(side: Side, count: number): readonly SimLevel[] {
    const { outside, resting } = this.#floor;
    return merged({ one: outside.levels(side), other: resting.levels(side, count), side, count });
  }

  #tick(at: Instant, work: (floor: Floor) => void): readonly SimEvent[] {
    this.#drive('ticks');
    const floor = this.#floor;
    floor.expireUntil(at);
    work(floor);
    trigger(floor, at);
    return floor.flush();
  }

  #drive(by: 'bars' | 'ticks'): void {
    this.#drivenBy ??= by;
    assert(this.#drivenBy === by, 'an engine is driven by bars or by quotes, trades and books, and not by both');
  }

  #refusalOf(order: SimOrder, leaves?: Live): string | undefined {
    const floor = this.#floor;
    const { session, options } = floor;
    const { openOrdersMax = OPEN_ORDERS_MAX } = options;
    if (leaves === undefined && floor.live.size >= openOrdersMax)
      return `There are ${openOrdersMax} open orders already.`;
    if (session !== 'open') {
      if (options.whileHalted === 'reject') return `Trading is ${session}.`;
      if (isImmediate(order)) return `Trading is ${session}, and it cannot be executed at once.`;
    }
    if (order.postOnly === true && this.#wouldTake(order, leaves)) return 'It would have taken, and is to rest only.';
    return undefined;
  }

  /** Whether an order is at a price at which, as far as is known, somebody stands on the other side. */
  #wouldTake(order: SimOrder, leaves?: Live): boolean {
    const { outside, resting, options } = this.#floor;
    const live = createLive(order, 0);
    const level = outside.isCrossed() ? undefined : outside.best(opposite(order.side));
    if (level !== undefined && accepts(live, level.price)) return true;
    const ours = options.ownCross === false ? [] : resting.side(opposite(order.side));
    const best = ours.find((one) => one !== leaves);
    return best?.limit !== undefined && accepts(live, best.limit);
  }

  /** The first moment of an order that was accepted. */
  #begin(live: Live, at: Instant): void {
    const floor = this.#floor;
    if (floor.options.takes === 'standing') {
      if (floor.session !== 'open') return;
      if (live.phase === 'arrived') meet(floor, live, at);
      trigger(floor, at);
      return;
    }
    const isPassive = live.phase === 'arrived' && live.limit !== undefined && !isImmediate(live.order);
    if (isPassive && floor.outside.at !== undefined && !this.#wouldTake(live.order)) floor.rest(live);
  }

  #faultOfChange(live: Live, order: SimOrder | undefined): string | undefined {
    if (order === undefined) return 'It has no such price.';
    const { instrument } = this.#floor.options;
    if (compare(order.quantity, live.executed) <= 0) return 'So much of it is executed already.';
    if (!isOnTick(order.quantity, instrument.lot)) return 'The quantity is not whole lots.';
    const fault = faultOf(order, instrument);
    if (fault !== undefined) return fault;
    const isNowTaking = order.postOnly === true && this.#wouldTake(order, live);
    return isNowTaking ? 'It would have taken, and is to rest only.' : undefined;
  }

  /** A smaller quantity keeps the place in the queue; a new price, or a larger quantity, goes to its end. */
  #change(live: Live, order: SimOrder, at: Instant): void {
    const floor = this.#floor;
    const keepsPlace = samePrices(live.order, order) && compare(order.quantity, live.order.quantity) <= 0;
    const remaining = subtract(order.quantity, live.executed);
    if (keepsPlace) {
      live.order = order;
      live.remaining = remaining;
      live.shown = minimum(live.shown, remaining);
      floor.emit({ kind: 'replaced', order: order.id, at, by: order.id });
      return;
    }
    floor.lift(live);
    live.order = order;
    live.remaining = remaining;
    live.shown = firstShown(order, remaining);
    live.limit = order.limitPrice;
    if (order.trailing === undefined) live.stop = order.stopPrice;
    live.rank = floor.nextRank();
    live.activeAt = at;
    if (live.phase === 'resting') live.phase = 'arrived';
    floor.place(live);
    floor.emit({ kind: 'replaced', order: order.id, at, by: order.id });
    this.#begin(live, at);
  }
}

function changed(order: SimOrder, { quantity, limitPrice, stopPrice }: SimAmendment): SimOrder | undefined {
  if (limitPrice !== undefined && order.limitPrice === undefined) return undefined;
  if (stopPrice !== undefined && order.stopPrice === undefined) return undefined;
  return {
    ...order,
    ...(quantity === undefined ? {} : { quantity }),
    ...(limitPrice === undefined ? {} : { limitPrice }),
    ...(stopPrice === undefined ? {} : { stopPrice }),
  };
}

function samePrices(one: SimOrder, other: SimOrder): boolean {
  const isSame = (a: Decimal | undefined, b: Decimal | undefined): boolean =>
    a === undefined || b === undefined ? a === b : compare(a, b) === 0;
  return isSame(one.limitPrice, other.limitPrice) && isSame(one.stopPrice, other.stopPrice);
}

function endDay(floor: Floor, at: Instant): void {
  for (const live of [...floor.live.values()]) {
    if (live.order.timeInForce === 'day')
      floor.end(live, at, { kind: 'expired', reason: 'The session ended before it was complete.' });
  }
}

function openOrder({ order, executed, remaining, shown, phase }: Live): SimOpenOrder {
  return { order, executed, remaining, shown: phase === 'resting' ? shown : subtract(shown, shown), phase };
}

interface Merging {
  readonly one: readonly SimLevel[];
  readonly other: readonly SimLevel[];
  readonly side: Side;
  readonly count: number;
}

/** Two books as one, best first. */
function merged({ one, other, side, count }: Merging): readonly SimLevel[] {
  const levels: SimLevel[] = [];
  let first = 0;
  let second = 0;
  while (levels.length < count) {
    const left = one[first];
    const right = other[second];
    if (left === undefined && right === undefined) break;
    const order =
      left === undefined ? 1 : right === undefined ? -1 : compare(left.price, right.price) * (side === 'buy' ? -1 : 1);
    if (order <= 0) first += 1;
    if (order >= 0) second += 1;
    if (order === 0 && left !== undefined && right !== undefined)
      levels.push({ price: left.price, quantity: add(left.quantity, right.quantity) });
    else if (order < 0 && left !== undefined) levels.push({ price: left.price, quantity: left.quantity });
    else if (right !== undefined) levels.push({ price: right.price, quantity: right.quantity });
  }
  return levels;
}
