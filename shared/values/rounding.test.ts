import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Rounding, roundedQuotient } from './rounding.ts';

const roundings = ['half-even', 'half-up', 'down', 'up', 'floor', 'ceiling'] as const;

/** Tenths, each a tie or one step to a side of it, and the whole number under each of the roundings above. */
const rows: readonly (readonly [tenths: bigint, expected: readonly bigint[]])[] = [
  [4n, [0n, 0n, 0n, 1n, 0n, 1n]],
  [5n, [0n, 1n, 0n, 1n, 0n, 1n]],
  [6n, [1n, 1n, 0n, 1n, 0n, 1n]],
  [10n, [1n, 1n, 1n, 1n, 1n, 1n]],
  [14n, [1n, 1n, 1n, 2n, 1n, 2n]],
  [15n, [2n, 2n, 1n, 2n, 1n, 2n]],
  [16n, [2n, 2n, 1n, 2n, 1n, 2n]],
  [24n, [2n, 2n, 2n, 3n, 2n, 3n]],
  [25n, [2n, 3n, 2n, 3n, 2n, 3n]],
  [26n, [3n, 3n, 2n, 3n, 2n, 3n]],
  [0n, [0n, 0n, 0n, 0n, 0n, 0n]],
  [-4n, [0n, 0n, 0n, -1n, -1n, 0n]],
  [-5n, [0n, -1n, 0n, -1n, -1n, 0n]],
  [-6n, [-1n, -1n, 0n, -1n, -1n, 0n]],
  [-10n, [-1n, -1n, -1n, -1n, -1n, -1n]],
  [-14n, [-1n, -1n, -1n, -2n, -2n, -1n]],
  [-15n, [-2n, -2n, -1n, -2n, -2n, -1n]],
  [-16n, [-2n, -2n, -1n, -2n, -2n, -1n]],
  [-25n, [-2n, -3n, -2n, -3n, -3n, -2n]],
];

test.each(rows)('%d tenths go to the whole number that each rounding names', (tenths, expected) => {
  expect(roundings.map((rounding) => roundedQuotient(tenths, 10n, rounding))).toEqual(expected);
  expect(roundings.map((rounding) => roundedQuotient(-tenths, -10n, rounding))).toEqual(expected);
});

test('the nearest whole number is at most a half away, and the others are less than one', () => {
  const dividend = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n });
  const divisor = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }).filter((value) => value !== 0n);
  fc.assert(
    fc.property(dividend, divisor, fc.constantFrom(...roundings), (a, b, rounding) => {
      const distance = roundedQuotient(a, b, rounding) * b - a;
      const size = distance < 0n ? -distance : distance;
      const whole = b < 0n ? -b : b;
      expect(rounding.startsWith('half') ? size * 2n <= whole : size < whole).toBe(true);
    }),
  );
});

test('an exact quotient is given and any other is refused', () => {
  const exact: Rounding = 'exact';
  expect(roundedQuotient(-30n, 10n, exact)).toBe(-3n);
  expect(() => roundedQuotient(-31n, 10n, exact)).toThrowError(expect.objectContaining({ code: 'VALUE_MALFORMED' }));
});

test('a divisor of zero is refused under every rounding', () => {
  for (const rounding of roundings) expect(() => roundedQuotient(0n, 0n, rounding)).toThrow(/division by zero/);
});
