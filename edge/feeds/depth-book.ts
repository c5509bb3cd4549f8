import { asPrice, asQuantity } from '@gatehouse/shared/values/amounts.ts';
import { compare, type Decimal, signOf } from '@gatehouse/shared/values/decimal.ts';
import type { DepthAnswer, DepthMessage } from '../venues/ccxt/wire-forms.ts';
import type { MarketLevel } from './market-feed.ts';

/** A change of the book as it is applied, with the numbers of the first and the last state that it leads to. */
export type DepthChange = Pick<DepthMessage, 'U' | 'u' | 'b' | 'a'>;

/** What became of a change. Shape: after `gap` and `crossed` the book is not known any more and has to be loaded anew. */
export type DepthOutcome =
  | { readonly kind: 'kept' | 'old' | 'applied' }
  | { readonly kind: 'gap' | 'crossed' | 'full'; readonly says: string };

/** Changes that wait for the book's first state; a second of a busy market has ten. */
const WAITING_MAX = 2_000;
/** So many levels of a side are kept; the furthest go first. */
const LEVELS_MAX = 5_000;

/**
 * A book that follows the exchange's changes by their numbers.
 *
 * Shape:  changes wait until a first state is loaded; those that it holds already are passed over, the first one after it must follow on it, and
 *         every further one on the one before. A book whose best bid is not below its best ask is refused.
 * Source: Binance spot API documentation, "How to manage a local order book correctly".
 */
export class DepthBook {
  readonly #bids = new Side('bids');
  readonly #asks = new Side('asks');
  #waiting: DepthChange[] = [];
  #last: number | undefined;
  #loaded: number | undefined;

  /** The number of the state that the book is in; undefined while it is not known. */
  get last(): number | undefined {
    return this.#last;
  }

  get bids(): readonly MarketLevel[] {
    return this.#bids.levels;
  }

  get asks(): readonly MarketLevel[] {
    return this.#asks.levels;
  }

  /** Takes the first state. Shape: `gap` where the changes that wait begin too late for it, so that a newer one is needed. */
  load({ lastUpdateId, bids, asks }: DepthAnswer): DepthOutcome {
    const waiting = this.#waiting.filter(({ u }) => u > lastUpdateId);
    const [first] = waiting;
    if (first !== undefined && first.U > lastUpdateId + 1) {
      return { kind: 'gap', says: `the state ${lastUpdateId} is older than the first change from ${first.U}` };
    }
    this.#bids.load(bids);
    this.#asks.load(asks);
    this.#last = lastUpdateId;
    this.#loaded = lastUpdateId;
    this.#waiting = [];
    const fault = this.#faultOfPrices();
    if (fault !== undefined) return this.#lose('crossed', fault);
    for (const change of waiting) {
      const outcome = this.#follow(change);
      if (outcome.kind === 'gap' || outcome.kind === 'crossed') return outcome;
    }
    return { kind: 'applied' };
  }

  take(change: DepthChange): DepthOutcome {
    if (this.#last !== undefined) return this.#follow(change);
    if (this.#waiting.length >= WAITING_MAX)
      return { kind: 'full', says: `${WAITING_MAX} changes wait for a first state` };
    this.#waiting.push(change);
    return { kind: 'kept' };
  }

  /** Forgets everything; changes wait again. */
  forget(): void {
    this.#last = undefined;
    this.#waiting = [];
    this.#bids.load([]);
    this.#asks.load([]);
  }

  #follow({ U, u, b, a }: DepthChange): DepthOutcome {
    const last = this.#last ?? 0;
    if (u <= last) return { kind: 'old' };
    // Only the first change after a first state may overlap with it.
    const mayOverlap = last === this.#loaded;
    if (U > last + 1 || (U < last + 1 && !mayOverlap)) {
      return this.#lose('gap', `after the state ${last} came the changes ${U} to ${u}`);
    }
    this.#bids.change(b);
    this.#asks.change(a);
    this.#last = u;
    const fault = this.#faultOfPrices();
    return fault === undefined ? { kind: 'applied' } : this.#lose('crossed', fault);
  }

  #lose(kind: 'gap' | 'crossed', says: string): DepthOutcome {
    this.forget();
    return { kind, says };
  }

  #faultOfPrices(): string | undefined {
    const [bid] = this.#bids.levels;
    const [ask] = this.#asks.levels;
    for (const level of [bid, ask]) {
      if (level !== undefined && signOf(level.price) <= 0) return 'a price of the book is not above zero';
    }
    if (bid === undefined || ask === undefined || compare(bid.price, ask.price) < 0) return undefined;
    return 'the best bid of the book is not below its best ask';
  }
}

type WireLevels = DepthAnswer['bids'];

/** One side of a book, best price first. */
class Side {
  readonly levels: MarketLevel[] = [];
  /** Whether the first price comes before the second. */
  readonly #order: (one: Decimal, other: Decimal) => number;

  constructor(side: 'bids' | 'asks') {
    this.#order = side === 'asks' ? compare : (one, other) => -compare(one, other);
  }

  load(levels: WireLevels): void {
    this.levels.length = 0;
    this.change(levels);
  }

  change(levels: WireLevels): void {
    for (const [price, quantity] of levels) this.#set(price, quantity);
    if (this.levels.length > LEVELS_MAX) this.levels.length = LEVELS_MAX;
  }

  #set(price: Decimal, quantity: Decimal): void {
    const at = this.#placeOf(price);
    const found = this.levels[at];
    const isThere = found !== undefined && compare(found.price, price) === 0;
    const isGone = signOf(quantity) <= 0;
    if (isGone && !isThere) return;
    const level = { price: asPrice(price), quantity: asQuantity(quantity) };
    this.levels.splice(at, isThere ? 1 : 0, ...(isGone ? [] : [level]));
  }

  /** Where a price stands or would stand. */
  #placeOf(price: Decimal): number {
    let low = 0;
    let high = this.levels.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const level = this.levels[middle];
      if (level !== undefined && this.#order(level.price, price) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
