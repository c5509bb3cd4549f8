import { asQuantity, price } from '@gatehouse/shared/values/amounts.ts';
import { currency } from '@gatehouse/shared/values/currency.ts';
import { decimal, toText } from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import type { VenueExecution } from '../venues/venue.ts';
import { type Bench, bench, PLACE, TRADED } from './reconcile-fixture.ts';

/** An execution of three at 100 that was heard, and what the venue's books are when it does not stand as it was. */
function heard(books: { readonly position: string; readonly cash: string }, change: Partial<VenueExecution>): Bench {
  const one = bench();
  one.work('O-1');
  one.report('O-1', one.venue.trade({ id: 'F-1', order: 'O-1', fee: '0.3' }));
  const [execution] = one.venue.executed.splice(0);
  if (execution === undefined) throw new Error('nothing was executed');
  one.venue.executed.push({ ...execution, ...change });
  const open = one.venue.orders.get('V-O-1');
  if (open !== undefined) one.venue.orders.set('V-O-1', { ...open, filled: decimal(books.position) });
  one.venue.position = decimal(books.position);
  one.venue.cash = decimal(books.cash);
  return one;
}

const standing = ({ book }: Bench): readonly string[] => [
  toText(book.position(PLACE.account, TRADED).quantity),
  toText(book.cash(PLACE.account)),
  toText(book.order('O-1')?.filled ?? decimal('-1')),
];
const fill = { id: 'F-1', price: price('100'), fee: decimal('0.3') };
const whole = (quantity: string, at: VenueExecution['fill']['at']) => ({
  fill: { ...fill, at, quantity: asQuantity(decimal(quantity)) },
});

test('a bust that nobody heard is fetched from the venue’s history and booked once', async () => {
  const one = heard({ position: '0', cash: '100000' }, { isBusted: true });
  const report = await one.run('reconnect');
  expect([report.booked, report.differences]).toEqual([1, []]);
  expect(standing(one)).toEqual(['0', '100000', '0']);
  expect(one.bodies('fill-change')).toMatchObject([{ fill: 'F-1', order: 'O-1', change: 'bust' }]);
  const again = bench({ past: one });
  expect((await again.run('start')).booked).toBe(0);
  expect(again.bodies('fill-change')).toHaveLength(1);
  expect(again.bodies('break')).toEqual([]);
});

test('a correction that nobody heard is booked with the figures that the history shows, and is no break', async () => {
  const one = heard({ position: '2', cash: '99799.7' }, {});
  const [execution] = one.venue.executed.splice(0);
  if (execution === undefined) throw new Error('nothing was executed');
  one.venue.executed.push({ ...execution, ...whole('2', execution.fill.at) });
  const report = await one.run('reconnect');
  expect([report.booked, report.differences]).toEqual([1, []]);
  expect(standing(one)).toEqual(['2', '99799.7', '2']);
  expect(one.bodies('fill-change')).toMatchObject([{ change: 'correct', after: { quantity: decimal('2') } }]);
  await one.run('timer');
  expect(one.bodies('fill-change')).toHaveLength(1);
  expect(one.reconciler.blocks()).toEqual([]);
});

test('an answer from before a report is not taken for a correction of it', async () => {
  const one = heard({ position: '3', cash: '99699.7' }, {});
  const [execution] = one.venue.executed.splice(0);
  if (execution === undefined) throw new Error('nothing was executed');
  one.venue.executed.push({ ...execution, ...whole('2', execution.fill.at) });
  const running = one.reconciler.run('timer');
  await one.time.settle();
  one.venue.executed.splice(0, 1, execution);
  await one.time.advance(60_000);
  expect((await running).differences).toEqual([]);
  expect([standing(one), one.bodies('fill-change')]).toEqual([['3', '99699.7', '3'], []]);
});

test.each([
  ['another side', { side: 'sell' as const }],
  ['a fee in another currency', { fill: { ...fill, at: 0n, feeCurrency: currency('EUR') } }],
  ['another order', { order: 'O-2' }],
] as const)('what the history shows with %s is a break with its cause, and nothing is booked', async (_, change) => {
  const one = heard({ position: '2', cash: '99799.7' }, {});
  one.work('O-2');
  const [execution] = one.venue.executed.splice(0);
  if (execution === undefined) throw new Error('nothing was executed');
  const { fill: figures } = whole('2', execution.fill.at);
  const other = 'fill' in change ? { fill: { ...figures, feeCurrency: change.fill.feeCurrency } } : change;
  one.venue.executed.push({ ...execution, fill: figures, ...other });
  const report = await one.run();
  expect(one.bodies('fill-change')).toEqual([]);
  const found = report.differences.find(({ subject }) => subject === 'fill');
  expect(found).toMatchObject({ key: 'F-1', cause: 'changed-fill' });
});

test('an execution that the history does not list any more stays booked and is a break', async () => {
  const one = heard({ position: '0', cash: '100000' }, {});
  one.venue.executed.splice(0);
  const report = await one.run();
  expect(one.bodies('fill-change')).toEqual([]);
  expect(report.differences.map(({ subject }) => subject)).toContain('fill');
  expect(one.reconciler.blocks()).not.toEqual([]);
});

test('an execution that is listed as busted and was never booked leaves no trace', async () => {
  const one = bench();
  one.work('O-1');
  const busted = one.venue.trade({ id: 'F-9', order: 'O-1' });
  one.venue.executed.splice(0, 1, {
    order: 'O-1',
    venueOrder: 'V-O-1',
    instrument: TRADED,
    side: 'buy',
    fill: busted,
    isBusted: true,
  });
  const open = one.venue.orders.get('V-O-1');
  if (open !== undefined) one.venue.orders.set('V-O-1', { ...open, filled: decimal('0') });
  one.venue.position = decimal('0');
  one.venue.cash = decimal('100000');
  const report = await one.run();
  expect([report.booked, report.differences, one.bodies('fill')]).toEqual([0, [], []]);
});
