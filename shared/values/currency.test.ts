import { expect, test } from 'vitest';
import { currency, isCurrency, isDigitalToken, minorUnits } from './currency.ts';

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

test.each([
  '',
  'eur',
  'EU',
  'EURO',
  'ZZZ',
  'BGN',
  'HRK',
  'ANG',
  'ZWL',
  'DEM',
  ' EUR',
  'toString',
  '__proto__',
  'btc',
  'NOTATOKEN',
])('%j is no code that is known', (text) => {
  expect(isCurrency(text)).toBe(false);
  expect(() => currency(text)).toThrowError(expect.objectContaining({ code: 'VALUE_MALFORMED' }));
});

test.each(['BTC', 'ETH', 'BNB', 'USDT', 'USDC', 'FDUSD', 'SOL', 'XRP'])('%s is a token with eight digits', (code) => {
  expect(isDigitalToken(code)).toBe(true);
  expect(minorUnits(currency(code))).toBe(8);
});

test.each(['EUR', 'XAU', 'MNT', 'ALL', 'TOP', ''])('%j is no token', (code) => {
  expect(isDigitalToken(code)).toBe(false);
});

test('a code that ISO 4217 gives to a country keeps that meaning, whichever token calls itself so', () => {
  expect(minorUnits(currency('MNT'))).toBe(2);
});

test('the list holds 178 codes of ISO 4217, and no token among them', () => {
  const letters = Array.from({ length: 26 }, (_, index) => String.fromCharCode(65 + index));
  const codes = letters.flatMap((a) => letters.flatMap((b) => letters.map((c) => a + b + c))).filter(isCurrency);
  const tokens = codes.filter(isDigitalToken);
  expect(codes.length - tokens.length).toBe(178);
  expect(tokens).toContain('BTC');
});
