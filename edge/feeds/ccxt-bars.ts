import { describeError } from '@gatehouse/shared/errors.ts';
import type { Bar } from '@gatehouse/shared/market/bar.ts';
import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import { type Instant, toMillis } from '@gatehouse/shared/values/instant.ts';
import { backoffMs } from '../venues/ccxt/backoff.ts';
import { readCcxtSettings } from '../venues/ccxt/settings.ts';
import type { ConnectorServices } from '../venues/define-connector.ts';
import { barOfKline, type ClosedKline, intervalMs } from './kline-bars.ts';
import { KlineStream } from './kline-stream.ts';
import type { LiveFeed } from './live-feed.ts';
import { PublicExchange } from './public-exchange.ts';

/** What live bars are made from. Shape: `settings` are those of the connector; no key is needed. */
export interface CcxtBarsRequest {
  readonly instrument: Instrument;
  readonly interval: string;
  readonly settings: unknown;
  readonly services: ConnectorServices;
  /** Told of bars that the exchange itself does not have. Units: milliseconds since 1970, the end not included. */
  readonly onGap: (gap: { readonly fromMs: number; readonly toMs: number }) => void;
}

const PAGE = 1_000;

/** A part of the exchange's history, oldest first. Shape: a full page may have more behind it. */
interface Page {
  readonly rows: readonly ClosedKline[];
  readonly isFull: boolean;
}

/**
 * Closed bars of Binance through ccxt: from the market stream as they close, and from its history where the stream missed some.
 *
 * Shape:  a bar that should have closed and was not heard of is asked for, once per stale limit; a gap that the history does not fill is told and
 *         passed over. The bar that still grows is never shown.
 * Errors: `CONFIG_INVALID` for settings that cannot be used.
 */
export function ccxtBars(request: CcxtBarsRequest): LiveFeed {
  return new CcxtBars(request);
}

class CcxtBars implements LiveFeed {
  readonly #request: CcxtBarsRequest;
  readonly #settings: ReturnType<typeof readCcxtSettings>;
  readonly #lengthMs: number;
  readonly #public: PublicExchange;
  #stream: KlineStream | undefined;

  constructor(request: CcxtBarsRequest) {
    this.#request = request;
    this.#settings = readCcxtSettings(request.settings);
    this.#lengthMs = intervalMs(request.interval);
    this.#public = new PublicExchange(this.#settings, request.services);
  }

  async history(count: number): Promise<readonly Bar[]> {
    await this.#public.requireReady();
    const nowMs = await this.#public.questions.serverTimeMs();
    let klines: readonly ClosedKline[] = [];
    let toMs = nowMs;
    for (let isNewest = true; klines.length < count; isNewest = false) {
      const asked = Math.min(PAGE, count - klines.length + 1);
      const { rows } = await this.#ask({ toMs, limit: asked });
      const [first] = rows;
      if (first === undefined) break;
      klines = [...(isNewest ? this.#closedOf(rows, nowMs) : rows), ...klines];
      toMs = first.openMs - 1;
    }
    return klines.slice(-count).map((kline) => this.#bar(kline));
  }

  async *bars(after: Instant, signal: AbortSignal): AsyncIterable<Bar> {
    const onAbort = (): void => this.#stream?.fail('nobody listens any more');
    signal.addEventListener('abort', onAbort);
    const place = { nextMs: Math.ceil(toMillis(after) / this.#lengthMs) * this.#lengthMs };
    let failures = 0;
    try {
      while (!signal.aborted && !this.#public.isClosed) {
        try {
          await this.#connect();
          if (!signal.aborted) {
            yield* this.#fill(place);
            failures = 0;
            yield* this.#follow(place);
          }
        } catch (error) {
          if (signal.aborted || this.#public.isClosed) return;
          this.#request.services.log(`bars of ${this.#settings.symbol}: ${describeError(error)}`);
        }
        if (signal.aborted) return;
        await this.#public.pause(backoffMs(failures, this.#settings.reconnectMs, this.#request.services.random));
        failures += 1;
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#stream?.fail('nobody listens any more');
    }
  }

  async close(): Promise<void> {
    this.#public.close();
    this.#stream?.fail('the feed was closed');
  }

  /** Bars of the stream, each once and in order, with what is missing between them; ends when the stream fails. */
  async *#follow(place: { nextMs: number }): AsyncGenerator<Bar> {
    const { staleMs } = this.#settings;
    for (;;) {
      const kline = await this.#stream?.next(this.#lengthMs + staleMs);
      if (kline === undefined) {
        yield* this.#fill(place);
        continue;
      }
      if (kline.openMs < place.nextMs) continue;
      if (kline.openMs > place.nextMs) yield* this.#fill(place, kline.openMs);
      if (kline.openMs < place.nextMs) continue;
      place.nextMs = kline.openMs + this.#lengthMs;
      yield this.#bar(kline);
    }
  }

  /** Bars of the exchange's history from the next one on, up to one that is known or to the last that has closed. */
  async *#fill(place: { nextMs: number }, untilMs?: number): AsyncGenerator<Bar> {
    const nowMs = await this.#public.questions.serverTimeMs();
    const toMs = untilMs === undefined ? nowMs : untilMs - 1;
    for (let isMore = place.nextMs <= toMs; isMore; ) {
      const { rows, isFull } = await this.#ask({ fromMs: place.nextMs, toMs, limit: PAGE });
      // Before a bar that has closed all others have; without one, the newest may still be growing.
      const closed = untilMs === undefined ? this.#closedOf(rows, nowMs) : rows;
      for (const kline of closed) {
        if (kline.openMs < place.nextMs) continue;
        this.#tellGap(place.nextMs, kline.openMs);
        place.nextMs = kline.openMs + this.#lengthMs;
        yield this.#bar(kline);
      }
      isMore = isFull && place.nextMs <= toMs;
    }
    if (untilMs === undefined) return;
    this.#tellGap(place.nextMs, untilMs);
    place.nextMs = Math.max(place.nextMs, untilMs);
  }

  async #ask(span: { readonly fromMs?: number; readonly toMs: number; readonly limit: number }): Promise<Page> {
    const rows = await this.#public.questions.klines({ ...span, interval: this.#request.interval });
    const klines = rows.map(([openMs, open, high, low, close]) => ({ openMs, open, high, low, close }));
    return { rows: klines.sort((a, b) => a.openMs - b.openMs), isFull: rows.length >= span.limit };
  }

  /** Those that are over by the exchange's clock and have another behind them; the newest may be growing whatever the clock says. */
  #closedOf(rows: readonly ClosedKline[], nowMs: number): readonly ClosedKline[] {
    return rows.slice(0, -1).filter(({ openMs }) => openMs + this.#lengthMs <= nowMs);
  }

  async #connect(): Promise<void> {
    const { interval, services } = this.#request;
    this.#stream?.fail('a new stream begins');
    const stream = new KlineStream({
      symbol: this.#settings.symbol,
      symbolId: this.#public.symbolId,
      interval,
      monotonicMs: services.monotonicMs,
      limits: this.#settings,
    });
    this.#stream = stream;
    await stream.start(await this.#public.renew(stream));
  }

  #bar(kline: ClosedKline): Bar {
    return barOfKline(kline, { instrument: this.#request.instrument, lengthMs: this.#lengthMs });
  }

  #tellGap(fromMs: number, toMs: number): void {
    if (fromMs < toMs) this.#request.onGap({ fromMs, toMs });
  }
}
