import { cite, RTS_6 } from '@gatehouse/shared/law/acts.ts';
import { multiply } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { profitFields, ThresholdBps } from '../breaker-fields.ts';
import { defineBreaker, judgeMeasured, unknown } from '../define-breaker.ts';
import { totalsText } from '../examples/own.ts';
import { lowerIsTighter } from '../limit-fields.ts';
import { profitOf } from '../scope-profit.ts';

const limits = {
  capital: '1000000',
  drawdownBps: 1_000,
  markAgeMsMax: 60_000,
  rateAgeMsMax: 60_000,
  unknownMsMax: 60_000,
};
const held = { oldestMarkAt: '2020-03-06T20:29:59.000000000Z' };

/**
 * Trips when the profit has fallen from its highest ever by a share of the capital.
 *
 * Units:  realised and unrealised, fees counted, in the firm's currency.
 * Source: RTS 6 Art. 15(4), Art. 17.
 */
export const drawdown = defineBreaker({
  id: 'drawdown',
  version: 1,
  title: 'Drawdown',
  question: 'Has the scope fallen so far from where it stood highest that trading there is stopped?',
  sources: [cite(RTS_6, 'Art. 15(4)', 'Market risk is kept within limits that follow from the capital.')],
  occasion: 'records',
  scopes: ['account', 'algorithm', 'desk', 'trader', 'client', 'firm'],
  limits: z.strictObject({
    drawdownBps: ThresholdBps.describe('The fall at which trading is stopped, in basis points of the capital.').meta(
      lowerIsTighter,
    ),
    ...profitFields,
  }),

  check(input, { capital, drawdownBps, ...ages }, scope) {
    const profit = profitOf(input, scope, ages);
    if (profit.kind === 'unknown') return unknown(profit.reason, profit.figures);
    const threshold = multiply(capital, drawdownBps);
    return judgeMeasured({ words: 'fall from the highest profit', measured: profit.drawdown, threshold, figures: {} });
  },

  examples: [
    { name: 'nothing was ever traded', limits, expect: 'calm' },
    {
      name: 'a fall of exactly ten per cent of the capital',
      own: { ...held, totals: [totalsText({ pnl: '20000', pnlPeak: '120000' })] },
      limits,
      expect: 'trip',
      times: 1,
    },
    {
      name: 'a fall of a cent less',
      own: { ...held, totals: [totalsText({ pnl: '20000.01', pnlPeak: '120000' })] },
      limits,
      expect: 'calm',
    },
    {
      name: 'at its highest',
      own: { ...held, totals: [totalsText({ pnl: '120000', pnlPeak: '120000' })] },
      limits,
      expect: 'calm',
    },
    {
      name: 'a fall in one currency that a profit in another does not make up for',
      own: {
        ...held,
        totals: [
          totalsText({ pnl: '-100000', pnlPeak: '0' }),
          totalsText({ currency: 'EUR', pnl: '500000', pnlPeak: '500000' }),
        ],
      },
      limits,
      expect: 'trip',
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
