import { cite, RTS_6, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { compare, multiply } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { equityOf } from '../account-equity.ts';
import { defineControl } from '../define-control.ts';
import { exampleValuation, holding } from '../examples/holding.ts';
import { exposureAfter, reducesScope } from '../exposure-after.ts';
import { Bps, LimitDecimal, lowerIsTighter, noneIsTighter } from '../limit-fields.ts';
import { valuationLimits } from '../valuation.ts';
import { pass, refuse, refuseBeyond } from '../verdict.ts';

const limits = { basis: 'equity' as const, shareMaxBps: 1_000, valueFreeMax: '10000', ...exampleValuation };
const ofGross = { ...limits, basis: 'gross' as const, shareMaxBps: 2_500 };
const sale = { side: 'sell', shortSaleMark: 'long' } as const;
const cash = (amount: string) => ({ cash: [{ currency: 'USD', amount }] });
const others = (amount: string) => ({ elsewhere: { long: amount, short: amount, gross: amount, net: amount } });

/**
 * Refuses an order that would make one instrument too large a part of the whole.
 *
 * Shape:  the instrument counts with the worse of all purchases and all sales being filled. The whole is the equity of the account
 *         or the gross exposure of the scope, this order in it. Up to `valueFreeMax` an instrument may be any part, so that a
 *         first position can be opened. Beyond the share an order passes that can only bring the scope's position nearer to
 *         zero.
 * Units:  `shareMaxBps` in basis points of the whole, `valueFreeMax` in the firm's currency; exactly the share passes.
 * Source: RTS 6 Art. 15(4); 17 CFR 240.15c3-5(c)(1)(i).
 */
export const concentration = defineControl({
  id: 'concentration',
  version: 1,
  title: 'Concentration in one instrument',
  question: 'Would this instrument stay a small enough part of the equity, or of all exposure?',
  sources: [
    cite(RTS_6, 'Art. 15(4)', 'Market risk limits fit the capital of the firm and how easily positions can be sold.'),
    cite(SEC_15C3_5, '(c)(1)(i)', 'Thresholds are set more finely by security where that is appropriate.'),
  ],
  limits: z.strictObject({
    basis: z
      .enum(['equity', 'gross'])
      .describe('What the share is taken of: the equity of the account, or the gross exposure of the scope.')
      .meta(noneIsTighter),
    shareMaxBps: Bps.describe('The largest part of the whole that one instrument may be, in basis points.').meta(
      lowerIsTighter,
    ),
    valueFreeMax: LimitDecimal.describe('Up to this value an instrument may be any part, in the firm’s currency.').meta(
      lowerIsTighter,
    ),
    ...valuationLimits,
  }),
  scopes: ['account', 'firm', 'desk', 'trader', 'client', 'algorithm'],
  isOverridable: true,

  check(input, valuation, scope) {
    const { basis, shareMaxBps, valueFreeMax } = valuation;
    const after = exposureAfter(input, scope, { valuation });
    if (after.kind === 'unknown') return refuse(after.reason, after.figures);
    const { exposure } = after;
    const instrumentValue = exposure.instrument.gross;
    if (compare(instrumentValue, valueFreeMax) <= 0) {
      return pass('The instrument stands for little.', { instrumentValue });
    }
    if (basis === 'equity' && !scope.startsWith('account:')) return refuse('Equity is known of accounts only.');
    const { rateAgeMsMax } = valuation;
    const whole =
      basis === 'gross'
        ? ({ kind: 'known', amount: exposure.all.gross } as const)
        : equityOf(input, { exposure, rateAgeMsMax });
    if (whole.kind === 'unknown') return refuse(whole.reason, whole.figures);

    const figures = { instrumentValue, whole: whole.amount };
    if (compare(instrumentValue, multiply(whole.amount, shareMaxBps)) <= 0) {
      return pass('The instrument stays a small enough part.', figures);
    }
    return reducesScope(input, exposure)
      ? pass('The instrument is too large a part, and this order can only make it smaller.', figures)
      : refuseBeyond('The instrument would be too large a part.', figures);
  },

  examples: [
    { name: 'a twentieth of the equity', limits, expect: 'pass' },
    { name: 'exactly a tenth of the equity', order: { quantity: '100' }, limits, expect: 'pass' },
    { name: 'one unit more than a tenth of the equity', order: { quantity: '101' }, limits, expect: 'refuse' },
    {
      name: 'what is held is part of the equity: exactly a tenth',
      own: { ...holding({ position: '50' }), ...cash('950000.00') },
      limits,
      expect: 'pass',
    },
    {
      name: 'what is held is part of the equity: a cent less of it',
      own: { ...holding({ position: '50' }), ...cash('949999.99') },
      limits,
      expect: 'refuse',
    },
    { name: 'exactly the value that is free', order: { quantity: '10' }, own: cash('0'), limits, expect: 'pass' },
    {
      name: 'one unit above the value that is free',
      order: { quantity: '11' },
      own: cash('0'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'exactly a quarter of all exposure',
      own: holding(others('150000')),
      limits: ofGross,
      expect: 'pass',
    },
    {
      name: 'a little more than a quarter of all exposure',
      own: holding(others('149999.99')),
      limits: ofGross,
      expect: 'refuse',
    },
    {
      name: 'of a desk, exactly a quarter of all exposure',
      scope: 'desk:index',
      own: holding(others('150000')),
      limits: ofGross,
      expect: 'pass',
    },
    { name: 'of a desk, whose equity nobody knows', scope: 'desk:index', limits, expect: 'refuse' },
    {
      name: 'too large a part, and a sale of exactly all that is held',
      order: { ...sale, quantity: '200' },
      own: { ...holding({ position: '200' }), ...cash('0') },
      limits,
      expect: 'pass',
    },
    {
      name: 'too large a part, and a sale of one unit more than is held',
      order: { ...sale, quantity: '201' },
      own: { ...holding({ position: '200' }), ...cash('0') },
      limits,
      expect: 'refuse',
    },
    { name: 'an equity below zero', order: { quantity: '11' }, own: cash('-1'), limits, expect: 'refuse' },
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
