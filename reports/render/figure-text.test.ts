import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isFigure, printedFigure, scaleOf, survivesAsNumber } from './figure-text.ts';

test.each([
  ['0', true],
  ['-0.05', true],
  ['10.20', true],
  ['123456789012345', true],
  ['1234567890123456', false],
  ['-123456789012.345', true],
  ['1234567890123.456', false],
  ['0.000000000000000001', true],
  ['1.000000000000000000', true],
  [`0.${'0'.repeat(29)}1`, true],
  [`0.${'0'.repeat(30)}1`, false],
  ['007', false],
  ['-0', false],
  ['-0.00', false],
  ['1e5', false],
  ['', false],
])('as a number of a spreadsheet %s survives: %s', (text, survives) => {
  expect(survivesAsNumber(text)).toBe(survives);
});

test('a figure that survives is the same figure when its number is written with its scale', () => {
  const figure = fc
    .record({
      units: fc.bigInt({ min: -(10n ** 15n) + 1n, max: 10n ** 15n - 1n }),
      scale: fc.integer({ min: 0, max: 15 }),
    })
    .map(({ units, scale }) => {
      const digits = `${units < 0n ? -units : units}`.padStart(scale + 1, '0');
      const point = digits.length - scale;
      return `${units < 0n ? '-' : ''}${digits.slice(0, point)}${scale === 0 ? '' : `.${digits.slice(point)}`}`;
    });
  fc.assert(
    fc.property(figure, (text) => {
      expect(survivesAsNumber(text)).toBe(true);
      expect(Number(text).toFixed(scaleOf(text))).toBe(text);
    }),
  );
});

test('printed figures have a real minus, and narrow spaces between thousands where grouped', () => {
  expect(printedFigure('-1234567.8900', { grouped: true })).toBe('−1\u202f234\u202f567.8900');
  expect(printedFigure('-1234567', { grouped: false })).toBe('−1234567');
  expect(printedFigure('999.1234', { grouped: true })).toBe('999.1234');
});

test.each([
  ['-1', true],
  ['1.', false],
  ['.5', false],
  ['−1', false],
  ['1\n', false],
])('%j is a figure: %s', (text, figure) => {
  expect(isFigure(text)).toBe(figure);
});
