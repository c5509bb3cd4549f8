import { cite, RTS_6, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { compare, multiply } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { equityOf } from '../account-equity.ts';
import { defineControl } from '../define-control.ts';
import { exampleValuation, holding } from '../examples/holding.ts';
import { exposureAfter, reducesScope } from '../exposure-after.ts';
import { LimitDecimal, lowerIsTighter } from '../limit-fields.ts';
import { valuationLimits } from '../valuation.ts';
import { pass, refuse, refuseBeyond } from '../verdict.ts';

const limits = { leverageMax: '1.5', ...exampleValuation };
const sale = { side: 'sell', shortSaleMark: 'long' } as const;
const cash = (amount: string) => ({ cash: [{ currency: 'USD', amount }] });

/**
 * Refuses an order that would make the gross exposure of an account too large a multiple of its equity.
 *
 * Shape:  the gross exposure is that of the account with all open orders and this one; the equity is its cash and its positions
 *         at their marks. The comparison multiplies and never divides, so that an equity of zero or below lets nothing through.
 *         Beyond the cap an order passes that can only bring the account's position in the instrument nearer to zero.
 * Units:  `leverageMax` as a multiple; exactly that multiple passes.
 * Source: RTS 6 Art. 15(4); 17 CFR 240.15c3-5(c)(1)(i).
 */
export const leverageCap = defineControl({
  id: 'leverage-cap',
  version: 1,
  title: 'Leverage cap',
  question: 'Would all exposure of the account stay within a set multiple of what the account is worth?',
  sources: [
    cite(RTS_6, 'Art. 15(4)', 'Orders are held to market risk limits that fit the capital of the firm.'),
    cite(
      SEC_15C3_5,
      '(c)(1)(i)',
      'Orders beyond a capital threshold set in advance are stopped, measured on what was entered.',
    ),
  ],
  limits: z.strictObject({
    leverageMax: LimitDecimal.describe('The largest multiple of the equity that the gross exposure may be.').meta(
      lowerIsTighter,
    ),
    ...valuationLimits,
  }),
  scopes: ['account'],
  isOverridable: true,

  check(input, valuation, scope) {
    const { leverageMax } = valuation;
    const after = exposureAfter(input, scope, { valuation });
    if (after.kind === 'unknown') return refuse(after.reason, after.figures);
    const { exposure } = after;
    const equity = equityOf(input, { exposure, rateAgeMsMax: valuation.rateAgeMsMax });
    if (equity.kind === 'unknown') return refuse(equity.reason, equity.figures);

    const figures = { gross: exposure.all.gross, equity: equity.amount };
    if (compare(exposure.all.gross, multiply(equity.amount, leverageMax)) <= 0) {
      return pass('The leverage stays within its cap.', figures);
    }
    return reducesScope(input, exposure)
      ? pass('The leverage is beyond its cap, and this order can only bring it down.', figures)
      : refuseBeyond('The leverage would go beyond its cap.', figures);
  },

  examples: [
    { name: 'a twentieth of the equity', limits, expect: 'pass' },
    { name: 'exactly one and a half times the equity', order: { quantity: '1500' }, limits, expect: 'pass' },
    { name: 'one unit more', order: { quantity: '1501' }, limits, expect: 'refuse' },
    {
      name: 'bought with borrowed money: exactly one and a half times the equity',
      own: { ...holding({ position: '100' }), ...cash('0.00') },
      limits,
      expect: 'pass',
    },
    {
      name: 'bought with one cent more of borrowed money',
      own: { ...holding({ position: '100' }), ...cash('-0.01') },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a position that is owed takes from the equity: exactly at the cap',
      order: { ...sale, shortSaleMark: 'short' },
      own: { ...holding({ position: '-100' }), ...cash('200000.00') },
      limits,
      expect: 'pass',
    },
    {
      name: 'a position that is owed takes from the equity: one cent of cash less',
      order: { ...sale, shortSaleMark: 'short' },
      own: { ...holding({ position: '-100' }), ...cash('199999.99') },
      limits,
      expect: 'refuse',
    },
    {
      name: 'cash in another currency counts at its rate: exactly at the cap',
      order: { quantity: '165' },
      own: { cash: [{ currency: 'EUR', amount: '100000' }] },
      limits,
      expect: 'pass',
    },
    {
      name: 'cash in another currency counts at its rate: one unit more',
      order: { quantity: '166' },
      own: { cash: [{ currency: 'EUR', amount: '100000' }] },
      limits,
      expect: 'refuse',
    },
    { name: 'no equity at all', order: { quantity: '1' }, own: cash('0'), limits, expect: 'refuse' },
    {
      name: 'an equity below zero, and a sale of exactly all that is held',
      order: { ...sale, quantity: '10' },
      own: { ...holding({ position: '10' }), ...cash('-20000') },
      limits,
      expect: 'pass',
    },
    {
      name: 'an equity below zero, and a sale of one unit more than is held',
      order: { ...sale, quantity: '11' },
      own: { ...holding({ position: '10' }), ...cash('-20000') },
      limits,
      expect: 'refuse',
    },
    {
      name: 'cash in a currency whose rate is not known',
      own: { cash: [{ currency: 'JPY', amount: '1' }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a price of something held that is one millisecond too old',
      own: holding({ position: '10' }),
      limits: { ...limits, markAgeMsMax: 999 },
      expect: 'refuse',
    },
    {
      name: 'a price of something held that is exactly as old as permitted',
      own: holding({ position: '10' }),
      limits: { ...limits, markAgeMsMax: 1_000 },
      expect: 'pass',
    },
    { name: 'cash that is not known', own: { cash: null }, limits, expect: 'refuse' },
    { name: 'records that do not know what is held', own: { totals: null }, limits, expect: 'refuse' },
  ],
});
