import type { Questions } from '../venues/ccxt/questions.ts';
import type { AggregateTrade } from '../venues/ccxt/wire-forms.ts';
import type { TapeGap, TradeTape } from './trade-tape.ts';

/** What public trades are followed with. */
export interface TradeSyncDeps {
  readonly tape: TradeTape;
  readonly questions: Pick<Questions, 'aggregates'>;
  readonly monotonicMs: () => number;
  readonly pause: (ms: number) => Promise<void>;
  readonly limits: { readonly staleMs: number; readonly heartbeatMs: number };
  readonly onTrade: (trade: AggregateTrade) => void;
  /** Trades that the exchange itself does not show. */
  readonly onGap: (gap: TapeGap) => void;
  readonly onFault: (says: string, kind: 'stale' | 'down') => void;
}

const PAGE = 1_000;
/** More than a day of a busy market. */
const PAGES_MAX = 2_000;
/** The exchange's history runs a little behind its stream. */
const TRIES_MAX = 5;
const BETWEEN_TRIES_MS = 200;

/** Tells each public trade once and in order: from the stream, and from the exchange's history where the stream missed some. */
export class TradeSync {
  readonly #deps: TradeSyncDeps;
  #heardMs: number;
  #owed: { readonly id: number; readonly sinceMs: number } | undefined;
  #isFilling = true;
  #isAsking = false;
  #isOver = false;

  constructor(deps: TradeSyncDeps) {
    this.#deps = deps;
    this.#heardMs = deps.monotonicMs();
  }

  /** Asks for what was missed since the last trade that was told; where none was, it begins now. Errors: what the question fails with. */
  async begin(): Promise<void> {
    const { tape, questions } = this.#deps;
    if (!tape.hasBegun) {
      const [newest] = await questions.aggregates('newest');
      tape.begin(newest?.a);
    }
    await this.#fill();
  }

  /** Takes a trade of the stream. */
  take(trade: AggregateTrade): void {
    if (this.#isOver) return;
    const { tape, onFault } = this.#deps;
    this.#heardMs = this.#deps.monotonicMs();
    const place = this.#isFilling ? 'ahead' : tape.placeOf(trade);
    if (place === 'told') return;
    if (place === 'next') {
      this.#tell(trade);
      return;
    }
    if (!tape.keep(trade)) {
      onFault('too many trades wait for those before them', 'down');
      return;
    }
    if (this.#isFilling) return;
    this.#fill().catch((error: unknown) => {
      if (!this.#isOver) onFault(error instanceof Error ? error.message : 'trades cannot be asked for', 'down');
    });
  }

  /** To be called on each beat: a tape without trades is compared with the exchange's own. */
  look(): void {
    const { monotonicMs, limits, tape, onFault } = this.#deps;
    if (this.#isOver || this.#isFilling) return;
    if (this.#owed !== undefined && (tape.last ?? 0) >= this.#owed.id) this.#owed = undefined;
    if (this.#owed !== undefined && monotonicMs() - this.#owed.sinceMs >= limits.heartbeatMs) {
      onFault('the stream brings no trades while the exchange’s tape goes on', 'stale');
      return;
    }
    const quietMs = monotonicMs() - this.#heardMs;
    if (quietMs < limits.heartbeatMs || this.#isAsking || this.#owed !== undefined) return;
    this.#isAsking = true;
    this.#ask().finally(() => {
      this.#isAsking = false;
    });
  }

  stop(): void {
    this.#isOver = true;
    this.#deps.tape.release();
  }

  async #ask(): Promise<void> {
    const { questions, tape, monotonicMs } = this.#deps;
    try {
      const [newest] = await questions.aggregates('newest');
      this.#heardMs = monotonicMs();
      if (newest !== undefined && newest.a > (tape.last ?? -1)) this.#owed = { id: newest.a, sinceMs: monotonicMs() };
    } catch {
      // The book, which is asked for as well, says that the exchange does not answer.
    }
  }

  /** Everything after the last trade that was told, then what waits; again where there is still something between the two. */
  async #fill(): Promise<void> {
    const { tape, pause, onGap } = this.#deps;
    this.#isFilling = true;
    try {
      for (let tries = 1; !this.#isOver; tries += 1) {
        await this.#askOn();
        const waiting = tape.release();
        const next = waiting.find((trade) => tape.placeOf(trade) !== 'told');
        const isGap = next !== undefined && tape.placeOf(next) === 'ahead';
        if (isGap && tries < TRIES_MAX) {
          for (const trade of waiting) tape.keep(trade);
          await pause(BETWEEN_TRIES_MS);
          continue;
        }
        for (const trade of waiting) if (tape.placeOf(trade) !== 'told') this.#tell(trade, onGap);
        return;
      }
    } finally {
      this.#isFilling = false;
    }
  }

  async #askOn(): Promise<void> {
    const { tape, questions, onGap } = this.#deps;
    for (let page = 0; page < PAGES_MAX && !this.#isOver; page += 1) {
      const rows = await questions.aggregates({ from: (tape.last ?? -1) + 1, limit: PAGE });
      if (this.#isOver) return;
      for (const row of rows) if (tape.placeOf(row) !== 'told') this.#tell(row, onGap);
      if (rows.length < PAGE) return;
    }
  }

  #tell(trade: AggregateTrade, onGap?: (gap: TapeGap) => void): void {
    const gap = this.#deps.tape.tell(trade);
    if (gap !== undefined) onGap?.(gap);
    this.#deps.onTrade(trade);
  }
}
