import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  add,
  type Decimal,
  decimal,
  equal,
  fromUnits,
  isZero,
  signOf,
  subtract,
  sum,
  toText,
} from '../values/decimal.ts';
import { applyFill, averageCost, cashOf, FLAT, type Position, type PositionFill, unrealised } from './position.ts';

const ONE = decimal('1');

function fill(side: 'buy' | 'sell', quantity: string, price: string, fee = '0'): PositionFill {
  return { side, quantity: decimal(quantity), price: decimal(price), fee: decimal(fee), multiplier: ONE };
}

function after(...fills: readonly PositionFill[]): Position {
  return fills.reduce(applyFill, FLAT);
}

function figures(position: Position): Readonly<Record<string, string>> {
  const { quantity, cost, realised, fees } = position;
  return { quantity: toText(quantity), cost: toText(cost), realised: toText(realised), fees: toText(fees) };
}

test('buying adds to the cost and selling dearer realises the difference', () => {
  const held = after(fill('buy', '10', '10.00', '1.50'), fill('sell', '3', '12.00', '0.50'));
  expect(figures(held)).toEqual({ quantity: '7', cost: '70', realised: '6', fees: '2' });
  expect(toText(averageCost(held))).toBe('10.00000000');
});

test('a short position is bought back cheaper at a profit', () => {
  const held = after(fill('sell', '5', '20'), fill('buy', '2', '15'));
  expect(figures(held)).toEqual({ quantity: '-3', cost: '-60', realised: '10', fees: '0' });
});

test('a fill exactly of the open quantity leaves it flat, one unit more flips it', () => {
  const flat = after(fill('buy', '10', '10'), fill('sell', '10', '11'));
  expect(figures(flat)).toEqual({ quantity: '0', cost: '0', realised: '10', fees: '0' });
  expect(isZero(averageCost(flat))).toBe(true);
  const flipped = after(fill('buy', '10', '10'), fill('sell', '11', '11'));
  expect(figures(flipped)).toEqual({ quantity: '-1', cost: '-11', realised: '10', fees: '0' });
});

test('a flip equals the close and the new position booked apart', () => {
  const once = after(fill('buy', '3', '10.01'), fill('sell', '8', '9.99', '0.10'));
  const apart = after(fill('buy', '3', '10.01'), fill('sell', '3', '9.99', '0.04'), fill('sell', '5', '9.99', '0.06'));
  expect(figures(once)).toEqual(figures(apart));
});

test('a share of the cost that does not divide is rounded half to even at eight digits, and the rest keeps the remainder', () => {
  const third = after(fill('buy', '3', '0.33333333'), fill('buy', '0.0001', '0'), fill('sell', '1', '1'));
  expect(toText(add(third.cost, subtract(ONE, third.realised)))).toBe('0.99999999');
  expect(third.cost.scale).toBeLessThanOrEqual(8);
});

test('the multiplier of a contract is part of its cost, its cash and its worth', () => {
  const contract = { ...fill('buy', '2', '100.25', '4'), multiplier: decimal('50') };
  const held = applyFill(FLAT, contract);
  expect(toText(held.cost)).toBe('10025');
  expect(toText(cashOf(contract))).toBe('-10029');
  expect(toText(unrealised(held, decimal('101'), decimal('50')))).toBe('75');
});

const anyFill: fc.Arbitrary<PositionFill> = fc.record({
  side: fc.constantFrom('buy' as const, 'sell' as const),
  quantity: fc.bigInt({ min: 1n, max: 50_000n }).map((units) => fromUnits(units, 3)),
  price: fc.bigInt({ min: 1n, max: 10_000_000n }).map((units) => fromUnits(units, 6)),
  fee: fc.bigInt({ min: -100n, max: 1_000n }).map((units) => fromUnits(units, 2)),
  multiplier: fc.constantFrom(ONE, decimal('50'), decimal('0.1')),
});

test('I10 cash is deposits and realised, less fees and open cost, to the last digit', () => {
  fc.assert(
    fc.property(fc.array(anyFill, { maxLength: 40 }), (fills) => {
      const deposit = decimal('1000.01');
      const cash = add(deposit, sum(fills.map(cashOf)));
      const { realised, fees, cost } = after(...fills);
      expect(equal(cash, subtract(subtract(add(deposit, realised), fees), cost))).toBe(true);
    }),
  );
});

test('the quantity is what was bought less what was sold, and nothing is left in the cost of a flat position', () => {
  fc.assert(
    fc.property(fc.array(anyFill, { minLength: 1, maxLength: 40 }), (fills) => {
      const signed = fills.map(({ side, quantity }) => (side === 'buy' ? quantity : subtract(decimal('0'), quantity)));
      const held = after(...fills);
      expect(equal(held.quantity, sum(signed))).toBe(true);
      const closing: PositionFill = {
        side: signOf(held.quantity) > 0 ? 'sell' : 'buy',
        quantity: absoluteOf(held.quantity),
        price: decimal('1'),
        fee: decimal('0'),
        multiplier: ONE,
      };
      if (!isZero(held.quantity)) expect(isZero(applyFill(held, closing).cost)).toBe(true);
    }),
  );
});

function absoluteOf(value: Decimal): Decimal {
  return value.units < 0n ? fromUnits(-value.units, value.scale) : value;
}
