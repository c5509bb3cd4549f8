import { KitError } from '@gatehouse/shared/errors.ts';
import type { CcxtBinance, CcxtSocket } from '../venues/ccxt/ccxt-exchange.ts';
import { breakSockets } from '../venues/ccxt/streams.ts';
import { readKlineMessage } from '../venues/ccxt/wire-forms.ts';
import type { ClosedKline } from './kline-bars.ts';

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
const HEARTBEATS_FROM = 1_000_000_000;

/**
 * The closed bars of one symbol as ccxt's socket brings them, until it cannot be trusted any more.
 *
 * Shape: the bar that still grows is looked at for nothing but a sign of life.
 */
export class KlineStream {
  readonly #deps: KlineStreamDeps;
  readonly #waiting: ClosedKline[] = [];
  #exchange: CcxtBinance | undefined;
  #socket: CcxtSocket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #heardMs: number;
  #beats = 0;
  #fault: KitError | undefined;
  #wake: () => void = () => undefined;

  constructor(deps: KlineStreamDeps) {
    this.#deps = deps;
    this.#heardMs = deps.monotonicMs();
  }

  /** Subscribes. Errors: `VENUE_UNREACHABLE` where the exchange says nothing in time. */
  async start(exchange: CcxtBinance): Promise<void> {
    const { symbol, interval, limits, monotonicMs } = this.#deps;
    this.#exchange = exchange;
    this.#heardMs = monotonicMs();
    this.#timer = setInterval(() => this.#beat(), limits.heartbeatMs);
    exchange.watchOHLCV(symbol, interval).catch(() => undefined);
    while (this.#socket === undefined && this.#fault === undefined) await this.#next();
    if (this.#fault !== undefined) throw this.#fault;
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
      await this.#next(restMs);
    }
  }

  /** Takes each message of ccxt's socket. Shape: `true` keeps it from ccxt. */
  take(socket: CcxtSocket, message: unknown): boolean {
    this.#socket = socket;
    this.#heardMs = this.#deps.monotonicMs();
    this.#wake();
    if (typeof message !== 'object' || message === null) {
      this.fail('the stream sent what cannot be read');
      return true;
    }
    const { e, id, result, k } = message as Readonly<Record<string, unknown>>;
    if (typeof id === 'number' && id > HEARTBEATS_FROM) {
      if (Array.isArray(result) && !result.includes(this.#name()))
        this.fail('the stream stands without its subscription');
      return true;
    }
    if (e === 'kline' && (k as { x?: unknown } | undefined)?.x === true) this.#takeClosed(message);
    return e === 'kline';
  }

  /** Ends the stream as one that cannot be trusted. */
  fail(reason: string): void {
    this.#fault ??= new KitError('VENUE_UNREACHABLE', reason);
    clearInterval(this.#timer);
    if (this.#exchange !== undefined) breakSockets(this.#exchange);
    this.#wake();
  }

  #takeClosed(message: unknown): void {
    try {
      const { s, k } = readKlineMessage(message);
      if (s !== this.#deps.symbolId || k.i !== this.#deps.interval) return;
      if (this.#waiting.length >= WAITING_MAX) this.fail(`${WAITING_MAX} bars wait already`);
      else this.#waiting.push({ openMs: k.t, open: k.o, high: k.h, low: k.l, close: k.c });
    } catch (error) {
      this.fail(error instanceof Error ? error.message : 'a bar cannot be read');
    }
  }

  #beat(): void {
    const { monotonicMs, limits } = this.#deps;
    const silentMs = monotonicMs() - this.#heardMs;
    if (silentMs > limits.staleMs - limits.heartbeatMs) {
      this.fail(`the stream was silent for ${Math.round(silentMs)} ms`);
      return;
    }
    this.#beats += 1;
    const wanted = this.#socket?.send({ method: 'LIST_SUBSCRIPTIONS', id: HEARTBEATS_FROM + this.#beats });
    wanted?.catch(() => this.fail('nothing can be sent on the stream'));
  }

  #name(): string {
    return `${this.#deps.symbolId.toLowerCase()}@kline_${this.#deps.interval}`;
  }

  /** Waits for anything to happen. */
  #next(withinMs?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = withinMs === undefined ? undefined : setTimeout(resolve, withinMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
