import {
  createMatchingEngine,
  type EngineOptions,
  type MatchingEngine,
  type SimLevel,
} from '@gatehouse/edge/venues/sim/matching-engine.ts';
import {
  add,
  compare,
  type Decimal,
  decimal,
  multiply,
  subtract,
  toText,
  ZERO,
} from '@gatehouse/shared/values/decimal.ts';
import { AveragePrice } from './average-price.ts';
import { INTERVALS, type Kline, type KlinePart, KlineSeries } from './klines.ts';
import type { SymbolRules } from './symbols.ts';

/** A trade that everybody sees. */
export interface PublicTrade {
  readonly id: number;
  /** Its place on the tape, which has no gaps: the executions of a driver's own trade are not printed once more. */
  readonly aggregateId: number;
  readonly price: Decimal;
  readonly quantity: Decimal;
  readonly atMs: number;
  readonly buyerIsMaker: boolean;
}

/** What changed in the book since the last time. Shape: update ids run on without a gap. */
export interface DepthChange {
  readonly first: number;
  readonly last: number;
  readonly bids: readonly SimLevel[];
  readonly asks: readonly SimLevel[];
}

/** A trade on the tape, and the klines that it closed, by interval. */
export interface Printed {
  readonly trade: PublicTrade;
  readonly closed: readonly (readonly [KlineSeries, readonly Kline[]])[];
}

const TRADES_MAX = 20_000;
const DEPTH_LEVELS = 5_000;

/** One symbol: its matching engine and what everybody can see of it. */
export class Market {
  readonly rules: SymbolRules;
  readonly engine: MatchingEngine;
  status: 'TRADING' | 'HALT' | 'BREAK' = 'TRADING';
  last: Decimal | undefined;
  updateId = 1;
  readonly average = new AveragePrice();
  readonly klines: readonly KlineSeries[];
  #trades: PublicTrade[] = [];
  #tradeId = 0;
  #aggregateId = 0;
  readonly #shown = { bids: new Map<string, SimLevel>(), asks: new Map<string, SimLevel>() };

  constructor(rules: SymbolRules, engine: Partial<EngineOptions>) {
    this.rules = rules;
    this.engine = createMatchingEngine({
      instrument: { tick: rules.tick, lot: rules.step, multiplier: decimal('1') },
      // Commission is the account's, not the book's.
      feeBps: { maker: ZERO, taker: ZERO },
      takes: 'standing',
      ...engine,
    });
    this.klines = Object.keys(INTERVALS).map((interval) => new KlineSeries(interval));
  }

  nextTradeId(): number {
    this.#tradeId += 1;
    return this.#tradeId;
  }

  /** Puts a trade on the tape; returns it as it stands there, and the klines that it closed, by interval. */
  print(printed: Omit<PublicTrade, 'aggregateId'>): Printed {
    this.#aggregateId += 1;
    const trade = { ...printed, aggregateId: this.#aggregateId };
    return { trade, closed: this.#print(trade) };
  }

  #print(trade: PublicTrade): readonly (readonly [KlineSeries, readonly Kline[]])[] {
    this.#trades.push(trade);
    if (this.#trades.length > TRADES_MAX) this.#trades = this.#trades.slice(-Math.floor(TRADES_MAX / 2));
    const { price, quantity, atMs, id } = trade;
    return this.takeIn({ atMs, open: price, high: price, low: price, close: price, volume: quantity, tradeId: id });
  }

  takeIn(traded: Omit<KlinePart, 'quoteVolume'>): readonly (readonly [KlineSeries, readonly Kline[]])[] {
    this.last = traded.close;
    this.average.take({ atMs: traded.atMs, price: traded.close, quantity: traded.volume });
    const part = { ...traded, quoteVolume: multiply(traded.volume, traded.close) };
    return this.klines.map((series) => [series, series.take(part)]);
  }

  trades(): readonly PublicTrade[] {
    return this.#trades;
  }

  series(interval: string): KlineSeries | undefined {
    return this.klines.find((series) => series.interval === interval);
  }

  /** The best prices; where nobody stands, one tick beside the last trade, as a market maker would. */
  best(): { readonly bid: SimLevel; readonly ask: SimLevel } {
    const { bids, asks } = this.engine.depth(1);
    const beside = (tick: Decimal): SimLevel => ({ price: add(this.last ?? ZERO, tick), quantity: decimal('1') });
    return {
      bid: bids[0] ?? beside({ units: -this.rules.tick.units, scale: this.rules.tick.scale }),
      ask: asks[0] ?? beside(this.rules.tick),
    };
  }

  /** Looks at the book anew; returns what changed, undefined for nothing. */
  syncDepth(): DepthChange | undefined {
    const depth = this.engine.depth(DEPTH_LEVELS);
    const bids = changes(this.#shown.bids, depth.bids);
    const asks = changes(this.#shown.asks, depth.asks);
    if (bids.length + asks.length === 0) return undefined;
    const first = this.updateId + 1;
    this.updateId += bids.length + asks.length;
    return { first, last: this.updateId, bids, asks };
  }

  /** What a purchase would cost, or a sale bring, at the book as it stands; the rest at the last price. */
  estimate(side: 'BUY' | 'SELL', quantity: Decimal): Decimal {
    const { bids, asks } = this.engine.depth(DEPTH_LEVELS);
    let left = quantity;
    let total: Decimal = ZERO;
    for (const level of side === 'BUY' ? asks : bids) {
      if (compare(left, ZERO) <= 0) break;
      const taken = compare(level.quantity, left) < 0 ? level.quantity : left;
      total = add(total, multiply(taken, level.price));
      left = subtract(left, taken);
    }
    return add(total, multiply(left, this.last ?? ZERO));
  }
}

/** Brings the known levels up to date and says which differ. */
function changes(known: Map<string, SimLevel>, levels: readonly SimLevel[]): readonly SimLevel[] {
  const changed: SimLevel[] = [];
  const gone = new Set(known.keys());
  for (const level of levels) {
    const key = toText(level.price);
    gone.delete(key);
    const before = known.get(key);
    if (before !== undefined && compare(before.quantity, level.quantity) === 0) continue;
    known.set(key, level);
    changed.push(level);
  }
  for (const key of gone) {
    const before = known.get(key);
    known.delete(key);
    if (before !== undefined) changed.push({ price: before.price, quantity: ZERO });
  }
  return changed;
}
