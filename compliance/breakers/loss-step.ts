import { cite, RTS_6, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { multiply } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { profitFields, ThresholdBps } from '../breaker-fields.ts';
import { defineBreaker, judgeMeasured, unknown } from '../define-breaker.ts';
import { totalsText } from '../examples/own.ts';
import { lowerIsTighter } from '../limit-fields.ts';
import { profitOf } from '../scope-profit.ts';

const limits = {
  capital: '1000000',
  lossBps: 500,
  markAgeMsMax: 60_000,
  rateAgeMsMax: 60_000,
  unknownMsMax: 60_000,
};
const held = { oldestMarkAt: '2020-03-06T20:29:59.000000000Z' };

/**
 * Trips when the loss of the trading day reaches a share of the capital.
 *
 * Shape:  a sheet has a line for each step: five per cent may pause, ten take orders back, twenty close positions.
 * Units:  the loss is realised and unrealised, fees counted, in the firm's currency.
 * Source: RTS 6 Art. 15(4), Art. 17.
 */
export const lossStep = defineBreaker({
  id: 'loss-step',
  version: 1,
  title: 'Loss of the day, in steps',
  question: 'Has the scope lost so much today that trading there is stopped?',
  sources: [
    cite(RTS_6, 'Art. 15(4)', 'Market risk is kept within limits that follow from the capital.'),
    cite(SEC_15C3_5, '(c)(1)(i)', 'Exposure stays within thresholds of capital that were set in advance.'),
  ],
  occasion: 'records',
  scopes: ['account', 'algorithm', 'desk', 'trader', 'client', 'firm'],
  limits: z.strictObject({
    lossBps: ThresholdBps.describe('The loss at which the step is taken, in basis points of the capital.').meta(
      lowerIsTighter,
    ),
    ...profitFields,
  }),

  check(input, { capital, lossBps, ...ages }, scope) {
    const profit = profitOf(input, scope, ages);
    if (profit.kind === 'unknown') return unknown(profit.reason, profit.figures);
    const threshold = multiply(capital, lossBps);
    return judgeMeasured({ words: 'loss of the day', measured: profit.dayLoss, threshold, figures: {} });
  },

  examples: [
    { name: 'nothing was ever traded', limits, expect: 'calm' },
    {
      name: 'a loss of exactly five per cent',
      own: { ...held, totals: [totalsText({ pnl: '-50000' })] },
      limits,
      expect: 'trip',
      times: 1,
    },
    {
      name: 'a loss of a cent less',
      own: { ...held, totals: [totalsText({ pnl: '-49999.99' })] },
      limits,
      expect: 'calm',
    },
    {
      name: 'a loss of exactly twice the step',
      own: { ...held, totals: [totalsText({ pnl: '-100000' })] },
      limits,
      expect: 'trip',
      times: 2,
    },
    {
      name: 'a loss since the first entry, but none today',
      own: { ...held, totals: [totalsText({ pnl: '-90000', pnlAtDayStart: '-90000' })] },
      limits,
      expect: 'calm',
    },
    { name: 'a profit', own: { ...held, totals: [totalsText({ pnl: '80000' })] }, limits, expect: 'calm' },
    {
      name: 'a loss in another currency, at its rate',
      own: { ...held, totals: [totalsText({ currency: 'EUR', pnl: '-100000' })] },
      limits,
      expect: 'trip',
    },
    {
      name: 'a loss in a currency without a rate',
      own: { ...held, totals: [totalsText({ currency: 'JPY', pnl: '-100000' })] },
      limits,
      expect: 'unknown',
    },
    {
      name: 'something that is held has no price',
      own: { ...held, totals: [totalsText({ isValued: false })] },
      limits,
      expect: 'unknown',
    },
    {
      name: 'a price too old to say what is lost',
      own: { oldestMarkAt: '2020-03-06T20:28:59.999999999Z', totals: [totalsText()] },
      limits,
      expect: 'unknown',
    },
    { name: 'the profit is not known', own: { totals: null }, limits, expect: 'unknown' },
  ],
});
