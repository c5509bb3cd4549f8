import { absolute, compare, decimal, fromInteger, isZero, signOf, toText } from '@gatehouse/shared/values/decimal.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exampleOrder } from './examples/base.ts';
import { isOpenSound, isReducing, type Standing, worstCase } from './exposure.ts';

interface Case {
  readonly side: 'buy' | 'sell';
  readonly count: number;
  readonly position: number;
  readonly buy: number;
  readonly sell: number;
}

const drawn: fc.Arbitrary<Case> = fc.record({
  side: fc.constantFrom('buy', 'sell'),
  count: fc.integer({ min: 1, max: 20 }),
  position: fc.integer({ min: -20, max: 20 }),
  buy: fc.integer({ min: 0, max: 10 }),
  sell: fc.integer({ min: 0, max: 10 }),
});

function orderOf({ side, count }: Case) {
  return exampleOrder({ side, quantity: String(count), shortSaleMark: side === 'buy' ? 'not-a-sale' : 'long' });
}

function standingOf({ position, buy, sell }: Case): Standing {
  return { position: fromInteger(position), open: { buy: fromInteger(buy), sell: fromInteger(sell) } };
}

test('no way of filling leaves the worst case, and both ends of it can be reached', () => {
  fc.assert(
    fc.property(drawn, fc.nat(30), fc.nat(30), (given, bought, sold) => {
      const entered = {
        buy: given.buy + (given.side === 'buy' ? given.count : 0),
        sell: given.sell + (given.side === 'sell' ? given.count : 0),
      };
      const { long, short } = worstCase(orderOf(given), standingOf(given));
      const end = fromInteger(given.position + Math.min(bought, entered.buy) - Math.min(sold, entered.sell));
      expect(compare(end, long)).toBeLessThanOrEqual(0);
      expect(compare(end, short)).toBeGreaterThanOrEqual(0);
      expect(toText(long)).toBe(String(given.position + entered.buy));
      expect(toText(short)).toBe(String(given.position - entered.sell));
    }),
  );
});

test('an order reduces exactly where every fill of its side brings the position nearer to zero and none beyond it', () => {
  fc.assert(
    fc.property(drawn, (given) => {
      const open = given.side === 'buy' ? given.buy : given.sell;
      const direction = given.side === 'buy' ? 1 : -1;
      const fills = Array.from({ length: open + given.count }, (_, index) => index + 1);
      const isNearer = fills.every((fill) => {
        const end = fromInteger(given.position + direction * fill);
        const isNearerToZero = compare(absolute(end), absolute(fromInteger(given.position))) < 0;
        return isNearerToZero && (isZero(end) || signOf(end) === Math.sign(given.position));
      });
      expect(isReducing(orderOf(given), standingOf(given))).toBe(isNearer);
    }),
    { numRuns: 1_000 },
  );
});

test('a sale of the whole position reduces, and of one unit more does not', () => {
  const given: Case = { side: 'sell', count: 5, position: 8, buy: 0, sell: 3 };
  expect(isReducing(orderOf(given), standingOf(given))).toBe(true);
  expect(isReducing(orderOf({ ...given, count: 6 }), standingOf(given))).toBe(false);
});

test('an order reduces nothing where nothing is held, and nothing on the side that adds', () => {
  const flat: Case = { side: 'sell', count: 1, position: 0, buy: 0, sell: 0 };
  expect(isReducing(orderOf(flat), standingOf(flat))).toBe(false);
  expect(isReducing(orderOf({ ...flat, side: 'buy' }), standingOf(flat))).toBe(false);
  const long: Case = { ...flat, position: 8 };
  expect(isReducing(orderOf(long), standingOf(long))).toBe(true);
  expect(isReducing(orderOf({ ...long, side: 'buy' }), standingOf(long))).toBe(false);
});

test('open quantities below zero are unsound and make nothing a reduction', () => {
  expect(isOpenSound({ buy: decimal('0'), sell: decimal('0') })).toBe(true);
  expect(isOpenSound({ buy: decimal('-1'), sell: decimal('0') })).toBe(false);
  expect(isOpenSound({ buy: decimal('0'), sell: decimal('-1') })).toBe(false);
  const given: Case = { side: 'sell', count: 1, position: 8, buy: 0, sell: -3 };
  expect(isReducing(orderOf(given), standingOf(given))).toBe(false);
});
