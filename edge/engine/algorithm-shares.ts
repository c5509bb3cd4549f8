import { KILL_FLATTEN } from '@gatehouse/compliance/reserved-algorithms.ts';
import { type SplitRatio, splitQuantity } from '@gatehouse/shared/accounts/split.ts';
import { add, type Decimal, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { BookSnapshot } from './book-snapshot.ts';
import { heldAfterClosing } from './closed-share.ts';
import { keyOf, placeOf, sorted } from './place-keys.ts';

/** An execution, as far as it says whose share of a position changes. Units: `change` signed, of the instrument. */
export interface SharedFill {
  readonly algorithm: string;
  readonly instrument: string;
  readonly change: Decimal;
  readonly isAccountFlat: boolean;
  /** The algorithm that a kill closes for; absent where it is about more than one. */
  readonly closedFor: string | undefined;
}

/** What each algorithm holds: its own fills, less what kills have closed of it. */
export class AlgorithmShares {
  readonly #held: Map<string, Decimal>;

  constructor(start: BookSnapshot['held']) {
    this.#held = new Map(start.map((one) => [keyOf(one.algorithm, one.instrument), one.quantity]));
  }

  of(algorithm: string, instrument: string): Decimal {
    return this.#held.get(keyOf(algorithm, instrument)) ?? ZERO;
  }

  fill(fill: SharedFill): void {
    const { algorithm, instrument, change } = fill;
    if (algorithm === KILL_FLATTEN) this.#close(fill);
    else this.#held.set(keyOf(algorithm, instrument), add(this.of(algorithm, instrument), change));
  }

  split(instrument: string, ratio: SplitRatio): void {
    for (const [key, quantity] of this.#held) {
      if (placeOf(key)[1] === instrument) this.#held.set(key, splitQuantity(quantity, ratio).whole);
    }
  }

  rename(from: string, into: string): void {
    for (const [key, quantity] of [...this.#held]) {
      const [algorithm, instrument] = placeOf(key);
      if (instrument !== from) continue;
      this.#held.delete(key);
      this.#held.set(keyOf(algorithm, into), add(this.of(algorithm, into), quantity));
    }
  }

  snapshot(): BookSnapshot['held'] {
    return sorted(this.#held).map(([key, quantity]) => {
      const [algorithm, instrument] = placeOf(key);
      return { algorithm, instrument, quantity };
    });
  }

  /** What a kill closed is no algorithm's any more. */
  #close({ instrument, change, isAccountFlat, closedFor }: SharedFill): void {
    const held = new Map([...this.#held].filter(([key]) => placeOf(key)[1] === instrument));
    const owner = closedFor === undefined ? undefined : keyOf(closedFor, instrument);
    for (const [key, rest] of heldAfterClosing({ change, isAccountFlat, owner, held })) this.#held.set(key, rest);
  }
}
