import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import type { ConnectorServices, VenueSecret } from '../define-connector.ts';
import type { LinkState } from '../venue.ts';
import { backoffMs } from './backoff.ts';
import { type CcxtBinance, createCcxtBinance, errorName } from './ccxt-exchange.ts';
import { treatmentOf } from './error-map.ts';
import { requireSafeKey } from './key-rights.ts';
import { type MarketRules, marketRules, statedLimits } from './market-rules.ts';
import { createQuestions, type Questions } from './questions.ts';
import { createRequestBudget, type RequestBudget } from './request-budget.ts';
import { createRest, type Rest, RestFailure } from './rest.ts';
import { scrub } from './scrub.ts';
import { createServerTime, type ServerTime } from './server-time.ts';
import type { CcxtSettings } from './settings.ts';
import { breakSockets, createStreams, type StreamFault, type StreamName, type Streams } from './streams.ts';
import { createTransport, type Transport } from './transport.ts';

/** What a connection is made with. */
export interface ConnectionDeps {
  readonly settings: CcxtSettings;
  readonly services: ConnectorServices;
  readonly secret: () => VenueSecret;
  readonly onLink: (state: LinkState, reason: string) => void;
  readonly onMessage: (stream: StreamName, message: Readonly<Record<string, unknown>>) => void;
  /** Runs once both streams stand and before the link is up: what was missed is asked for here. */
  readonly onConnected: () => Promise<void>;
  /** Runs on a timer while the link is up. Shape: a failure of the REST service ends the session. */
  readonly onSweep: () => Promise<void>;
}

/** One session after another with the exchange; the secret is asked for anew with each. */
export class Connection {
  readonly rest: Rest;
  readonly questions: Questions;
  readonly time: ServerTime;
  readonly budget: RequestBudget;
  readonly symbolId: string;
  readonly #deps: ConnectionDeps;
  readonly #transport: Transport;
  readonly #stop = new AbortController();
  #exchange: CcxtBinance | undefined;
  #secret: VenueSecret | undefined;
  #streams: Streams | undefined;
  #rules: MarketRules | undefined;
  #state: LinkState = 'down';
  #failures = 0;
  #timers: readonly NodeJS.Timeout[] = [];

  constructor(deps: ConnectionDeps) {
    const { settings, services } = deps;
    const { monotonicMs, clock } = services;
    this.#deps = deps;
    this.symbolId = settings.symbol.replace('/', '');
    this.#transport = createTransport({ timeoutMs: settings.requestTimeoutMs });
    this.time = createServerTime({
      ask: () => this.questions.serverTimeMs(),
      clock,
      monotonicMs,
      limits: settings.clock,
    });
    this.budget = createRequestBudget({ serverMs: () => this.serverMs(), monotonicMs, queue: settings.queue });
    this.rest = createRest({
      exchange: () => this.#requireExchange(),
      secret: () => this.#secret,
      transport: this.#transport,
      budget: this.budget,
      time: this.time,
      pause: (ms) => this.pause(ms),
      onKeyRefused: (says) => this.#fault({ kind: 'down', reason: `the exchange refuses the key: ${says}` }),
    });
    this.questions = createQuestions(this.rest, this.symbolId);
  }

  get state(): LinkState {
    return this.#state;
  }

  get isClosed(): boolean {
    return this.#stop.signal.aborted;
  }

  get exchange(): CcxtBinance | undefined {
    return this.#exchange;
  }

  /** What the exchange takes on the symbol; known once the first session stood. */
  get rules(): MarketRules | undefined {
    return this.#rules;
  }

  /** The exchange's time where it is known, else the computer's. Units: milliseconds since 1970. */
  serverMs(): number {
    return this.time.reading() === undefined ? Number(this.#deps.services.clock.now() / 1_000_000n) : this.time.nowMs();
  }

  /** Opens the first session. Errors: what it fails with; where the exchange was only down it may be called again, else everything is closed. */
  async open(): Promise<void> {
    try {
      await this.#session();
    } catch (error) {
      const said = asKitError(error, this.#secret);
      this.#endSession();
      if (said.treatment.exit === 4) this.#setState('down', scrub(said.message, this.#secret));
      else this.close();
      throw said;
    }
    const { settings } = this.#deps;
    const every = (ms: number, act: () => Promise<void>): NodeJS.Timeout => {
      let isBusy = false;
      return setInterval(() => {
        if (isBusy || this.#state !== 'up') return;
        isBusy = true;
        act()
          .catch((error: unknown) => this.#restFailed(error))
          .finally(() => {
            isBusy = false;
          });
      }, ms);
    };
    this.#timers = [
      every(settings.clock.everyMs, () => this.time.measure()),
      every(settings.sweepMs, () => this.#deps.onSweep()),
    ];
  }

  /** Ends the session as one that cannot be trusted; the next one asks for everything again. */
  restart(reason: string): void {
    this.#fault({ kind: 'down', reason });
  }

  close(): void {
    if (this.isClosed) return;
    this.#stop.abort();
    for (const timer of this.#timers) clearInterval(timer);
    this.#endSession();
    this.budget.close();
    this.#transport.close();
    this.#setState('down', 'The connection was closed.');
  }

  /** Waits, or less where the connection is closed meanwhile. */
  pause(ms: number): Promise<void> {
    const { signal } = this.#stop;
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, signal.aborted ? 0 : ms);
      signal.addEventListener('abort', end);
    });
  }

  async #session(): Promise<void> {
    const { settings, services, secret, onMessage, onConnected } = this.#deps;
    this.#setState('connecting', 'A session with the exchange begins.');
    const held = secret();
    let streams: Streams | undefined;
    const exchange = await createCcxtBinance({
      settings,
      secret: held,
      transport: this.#transport,
      serverMs: () => this.time.nowMs(),
      log: services.log,
      onMessage: (socket, message) => streams?.take(socket, message) ?? false,
      onEnd: (socket, reason) => streams?.ended(socket, reason),
    });
    this.#requireNotClosed();
    this.#secret = held;
    this.#exchange = exchange;
    // First of all, since until then only the tightest limits are counted on, and others may have used more of them.
    await this.#readRules(exchange);
    await this.time.measure();
    await requireSafeKey(this.questions, settings);
    streams = createStreams({
      exchange,
      symbol: settings.symbol,
      symbolId: this.symbolId,
      userStreamUrl: userStreamOf(exchange),
      monotonicMs: services.monotonicMs,
      limits: settings,
      onMessage,
      onFault: (fault) => this.#fault(fault),
    });
    this.#streams = streams;
    await streams.start();
    await onConnected();
    this.#requireNotClosed();
    if (this.#streams !== streams) throw new KitError('VENUE_UNREACHABLE', 'the session ended while it began');
    this.#failures = 0;
    this.#setState('up', 'REST, market stream and user stream answer.');
  }

  async #readRules(exchange: CcxtBinance): Promise<void> {
    const answer = await this.questions.exchange(this.symbolId);
    this.#rules = marketRules(answer, this.#deps.settings.symbol);
    this.budget.setLimits(statedLimits(answer));
    const raw = answer.symbols.find(({ symbol }) => symbol === this.symbolId);
    exchange.setMarkets([
      exchange.parseMarket({ permissions: [], permissionSets: [], isSpotTradingAllowed: true, ...raw }),
    ]);
  }

  #restFailed(error: unknown): void {
    this.#deps.services.log(`binance: ${describeError(error)}`);
    const isDead = error instanceof RestFailure && error.code !== 'VENUE_REFUSED';
    if (isDead) this.#fault({ kind: 'down', reason: `the REST service does not answer: ${error.message}` });
  }

  /** Ends a session that stood and begins another; one that had not begun yet fails by itself. */
  #fault({ kind, reason }: StreamFault): void {
    const stood = this.#state === 'up';
    this.#endSession();
    if (this.isClosed || !stood) return;
    this.#setState(kind, scrub(reason, this.#secret));
    this.#reconnect();
  }

  #reconnect(): void {
    const { settings, services } = this.#deps;
    const waitMs = backoffMs(this.#failures, settings.reconnectMs, services.random);
    this.#failures += 1;
    this.pause(waitMs)
      .then(() => (this.isClosed ? undefined : this.#session()))
      .catch((error: unknown) => {
        this.#endSession();
        if (this.isClosed) return;
        this.#setState('down', scrub(describeError(error), this.#secret));
        this.#reconnect();
      });
  }

  /** The exchange itself stays, since cancels and questions need no stream. */
  #endSession(): void {
    this.#streams?.stop();
    this.#streams = undefined;
    if (this.#exchange !== undefined) breakSockets(this.#exchange);
  }

  #setState(state: LinkState, reason: string): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#deps.services.log(`binance: ${state}: ${reason}`);
    this.#deps.onLink(state, reason);
  }

  #requireExchange(): CcxtBinance {
    if (this.#exchange !== undefined && !this.isClosed) return this.#exchange;
    throw new KitError('VENUE_UNREACHABLE', this.isClosed ? 'the connection is closed' : 'no session has begun yet');
  }

  #requireNotClosed(): void {
    if (this.isClosed) throw new KitError('VENUE_UNREACHABLE', 'the connection is closed');
  }
}

/** What ccxt throws by itself comes from the sockets: their key was refused, or they did not come to stand. */
function asKitError(error: unknown, secret: VenueSecret | undefined): KitError {
  if (error instanceof KitError) return error;
  const says = scrub(describeError(error), secret);
  if (treatmentOf({ name: errorName(error), left: false }) === 'refuse') {
    return new KitError('FORBIDDEN', `the exchange refuses the user stream: ${says}`, {
      hint: 'Check that the sealed key and secret are those of this account at this exchange, and that this address may use them.',
      cause: error,
    });
  }
  return new KitError('VENUE_UNREACHABLE', `the streams of the exchange did not come to stand: ${says}`, {
    hint: 'It may be down; nothing is traded before they stand.',
    cause: error,
  });
}

function userStreamOf(exchange: CcxtBinance): string {
  const api = exchange.urls['api'] as { readonly ws: { readonly 'ws-api': { readonly spot: string } } };
  return api.ws['ws-api'].spot;
}
