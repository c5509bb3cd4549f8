import { describeError } from '@gatehouse/shared/errors.ts';
import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import { asPrice, asQuantity } from '@gatehouse/shared/values/amounts.ts';
import { addMs, type Instant } from '@gatehouse/shared/values/instant.ts';
import { backoffMs } from '../venues/ccxt/backoff.ts';
import { type CcxtSettings, readCcxtSettings } from '../venues/ccxt/settings.ts';
import { type AggregateTrade, readDepthMessage, readTradeMessage } from '../venues/ccxt/wire-forms.ts';
import type { ConnectorServices } from '../venues/define-connector.ts';
import type { LinkState } from '../venues/venue.ts';
import { BookSync } from './book-sync.ts';
import type { MarketBook, MarketEvent, MarketFeed, MarketQuote } from './market-feed.ts';
import { PublicExchange } from './public-exchange.ts';
import { PublicStream, type PublicStreamFault } from './public-stream.ts';
import { TradeSync } from './trade-sync.ts';
import { TradeTape } from './trade-tape.ts';

/** What quotes, book and trades are made from. Shape: `settings` are those of the connector; no key is needed. */
export interface CcxtMarketRequest {
  readonly instrument: Instrument;
  readonly settings: unknown;
  readonly services: ConnectorServices;
}

/** What works on one connection. */
interface MarketParts {
  readonly stream: PublicStream;
  readonly book: BookSync;
  readonly trades: TradeSync;
}

const SOURCE = 'Binance spot, stream of the book';

/**
 * Quotes, book and trades of Binance through ccxt.
 *
 * Shape:  the book is built from the exchange's state and its numbered changes, trades are followed by their numbers, and both are compared with
 *         the exchange's own where the stream is quiet. While they are not known to be right there is no quote.
 * Errors: `CONFIG_INVALID` for settings that cannot be used.
 */
export function ccxtMarket(request: CcxtMarketRequest): MarketFeed {
  return new CcxtMarket(request);
}

class CcxtMarket implements MarketFeed {
  readonly #request: CcxtMarketRequest;
  readonly #settings: CcxtSettings;
  readonly #public: PublicExchange;
  readonly #tape = new TradeTape();
  #listener: (event: MarketEvent) => void = () => undefined;
  #book: BookSync | undefined;
  #state: LinkState = 'down';
  #stream: PublicStream | undefined;

  constructor(request: CcxtMarketRequest) {
    this.#request = request;
    this.#settings = readCcxtSettings(request.settings);
    this.#public = new PublicExchange(this.#settings, request.services);
  }

  start(listener: (event: MarketEvent) => void): void {
    this.#listener = listener;
    void this.#keepUp();
  }

  quote(): MarketQuote | undefined {
    return this.#state === 'up' ? this.#book?.quote() : undefined;
  }

  book(levels: number): MarketBook | undefined {
    return this.#state === 'up' ? this.#book?.book(levels) : undefined;
  }

  close(): void {
    if (this.#public.isClosed) return;
    this.#public.close();
    this.#stream?.fail('the feed was closed');
  }

  async #keepUp(): Promise<void> {
    const { services } = this.#request;
    for (let failures = 0; !this.#public.isClosed; failures += 1) {
      let fault: PublicStreamFault | undefined;
      try {
        fault = await this.#session(() => {
          failures = 0;
        });
      } catch (error) {
        this.#say('down', describeError(error));
      }
      if (this.#public.isClosed) return;
      if (fault !== undefined) this.#say(fault.kind, fault.error.message);
      await this.#public.pause(backoffMs(failures, this.#settings.reconnectMs, services.random));
    }
  }

  /** One connection until its first fault. Errors: what it cannot begin with. */
  async #session(onUp: () => void): Promise<PublicStreamFault> {
    const { services } = this.#request;
    this.#say('connecting', 'Quotes and trades of the exchange are subscribed to.');
    const over = Promise.withResolvers<PublicStreamFault>();
    const { stream, book, trades } = this.#parts(over.resolve);
    this.#stream = stream;
    this.#book = book;
    let timer: NodeJS.Timeout | undefined;
    try {
      const exchange = await this.#public.renew(stream);
      await this.#public.time.measure();
      const failed = over.promise.then(({ error }) => Promise.reject(error));
      const begun = stream.start(exchange).then(() => Promise.all([book.load(), trades.begin()]));
      for (const promise of [failed, begun]) promise.catch(() => undefined);
      await Promise.race([begun, failed]);
      onUp();
      this.#say('up', 'Quotes and trades of the exchange come.');
      const first = book.quote();
      if (first !== undefined) this.#tell({ kind: 'quote', quote: first });
      let measuredMs = services.monotonicMs();
      timer = setInterval(() => {
        book.look();
        trades.look();
        if (services.monotonicMs() - measuredMs < this.#settings.clock.everyMs) return;
        measuredMs = services.monotonicMs();
        // An old measurement stands until a new one is had; it only makes quotes look as old as they are.
        this.#public.time.measure().catch(() => undefined);
      }, this.#settings.heartbeatMs);
      return await over.promise;
    } finally {
      clearInterval(timer);
      book.stop();
      trades.stop();
      stream.fail('this connection is over');
    }
  }

  /** What works on one connection; each of the three can end it. */
  #parts(onFault: (fault: PublicStreamFault) => void): MarketParts {
    const { services, instrument } = this.#request;
    const { monotonicMs, clock } = services;
    const { questions, symbolId } = this.#public;
    const name = symbolId.toLowerCase();
    const pause = (ms: number): Promise<void> => this.#public.pause(ms);
    const common = { questions, monotonicMs, pause, limits: this.#settings } as const;
    const gap = (of: 'book' | 'trades', says: string): void => this.#tell({ kind: 'gap', of, at: clock.now(), says });
    const end = (says: string, kind: PublicStreamFault['kind']): void => stream.fail(says, kind);
    const book = new BookSync({
      ...common,
      instrument: instrument.id,
      source: SOURCE,
      now: () => clock.now(),
      stamped: (exchangeMs) => this.#stamped(exchangeMs),
      onQuote: (quote) => {
        if (this.#state === 'up') this.#tell({ kind: 'quote', quote });
      },
      onGap: (says) => gap('book', says),
      onFault: end,
    });
    const trades = new TradeSync({
      ...common,
      tape: this.#tape,
      onTrade: (trade) => this.#tellTrade(trade),
      onGap: ({ from, to }) => gap('trades', `the exchange does not show its trades ${from} to ${to}`),
      onFault: end,
    });
    const stream: PublicStream = new PublicStream({
      streams: [`${name}@depth@100ms`, `${name}@aggTrade`],
      subscribe: (exchange) => [
        exchange.watchOrderBookForSymbols([this.#settings.symbol]),
        exchange.watchTradesForSymbols([this.#settings.symbol], undefined, undefined, { name: 'aggTrade' }),
      ],
      monotonicMs,
      limits: this.#settings,
      onEvent: (message) => this.#hear(message, { stream, book, trades }),
      onFault,
    });
    return { stream, book, trades };
  }

  #hear(message: Readonly<Record<string, unknown>>, { stream, book, trades }: MarketParts): void {
    if (message['s'] !== this.#public.symbolId) return;
    const isDepth = message['e'] === 'depthUpdate';
    if (!isDepth && message['e'] !== 'aggTrade') return;
    const read = isDepth ? readDepthMessage(message) : readTradeMessage(message);
    const lateMs = this.#lateMs(read.E);
    if (lateMs > this.#settings.staleMs) {
      stream.fail(`the stream runs ${Math.round(lateMs)} ms behind the exchange`, 'stale');
      return;
    }
    if ('u' in read) book.take(read);
    else trades.take(read);
  }

  #tellTrade({ a, p, q, T, m }: AggregateTrade): void {
    const { instrument } = this.#request;
    const trade = {
      instrument: instrument.id,
      id: `${a}`,
      at: this.#stamped(T),
      price: asPrice(p),
      quantity: asQuantity(q),
      aggressor: m ? ('sell' as const) : ('buy' as const),
    };
    this.#tell({ kind: 'trade', trade });
  }

  /** How long ago a moment of the exchange was. Units: milliseconds; one of its future is now. */
  #lateMs(exchangeMs: number): number {
    return this.#public.time.reading() === undefined ? 0 : Math.max(0, this.#public.time.nowMs() - exchangeMs);
  }

  #stamped(exchangeMs: number): Instant {
    return addMs(this.#request.services.clock.now(), -this.#lateMs(exchangeMs));
  }

  #say(state: LinkState, reason: string): void {
    if (state === this.#state) return;
    this.#state = state;
    const { services } = this.#request;
    services.log(`prices of ${this.#settings.symbol}: ${state}: ${reason}`);
    this.#tell({ kind: 'link', state, at: services.clock.now(), reason });
  }

  #tell(event: MarketEvent): void {
    if (this.#public.isClosed) return;
    try {
      this.#listener(event);
    } catch (error) {
      // A fault of the edge itself is no fault of the market: it ends the process as any other of ours.
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}
