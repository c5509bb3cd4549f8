import { cite, RTS_6, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { compare, multiply } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { HELD_MARK_AT, holding } from '../examples/holding.ts';
import { type OwnOverrides, totalsText } from '../examples/own.ts';
import { Bps, LimitDecimal, lowerIsTighter } from '../limit-fields.ts';
import { onlyReducing } from '../only-reducing.ts';
import { drawdownOf, profitFigure } from '../scope-profit.ts';
import { markLimits } from '../valuation.ts';
import { pass, refuse } from '../verdict.ts';

const limits = {
  drawdownMax: '10000',
  capital: '100000',
  shareMaxBps: 1_500,
  markAgeMsMax: 60_000,
  rateAgeMsMax: 86_400_000,
};
const byShare = { ...limits, drawdownMax: '50000' };
const sale = { side: 'sell', shortSaleMark: 'long' } as const;

/** Records of a scope that once stood at nine thousand, and stands at `pnl` now. */
function standing(pnl: string, position = '0', currency = 'USD'): OwnOverrides {
  const totals = [totalsText({ currency, pnlAtDayStart: pnl, pnl, pnlPeak: '9000', pnlDayPeak: pnl })];
  return { ...holding({ position }), totals, oldestMarkAt: HELD_MARK_AT };
}

/**
 * Refuses an order that could add risk while a scope stands too far below its best.
 *
 * Shape:  the drawdown is the distance from the highest profit ever to that of now, realised or not, fees taken off; with several
 *         currencies the distances of each are added, which is never too little. Both limits hold: the amount, and the share of
 *         the capital. Beyond one an order passes that can only bring its account's position nearer to zero. No ticket sets
 *         this refusal aside.
 * Units:  amounts in the firm's currency, `shareMaxBps` in basis points of `capital`; exactly the limit passes.
 * Source: RTS 6 Art. 15(4); 17 CFR 240.15c3-5(c)(1)(i).
 */
export const drawdown = defineControl({
  id: 'drawdown',
  version: 1,
  title: 'Drawdown',
  question: 'Does the scope stand near enough to its best, or can this order only close what is held?',
  sources: [
    cite(
      RTS_6,
      'Art. 15(4)',
      'Orders are held to market risk limits that fit the capital and the risk tolerance of the firm.',
    ),
    cite(SEC_15C3_5, '(c)(1)(i)', 'Orders beyond a capital threshold set in advance are stopped.'),
  ],
  limits: z.strictObject({
    drawdownMax: LimitDecimal.describe('The largest distance from the best, in the firm’s currency.').meta(
      lowerIsTighter,
    ),
    capital: LimitDecimal.describe('The capital that the share is taken of, in the firm’s currency.').meta(
      lowerIsTighter,
    ),
    shareMaxBps: Bps.describe('The largest distance from the best, in basis points of the capital.').meta(
      lowerIsTighter,
    ),
    ...markLimits,
  }),
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm'],

  check(input, limitsOfScope, scope) {
    const judged = profitFigure(input, scope, { ages: limitsOfScope, figureOf: drawdownOf });
    if (judged.kind === 'unknown') return refuse(judged.reason, judged.figures);
    const distance = judged.amount;
    const { drawdownMax, capital, shareMaxBps } = limitsOfScope;
    const isInside = compare(distance, drawdownMax) <= 0 && compare(distance, multiply(capital, shareMaxBps)) <= 0;
    const figures = { distance };
    return isInside
      ? pass('The drawdown is within its limits.', figures)
      : onlyReducing(input, 'The drawdown is beyond a limit', figures);
  },

  examples: [
    { name: 'nothing won and nothing lost', limits, expect: 'pass' },
    { name: 'at its best', own: standing('9000'), limits, expect: 'pass' },
    { name: 'below its best by exactly the amount', own: standing('-1000'), limits, expect: 'pass' },
    { name: 'below its best by one cent more', own: standing('-1000.01'), limits, expect: 'refuse' },
    {
      name: 'below its best by exactly the share of the capital',
      own: standing('-6000'),
      limits: byShare,
      expect: 'pass',
    },
    {
      name: 'below its best by one cent more than the share',
      own: standing('-6000.01'),
      limits: byShare,
      expect: 'refuse',
    },
    {
      name: 'a distance in another currency at its rate: exactly the amount',
      own: standing('-1000', '0', 'EUR'),
      limits: { ...limits, drawdownMax: '11000' },
      expect: 'pass',
    },
    {
      name: 'a distance in another currency at its rate: a cent beyond',
      own: standing('-1000', '0', 'EUR'),
      limits: { ...limits, drawdownMax: '10999.99' },
      expect: 'refuse',
    },
    {
      name: 'a currency at its best does not make up for another that is not: exactly the amount',
      own: {
        totals: [
          totalsText({ pnl: '-1000', pnlPeak: '9000' }),
          totalsText({ currency: 'EUR', pnl: '5000', pnlPeak: '5000' }),
        ],
      },
      limits,
      expect: 'pass',
    },
    {
      name: 'beyond the limit, a sale of exactly all that is held',
      order: sale,
      own: standing('-9000', '50'),
      limits,
      expect: 'pass',
    },
    {
      name: 'beyond the limit, a sale of one unit more than is held',
      order: sale,
      own: standing('-9000', '49'),
      limits,
      expect: 'refuse',
    },
    { name: 'beyond the limit, a purchase of what is held', own: standing('-9000', '50'), limits, expect: 'refuse' },
    {
      name: 'a price of something held that is one millisecond too old',
      own: standing('9000', '10'),
      limits: { ...limits, markAgeMsMax: 999 },
      expect: 'refuse',
    },
    {
      name: 'something is held whose price is not known',
      own: { totals: [totalsText({ isValued: false })] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a currency whose rate is not known',
      files: { rates: null },
      own: standing('-1', '0', 'EUR'),
      limits,
      expect: 'refuse',
    },
    { name: 'a profit that nobody counted', own: { totals: null }, limits, expect: 'refuse' },
  ],
});
