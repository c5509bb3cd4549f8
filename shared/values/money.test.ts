import { expect, test } from 'vitest';
import { currency } from './currency.ts';
import { addMoney, money, moneyText, negateMoney, subtractMoney } from './money.ts';

const EUR = currency('EUR');
const USD = currency('USD');

test('money of one currency adds up', () => {
  expect(moneyText(addMoney(money('10.20', EUR), money('0.8', EUR)))).toBe('11.00 EUR');
  expect(moneyText(subtractMoney(money('10.20', EUR), money('10.21', EUR)))).toBe('-0.01 EUR');
  expect(moneyText(negateMoney(money('10.20', USD)))).toBe('-10.20 USD');
});

test('money of two currencies never mixes', () => {
  const [euros, dollars] = [money('10.20', EUR), money('10.20', USD)];
  expect(() => addMoney(euros, dollars)).toThrowError(expect.objectContaining({ code: 'VALUE_MALFORMED' }));
  expect(() => subtractMoney(euros, dollars)).toThrow('10.20 EUR and 10.20 USD in one sum');
});
