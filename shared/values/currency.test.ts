import { expect, test } from 'vitest';
import { currency, isCurrency, minorUnits } from './currency.ts';

test.each([
  ['JPY', 0],
  ['ISK', 0],
  ['EUR', 2],
  ['USD', 2],
  ['XCG', 2],
  ['BHD', 3],
  ['KWD', 3],
  ['CLF', 4],
  ['UYW', 4],
])('amounts of %s have %d digits behind the point', (code, digits) => {
  expect(minorUnits(currency(code))).toBe(digits);
});

test.each(['XAU', 'XDR', 'XTS', 'XXX'])('%s is a code without minor units', (code) => {
  expect(isCurrency(code)).toBe(true);
  expect(() => minorUnits(currency(code))).toThrowError(expect.objectContaining({ code: 'VALUE_MALFORMED' }));
});

test.each(['', 'eur', 'EU', 'EURO', 'ZZZ', 'BGN', 'HRK', 'ANG', 'ZWL', 'DEM', ' EUR', 'toString', '__proto__'])(
  '%j is no active code',
  (text) => {
    expect(isCurrency(text)).toBe(false);
    expect(() => currency(text)).toThrowError(expect.objectContaining({ code: 'VALUE_MALFORMED' }));
  },
);

test('the list holds 178 codes of three capitals', () => {
  const letters = Array.from({ length: 26 }, (_, index) => String.fromCharCode(65 + index));
  const codes = letters.flatMap((a) => letters.flatMap((b) => letters.map((c) => a + b + c))).filter(isCurrency);
  expect(codes).toHaveLength(178);
});
