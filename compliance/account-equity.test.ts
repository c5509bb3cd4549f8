import { currency } from '@gatehouse/shared/values/currency.ts';
import { decimal, toText, trim } from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import { cashInOrderCurrency, equityOf } from './account-equity.ts';
import type { CheckInput } from './define-control.ts';
import { exampleFacts, exampleOrder } from './examples/base.ts';
import { exampleFiles } from './examples/files.ts';
import { holding } from './examples/holding.ts';
import { exampleOwn, type OwnOverrides } from './examples/own.ts';
import { exposureAfter } from './exposure-after.ts';

const valuation = { marketOrderBps: decimal('0.02'), markAgeMsMax: 60_000, rateAgeMsMax: 3_600_000 };

function inputOf(own: OwnOverrides): CheckInput {
  return {
    order: exampleOrder(),
    facts: exampleFacts(),
    files: exampleFiles(),
    own: exampleOwn(own),
    currency: currency('USD'),
  };
}

function equity(own: OwnOverrides): string {
  const input = inputOf(own);
  const after = exposureAfter(input, 'account:main', { valuation });
  if (after.kind === 'unknown') return after.reason;
  const judged = equityOf(input, { exposure: after.exposure, rateAgeMsMax: 3_600_000 });
  return judged.kind === 'known' ? toText(trim(judged.amount)) : judged.reason;
}

const cash = [
  { currency: 'USD', amount: '100' },
  { currency: 'EUR', amount: '10' },
];

test('equity is cash in all currencies and what is held, less what is owed, and no open order', () => {
  expect(equity({ ...holding({ position: '2', openBuy: '7' }), cash })).toBe('2111');
  expect(equity({ ...holding({ position: '-2', openSell: '7' }), cash })).toBe('-1889');
});

test('cash in a currency without a rate gives no equity, and none of it does no harm', () => {
  expect(equity({ cash: [{ currency: 'JPY', amount: '0' }] })).toBe('0');
  expect(equity({ cash: [{ currency: 'JPY', amount: '0.01' }] })).toBe('The rate from JPY to USD is not known.');
});

test('the cash for a purchase is that in its own currency', () => {
  expect(toText(cashInOrderCurrency(inputOf({ cash })))).toBe('100');
  expect(toText(cashInOrderCurrency(inputOf({ cash: [{ currency: 'EUR', amount: '10' }] })))).toBe('0');
});
