import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Quantity } from '@gatehouse/shared/values/amounts.ts';
import { add, type Decimal, subtract, trim, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { OrderHistory } from '../own-facts.ts';
import { dropOldest } from './drop-oldest.ts';

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
}

/** Histories that go on from those of a snapshot. */
export function createHistories(rows: readonly HistoryRow[] = []): Histories {
  const histories = new Map<string, History>();

  function push(history: History, quantity: Quantity): void {
    const dropped = history.quantities[history.next] ?? ZERO;
    history.quantities[history.next] = quantity;
    history.next = (history.next + 1) % HISTORY_ORDERS_MAX;
    history.sum = add(subtract(history.sum, dropped), quantity);
    history.answer = undefined;
  }

  function historyOf(account: string, instrument: string): History {
    const key = keyOf(account, instrument);
    const known = histories.get(key);
    const history = known ?? { account, instrument, quantities: [], next: 0, sum: ZERO, answer: undefined };
    // What was added to last stands last, so that the others are forgotten first.
    histories.delete(key);
    histories.set(key, history);
    return history;
  }

  for (const { account, instrument, quantities } of rows) {
    const history = historyOf(account, instrument);
    for (const quantity of quantities) push(history, quantity);
  }

  return {
    add: ({ account, instrument, quantity }) => {
      push(historyOf(account, instrument), quantity);
      dropOldest(histories, HISTORIES_MAX);
    },
    of: ({ account, instrument }) => {
      const history = histories.get(keyOf(account, instrument));
      if (history === undefined) return NO_ORDERS;
      history.answer ??= { orders: history.quantities.length, quantitySum: trim(history.sum) };
      return history.answer;
    },
    all: () => [...histories.values()].map(asRow),
  };
}

function asRow({ account, instrument, quantities, next }: History): HistoryRow {
  const isFull = quantities.length === HISTORY_ORDERS_MAX;
  const inOrder = isFull ? [...quantities.slice(next), ...quantities.slice(0, next)] : quantities;
  return { account, instrument, quantities: [...inOrder] };
}

function keyOf(account: string, instrument: string): string {
  return `${account}|${instrument}`;
}
