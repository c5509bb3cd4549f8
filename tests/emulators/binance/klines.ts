import { add, compare, type Decimal, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { fixed } from './amounts.ts';

/** Trading over one interval. Units: milliseconds, `closeMs` is the last of them; volumes in base and in quote. */
export interface Kline {
  readonly openMs: number;
  readonly closeMs: number;
  readonly open: Decimal;
  high: Decimal;
  low: Decimal;
  close: Decimal;
  volume: Decimal;
  quoteVolume: Decimal;
  trades: number;
  firstTrade: number;
  lastTrade: number;
}

/** What an interval takes in: a trade, or a bar as a whole. */
export interface KlinePart {
  readonly atMs: number;
  readonly open: Decimal;
  readonly high: Decimal;
  readonly low: Decimal;
  readonly close: Decimal;
  readonly volume: Decimal;
  readonly quoteVolume: Decimal;
  readonly tradeId: number;
}

/** The intervals that the emulator keeps, in milliseconds. */
export const INTERVALS: Readonly<Record<string, number>> = {
  '1s': 1_000,
  '1m': 60_000,
  '3m': 180_000,
  '5m': 300_000,
  '15m': 900_000,
  '30m': 1_800_000,
  '1h': 3_600_000,
  '2h': 7_200_000,
  '4h': 14_400_000,
  '6h': 21_600_000,
  '8h': 28_800_000,
  '12h': 43_200_000,
  '1d': 86_400_000,
};

const KEPT_MAX = 5_000;
/** A quiet time longer than this many intervals is left out instead of being filled with empty klines. */
const EMPTY_MAX = 1_000;

/** The klines of one symbol and one interval. */
export class KlineSeries {
  readonly interval: string;
  readonly lengthMs: number;
  #kept: Kline[] = [];
  #open: Kline | undefined;

  constructor(interval: string) {
    this.interval = interval;
    this.lengthMs = INTERVALS[interval] ?? 60_000;
  }

  /** Takes in what traded; returns the klines that this closed, oldest first. */
  take(part: KlinePart): readonly Kline[] {
    const closed = this.advance(part.atMs);
    const openMs = Math.floor(part.atMs / this.lengthMs) * this.lengthMs;
    const kline = this.#open ?? this.#begin(openMs, part.open);
    this.#open = kline;
    if (kline.trades === 0 && compare(kline.volume, ZERO) === 0) this.#open = { ...kline, open: part.open };
    const now = this.#open ?? kline;
    const isFirst = now.trades === 0;
    now.high = isFirst || compare(part.high, now.high) > 0 ? part.high : now.high;
    now.low = isFirst || compare(part.low, now.low) < 0 ? part.low : now.low;
    now.close = part.close;
    now.volume = add(now.volume, part.volume);
    now.quoteVolume = add(now.quoteVolume, part.quoteVolume);
    now.trades += 1;
    if (isFirst) now.firstTrade = part.tradeId;
    now.lastTrade = part.tradeId;
    return closed;
  }

  /** Closes what is over by a moment; returns what this closed, oldest first. */
  advance(nowMs: number): readonly Kline[] {
    const closed: Kline[] = [];
    for (let open = this.#open; open !== undefined && open.closeMs < nowMs; open = this.#open) {
      closed.push(open);
      this.#kept.push(open);
      if (this.#kept.length > KEPT_MAX) this.#kept = this.#kept.slice(-Math.floor(KEPT_MAX / 2));
      const isQuietForLong = nowMs - open.closeMs > this.lengthMs * EMPTY_MAX;
      this.#open = isQuietForLong ? undefined : this.#begin(open.closeMs + 1, open.close);
    }
    return closed;
  }

  current(): Kline | undefined {
    return this.#open;
  }

  /** Closed klines and the open one, oldest first. */
  all(): readonly Kline[] {
    return this.#open === undefined ? this.#kept : [...this.#kept, this.#open];
  }

  #begin(openMs: number, price: Decimal): Kline {
    return {
      openMs,
      closeMs: openMs + this.lengthMs - 1,
      open: price,
      high: price,
      low: price,
      close: price,
      volume: ZERO,
      quoteVolume: ZERO,
      trades: 0,
      firstTrade: -1,
      lastTrade: -1,
    };
  }
}

/** A kline as the REST interface lists it. */
export function klineRow(kline: Kline): readonly unknown[] {
  const { openMs, open, high, low, close, volume, closeMs, quoteVolume, trades } = kline;
  const prices = [open, high, low, close].map(fixed);
  return [openMs, ...prices, fixed(volume), closeMs, fixed(quoteVolume), trades, fixed(), fixed(), '0'];
}

/** A kline as the stream sends it. */
export function klineMessage(
  kline: Kline,
  { symbol, interval, isClosed, nowMs }: { symbol: string; interval: string; isClosed: boolean; nowMs: number },
): object {
  return {
    e: 'kline',
    E: nowMs,
    s: symbol,
    k: {
      t: kline.openMs,
      T: kline.closeMs,
      s: symbol,
      i: interval,
      f: kline.firstTrade,
      L: kline.lastTrade,
      o: fixed(kline.open),
      c: fixed(kline.close),
      h: fixed(kline.high),
      l: fixed(kline.low),
      v: fixed(kline.volume),
      n: kline.trades,
      x: isClosed,
      q: fixed(kline.quoteVolume),
      V: fixed(),
      Q: fixed(),
      B: '0',
    },
  };
}
