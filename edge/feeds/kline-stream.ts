import type { KitError } from '@gatehouse/shared/errors.ts';
import type { CcxtBinance, CcxtSocket } from '../venues/ccxt/ccxt-exchange.ts';
import { readKlineMessage } from '../venues/ccxt/wire-forms.ts';
import type { ClosedKline } from './kline-bars.ts';
import { PublicStream } from './public-stream.ts';

/** What a stream of bars is watched with. */
export interface KlineStreamDeps {
  readonly symbol: string;
  readonly symbolId: string;
  readonly interval: string;
  readonly monotonicMs: () => number;
  readonly limits: { readonly heartbeatMs: number; readonly staleMs: number };
}

/** So many closed bars may wait for a slow reader; beyond, they are asked for again instead. */
const WAITING_MAX = 5_000;

/**
 * The closed bars of one symbol as ccxt's socket brings them, until it cannot be trusted any more.
 *
 * Shape: the bar that still grows is looked at for nothing but a sign of life.
 */
export class KlineStream {
  readonly #deps: KlineStreamDeps;
  readonly #stream: PublicStream;
  readonly #waiting: ClosedKline[] = [];
  #fault: KitError | undefined;
  #wake: () => void = () => undefined;

  constructor(deps: KlineStreamDeps) {
    const { symbol, symbolId, interval } = deps;
    this.#deps = deps;
    this.#stream = new PublicStream({
      ...deps,
      streams: [`${symbolId.toLowerCase()}@kline_${interval}`],
      subscribe: (exchange) => [exchange.watchOHLCV(symbol, interval)],
      onEvent: (message) => this.#hear(message),
      onFault: ({ error }) => {
        this.#fault = error;
        this.#wake();
      },
    });
  }

  /** Subscribes. Errors: `VENUE_UNREACHABLE` where the exchange says nothing in time. */
  start(exchange: CcxtBinance): Promise<void> {
    return this.#stream.start(exchange);
  }

  /** The next closed bar, or nothing after so long without one. Errors: `VENUE_UNREACHABLE` once the stream has failed. */
  async next(withinMs: number): Promise<ClosedKline | undefined> {
    const deadlineMs = this.#deps.monotonicMs() + withinMs;
    for (;;) {
      const kline = this.#waiting.shift();
      if (kline !== undefined) return kline;
      if (this.#fault !== undefined) throw this.#fault;
      const restMs = deadlineMs - this.#deps.monotonicMs();
      if (restMs <= 0) return undefined;
      await this.#anything(restMs);
    }
  }

  /** Takes each message of ccxt's socket. */
  take(socket: CcxtSocket, message: unknown): true {
    return this.#stream.take(socket, message);
  }

  /** Ends the stream as one that cannot be trusted. */
  fail(reason: string): void {
    this.#stream.fail(reason);
  }

  #hear(message: Readonly<Record<string, unknown>>): void {
    const { e, k } = message;
    if (e !== 'kline' || (k as { x?: unknown } | undefined)?.x !== true) return;
    const { s, k: kline } = readKlineMessage(message);
    if (s !== this.#deps.symbolId || kline.i !== this.#deps.interval) return;
    if (this.#waiting.length >= WAITING_MAX) {
      this.fail(`${WAITING_MAX} bars wait already`);
      return;
    }
    this.#waiting.push({ openMs: kline.t, open: kline.o, high: kline.h, low: kline.l, close: kline.c });
    this.#wake();
  }

  #anything(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
