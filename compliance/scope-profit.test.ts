import { currency } from '@gatehouse/shared/values/currency.ts';
import { toText, trim } from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import { exampleFacts, exampleOrder } from './examples/base.ts';
import { exampleFiles } from './examples/files.ts';
import { exampleOwn, type OwnOverrides, totalsText } from './examples/own.ts';
import { profitOf } from './scope-profit.ts';

const ages = { markAgeMsMax: 60_000, rateAgeMsMax: 3_600_000 };

function judged(own: OwnOverrides) {
  const input = {
    order: exampleOrder(),
    facts: exampleFacts(),
    files: exampleFiles(),
    own: exampleOwn(own),
    currency: currency('USD'),
  };
  const profit = profitOf(input, 'firm', ages);
  if (profit.kind === 'unknown') return profit.reason;
  return [toText(trim(profit.dayLoss)), toText(trim(profit.drawdown))];
}

test('the loss of a day may be a profit, the drawdown never is', () => {
  expect(judged({ totals: [totalsText({ pnlAtDayStart: '10', pnl: '30', pnlPeak: '40' })] })).toEqual(['-20', '10']);
  expect(judged({ totals: [totalsText({ pnlAtDayStart: '10', pnl: '30', pnlPeak: '30' })] })).toEqual(['-20', '0']);
});

test('a peak below the profit of now hides nothing of another currency', () => {
  const totals = [totalsText({ pnl: '50', pnlPeak: '0' }), totalsText({ currency: 'EUR', pnl: '-10', pnlPeak: '0' })];
  expect(judged({ totals })).toEqual(['-39', '11']);
});

test('a currency in which nothing was won or lost needs no rate, any other does', () => {
  expect(judged({ totals: [totalsText({ currency: 'JPY', pnl: '5', pnlAtDayStart: '5', pnlPeak: '5' })] })).toEqual([
    '0',
    '0',
  ]);
  expect(judged({ totals: [totalsText({ currency: 'JPY', pnl: '4', pnlAtDayStart: '5', pnlPeak: '5' })] })).toBe(
    'The rate from JPY to USD is not known.',
  );
});

test('a price from the future values nothing', () => {
  expect(judged({ oldestMarkAt: '2020-03-06T20:30:00.000000001Z' })).toBe(
    'The oldest price of what is held is from the future.',
  );
  expect(judged({ oldestMarkAt: '2020-03-06T20:30:00.000000000Z' })).toEqual(['0', '0']);
});
