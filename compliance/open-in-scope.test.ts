import { toText } from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import { exampleOrder } from './examples/base.ts';
import { cellText, exampleOwn } from './examples/own.ts';
import { openInScope, replacedOrder } from './open-in-scope.ts';
import type { InstrumentCell, OwnFacts } from './own-facts.ts';

const order = exampleOrder({ replaces: 'O-0' });

function open(replaced: object, scope: 'firm' | 'account:main' = 'account:main'): string {
  const own = exampleOwn({
    cell: cellText({ openBuy: '30', openSell: '20' }),
    orders: [{ order: { id: 'O-0', quantity: '10', ...replaced }, filled: '4' }],
  });
  const { buy, sell } = openInScope(cellOf(own), { order, own }, scope);
  return `${toText(buy)} / ${toText(sell)}`;
}

function cellOf(own: OwnFacts): InstrumentCell {
  const cell = own.cell('firm', 'demo-index');
  if (cell === undefined) throw new Error('the example has a cell');
  return cell;
}

test('the rest of the order that is replaced is taken out of its side', () => {
  expect(open({})).toBe('24 / 20');
  expect(open({ side: 'sell', shortSaleMark: 'long' })).toBe('30 / 14');
});

test('an order of another account counts in the firm and not in this account', () => {
  expect(open({ account: 'other' })).toBe('30 / 20');
  expect(open({ account: 'other' }, 'firm')).toBe('24 / 20');
});

test('of an order that was filled beyond its quantity nothing is left to take out', () => {
  const own = exampleOwn({
    cell: cellText({ openBuy: '30' }),
    orders: [{ order: { id: 'O-0', quantity: '10' }, filled: '14' }],
  });
  expect(toText(openInScope(cellOf(own), { order, own }, 'firm').buy)).toBe('30');
});

test('an order in another instrument was never counted', () => {
  expect(open({ instrument: 'other' })).toBe('30 / 20');
});

test('an order that replaces none, or one that is over, leaves all that is open', () => {
  const own = exampleOwn({ cell: cellText({ openBuy: '30' }) });
  expect(replacedOrder({ order, own })).toBeUndefined();
  expect(replacedOrder({ order: exampleOrder(), own })).toBeUndefined();
  expect(toText(openInScope(cellOf(own), { order, own }, 'firm').buy)).toBe('30');
});
