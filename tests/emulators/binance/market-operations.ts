import type { SimLevel } from '@gatehouse/edge/venues/sim/matching-engine.ts';
import { fixed } from './amounts.ts';
import { AVERAGE_MINUTES } from './average-price.ts';
import { klineRow } from './klines.ts';
import type { Market, PublicTrade } from './market.ts';
import type { Call, Operation } from './operation.ts';
import { need, readSymbol, readWhole } from './order-request.ts';
import { Refusal } from './refusal.ts';
import { describeSymbol } from './symbols.ts';
import { ticker24 } from './ticker.ts';

/** Operations that everybody may ask for. Source: Binance spot API documentation, "Market data endpoints". */
export const MARKET_OPERATIONS: readonly Operation[] = [
  { http: 'GET /api/v3/ping', socket: 'ping', security: 'none', weight: 1, run: () => ({}) },
  {
    http: 'GET /api/v3/time',
    socket: 'time',
    security: 'none',
    weight: 1,
    run: ({ exchange }) => ({ serverTime: exchange.clock.server() }),
  },
  {
    http: 'GET /api/v3/exchangeInfo',
    socket: 'exchangeInfo',
    security: 'none',
    weight: 20,
    run({ exchange, parameters }) {
      const only = parameters.get('symbol');
      const markets = only === undefined ? [...exchange.markets.values()] : [exchange.market(only)];
      return {
        timezone: 'UTC',
        serverTime: exchange.clock.server(),
        rateLimits: exchange.limits.rules(),
        exchangeFilters: [],
        symbols: markets.map(({ rules, status }) => describeSymbol(rules, status)),
      };
    },
  },
  {
    http: 'GET /api/v3/depth',
    socket: 'depth',
    security: 'none',
    weight: (parameters) => depthWeight(Number(parameters.get('limit') ?? 100)),
    run(call) {
      const market = marketOf(call);
      // Whoever listens must hear of what the answer already holds.
      call.exchange.tellBook(market);
      market.syncDepth();
      const { bids, asks } = market.engine.depth(Math.min(limitOf(call, 100), 5_000));
      return { lastUpdateId: market.updateId, bids: bids.map(levelRow), asks: asks.map(levelRow) };
    },
  },
  {
    http: 'GET /api/v3/trades',
    socket: 'trades.recent',
    security: 'none',
    weight: 25,
    run: (call) => marketOf(call).trades().slice(-limitOf(call, 500)).map(tradeRow),
  },
  {
    http: 'GET /api/v3/historicalTrades',
    socket: 'trades.historical',
    security: 'key',
    weight: 25,
    run: (call) => fromId(call, marketOf(call).trades()).map(tradeRow),
  },
  {
    http: 'GET /api/v3/aggTrades',
    socket: 'trades.aggregate',
    security: 'none',
    weight: 4,
    run: (call) => fromId(call, within(call, marketOf(call).trades()), 'aggregateId').map(aggregateRow),
  },
  { http: 'GET /api/v3/klines', socket: 'klines', security: 'none', weight: 2, run: klines },
  {
    http: 'GET /api/v3/avgPrice',
    socket: 'avgPrice',
    security: 'none',
    weight: 2,
    run(call) {
      const nowMs = Math.trunc(call.exchange.clock.unshifted());
      return { mins: AVERAGE_MINUTES, price: fixed(marketOf(call).average.at(nowMs)), closeTime: nowMs };
    },
  },
  {
    http: 'GET /api/v3/ticker/bookTicker',
    socket: 'ticker.book',
    security: 'none',
    weight: 2,
    run: (call) => each(call, bookTicker),
  },
  {
    http: 'GET /api/v3/ticker/price',
    socket: 'ticker.price',
    security: 'none',
    weight: 2,
    run: (call) => each(call, ({ rules, last }) => ({ symbol: rules.symbol, price: fixed(last) })),
  },
  {
    http: 'GET /api/v3/ticker/24hr',
    socket: 'ticker.24hr',
    security: 'none',
    weight: 2,
    run: (call) => each(call, (market) => ticker24(market, call.exchange.clock.now())),
  },
];

/** A level as answers and streams list it. */
export function levelRow({ price, quantity }: SimLevel): readonly [string, string] {
  return [fixed(price), fixed(quantity)];
}

/** The best prices of a symbol. */
export function bookTicker(market: Market): object {
  const { bid, ask } = market.best();
  return {
    symbol: market.rules.symbol,
    bidPrice: fixed(bid.price),
    bidQty: fixed(bid.quantity),
    askPrice: fixed(ask.price),
    askQty: fixed(ask.quantity),
  };
}

function marketOf({ exchange, parameters }: Call): Market {
  return exchange.market(readSymbol(parameters));
}

function limitOf({ parameters }: Call, usual: number): number {
  const limit = readWhole(parameters, 'limit') ?? usual;
  if (limit < 1) throw new Refusal(-1130, "Data sent for parameter 'limit' is not valid.");
  return limit;
}

function depthWeight(limit: number): number {
  if (limit <= 100) return 5;
  if (limit <= 500) return 25;
  return limit <= 1_000 ? 50 : 250;
}

function each(call: Call, row: (market: Market) => object): unknown {
  const { exchange, parameters } = call;
  return parameters.has('symbol') ? row(marketOf(call)) : [...exchange.markets.values()].map(row);
}

function tradeRow({ id, price, quantity, atMs, buyerIsMaker }: PublicTrade): object {
  const amounts = { price: fixed(price), qty: fixed(quantity), quoteQty: fixed() };
  return { id, ...amounts, time: atMs, isBuyerMaker: buyerIsMaker, isBestMatch: true };
}

function aggregateRow({ id, aggregateId, price, quantity, atMs, buyerIsMaker }: PublicTrade): object {
  return { a: aggregateId, p: fixed(price), q: fixed(quantity), f: id, l: id, T: atMs, m: buyerIsMaker, M: true };
}

function within({ parameters }: Call, trades: readonly PublicTrade[]): readonly PublicTrade[] {
  const startMs = readWhole(parameters, 'startTime') ?? 0;
  const endMs = readWhole(parameters, 'endTime') ?? Number.MAX_SAFE_INTEGER;
  return trades.filter(({ atMs }) => atMs >= startMs && atMs <= endMs);
}

function fromId(call: Call, trades: readonly PublicTrade[], key: 'id' | 'aggregateId' = 'id'): readonly PublicTrade[] {
  const limit = limitOf(call, 500);
  const from = readWhole(call.parameters, 'fromId');
  if (from === undefined && !call.parameters.has('startTime')) return trades.slice(-limit);
  return trades.filter((trade) => trade[key] >= (from ?? 0)).slice(0, limit);
}

function klines(call: Call): unknown {
  const { parameters, exchange } = call;
  const interval = need(parameters, 'interval');
  const series = marketOf(call).series(interval);
  if (series === undefined) throw new Refusal(-1120, 'Invalid interval.');
  series.advance(Math.trunc(exchange.clock.unshifted()));
  const limit = Math.min(limitOf(call, 500), 1_000);
  const startMs = readWhole(parameters, 'startTime');
  const endMs = readWhole(parameters, 'endTime') ?? Number.MAX_SAFE_INTEGER;
  const asked = series.all().filter(({ openMs }) => openMs >= (startMs ?? 0) && openMs <= endMs);
  return (startMs === undefined ? asked.slice(-limit) : asked.slice(0, limit)).map(klineRow);
}
