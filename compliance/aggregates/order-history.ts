import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Quantity } from '@gatehouse/shared/values/amounts.ts';
import { add, type Decimal, subtract, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { OrderHistory } from '../own-facts.ts';
import { lean } from './holding-state.ts';

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
  readonly #histories = new Map<string, History>();
  #additions = 0;

  constructor(rows: readonly HistoryRow[]) {
    for (const { account, instrument, quantities } of rows) {
      const history = this.#historyOf(account, instrument);
      for (const quantity of quantities) this.#push(history, quantity);
    }
  }

  add({ account, instrument, quantity }: Order): void {
    this.#push(this.#historyOf(account, instrument), quantity);
    if (this.#histories.size >= 2 * HISTORIES_MAX) this.#forgetOldest();
  }

  of({ account, instrument }: Order): OrderHistory {
    const history = this.#histories.get(keyOf(account, instrument));
    if (history === undefined) return NO_ORDERS;
    history.answer ??= { orders: history.quantities.length, quantitySum: lean(history.sum) };
    return history.answer;
  }

  all(): readonly HistoryRow[] {
    return this.#byAge().map(([, history]) => asRow(history));
  }

  #historyOf(account: string, instrument: string): History {
    const key = keyOf(account, instrument);
    const known = this.#histories.get(key);
    if (known !== undefined) return known;
    const made = { account, instrument, quantities: [], next: 0, sum: ZERO, answer: undefined, addedAt: 0 };
    this.#histories.set(key, made);
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

  #byAge(): readonly (readonly [string, History])[] {
    return [...this.#histories].sort(([, a], [, b]) => a.addedAt - b.addedAt);
  }

  #forgetOldest(): void {
    for (const [key] of this.#byAge().slice(0, HISTORIES_MAX)) this.#histories.delete(key);
  }
}

function asRow({ account, instrument, quantities, next }: History): HistoryRow {
  const isFull = quantities.length === HISTORY_ORDERS_MAX;
  const inOrder = isFull ? [...quantities.slice(next), ...quantities.slice(0, next)] : quantities;
  return { account, instrument, quantities: [...inOrder] };
}

function keyOf(account: string, instrument: string): string {
  return `${account}|${instrument}`;
}
