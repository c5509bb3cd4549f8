import { KitError } from '@gatehouse/shared/errors.ts';
import type { CcxtBinance, CcxtSocket } from '../venues/ccxt/ccxt-exchange.ts';
import { breakSockets } from '../venues/ccxt/streams.ts';

/** What public streams on one socket are watched with. */
export interface PublicStreamDeps {
  /** What is subscribed to, in the exchange's own names. */
  readonly streams: readonly string[];
  /** Has ccxt subscribe; one request each. */
  readonly subscribe: (exchange: CcxtBinance) => readonly Promise<unknown>[];
  readonly monotonicMs: () => number;
  readonly limits: { readonly heartbeatMs: number; readonly staleMs: number };
  /** Takes each message that is an event. Errors: what it throws ends the stream. */
  readonly onEvent: (message: Readonly<Record<string, unknown>>) => void;
  /** Called once, at the first fault. */
  readonly onFault: (fault: PublicStreamFault) => void;
}

/** Why a stream cannot be trusted any more. Shape: `stale` is a connection that stands and says nothing. */
export interface PublicStreamFault {
  readonly kind: 'stale' | 'down';
  readonly error: KitError;
}

/** Numbers that ccxt does not reach with its own requests. */
const HEARTBEATS_FROM = 1_000_000_000;

/**
 * Public streams of one symbol as ccxt's socket brings them, until they cannot be trusted any more.
 *
 * Shape: messages are taken before ccxt parses them, so that amounts stay the exchange's own texts. The heartbeat asks which streams the socket
 *        carries, so that one that stands without them is found as well as one that is silent.
 */
export class PublicStream {
  readonly #deps: PublicStreamDeps;
  #exchange: CcxtBinance | undefined;
  #socket: CcxtSocket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #heardMs: number;
  #beats = 0;
  #missing: number;
  #fault: KitError | undefined;
  readonly #begun = Promise.withResolvers<void>();

  constructor(deps: PublicStreamDeps) {
    this.#deps = deps;
    this.#heardMs = deps.monotonicMs();
    this.#missing = deps.streams.length;
    this.#begun.promise.catch(() => undefined);
  }

  get fault(): KitError | undefined {
    return this.#fault;
  }

  /** Subscribes; resolves once the exchange has confirmed everything. Errors: `VENUE_UNREACHABLE` where it does not in time. */
  async start(exchange: CcxtBinance): Promise<void> {
    const { subscribe, limits, monotonicMs } = this.#deps;
    this.#exchange = exchange;
    this.#heardMs = monotonicMs();
    this.#timer = setInterval(() => this.#beat(), limits.heartbeatMs);
    // Whether it is one that broke is known before: ccxt may leave its own promises open for ever.
    for (const promise of subscribe(exchange)) promise.catch(() => undefined);
    await this.#begun.promise;
  }

  /** Takes each message of ccxt's socket. Shape: always `true`, since nothing of it is for ccxt. */
  take(socket: CcxtSocket, message: unknown): true {
    this.#socket = socket;
    if (this.#fault !== undefined) return true;
    this.#heardMs = this.#deps.monotonicMs();
    if (typeof message !== 'object' || message === null || Array.isArray(message)) {
      this.fail('the stream sent what cannot be read');
      return true;
    }
    this.#read(message as Readonly<Record<string, unknown>>);
    return true;
  }

  /** Ends the stream as one that cannot be trusted. */
  fail(reason: string, kind: PublicStreamFault['kind'] = 'down'): void {
    clearInterval(this.#timer);
    if (this.#fault === undefined) {
      const error = new KitError('VENUE_UNREACHABLE', reason, { hint: 'The connector connects again by itself.' });
      this.#fault = error;
      this.#begun.reject(error);
      this.#deps.onFault({ kind, error });
    }
    if (this.#exchange !== undefined) breakSockets(this.#exchange);
  }

  #read(message: Readonly<Record<string, unknown>>): void {
    const { e, id, result, error } = message;
    if (e !== undefined) {
      try {
        this.#deps.onEvent(message);
      } catch (cause) {
        this.fail(cause instanceof Error ? cause.message : 'an event cannot be read');
      }
      return;
    }
    if (error !== undefined) {
      this.fail(`the exchange refuses a request of the stream: ${JSON.stringify(error).slice(0, 200)}`);
    } else if (typeof id === 'number' && id > HEARTBEATS_FROM) {
      this.#compare(result);
    } else if (result === null && this.#missing > 0) {
      this.#missing -= 1;
      if (this.#missing === 0) this.#begun.resolve();
    }
  }

  #compare(held: unknown): void {
    const { streams } = this.#deps;
    const isWhole = Array.isArray(held) && streams.every((name) => held.includes(name));
    if (!isWhole) this.fail('the stream stands without its subscription', 'stale');
  }

  #beat(): void {
    const { monotonicMs, limits } = this.#deps;
    const silentMs = monotonicMs() - this.#heardMs;
    if (silentMs > limits.staleMs - limits.heartbeatMs) {
      this.fail(`the stream was silent for ${Math.round(silentMs)} ms`, 'stale');
      return;
    }
    if (this.#missing > 0) return;
    this.#beats += 1;
    const wanted = this.#socket?.send({ method: 'LIST_SUBSCRIPTIONS', id: HEARTBEATS_FROM + this.#beats });
    wanted?.catch(() => this.fail('nothing can be sent on the stream'));
  }
}
