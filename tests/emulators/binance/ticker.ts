import {
  add,
  compare,
  type Decimal,
  divide,
  fromInteger,
  isZero,
  multiply,
  subtract,
  ZERO,
} from '@gatehouse/shared/values/decimal.ts';
import { fixed } from './amounts.ts';
import type { Kline } from './klines.ts';
import type { Market } from './market.ts';

const DAY_MS = 86_400_000;

/** The last day of a symbol in figures. */
interface Day {
  readonly open: Decimal;
  readonly high: Decimal;
  readonly low: Decimal;
  readonly close: Decimal;
  readonly volume: Decimal;
  readonly quoteVolume: Decimal;
  readonly openMs: number;
  readonly trades: number;
}

function dayOf(market: Market, nowMs: number): Day {
  const minutes = (market.series('1m')?.all() ?? []).filter(({ openMs }) => openMs > nowMs - DAY_MS);
  const last = market.last ?? ZERO;
  const [first] = minutes;
  const most = (pick: (kline: Kline) => Decimal, sign: 1 | -1): Decimal =>
    minutes.map(pick).reduce((best, price) => (compare(price, best) === sign ? price : best), last);
  return {
    open: first?.open ?? last,
    high: most(({ high }) => high, 1),
    low: most(({ low }) => low, -1),
    close: last,
    volume: minutes.map(({ volume }) => volume).reduce(add, ZERO),
    quoteVolume: minutes.map(({ quoteVolume }) => quoteVolume).reduce(add, ZERO),
    openMs: first?.openMs ?? nowMs,
    trades: minutes.reduce((sum, { trades }) => sum + trades, 0),
  };
}

function change({ open, close }: Day): { readonly by: Decimal; readonly percent: Decimal } {
  const by = subtract(close, open);
  const scaled = multiply(by, fromInteger(100));
  return { by, percent: isZero(open) ? ZERO : divide(scaled, open, { scale: 3, rounding: 'half-even' }) };
}

/** The last day as the REST interface tells it. */
export function ticker24(market: Market, nowMs: number): object {
  const day = dayOf(market, nowMs);
  const { bid, ask } = market.best();
  const { by, percent } = change(day);
  return {
    symbol: market.rules.symbol,
    priceChange: fixed(by),
    priceChangePercent: fixed(percent),
    weightedAvgPrice: fixed(day.close),
    prevClosePrice: fixed(day.open),
    lastPrice: fixed(day.close),
    lastQty: fixed(market.trades().at(-1)?.quantity),
    bidPrice: fixed(bid.price),
    bidQty: fixed(bid.quantity),
    askPrice: fixed(ask.price),
    askQty: fixed(ask.quantity),
    openPrice: fixed(day.open),
    highPrice: fixed(day.high),
    lowPrice: fixed(day.low),
    volume: fixed(day.volume),
    quoteVolume: fixed(day.quoteVolume),
    openTime: day.openMs,
    closeTime: nowMs,
    firstId: market.trades()[0]?.id ?? -1,
    lastId: market.trades().at(-1)?.id ?? -1,
    count: day.trades,
  };
}

/** The last day as the stream `@ticker` tells it. */
export function tickerMessage(market: Market, nowMs: number): object {
  const day = dayOf(market, nowMs);
  const { bid, ask } = market.best();
  const { by, percent } = change(day);
  return {
    e: '24hrTicker',
    E: nowMs,
    s: market.rules.symbol,
    p: fixed(by),
    P: fixed(percent),
    w: fixed(day.close),
    x: fixed(day.open),
    c: fixed(day.close),
    Q: fixed(market.trades().at(-1)?.quantity),
    b: fixed(bid.price),
    B: fixed(bid.quantity),
    a: fixed(ask.price),
    A: fixed(ask.quantity),
    o: fixed(day.open),
    h: fixed(day.high),
    l: fixed(day.low),
    v: fixed(day.volume),
    q: fixed(day.quoteVolume),
    O: day.openMs,
    C: nowMs,
    F: market.trades()[0]?.id ?? -1,
    L: market.trades().at(-1)?.id ?? -1,
    n: day.trades,
  };
}
