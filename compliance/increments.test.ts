import { decimal, fromUnits, multiply } from '@gatehouse/shared/values/decimal.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isMultiple } from './increments.ts';

test.each([
  ['10.00', '0.01', true],
  ['10.005', '0.01', false],
  ['10', '0.01', true],
  ['10.50', '0.5', true],
  ['10.25', '0.5', false],
  ['0.30', '0.1', true],
  ['100', '100', true],
  ['101', '100', false],
  ['0', '0.01', true],
  ['-0.03', '0.01', true],
  ['10', '0', false],
  ['10', '-5', false],
])('%s in steps of %s: %s', (value, step, isWhole) => {
  expect(isMultiple(decimal(value), decimal(step))).toBe(isWhole);
});

test('a whole number of steps is a multiple, and a hair more is not', () => {
  const scale = fc.integer({ min: 0, max: 9 });
  const units = fc.bigInt({ min: 1n, max: 10n ** 12n });
  fc.assert(
    fc.property(units, scale, fc.bigInt({ min: 0n, max: 10n ** 9n }), (stepUnits, stepScale, count) => {
      const step = fromUnits(stepUnits, stepScale);
      const value = multiply(step, fromUnits(count, 0));
      expect(isMultiple(value, step)).toBe(true);
      const more = fromUnits(value.units * 10n ** 9n + 1n, value.scale + 9);
      expect(isMultiple(more, step)).toBe(false);
    }),
  );
});
