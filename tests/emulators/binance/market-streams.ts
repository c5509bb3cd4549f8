import type { SocketLine } from '../kit/socket-line.ts';
import type { LineEvents } from '../kit/wire-server.ts';
import { fixed } from './amounts.ts';
import { INTERVALS, type Kline, type KlineSeries, klineMessage } from './klines.ts';
import type { Market, PublicTrade } from './market.ts';
import { bookTicker, levelRow } from './market-operations.ts';
import { tickerMessage } from './ticker.ts';

interface Listener {
  readonly line: SocketLine;
  readonly topics: Set<string>;
  /** Whether messages come wrapped with the name of their stream. */
  readonly isCombined: boolean;
  sinceMs: number;
  count: number;
}

/** The exchange cuts off who sends more than this within a second. */
const MESSAGES_PER_SECOND_MAX = 5;
const STREAMS_MAX = 1_024;

/** The market streams. Source: Binance spot API documentation, "WebSocket Streams". */
export class MarketStreams {
  readonly #listeners = new Set<Listener>();
  readonly #now: () => number;
  readonly #lastBest = new Map<string, string>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes a connection in; its path may name streams already. */
  connect(line: SocketLine): LineEvents {
    const [path = '', query = ''] = line.url.split('?');
    const combined = new URLSearchParams(query).get('streams');
    const named = combined?.split('/') ?? (path.includes('@') ? [path.split('/').at(-1) ?? ''] : []);
    const listener = { line, topics: new Set(named), isCombined: combined !== null, sinceMs: 0, count: 0 };
    this.#listeners.add(listener);
    return {
      message: (text) => {
        if (isTooMuch(listener)) line.close(1008, 'Too many requests');
        else this.#message(listener, text);
      },
      closed: () => this.#listeners.delete(listener),
    };
  }

  trade(market: Market, { id, aggregateId, price, quantity, atMs, buyerIsMaker }: PublicTrade): void {
    const { symbol } = market.rules;
    const common = {
      E: this.#now(),
      s: symbol,
      p: fixed(price),
      q: fixed(quantity),
      T: atMs,
      m: buyerIsMaker,
      M: true,
    };
    this.#send(market, 'trade', () => ({ e: 'trade', ...common, t: id }));
    this.#send(market, 'aggTrade', () => ({ e: 'aggTrade', ...common, a: aggregateId, f: id, l: id }));
    this.#send(market, 'ticker', () => tickerMessage(market, this.#now()));
  }

  klines(market: Market, closed: readonly (readonly [KlineSeries, readonly Kline[]])[]): void {
    if (!this.#hears(market, 'kline_')) return;
    const { symbol } = market.rules;
    for (const [series, ended] of closed) {
      const { interval } = series;
      const topic = `kline_${interval}`;
      for (const kline of ended) {
        this.#send(market, topic, () => klineMessage(kline, { symbol, interval, isClosed: true, nowMs: this.#now() }));
      }
      const open = series.current();
      if (open === undefined || open.trades === 0) continue;
      this.#send(market, topic, () => klineMessage(open, { symbol, interval, isClosed: false, nowMs: this.#now() }));
    }
  }

  /** Says what changed in the book, and at its top. */
  book(market: Market): void {
    if (!this.#hears(market, 'depth') && !this.#hears(market, 'bookTicker')) return;
    const change = market.syncDepth();
    this.#best(market);
    if (change === undefined) return;
    const { symbol } = market.rules;
    const message = (): object => ({
      e: 'depthUpdate',
      E: this.#now(),
      s: symbol,
      U: change.first,
      u: change.last,
      b: change.bids.map(levelRow),
      a: change.asks.map(levelRow),
    });
    for (const speed of ['', '@100ms']) {
      this.#send(market, `depth${speed}`, message);
      for (const levels of [5, 10, 20]) {
        this.#send(market, `depth${levels}${speed}`, () => {
          const { bids, asks } = market.engine.depth(levels);
          return { lastUpdateId: market.updateId, bids: bids.map(levelRow), asks: asks.map(levelRow) };
        });
      }
    }
  }

  #best(market: Market): void {
    const { symbol, bidPrice, bidQty, askPrice, askQty } = bookTicker(market) as Record<string, string>;
    const text = `${bidPrice} ${bidQty} ${askPrice} ${askQty}`;
    if (this.#lastBest.get(market.rules.symbol) === text) return;
    this.#lastBest.set(market.rules.symbol, text);
    const u = market.updateId;
    this.#send(market, 'bookTicker', () => ({ u, s: symbol, b: bidPrice, B: bidQty, a: askPrice, A: askQty }));
  }

  #hears(market: Market, topic: string): boolean {
    if (this.#listeners.size === 0) return false;
    const start = `${market.rules.symbol.toLowerCase()}@${topic}`;
    for (const { topics } of this.#listeners) {
      for (const one of topics) if (one.startsWith(start)) return true;
    }
    return false;
  }

  #send(market: Market, topic: string, message: () => object): void {
    if (this.#listeners.size === 0) return;
    const stream = `${market.rules.symbol.toLowerCase()}@${topic}`;
    let data: object | undefined;
    for (const { line, topics, isCombined } of this.#listeners) {
      if (!topics.has(stream)) continue;
      data ??= message();
      line.send(stream, JSON.stringify(isCombined ? { stream, data } : data));
    }
  }

  #message({ line, topics }: Listener, text: string): void {
    const asked = read(text);
    const reply = (answer: object): void => line.send('control', JSON.stringify(answer));
    if (asked === undefined) {
      reply({ error: { code: 3, msg: 'Invalid JSON: expected value at line 1 column 1' }, id: '' });
      return;
    }
    const { method, id, params } = asked;
    line.exchange({
      path: method,
      parameters: new Map(params.map((name, at) => [`${at}`, name])),
      text,
      handle() {
        switch (method) {
          case 'SUBSCRIBE': {
            const wrong = params.find((name) => !isStream(name));
            if (wrong !== undefined)
              return JSON.stringify({ error: { code: 2, msg: 'Invalid request: invalid stream' }, id });
            for (const name of params) if (topics.size < STREAMS_MAX) topics.add(name);
            return JSON.stringify({ result: null, id });
          }
          case 'UNSUBSCRIBE':
            for (const name of params) topics.delete(name);
            return JSON.stringify({ result: null, id });
          case 'LIST_SUBSCRIPTIONS':
            return JSON.stringify({ result: [...topics], id });
          default:
            return JSON.stringify({ error: { code: 0, msg: `Unknown property: unknown variant ${method}` }, id });
        }
      },
      instead: ({ status }) => JSON.stringify({ error: { code: status, msg: 'Unknown error' }, id }),
    });
  }
}

function isTooMuch(listener: Listener): boolean {
  const nowMs = Date.now();
  if (nowMs - listener.sinceMs >= 1_000) {
    listener.sinceMs = nowMs;
    listener.count = 0;
  }
  listener.count += 1;
  return listener.count > MESSAGES_PER_SECOND_MAX;
}

interface Asked {
  readonly method: string;
  readonly id: unknown;
  readonly params: readonly string[];
}

function read(text: string): Asked | undefined {
  try {
    const { method, id, params } = JSON.parse(text) as Record<string, unknown>;
    if (typeof method !== 'string') return undefined;
    return { method, id, params: Array.isArray(params) ? params.map(String) : [] };
  } catch {
    return undefined;
  }
}

function isStream(name: string): boolean {
  const kline = /^[a-z0-9]+@kline_(\w+)$/.exec(name)?.[1];
  if (kline !== undefined) return Object.hasOwn(INTERVALS, kline);
  return /^[a-z0-9]+@(trade|aggTrade|bookTicker|ticker|miniTicker|depth(5|10|20)?(@(100|1000)ms)?)$/.test(name);
}
