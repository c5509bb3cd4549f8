import { cite, RTS_6, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { compare } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { exampleValuation, holding } from '../examples/holding.ts';
import { exposureWords, judgeExposure } from '../judge-exposure.ts';
import { LimitDecimal, lowerIsTighter } from '../limit-fields.ts';
import { valuationLimits } from '../valuation.ts';

const limits = { grossMax: '100000', ...exampleValuation };
const sale = { side: 'sell', shortSaleMark: 'short' } as const;
const words = exposureWords(
  'The gross exposure stays within its limit',
  'The gross exposure could go beyond its limit',
);

/**
 * Refuses an order that could bring what a scope holds and owes, added up without signs, beyond its limit.
 *
 * Shape:  per instrument the worse of all purchases and all sales being filled, added over instruments; what is held in one
 *         instrument never makes up for what is owed in another. Beyond the limit an order passes that can only bring
 *         the scope's position in the instrument nearer to zero.
 * Units:  `grossMax` in the firm's currency; exactly that much passes.
 * Source: RTS 6 Art. 15(4); 17 CFR 240.15c3-5(c)(1)(i).
 */
export const grossExposure = defineControl({
  id: 'gross-exposure',
  version: 1,
  title: 'Gross exposure',
  question:
    'Would all that is held and all that is owed, added up, stay within its limit if the open orders and this one were filled?',
  sources: [
    cite(
      RTS_6,
      'Art. 15(4)',
      'Orders are held to market risk limits that fit the capital and the strategy of the firm.',
    ),
    cite(
      SEC_15C3_5,
      '(c)(1)(i)',
      'Orders beyond a capital threshold set in advance are stopped, measured on what was entered.',
    ),
  ],
  limits: z.strictObject({
    grossMax: LimitDecimal.describe(
      'The most that everything held, owed and entered may be worth without signs, in the firm’s currency.',
    ).meta(lowerIsTighter),
    ...valuationLimits,
  }),
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm', 'instrument', 'venue'],
  isOverridable: true,

  check(input, valuation, scope) {
    const { grossMax } = valuation;
    return judgeExposure(input, scope, {
      valuation,
      words,
      judge: ({ all }) => ({ isInside: compare(all.gross, grossMax) <= 0, figures: { gross: all.gross } }),
    });
  },

  examples: [
    { name: 'half of the limit', limits, expect: 'pass' },
    { name: 'a purchase to exactly the limit', order: { quantity: '100' }, limits, expect: 'pass' },
    { name: 'a purchase of one unit more', order: { quantity: '101' }, limits, expect: 'refuse' },
    { name: 'a short sale to exactly the limit', order: { ...sale, quantity: '100' }, limits, expect: 'pass' },
    { name: 'a short sale of one unit more', order: { ...sale, quantity: '101' }, limits, expect: 'refuse' },
    {
      name: 'what is owed elsewhere counts against a purchase: exactly the limit',
      own: holding({ elsewhere: { long: '-50000', short: '-50000', gross: '50000', net: '-50000' } }),
      limits,
      expect: 'pass',
    },
    {
      name: 'a cent more is owed elsewhere',
      own: holding({ elsewhere: { long: '-50000.01', short: '-50000.01', gross: '50000.01', net: '-50000.01' } }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'of purchases and sales in one instrument only the worse counts: exactly the limit',
      order: { ...sale, quantity: '100' },
      own: holding({ openBuy: '100' }),
      limits,
      expect: 'pass',
    },
    {
      name: 'the multiplier counts: exactly the limit',
      order: { quantity: '20' },
      own: holding({ multiplier: '5' }),
      limits,
      expect: 'pass',
    },
    {
      name: 'the multiplier counts: one unit more',
      order: { quantity: '21' },
      own: holding({ multiplier: '5' }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'beyond the limit, a purchase of exactly all that is owed',
      order: { quantity: '120' },
      own: holding({ position: '-120' }),
      limits,
      expect: 'pass',
    },
    {
      name: 'beyond the limit, a purchase of one unit more than is owed',
      order: { quantity: '121' },
      own: holding({ position: '-120' }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'beyond the limit, a purchase in an instrument that is not owed',
      order: { quantity: '1' },
      own: holding({ elsewhere: { long: '-120000', short: '-120000', gross: '120000', net: '-120000' } }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'a short sale without a reference price',
      order: sale,
      facts: { reference: null },
      limits,
      expect: 'refuse',
    },
    { name: 'a multiplier of zero', own: holding({ multiplier: '0' }), limits, expect: 'refuse' },
    { name: 'records that do not know what is held', own: { totals: null }, limits, expect: 'refuse' },
  ],
});
