import { currency } from '@gatehouse/shared/values/currency.ts';
import { toText, trim } from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import { exampleFacts, exampleOrder } from './examples/base.ts';
import { exampleFiles } from './examples/files.ts';
import { exampleOwn, type OwnOverrides, totalsText } from './examples/own.ts';
import { dayLossOf, drawdownOf, profitFigure, profitOf } from './scope-profit.ts';

const ages = { markAgeMsMax: 60_000, rateAgeMsMax: 3_600_000 };

function judged(own: OwnOverrides) {
  const input = {
    order: exampleOrder(),
    facts: exampleFacts(),
    files: exampleFiles(),
    own: exampleOwn(own),
    currency: currency('USD'),
  };
  const figures = [dayLossOf, drawdownOf].map((figureOf) => profitFigure(input, 'firm', { ages, figureOf }));
  const each = figures.map((one) => (one.kind === 'known' ? toText(trim(one.amount)) : one.reason));
  const whole = profitOf(input, 'firm', ages);
  expect(
    whole.kind === 'known' ? [whole.dayLoss, whole.drawdown].map((one) => toText(trim(one))) : whole.reason,
  ).toEqual(figures.every(({ kind }) => kind === 'known') ? each : each.find((text) => text.startsWith('The')));
  return each;
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
  expect(judged({ totals: [totalsText({ currency: 'JPY', pnl: '4', pnlAtDayStart: '5', pnlPeak: '5' })] })).toEqual([
    'The rate from JPY to USD is not known.',
    'The rate from JPY to USD is not known.',
  ]);
});

test('a price from the future values nothing', () => {
  expect(judged({ oldestMarkAt: '2020-03-06T20:30:00.000000001Z' })).toEqual([
    'The oldest price of what is held is from the future.',
    'The oldest price of what is held is from the future.',
  ]);
  expect(judged({ oldestMarkAt: '2020-03-06T20:30:00.000000000Z' })).toEqual(['0', '0']);
});

test('the best of the day and what was given back of it need a rate of their own', () => {
  const row = totalsText({ currency: 'JPY', pnl: '5', pnlAtDayStart: '5', pnlPeak: '5' });
  const best = { ...row, pnlDayPeak: '9' };
  const input = {
    order: exampleOrder(),
    facts: exampleFacts(),
    files: exampleFiles(),
    own: exampleOwn({ totals: [best] }),
    currency: currency('USD'),
  };
  expect(profitOf(input, 'firm', ages)).toMatchObject({ kind: 'unknown' });
  const givenBack = { ...row, pnlAtDayStart: '9', pnl: '9', pnlPeak: '9', pnlDayPeak: '9' };
  expect(profitOf({ ...input, own: exampleOwn({ totals: [givenBack] }) }, 'firm', ages)).toMatchObject({
    kind: 'known',
    dayBest: { units: 0n },
    dayGivenBack: { units: 0n },
  });
});
