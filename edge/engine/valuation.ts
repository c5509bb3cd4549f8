import { averageCost, unrealised } from '@gatehouse/shared/accounts/position.ts';
import type { Bar } from '@gatehouse/shared/market/bar.ts';
import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import type { ValuationBody } from '@gatehouse/shared/schema/bodies.ts';
import { add, isZero, multiply, sum } from '@gatehouse/shared/values/decimal.ts';
import type { Book } from './book.ts';

/** What is valued, and at which bar's close. */
export interface ValuationRequest {
  readonly book: Pick<Book, 'cash' | 'positions'>;
  readonly account: string;
  readonly instrument: Instrument;
  readonly bar: Bar;
}

/** The worth of an account that holds one instrument, exact. Units: the instrument's currency. */
export function valueAccount({ book, account, instrument, bar }: ValuationRequest): ValuationBody {
  const held = book.positions(account).filter((one) => one.instrument === instrument.id);
  const mark = bar.close;
  const cash = book.cash(account);
  const worth = held.map(({ position }) => multiply(multiply(position.quantity, mark), instrument.multiplier));
  return {
    v: 1,
    account,
    currency: instrument.currency,
    day: bar.day,
    at: bar.closeAt,
    cash,
    equity: add(cash, sum(worth)),
    realised: sum(held.map(({ position }) => position.realised)),
    unrealised: sum(held.map(({ position }) => unrealised(position, mark, instrument.multiplier))),
    fees: sum(held.map(({ position }) => position.fees)),
    positions: held
      .filter(({ position }) => !isZero(position.quantity))
      .map(({ position }) => ({
        instrument: instrument.id,
        quantity: position.quantity,
        averageCost: averageCost(position),
        mark,
        markAt: bar.closeAt,
      })),
  };
}
