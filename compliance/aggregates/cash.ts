import type { Currency } from '@gatehouse/shared/values/currency.ts';
import { add, type Decimal, multiply, trim, ZERO } from '@gatehouse/shared/values/decimal.ts';

/** An amount of money of an account. */
export interface CashRow {
  readonly account: string;
  readonly currency: Currency;
  readonly amount: Decimal;
}

/** Money that a fill moved in an instrument whose multiplier was not known. Units: `amount` in price × units. */
export interface UnvaluedRow extends CashRow {
  readonly instrument: string;
}

/** Money by account and currency. */
export interface Cash {
  add(row: CashRow): void;
  /** A fill in an instrument whose multiplier is not known: what the account has is not known until it is. */
  addUnvalued(row: UnvaluedRow): void;
  /** The multiplier of an instrument has become known. */
  value(instrument: string, multiplier: Decimal): void;
  /** Sorted by currency; undefined while a fill of the account has no value. */
  of(account: string): readonly Pick<CashRow, 'currency' | 'amount'>[] | undefined;
  all(): readonly CashRow[];
  unvalued(): readonly UnvaluedRow[];
}

const NOTHING: readonly Pick<CashRow, 'currency' | 'amount'>[] = [];

interface Purse {
  readonly amounts: Map<Currency, Decimal>;
  answer: readonly Pick<CashRow, 'currency' | 'amount'>[] | undefined;
}

/** Money that goes on from that of a snapshot. */
export function createCash(rows: readonly CashRow[] = [], unvaluedRows: readonly UnvaluedRow[] = []): Cash {
  const purses = new Map<string, Purse>();
  const unvalued = new Map(unvaluedRows.map((row) => [keyOf(row), row]));

  function put({ account, currency, amount }: CashRow): void {
    const purse = purses.get(account) ?? { amounts: new Map(), answer: undefined };
    purses.set(account, purse);
    purse.amounts.set(currency, trim(add(purse.amounts.get(currency) ?? ZERO, amount)));
    purse.answer = undefined;
  }

  function answerOf(purse: Purse): readonly Pick<CashRow, 'currency' | 'amount'>[] {
    purse.answer ??= [...purse.amounts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([currency, amount]) => ({ currency, amount }));
    return purse.answer;
  }

  for (const row of rows) put(row);

  return {
    add: put,
    addUnvalued: (row) => {
      const before = unvalued.get(keyOf(row));
      unvalued.set(keyOf(row), before === undefined ? row : { ...row, amount: trim(add(before.amount, row.amount)) });
    },
    value: (instrument, multiplier) => {
      for (const [key, row] of unvalued) {
        if (row.instrument !== instrument) continue;
        unvalued.delete(key);
        put({ ...row, amount: multiply(row.amount, multiplier) });
      }
    },
    of: (account) => {
      if (unvalued.size > 0 && [...unvalued.values()].some((row) => row.account === account)) return undefined;
      const purse = purses.get(account);
      return purse === undefined ? NOTHING : answerOf(purse);
    },
    all: () =>
      [...purses]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .flatMap(([account, purse]) => answerOf(purse).map((row) => ({ account, ...row }))),
    unvalued: () => [...unvalued].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row),
  };
}

function keyOf({ account, instrument, currency }: UnvaluedRow): string {
  return `${account}|${instrument}|${currency}`;
}
