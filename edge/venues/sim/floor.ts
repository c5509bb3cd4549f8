import { asPrice, asQuantity } from '@gatehouse/shared/values/amounts.ts';
import {
  absolute,
  add,
  compare,
  type Decimal,
  fromUnits,
  isZero,
  minimum,
  multiply,
  negate,
  rescale,
  signOf,
  subtract,
  toText,
  trim,
  ZERO,
} from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { firstShown, type Live } from './live-order.ts';
import { createOutsideBook, type OutsideBook } from './outside-book.ts';
import { createRestingOrders, type RestingOrders } from './resting-orders.ts';
import type { EngineOptions, SimBands, SimEvent, SimFill, SimSession } from './sim-types.ts';

const BPS = fromUnits(1n, 4);
const FEE_SCALE = 2;
const NOTHING: readonly SimEvent[] = [];

/** One execution of one order. */
export interface Deal {
  readonly at: Instant;
  readonly price: Decimal;
  readonly quantity: Decimal;
  readonly liquidity: SimFill['liquidity'];
  readonly from: SimFill['from'];
  readonly against?: string;
}

/** Everything of an engine that changes, and the few ways in which it may change. */
export class Floor {
  readonly options: EngineOptions;
  /** In the order in which they came. */
  readonly live = new Map<string, Live>();
  readonly resting: RestingOrders = createRestingOrders();
  readonly outside: OutsideBook = createOutsideBook();
  /** Stops that wait for their price and orders that have not met the market, by id, in the order in which they came. */
  readonly waiting = new Map<string, Live>();
  readonly arrived = new Map<string, Live>();
  session: SimSession['state'] = 'open';
  bands: Omit<SimBands, 'at'> = {};
  /** The price of the last trade, which stops look at. */
  last: Decimal | undefined;
  #events: SimEvent[] = [];
  #rank = 0;
  #nextEnd: Instant | undefined;
  readonly #positions = new Map<string, Decimal>();

  constructor(options: EngineOptions) {
    this.options = options;
  }

  /** What happened since this was asked last. */
  flush(): readonly SimEvent[] {
    if (this.#events.length === 0) return NOTHING;
    const events = this.#events;
    this.#events = [];
    return events;
  }

  emit(event: SimEvent): void {
    this.#events.push(event);
  }

  nextRank(): number {
    this.#rank += 1;
    return this.#rank;
  }

  admit(live: Live): void {
    this.live.set(live.order.id, live);
    this.place(live);
    const { expiresAt } = live.order;
    if (expiresAt !== undefined && (this.#nextEnd === undefined || expiresAt < this.#nextEnd))
      this.#nextEnd = expiresAt;
  }

  /** Puts an order where its phase belongs. */
  place(live: Live): void {
    if (live.phase === 'waiting') this.waiting.set(live.order.id, live);
    else if (live.phase === 'arrived') this.arrived.set(live.order.id, live);
    else if (live.phase === 'resting') this.resting.add(live);
  }

  /** Takes an order from where its phase put it. */
  lift(live: Live): void {
    if (live.phase === 'waiting') this.waiting.delete(live.order.id);
    else if (live.phase === 'arrived') this.arrived.delete(live.order.id);
    else if (live.phase === 'resting') this.resting.remove(live);
  }

  move(live: Live, phase: Live['phase']): void {
    this.lift(live);
    live.phase = phase;
    this.place(live);
  }

  /** Lets an order stand in the book, behind what is there at its price. */
  rest(live: Live): void {
    this.lift(live);
    live.phase = 'resting';
    live.hasRested = true;
    live.shown = firstShown(live.order, live.remaining);
    this.queue(live);
    this.resting.add(live);
  }

  /** Sets an order behind what stands at its price. */
  queue(live: Live): void {
    const { limit = ZERO, order } = live;
    const isFront = this.options.queue === 'front';
    live.ahead = isFront ? ZERO : this.outside.quantityAt(order.side, limit);
    live.isAheadKnown = isFront || this.outside.isShown(order.side, limit);
  }

  remove(live: Live): void {
    this.lift(live);
    this.live.delete(live.order.id);
  }

  end(live: Live, at: Instant, says: { readonly kind: 'rejected' | 'cancelled' | 'expired'; readonly reason: string }) {
    this.remove(live);
    this.emit({ ...says, order: live.order.id, at });
  }

  /** Ends what stands until a moment that has come. */
  expireUntil(at: Instant): void {
    if (this.#nextEnd === undefined || at < this.#nextEnd) return;
    let next: Instant | undefined;
    for (const live of [...this.live.values()]) {
      const { expiresAt } = live.order;
      if (expiresAt === undefined) continue;
      if (expiresAt <= at) this.end(live, expiresAt, { kind: 'expired', reason: 'Its date came.' });
      else if (next === undefined || expiresAt < next) next = expiresAt;
    }
    this.#nextEnd = next;
  }

  /** How much of an order may execute now: an order that only reduces never opens or turns a position. */
  room(live: Live): Decimal {
    const { owner = '', side, reduceOnly } = live.order;
    if (reduceOnly !== true) return live.remaining;
    const position = this.position(owner);
    const reduces = signOf(position) === (side === 'buy' ? -1 : 1);
    return reduces ? minimum(live.remaining, absolute(position)) : ZERO;
  }

  /** Ends an order that only reduces once there is nothing left to reduce; true where it did. */
  endsForRoom(live: Live, at: Instant): boolean {
    if (live.order.reduceOnly !== true || !isZero(this.room(live))) return false;
    this.end(live, at, { kind: 'cancelled', reason: 'There is no position left that it could reduce.' });
    return true;
  }

  position(owner: string): Decimal {
    return this.#positions.get(owner) ?? this.options.positionOf?.(owner) ?? ZERO;
  }

  /** Whether a price lies inside the bands. */
  isInside(price: Decimal): boolean {
    const { lower, upper } = this.bands;
    return (lower === undefined || compare(price, lower) >= 0) && (upper === undefined || compare(price, upper) <= 0);
  }

  /** Books an execution; an order that is complete is over. */
  fill(live: Live, deal: Deal): void {
    const { order } = live;
    live.fills += 1;
    live.executed = add(live.executed, deal.quantity);
    live.remaining = subtract(live.remaining, deal.quantity);
    this.#hold(order.owner ?? '', order.side === 'buy' ? deal.quantity : negate(deal.quantity));
    const isLast = live.remaining.units <= 0n;
    if (isLast) this.remove(live);
    const { at, price, quantity, liquidity, from, against } = deal;
    const fee = this.#fee(deal);
    const id = fillId(live);
    const fill = { id, quantity: asQuantity(quantity), price: asPrice(price), fee, liquidity, from };
    const named = against === undefined ? fill : { ...fill, against };
    this.emit({ kind: 'filled', order: order.id, at, fill: named, isLast });
  }

  #hold(owner: string, change: Decimal): void {
    this.#positions.set(owner, add(this.position(owner), change));
  }

  #fee({ price, quantity, liquidity }: Deal): Decimal {
    const value = multiply(multiply(absolute(price), quantity), this.options.instrument.multiplier);
    const scale = this.options.feeScale ?? FEE_SCALE;
    return rescale(multiply(multiply(value, this.options.feeBps[liquidity]), BPS), { scale, rounding: 'up' });
  }
}

/** Counts the executions of an order; one that was taken up again says from where, so that no id comes twice. */
function fillId({ order, fills }: Live): string {
  const { executed = ZERO } = order;
  return isZero(executed) ? `${order.id}-f${fills}` : `${order.id}-f${fills}-after-${toText(trim(executed))}`;
}
