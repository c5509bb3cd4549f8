import { expect, test } from 'vitest';
import { decimal, toText } from '../values/decimal.ts';
import { minute } from './ledger-fixture.ts';
import { applyToLots, LOTS_MAX, type LotFill, type Lots, lotCost, lotQuantity, NO_LOTS, splitLots } from './lots.ts';

function deal(side: 'buy' | 'sell', quantity: string, price: string, fill = 'F'): LotFill {
  const figures = { quantity: decimal(quantity), price: decimal(price), fee: decimal('0'), multiplier: decimal('1') };
  return { side, ...figures, fill, at: minute(0) };
}

const bought = (lots: Lots, quantity: string, price: string, fill = 'F') =>
  applyToLots(lots, deal('buy', quantity, price, fill)).lots;

test('a sale says which lots it closed, how much of each, and what each realised', () => {
  const held = bought(bought(NO_LOTS, '10', '10', 'A'), '10', '20', 'B');
  const { lots, closed } = applyToLots(held, deal('sell', '12', '15'));
  const told = closed.map(({ opened, quantity, realised }) => [opened, toText(quantity), toText(realised)]);
  expect(told).toEqual([
    ['A', '10', '50'],
    ['B', '2', '-10'],
  ]);
  expect([toText(lotQuantity(lots)), toText(lotCost(lots)), toText(lots.realised)]).toEqual(['8', '160', '40']);
});

test('what the rounding of a price leaves stays in the lot until it is closed, and then none is left', () => {
  const held = splitLots(bought(NO_LOTS, '10', '10'), { numerator: 3, denominator: 1 });
  const most = applyToLots(held, deal('sell', '29', '0')).lots;
  // 29 units leave at 3.33333333 each; the last one costs the rest of the hundred.
  expect(toText(lotCost(most))).toBe('3.33333343');
  const none = applyToLots(most, deal('sell', '1', '0')).lots;
  expect([none.open.length, toText(none.realised)]).toEqual([0, '-100']);
});

test('a price below zero is a cost below zero, and closing it pays', () => {
  const { lots } = applyToLots(bought(NO_LOTS, '2', '-37.63'), deal('sell', '2', '10'));
  expect(toText(lots.realised)).toBe('95.26');
});

test('as many lots as the bound are kept apart; one more joins the two oldest, and no digit is lost', () => {
  let held = bought(NO_LOTS, '3', '0.01');
  for (let count = 1; count < LOTS_MAX; count += 1) held = bought(held, '1', '0.07');
  expect(held.open).toHaveLength(LOTS_MAX);
  const before = lotCost(held);
  held = bought(held, '1', '0');
  expect(held.open).toHaveLength(LOTS_MAX);
  expect([toText(held.open[0]?.quantity ?? before), toText(held.open[0]?.cost ?? before)]).toEqual(['4', '0.1']);
  expect(toText(lotCost(held))).toBe(toText(before));
});
