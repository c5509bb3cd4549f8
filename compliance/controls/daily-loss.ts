import { cite, RTS_6, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { compare } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { HELD_MARK_AT, holding } from '../examples/holding.ts';
import { type OwnOverrides, totalsText } from '../examples/own.ts';
import { LimitDecimal, lowerIsTighter } from '../limit-fields.ts';
import { onlyReducing } from '../only-reducing.ts';
import { dayLossOf, profitFigure } from '../scope-profit.ts';
import { markLimits } from '../valuation.ts';
import { pass, refuse } from '../verdict.ts';

const limits = { lossMax: '5000', markAgeMsMax: 60_000, rateAgeMsMax: 86_400_000 };
const sale = { side: 'sell', shortSaleMark: 'long' } as const;

/** Records of a scope that stood at a thousand when its day began, and stands at `pnl` now. */
function standing(pnl: string, position = '0', currency = 'USD'): OwnOverrides {
  const totals = [totalsText({ currency, pnlAtDayStart: '1000', pnl, pnlPeak: '9000', pnlDayPeak: '9000' })];
  return { ...holding({ position }), totals, oldestMarkAt: HELD_MARK_AT };
}

/**
 * Refuses an order that could add risk once a scope has lost as much as it may in a day.
 *
 * Shape:  the loss is what the scope made or lost since its trading day began, realised or not, fees taken off, over all
 *         currencies. Beyond the limit an order passes that can only bring its account's position nearer to zero, so that
 *         what is left can be closed. No ticket sets this refusal aside.
 * Units:  `lossMax` in the firm's currency; a loss of exactly that passes.
 * Source: RTS 6 Art. 15(4); 17 CFR 240.15c3-5(c)(1)(i).
 */
export const dailyLoss = defineControl({
  id: 'daily-loss',
  version: 1,
  title: 'Daily loss',
  question: 'Has the scope lost no more today than it may, or can this order only close what is held?',
  sources: [
    cite(
      RTS_6,
      'Art. 15(4)',
      'Orders are held to market risk limits that fit the capital and the risk tolerance of the firm.',
    ),
    cite(SEC_15C3_5, '(c)(1)(i)', 'Orders beyond a capital threshold set in advance are stopped.'),
  ],
  limits: z.strictObject({
    lossMax: LimitDecimal.describe('The most that may be lost in a trading day, in the firm’s currency.').meta(
      lowerIsTighter,
    ),
    ...markLimits,
  }),
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm'],

  check(input, limitsOfScope, scope) {
    const judged = profitFigure(input, scope, { ages: limitsOfScope, figureOf: dayLossOf });
    if (judged.kind === 'unknown') return refuse(judged.reason, judged.figures);
    const figures = { dayLoss: judged.amount };
    return compare(judged.amount, limitsOfScope.lossMax) <= 0
      ? pass('The loss of the day is within its limit.', figures)
      : onlyReducing(input, 'The loss of the day is beyond its limit', figures);
  },

  examples: [
    { name: 'a day without profit or loss', limits, expect: 'pass' },
    { name: 'a profit', own: standing('9000'), limits, expect: 'pass' },
    { name: 'a loss of exactly the limit', own: standing('-4000'), limits, expect: 'pass' },
    { name: 'a loss of one cent more', own: standing('-4000.01'), limits, expect: 'refuse' },
    {
      name: 'a loss in another currency at its rate: exactly the limit',
      own: standing('-4000', '0', 'EUR'),
      limits: { ...limits, lossMax: '5500' },
      expect: 'pass',
    },
    {
      name: 'a loss in another currency at its rate: a cent beyond',
      own: standing('-4000', '0', 'EUR'),
      limits: { ...limits, lossMax: '5499.99' },
      expect: 'refuse',
    },
    {
      name: 'a profit in one currency makes up for a loss in another: exactly the limit',
      own: {
        totals: [
          totalsText({ pnlAtDayStart: '0', pnl: '-6100', pnlPeak: '0' }),
          totalsText({ currency: 'EUR', pnlAtDayStart: '0', pnl: '1000', pnlPeak: '1000' }),
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
      name: 'beyond the limit, while the position of the account is not known',
      order: sale,
      own: { ...standing('-9000', '50'), position: null },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a price of something held that is exactly as old as permitted',
      own: standing('0', '10'),
      limits: { ...limits, markAgeMsMax: 1_000 },
      expect: 'pass',
    },
    {
      name: 'a price of something held that is one millisecond too old',
      own: standing('0', '10'),
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
    { name: 'records that do not know how old prices are', own: { oldestMarkAt: null }, limits, expect: 'refuse' },
  ],
});
