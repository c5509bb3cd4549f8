import { expect, test } from 'vitest';
import { asPrice, asQuantity, price, quantity } from './amounts.ts';
import { decimal, fromUnits, toText } from './decimal.ts';

test('a price may be below zero and a quantity may not', () => {
  expect(toText(price('-37.63'))).toBe('-37.63');
  expect(toText(quantity('0.00'))).toBe('0.00');
  expect(toText(quantity('0.01'))).toBe('0.01');
  expect(() => quantity('-0.01')).toThrowError(expect.objectContaining({ code: 'VALUE_MALFORMED' }));
  expect(() => asQuantity(decimal('-1'))).toThrow(/a quantity of -1/);
});

test('a computed value becomes an amount while a record can hold its digits', () => {
  expect(toText(asPrice(fromUnits(1n, 18)))).toBe('0.000000000000000001');
  expect(() => asPrice(fromUnits(1n, 19))).toThrow(/more digits than a record may hold/);
  expect(toText(asQuantity(fromUnits(10n ** 38n - 1n, 0)))).toBe('9'.repeat(38));
  expect(() => asQuantity(fromUnits(10n ** 38n, 0))).toThrow(/more digits than a record may hold/);
});

test('text that is no decimal is no amount', () => {
  for (const text of ['', '1e2', '-0', '1,5']) {
    expect(() => price(text)).toThrowError(expect.objectContaining({ code: 'VALUE_MALFORMED' }));
    expect(() => quantity(text)).toThrowError(expect.objectContaining({ code: 'VALUE_MALFORMED' }));
  }
});
