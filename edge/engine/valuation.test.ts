import { seriesOfRows } from '@gatehouse/shared/market/bar-series.ts';
import type { FillBody } from '@gatehouse/shared/schema/bodies.ts';
import { asPrice, asQuantity } from '@gatehouse/shared/values/amounts.ts';
import { decimal, toText } from '@gatehouse/shared/values/decimal.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { SP500_INDEX } from '../feeds/sp500.ts';
import { emptyBook } from './engine-fixture.ts';
import { valueAccount } from './valuation.ts';

const SECOND = { ...SP500_INDEX, id: 'CSV-00000000' };
const { venue, currency } = SP500_INDEX;

function fill(id: string, instrument: string, price: string): FillBody {
  return {
    v: 1,
    fill: id,
    order: `O-${id}`,
    account: 'main',
    instrument,
    venue,
    side: 'buy',
    quantity: asQuantity(decimal('10')),
    price: asPrice(decimal(price)),
    currency,
    fee: decimal('1'),
    at: parseInstant('2020-01-02T15:00:00Z'),
  };
}

const price = decimal('7');
const [openAt, closeAt] = [parseInstant('2021-01-04T14:30:00Z'), parseInstant('2021-01-04T21:00:00Z')];
const bar = seriesOfRows(SECOND.id, [
  { openAt, closeAt, day: '2021-01-04', open: price, high: price, low: price, close: price },
]).bar(0);

test('what an earlier run left in another instrument counts at its last price, and the valuation says of when', () => {
  const book = emptyBook();
  book.fold({ kind: 'fill', body: fill('1', SP500_INDEX.id, '100') }, openAt);
  book.fold({ kind: 'fill', body: fill('2', SECOND.id, '5') }, openAt);
  const restarted = emptyBook(book.snapshot());
  for (const known of [book, restarted]) {
    const valued = valueAccount({ book: known, account: 'main', instrument: SECOND, bar });
    expect(toText(valued.cash)).toBe('-1052');
    expect(toText(valued.equity)).toBe('18');
    expect([toText(valued.fees), toText(valued.unrealised)]).toEqual(['2', '20']);
    expect(valued.positions.map(({ instrument, mark, markAt }) => [instrument, toText(mark), markAt])).toEqual([
      ['CSV-00000000', '7', closeAt],
      ['SP500-INDEX', '100', parseInstant('2020-01-02T15:00:00Z')],
    ]);
  }
});

test('a valuation becomes the last price of what it marks', () => {
  const book = emptyBook();
  book.fold({ kind: 'fill', body: fill('1', SECOND.id, '5') }, openAt);
  book.fold({ kind: 'valuation', body: valueAccount({ book, account: 'main', instrument: SECOND, bar }) }, closeAt);
  const [held] = book.positions('main');
  expect(held?.lastPrice).toEqual({ instrument: SECOND.id, price, at: closeAt });
});
