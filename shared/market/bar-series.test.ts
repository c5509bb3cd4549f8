import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimal, equal, fromUnits, toNumber } from '../values/decimal.ts';
import { instant } from '../values/instant.ts';
import { type BarRow, seriesOfRows } from './bar-series.ts';

function row(hour: bigint, day: string, close: string): BarRow {
  const price = decimal(close);
  const openAt = instant(hour * 3_600_000_000_000n);
  return { openAt, closeAt: instant(openAt + 1n), day, open: price, high: price, low: price, close: price };
}

test('a bar gives back the prices of its row, whatever the scales of the others', () => {
  const series = seriesOfRows('X', [row(1n, 'a', '10.2'), row(2n, 'a', '9.125'), row(3n, 'b', '7')]);
  expect(series.length).toBe(3);
  expect([0, 1, 2].map((index) => series.bar(index).close)).toEqual([
    fromUnits(10_200n, 3),
    fromUnits(9_125n, 3),
    fromUnits(7_000n, 3),
  ]);
});

test('only the last bar of a day ends it', () => {
  const series = seriesOfRows('X', [row(1n, 'a', '1'), row(2n, 'a', '1'), row(3n, 'b', '1')]);
  expect([0, 1, 2].map((index) => series.bar(index).endsDay)).toEqual([false, true, true]);
});

test('the float column is the nearest float of the exact price', () => {
  fc.assert(
    fc.property(fc.array(fc.bigInt({ min: 1n, max: 10n ** 15n }), { minLength: 1 }), (units) => {
      const rows = units.map((value, index) => {
        const price = fromUnits(value, 6);
        return { ...row(BigInt(index), 'a', '1'), open: price, high: price, low: price, close: price };
      });
      const series = seriesOfRows('X', rows);
      for (const [index, expected] of rows.entries()) {
        expect(series.numbers.close[index]).toBe(toNumber(expected.close));
        expect(equal(series.bar(index).close, expected.close)).toBe(true);
      }
    }),
  );
});

test('a price beyond 64 bits is refused, and the largest one below is kept', () => {
  expect(seriesOfRows('X', [row(1n, 'a', '9223372036854775807')]).bar(0).close.units).toBe(2n ** 63n - 1n);
  expect(() => seriesOfRows('X', [row(1n, 'a', '9223372036854775808')])).toThrow(/beyond 64 bits/);
});

test('a bar outside the series is a bug', () => {
  expect(() => seriesOfRows('X', [row(1n, 'a', '1')]).bar(1)).toThrow(/bar 1 of a series of 1/);
});
