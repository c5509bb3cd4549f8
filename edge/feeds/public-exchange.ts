import { KitError } from '@gatehouse/shared/errors.ts';
import { toMillis } from '@gatehouse/shared/values/instant.ts';
import { type CcxtBinance, type CcxtSocket, createCcxtBinance } from '../venues/ccxt/ccxt-exchange.ts';
import { marketRules, statedLimits } from '../venues/ccxt/market-rules.ts';
import { createQuestions, type Questions } from '../venues/ccxt/questions.ts';
import { createRequestBudget, type RequestBudget } from '../venues/ccxt/request-budget.ts';
import { createRest } from '../venues/ccxt/rest.ts';
import { createServerTime, type ServerTime } from '../venues/ccxt/server-time.ts';
import type { CcxtSettings } from '../venues/ccxt/settings.ts';
import { createTransport, type Transport } from '../venues/ccxt/transport.ts';
import type { ConnectorServices } from '../venues/define-connector.ts';

/** Who takes what the sockets of a session bring. */
export interface SocketTaker {
  take(socket: CcxtSocket, message: unknown): boolean;
  fail(reason: string): void;
}

/** The exchange's public data through ccxt: no key, nothing signed, and requests within the exchange's limits. */
export class PublicExchange {
  readonly questions: Questions;
  readonly time: ServerTime;
  readonly symbolId: string;
  readonly #settings: CcxtSettings;
  readonly #services: ConnectorServices;
  readonly #transport: Transport;
  readonly #budget: RequestBudget;
  readonly #stop = new AbortController();
  #exchange: CcxtBinance | undefined;

  constructor(settings: CcxtSettings, services: ConnectorServices) {
    const { clock, monotonicMs } = services;
    this.#settings = settings;
    this.#services = services;
    this.symbolId = settings.symbol.replace('/', '');
    this.#transport = createTransport({ timeoutMs: settings.requestTimeoutMs });
    this.#budget = createRequestBudget({ serverMs: () => toMillis(clock.now()), monotonicMs, queue: settings.queue });
    this.time = createServerTime({
      ask: () => this.questions.serverTimeMs(),
      clock,
      monotonicMs,
      limits: settings.clock,
    });
    const rest = createRest({
      exchange: () => this.#requireExchange(),
      secret: () => undefined,
      transport: this.#transport,
      budget: this.#budget,
      time: this.time,
      pause: (ms) => this.pause(ms),
      onKeyRefused: () => undefined,
    });
    this.questions = createQuestions(rest, this.symbolId);
  }

  get isClosed(): boolean {
    return this.#stop.signal.aborted;
  }

  /** A class of ccxt for questions alone, where there is none yet. */
  async requireReady(): Promise<void> {
    if (this.#exchange === undefined) await this.#make(undefined);
    await this.#readRules();
  }

  /** A new class of ccxt, whose sockets are one's own; it knows the symbol. Errors: `CONFIG_INVALID` for one that is not listed. */
  async renew(taker: SocketTaker): Promise<CcxtBinance> {
    const exchange = await this.#make(taker);
    const raw = await this.#readRules();
    exchange.setMarkets([exchange.parseMarket({ ...raw })]);
    return exchange;
  }

  /** Waits, or less where it is closed meanwhile. */
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

  close(): void {
    this.#stop.abort();
    this.#budget.close();
    this.#transport.close();
  }

  /** Until then only the tightest limits are counted on, and others at this address may have used more of them. */
  async #readRules(): Promise<object | undefined> {
    const answer = await this.questions.exchange(this.symbolId);
    this.#budget.setLimits(statedLimits(answer));
    const { symbolId } = marketRules(answer, this.#settings.symbol);
    return answer.symbols.find(({ symbol }) => symbol === symbolId);
  }

  async #make(taker: SocketTaker | undefined): Promise<CcxtBinance> {
    const { clock, log } = this.#services;
    this.#exchange = await createCcxtBinance({
      settings: this.#settings,
      transport: this.#transport,
      serverMs: () => toMillis(clock.now()),
      log,
      onMessage: (socket, message) => taker?.take(socket, message) ?? false,
      onEnd: (_, reason) => taker?.fail(reason),
    });
    return this.#exchange;
  }

  #requireExchange(): CcxtBinance {
    if (this.#exchange !== undefined && !this.isClosed) return this.#exchange;
    throw new KitError('VENUE_UNREACHABLE', 'the public data of the exchange is not connected', {
      hint: 'It connects by itself; start again where it was closed.',
    });
  }
}
