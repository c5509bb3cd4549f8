import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Quantity } from '@gatehouse/shared/values/amounts.ts';
import { add, type Decimal, subtract, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { OrderHistory } from '../own-facts.ts';
import { lean } from './holding-state.ts';
import { PairMap } from './pair-map.ts';

/** The quantities of the last orders of an account in an instrument, the oldest first. */
export interface HistoryRow {
  readonly account: string;
  readonly instrument: string;
  readonly quantities: readonly Quantity[];
}

/** How large the orders of each account in each instrument were of late. */
export interface Histories {
  add(order: Order): void;
  of(order: Order): OrderHistory;
  /** Those that were added to longest ago come first. */
  all(): readonly HistoryRow[];
}

/** How many orders of an account in an instrument are remembered. */
export const HISTORY_ORDERS_MAX = 100;
/** At least so many pairs of account and instrument are remembered, and at most twice as many; one that is forgotten begins anew. */
export const HISTORIES_MAX = 2_500;

const NO_ORDERS: OrderHistory = { orders: 0, quantitySum: ZERO };

interface History {
  readonly account: string;
  readonly instrument: string;
  /** Once it is full, `next` is the place of the oldest. */
  readonly quantities: Quantity[];
  next: number;
  sum: Decimal;
  answer: OrderHistory | undefined;
  /** When it was last added to, as the number of that addition. */
  addedAt: number;
}

/** Histories that go on from those of a snapshot. */
export function createHistories(rows: readonly HistoryRow[] = []): Histories {
  return new LiveHistories(rows);
}

class LiveHistories implements Histories {
  readonly #histories = new PairMap<History>();
  #count = 0;
  #additions = 0;

  constructor(rows: readonly HistoryRow[]) {
    for (const { account, instrument, quantities } of rows) {
      const history = this.#historyOf(account, instrument);
      for (const quantity of quantities) this.#push(history, quantity);
    }
  }

  add({ account, instrument, quantity }: Order): void {
    this.#push(this.#historyOf(account, instrument), quantity);
    if (this.#count >= 2 * HISTORIES_MAX) this.#forgetOldest();
  }

  of({ account, instrument }: Order): OrderHistory {
    const history = this.#histories.get(account, instrument);
    if (history === undefined) return NO_ORDERS;
    history.answer ??= { orders: history.quantities.length, quantitySum: lean(history.sum) };
    return history.answer;
  }

  all(): readonly HistoryRow[] {
    return this.#byAge().map(asRow);
  }

  #historyOf(account: string, instrument: string): History {
    const known = this.#histories.get(account, instrument);
    if (known !== undefined) return known;
    const made = { account, instrument, quantities: [], next: 0, sum: ZERO, answer: undefined, addedAt: 0 };
    this.#histories.set(account, instrument, made);
    this.#count += 1;
    return made;
  }

  #push(history: History, quantity: Quantity): void {
    const dropped = history.quantities[history.next] ?? ZERO;
    history.quantities[history.next] = quantity;
    history.next = (history.next + 1) % HISTORY_ORDERS_MAX;
    history.sum = add(subtract(history.sum, dropped), quantity);
    history.answer = undefined;
    this.#additions += 1;
    history.addedAt = this.#additions;
  }

  #byAge(): readonly History[] {
    return this.#histories.all().toSorted((a, b) => a.addedAt - b.addedAt);
  }

  #forgetOldest(): void {
    for (const { account, instrument } of this.#byAge().slice(0, HISTORIES_MAX)) {
      this.#histories.delete(account, instrument);
      this.#count -= 1;
    }
  }
}

function asRow({ account, instrument, quantities, next }: History): HistoryRow {
  const isFull = quantities.length === HISTORY_ORDERS_MAX;
  const inOrder = isFull ? [...quantities.slice(next), ...quantities.slice(0, next)] : quantities;
  return { account, instrument, quantities: [...inOrder] };
}
