import { averageCost, type Position, unrealised } from '@gatehouse/shared/accounts/position.ts';
import { assert } from '@gatehouse/shared/errors.ts';
import type { Bar } from '@gatehouse/shared/market/bar.ts';
import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import type { ValuationBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Price } from '@gatehouse/shared/values/amounts.ts';
import type { Currency } from '@gatehouse/shared/values/currency.ts';
import { add, type Decimal, isZero, multiply, sum, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { Book } from './book.ts';

/** What is valued, and at which bar's close. */
export interface ValuationRequest {
  readonly book: Pick<Book, 'books' | 'cash' | 'positions'>;
  readonly account: string;
  readonly instrument: Instrument;
  readonly bar: Bar;
}

/** A position that is open, with the price that it is valued at. */
interface Marked {
  readonly instrument: string;
  readonly multiplier: Decimal;
  readonly position: Position;
  readonly mark: Price;
  readonly markAt: Instant;
}

/**
 * The worth of an account, exact.
 *
 * Shape: what the bar is not of keeps its last price, however old; `markAt` says so. What the account has and holds in other
 *        currencies is no part of it: sums of two currencies mean nothing, and no rate is made up here.
 * Units: the instrument's currency.
 */
export function valueAccount({ book, account, instrument, bar }: ValuationRequest): ValuationBody {
  const { currency } = instrument;
  const held = book.positions(account).filter((one) => one.currency === currency);
  const open = held.filter(({ position }) => !isZero(position.quantity)).map((one) => marked(one, bar));
  const cash = book.cash(account, currency);
  return {
    v: 1,
    account,
    currency,
    day: bar.day,
    at: bar.closeAt,
    cash,
    equity: add(cash, sum(open.map(worthOf))),
    realised: sum(held.map(({ position }) => position.realised)),
    unrealised: sum(open.map(({ position, mark, multiplier }) => unrealised(position, mark, multiplier))),
    fees: feesOf(book, account, currency),
    positions: open.map(({ instrument: id, position, mark, markAt }) => ({
      instrument: id,
      quantity: position.quantity,
      averageCost: averageCost(position),
      mark,
      markAt,
    })),
  };
}

/** Fees that were taken in the currency, whatever currency the price was in. */
function feesOf(book: ValuationRequest['book'], account: string, currency: Currency): Decimal {
  return book.books(account).purses.get(currency)?.fees ?? ZERO;
}

function marked({ lastPrice, ...held }: ReturnType<Book['positions']>[number], bar: Bar): Marked {
  if (held.instrument === bar.instrument) return { ...held, mark: bar.close, markAt: bar.closeAt };
  assert(lastPrice !== undefined, `a position in ${held.instrument} without a fill`);
  return { ...held, mark: lastPrice.price, markAt: lastPrice.at };
}

function worthOf({ position, mark, multiplier }: Marked): Decimal {
  return multiply(multiply(position.quantity, mark), multiplier);
}
