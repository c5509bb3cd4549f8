import { KitError } from '@gatehouse/shared/errors.ts';
import { compare } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { Questions } from '../venues/ccxt/questions.ts';
import type { DepthAnswer, DepthMessage } from '../venues/ccxt/wire-forms.ts';
import { DepthBook, type DepthOutcome } from './depth-book.ts';
import type { MarketBook, MarketLevel, MarketQuote } from './market-feed.ts';

/** What a book is kept with. Shape: `stamped` is a moment of the exchange by this computer's clock, never later than now. */
export interface BookSyncDeps {
  readonly instrument: string;
  readonly source: string;
  readonly questions: Pick<Questions, 'depth'>;
  readonly now: () => Instant;
  readonly stamped: (exchangeMs: number) => Instant;
  readonly monotonicMs: () => number;
  readonly pause: (ms: number) => Promise<void>;
  readonly limits: { readonly staleMs: number; readonly heartbeatMs: number };
  readonly onQuote: (quote: MarketQuote) => void;
  /** Changes were missed or made no sense; the book is built anew by itself. */
  readonly onGap: (says: string) => void;
  /** The book cannot be kept on this connection. */
  readonly onFault: (says: string, kind: 'stale' | 'down') => void;
}

/** So many first states are asked for before the connection is given up. */
const LOADS_MAX = 5;
const BETWEEN_LOADS_MS = 250;
const LEVELS_ASKED = 1_000;
const LEVELS_COMPARED = 5;

/**
 * Keeps a book right: loads it, follows its changes, loads it anew after a gap, and asks whether a quiet book is quiet indeed.
 *
 * Shape: a stream that stands, answers and carries no changes is found because the exchange's own number of the book has gone on.
 */
export class BookSync {
  readonly #deps: BookSyncDeps;
  readonly #book = new DepthBook();
  #confirmedAt: Instant | undefined;
  #confirmedMs: number;
  #told: string | undefined;
  #owed: { readonly id: number; readonly sinceMs: number } | undefined;
  #isLoading = false;
  #isAsking = false;
  #isOver = false;

  constructor(deps: BookSyncDeps) {
    this.#deps = deps;
    this.#confirmedMs = deps.monotonicMs();
  }

  /** Loads the first state. Errors: `VENUE_UNREACHABLE` where none fits; what the question fails with. */
  async load(): Promise<void> {
    if (this.#isLoading) return;
    this.#isLoading = true;
    try {
      for (let tries = 1; ; tries += 1) {
        const askedAt = this.#deps.now();
        const answer = await this.#deps.questions.depth(LEVELS_ASKED);
        if (this.#isOver) return;
        const outcome = this.#book.load(answer);
        if (outcome.kind === 'applied') {
          this.#confirm(askedAt);
          return;
        }
        if (tries >= LOADS_MAX) throw unloaded(outcome);
        await this.#deps.pause(BETWEEN_LOADS_MS);
      }
    } finally {
      this.#isLoading = false;
    }
  }

  /** Takes a change of the stream. */
  take(change: DepthMessage): void {
    if (this.#isOver) return;
    const outcome = this.#book.take(change);
    if (outcome.kind === 'applied') {
      this.#confirm(this.#deps.stamped(change.E));
    } else if (outcome.kind === 'gap' || outcome.kind === 'crossed') {
      this.#deps.onGap(outcome.says);
      this.#anew();
    } else if (outcome.kind === 'full') {
      this.#deps.onFault(outcome.says, 'down');
    }
  }

  /** To be called on each beat: a book without changes is compared with the exchange's own. */
  look(): void {
    const { monotonicMs, limits } = this.#deps;
    if (this.#isOver || this.#isLoading) return;
    const quietMs = monotonicMs() - this.#confirmedMs;
    const owedMs = this.#owed === undefined ? 0 : monotonicMs() - this.#owed.sinceMs;
    // The next beat would come after the limit.
    const endMs = limits.staleMs - limits.heartbeatMs;
    if (quietMs > endMs || owedMs > endMs) {
      const why =
        owedMs > 0 ? 'while the exchange’s book goes on' : 'and the exchange does not say that it stands still';
      this.#deps.onFault(`the book has had no change for ${Math.round(quietMs)} ms, ${why}`, 'stale');
      return;
    }
    if (quietMs < limits.heartbeatMs || this.#isAsking) return;
    this.#isAsking = true;
    this.#ask().finally(() => {
      this.#isAsking = false;
    });
  }

  quote(): MarketQuote | undefined {
    const { instrument, source, monotonicMs, limits } = this.#deps;
    const at = this.#confirmedAt;
    // Where no beat came, since this process was busy, nobody has looked.
    if (monotonicMs() - this.#confirmedMs > limits.staleMs) return undefined;
    const [bid] = this.#book.bids;
    const [ask] = this.#book.asks;
    if (this.#isOver || this.#book.last === undefined || at === undefined) return undefined;
    return { instrument, at, source, ...(bid === undefined ? {} : { bid }), ...(ask === undefined ? {} : { ask }) };
  }

  book(levels: number): MarketBook | undefined {
    const { last, bids, asks } = this.#book;
    const at = this.#confirmedAt;
    if (this.#isOver || last === undefined || at === undefined) return undefined;
    return { id: `${last}`, at, bids: bids.slice(0, levels), asks: asks.slice(0, levels) };
  }

  stop(): void {
    this.#isOver = true;
  }

  async #ask(): Promise<void> {
    const askedAt = this.#deps.now();
    const lastAsked = this.#book.last;
    let answer: DepthAnswer;
    try {
      answer = await this.#deps.questions.depth(LEVELS_COMPARED);
    } catch {
      // A quiet book that nobody confirms grows old, and its quote with it.
      return;
    }
    const { last } = this.#book;
    if (this.#isOver || last === undefined || lastAsked !== last) return;
    if (answer.lastUpdateId === last) {
      if (!this.#isSame(answer)) {
        this.#deps.onGap(`at the state ${last} the exchange’s book is another one`);
        this.#anew();
        return;
      }
      this.#confirm(askedAt);
    } else if (answer.lastUpdateId > last) {
      this.#owed ??= { id: answer.lastUpdateId, sinceMs: this.#deps.monotonicMs() };
    }
  }

  #isSame({ bids, asks }: DepthAnswer): boolean {
    const matches = (ours: readonly MarketLevel[], theirs: DepthAnswer['bids']): boolean =>
      theirs.every(([price, quantity], index) => {
        const level = ours[index];
        return level !== undefined && compare(level.price, price) === 0 && compare(level.quantity, quantity) === 0;
      });
    return matches(this.#book.bids, bids) && matches(this.#book.asks, asks);
  }

  #anew(): void {
    this.#book.forget();
    this.#owed = undefined;
    this.load().catch((error: unknown) => {
      if (!this.#isOver)
        this.#deps.onFault(error instanceof Error ? error.message : 'the book cannot be loaded', 'down');
    });
  }

  #confirm(at: Instant): void {
    const { last } = this.#book;
    if (this.#owed !== undefined && last !== undefined && last >= this.#owed.id) this.#owed = undefined;
    this.#confirmedMs = this.#deps.monotonicMs();
    const before = this.#confirmedAt;
    // A change may have been on its way for longer than the answer before it; a time ahead of us is left by a clock that was put back.
    if (before === undefined || at > before || before > this.#deps.now()) this.#confirmedAt = at;
    const quote = this.quote();
    if (quote === undefined) return;
    const shown = [quote.bid, quote.ask].map((level) => `${level?.price.units}:${level?.quantity.units}`).join(' ');
    if (shown === this.#told) return;
    this.#told = shown;
    this.#deps.onQuote(quote);
  }
}

function unloaded(outcome: DepthOutcome): KitError {
  const says = 'says' in outcome ? outcome.says : outcome.kind;
  return new KitError('VENUE_UNREACHABLE', `no state of the book fits its changes: ${says}`, {
    hint: 'The connector connects again by itself.',
  });
}
