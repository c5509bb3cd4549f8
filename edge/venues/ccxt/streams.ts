import { KitError } from '@gatehouse/shared/errors.ts';
import type { CcxtBinance, CcxtSocket } from './ccxt-exchange.ts';

/** The two sockets of a session. */
export type StreamName = 'market' | 'user';

/** What streams are watched with. */
export interface StreamDeps {
  readonly exchange: CcxtBinance;
  readonly symbol: string;
  readonly symbolId: string;
  readonly userStreamUrl: string;
  readonly monotonicMs: () => number;
  readonly limits: { readonly heartbeatMs: number; readonly staleMs: number };
  /** A message of a stream that is no answer to a request of ours. */
  readonly onMessage: (stream: StreamName, message: Readonly<Record<string, unknown>>) => void;
  /** Called once, at the first fault; the session is over then. */
  readonly onFault: (fault: StreamFault) => void;
}

/** Why a stream cannot be trusted any more. Shape: `stale` is a connection that stands and says nothing. */
export interface StreamFault {
  readonly kind: 'stale' | 'down';
  readonly reason: string;
}

/**
 * The market stream and the user's own stream, with a heartbeat on each.
 *
 * Shape: the heartbeat asks the service behind the socket which subscriptions it holds, so that a socket that answers pings and carries nothing
 *        is found as well as one that is silent.
 */
export interface Streams {
  /** Subscribes to both. Errors: what ccxt fails with. */
  start(): Promise<void>;
  /** Takes each message of ccxt's sockets. Shape: `true` keeps it from ccxt. */
  take(socket: CcxtSocket, message: unknown): boolean;
  /** A socket of ccxt ended. */
  ended(socket: CcxtSocket, reason: string): void;
  stop(): void;
}

interface Line {
  readonly name: StreamName;
  socket: CcxtSocket | undefined;
  heardMs: number;
}

const HEARTBEAT_PREFIX = 'gh-';
/** Numbers that ccxt does not reach with its own requests, and that stay safe integers. */
const MARKET_HEARTBEATS_FROM = 1_000_000_000;

/** Streams that are not connected yet. */
export function createStreams(deps: StreamDeps): Streams {
  return new BinanceStreams(deps);
}

class BinanceStreams implements Streams {
  readonly #deps: StreamDeps;
  readonly #market: Line;
  readonly #user: Line;
  #timer: NodeJS.Timeout | undefined;
  #beats = 0;
  #isOver = false;
  #onMarket: () => void = () => undefined;
  #onEarlyFault: (fault: StreamFault) => void = () => undefined;

  constructor(deps: StreamDeps) {
    this.#deps = deps;
    const heardMs = deps.monotonicMs();
    this.#market = { name: 'market', socket: undefined, heardMs };
    this.#user = { name: 'user', socket: undefined, heardMs };
  }

  async start(): Promise<void> {
    const { exchange, symbol, limits, monotonicMs } = this.#deps;
    for (const line of [this.#market, this.#user]) line.heardMs = monotonicMs();
    this.#timer = setInterval(() => this.#beat(), limits.heartbeatMs);
    const spoken = new Promise<void>((resolve) => {
      this.#onMarket = resolve;
    });
    const fault = new Promise<never>((_, reject) => {
      this.#onEarlyFault = ({ reason }) => reject(new KitError('VENUE_UNREACHABLE', reason));
    });
    const user = exchange.authenticate({ type: 'spot' });
    keepQuiet(exchange);
    const market = exchange.watchBidsAsks([symbol]);
    for (const promise of [user, market, fault]) promise.catch(() => undefined);
    // ccxt may leave its own promise open for ever where a socket breaks.
    await Promise.race([Promise.all([user, spoken]), fault]);
  }

  take(socket: CcxtSocket, message: unknown): boolean {
    const line = this.#lineOf(socket);
    line.socket = socket;
    if (this.#isOver) return true;
    if (typeof message !== 'object' || message === null || Array.isArray(message)) {
      this.#fail({ kind: 'down', reason: `the ${line.name} stream sent what cannot be read` });
      return true;
    }
    line.heardMs = this.#deps.monotonicMs();
    if (line === this.#market) this.#onMarket();
    const record = message as Readonly<Record<string, unknown>>;
    if (this.#isHeartbeat(line, record)) return true;
    const event = record['event'];
    const inner = typeof event === 'object' && event !== null ? (event as Readonly<Record<string, unknown>>) : record;
    if (inner['e'] === 'eventStreamTerminated' || inner['e'] === 'serverShutdown') {
      this.#fail({ kind: 'down', reason: `the exchange ended the ${line.name} stream: ${inner['e']}` });
      return true;
    }
    if (inner['e'] === undefined && inner['b'] === undefined) return false;
    this.#deps.onMessage(line.name, inner);
    // ccxt would parse each message into books of its own that nobody reads here.
    return true;
  }

  ended(socket: CcxtSocket, reason: string): void {
    this.#fail({ kind: 'down', reason: `the ${this.#lineOf(socket).name} stream ended: ${reason}` });
  }

  stop(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
  }

  #beat(): void {
    const { monotonicMs, limits } = this.#deps;
    for (const { name, heardMs } of [this.#market, this.#user]) {
      const silentMs = monotonicMs() - heardMs;
      if (silentMs <= limits.staleMs - limits.heartbeatMs) continue;
      this.#fail({ kind: 'stale', reason: `the ${name} stream was silent for ${Math.round(silentMs)} ms` });
      return;
    }
    this.#beats += 1;
    const market = { method: 'LIST_SUBSCRIPTIONS', id: MARKET_HEARTBEATS_FROM + this.#beats };
    this.#send(this.#market, market);
    this.#send(this.#user, { id: `${HEARTBEAT_PREFIX}${this.#beats}`, method: 'session.subscriptions' });
  }

  #send(line: Line, message: unknown): void {
    line.socket?.send(message).then(
      (sent) => sent,
      () => this.#fail({ kind: 'down', reason: `nothing can be sent on the ${line.name} stream` }),
    );
  }

  /** Whether the message answers a heartbeat. Shape: an answer without our subscription is a fault, one that is an error is a sign of life. */
  #isHeartbeat(line: Line, message: Readonly<Record<string, unknown>>): boolean {
    const { id, result } = message as { readonly id?: unknown; readonly result?: unknown };
    const isMarkets = typeof id === 'number' && id > MARKET_HEARTBEATS_FROM;
    if (!isMarkets && !(typeof id === 'string' && id.startsWith(HEARTBEAT_PREFIX))) return false;
    if (!Array.isArray(result)) return true;
    const prefix = `${this.#deps.symbolId.toLowerCase()}@`;
    const isHeld = isMarkets
      ? result.some((stream) => typeof stream === 'string' && stream.startsWith(prefix))
      : result.length > 0;
    if (!isHeld) this.#fail({ kind: 'stale', reason: `the ${line.name} stream stands without its subscription` });
    return true;
  }

  #lineOf(socket: CcxtSocket): Line {
    return socket.url === this.#deps.userStreamUrl ? this.#user : this.#market;
  }

  #fail(fault: StreamFault): void {
    if (this.#isOver) return;
    this.stop();
    this.#onEarlyFault(fault);
    this.#deps.onFault(fault);
  }
}

/** The sockets of ccxt, as much of them as is needed to let them go. */
interface CcxtClients {
  readonly clients?: Readonly<
    Record<
      string,
      { readonly futures: Record<string, Promise<unknown>>; readonly connection?: { terminate?: () => void } }
    >
  >;
}

/** ccxt rejects promises of its own that nobody was given; without a listener each of them would end the process. */
function keepQuiet(exchange: CcxtBinance): void {
  for (const { futures } of Object.values((exchange as unknown as CcxtClients).clients ?? {})) {
    for (const future of Object.values(futures)) future.catch(() => undefined);
  }
}

/** Breaks the sockets of an exchange that is done with, without waiting for the other side to agree. */
export function breakSockets(exchange: CcxtBinance): void {
  keepQuiet(exchange);
  for (const { connection } of Object.values((exchange as unknown as CcxtClients).clients ?? {}))
    connection?.terminate?.();
}
