import { cite, RTS_6 } from '@gatehouse/shared/law/acts.ts';
import { compare, multiply } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { profitFields, ThresholdAmount, ThresholdBps } from '../breaker-fields.ts';
import { calm, defineBreaker, judgeMeasured, unknown } from '../define-breaker.ts';
import { totalsText } from '../examples/own.ts';
import { lowerIsTighter } from '../limit-fields.ts';
import { profitOf } from '../scope-profit.ts';

const limits = {
  profitFrom: '10000',
  givenBackBps: 5_000,
  markAgeMsMax: 60_000,
  rateAgeMsMax: 60_000,
  unknownMsMax: 60_000,
};
const held = { oldestMarkAt: '2020-03-06T20:29:59.000000000Z' };
const { capital: _capital, ...fields } = profitFields;

/**
 * Trips when a share of the best profit of the trading day has been given back.
 *
 * Shape:  watches only once the day's best profit has reached an amount worth keeping.
 * Units:  realised and unrealised, fees counted, in the firm's currency.
 * Source: RTS 6 Art. 17.
 */
export const profitLock = defineBreaker({
  id: 'profit-lock',
  version: 1,
  title: 'Profit lock',
  question: 'Has the scope given back so much of its best profit of the day that trading there is stopped?',
  sources: [
    cite(RTS_6, 'Art. 17', 'What trading does to the firm is watched while it goes on, and trading is adjusted.'),
  ],
  occasion: 'records',
  scopes: ['account', 'algorithm', 'desk', 'trader', 'client', 'firm'],
  limits: z.strictObject({
    profitFrom: ThresholdAmount.describe(
      'The best profit of the day from which the lock watches, in the firm’s currency.',
    ).meta(lowerIsTighter),
    givenBackBps: ThresholdBps.describe(
      'The part of the best profit that is given back when trading is stopped, in basis points.',
    ).meta(lowerIsTighter),
    ...fields,
  }),

  check(input, { profitFrom, givenBackBps, ...ages }, scope) {
    const profit = profitOf(input, scope, ages);
    if (profit.kind === 'unknown') return unknown(profit.reason, profit.figures);
    const { dayBest, dayGivenBack } = profit;
    const figures = { dayBest };
    if (compare(dayBest, profitFrom) < 0) return calm('The best profit of the day is not worth a lock.', figures);
    const threshold = multiply(dayBest, givenBackBps);
    return judgeMeasured({ words: 'profit given back', measured: dayGivenBack, threshold, figures });
  },

  examples: [
    { name: 'nothing was ever traded', limits, expect: 'calm' },
    {
      name: 'exactly half of exactly the least profit worth a lock is given back',
      own: { ...held, totals: [totalsText({ pnl: '5000', pnlDayPeak: '10000' })] },
      limits,
      expect: 'trip',
      times: 1,
    },
    {
      name: 'a cent less is given back',
      own: { ...held, totals: [totalsText({ pnl: '5000.01', pnlDayPeak: '10000' })] },
      limits,
      expect: 'calm',
    },
    {
      name: 'all of it is given back, but it was a cent short of worth a lock',
      own: { ...held, totals: [totalsText({ pnl: '0', pnlDayPeak: '9999.99' })] },
      limits,
      expect: 'calm',
    },
    {
      name: 'all of it and more is given back',
      own: { ...held, totals: [totalsText({ pnl: '-5000', pnlDayPeak: '10000' })] },
      limits,
      expect: 'trip',
      times: 3,
    },
    {
      name: 'a profit of the days before does not count',
      own: { ...held, totals: [totalsText({ pnl: '90000', pnlAtDayStart: '90000', pnlDayPeak: '90000' })] },
      limits,
      expect: 'calm',
    },
    {
      name: 'something that is held has no price',
      own: { ...held, totals: [totalsText({ isValued: false })] },
      limits,
      expect: 'unknown',
    },
    { name: 'the profit is not known', own: { totals: null }, limits, expect: 'unknown' },
  ],
});
