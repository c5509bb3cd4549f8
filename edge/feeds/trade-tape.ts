import type { AggregateTrade } from '../venues/ccxt/wire-forms.ts';

/** What a trade of the stream is by its number. Shape: `ahead` comes after others that were not heard. */
export type TapePlace = 'next' | 'told' | 'ahead';

/** Trades that nobody will hear of. Shape: both numbers are included. */
export interface TapeGap {
  readonly from: number;
  readonly to: number;
}

/** Trades that wait while those before them are asked for. */
const WAITING_MAX = 20_000;

/** Follows the numbers of public trades, which have no gap at the exchange, so that each is told once and in order. */
export class TradeTape {
  #last: number | undefined;
  #hasBegun = false;
  #waiting: AggregateTrade[] = [];

  /** The number of the last trade that was told, or where the tape begins. */
  get last(): number | undefined {
    return this.#last;
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Begins after the newest trade of the exchange, or with the very first one where nothing was ever traded. */
  begin(last: number | undefined): void {
    this.#hasBegun = true;
    this.#last = last;
  }

  placeOf({ a }: AggregateTrade): TapePlace {
    // Of a market in which nothing was ever traded nobody knows the first number, so the exchange is asked for it.
    if (this.#last === undefined || a > this.#last + 1) return 'ahead';
    return a === this.#last + 1 ? 'next' : 'told';
  }

  /** Marks a trade as told; returns those that are missing before it. */
  tell({ a }: AggregateTrade): TapeGap | undefined {
    const expected = (this.#last ?? a - 1) + 1;
    this.#last = a;
    return a > expected ? { from: expected, to: a - 1 } : undefined;
  }

  /** Keeps a trade that came too early. Shape: false where too many wait already. */
  keep(trade: AggregateTrade): boolean {
    if (this.#waiting.length >= WAITING_MAX) return false;
    this.#waiting.push(trade);
    return true;
  }

  /** Those that wait, in the order of their numbers; nothing waits afterwards. */
  release(): readonly AggregateTrade[] {
    const released = this.#waiting.sort((one, other) => one.a - other.a);
    this.#waiting = [];
    return released;
  }
}
