import { cite, RTS_6 } from '@gatehouse/shared/law/acts.ts';
import { compare, negate } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { exampleValuation, holding } from '../examples/holding.ts';
import { exposureWords, judgeExposure } from '../judge-exposure.ts';
import { LimitDecimal, lowerIsTighter } from '../limit-fields.ts';
import { valuationLimits } from '../valuation.ts';

const limits = { netLongMax: '100000', netShortMax: '80000', ...exampleValuation };
const sale = { side: 'sell', shortSaleMark: 'short' } as const;
const words = exposureWords('The net exposure stays within its limits', 'The net exposure could go beyond a limit');

/**
 * Refuses an order that could bring a scope's net exposure beyond the long or the short limit.
 *
 * Shape:  what is held in one instrument makes up for what is owed in another. The long side is where the sum ends when all
 *         purchases fill and no sale does, the short side the other way; both are compared, also the one that the order does
 *         not touch. Beyond a limit an order passes that can only bring the scope's position in the instrument nearer to zero,
 *         even where that position made up for another one.
 * Units:  in the firm's currency; exactly the limit passes.
 * Source: RTS 6 Art. 15(4).
 */
export const netExposure = defineControl({
  id: 'net-exposure',
  version: 1,
  title: 'Net exposure',
  question:
    'Would what is held less what is owed stay within its limits, whichever of the open orders and this one are filled?',
  sources: [
    cite(
      RTS_6,
      'Art. 15(4)',
      'Orders are held to market risk limits that fit the capital and the strategy of the firm.',
    ),
  ],
  limits: z.strictObject({
    netLongMax: LimitDecimal.describe(
      'The most by which holdings may outweigh what is owed, in the firm’s currency.',
    ).meta(lowerIsTighter),
    netShortMax: LimitDecimal.describe(
      'The most by which what is owed may outweigh holdings, in the firm’s currency.',
    ).meta(lowerIsTighter),
    ...valuationLimits,
  }),
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm', 'venue'],
  isOverridable: true,

  check(input, valuation, scope) {
    const { netLongMax, netShortMax } = valuation;
    return judgeExposure(input, scope, {
      valuation,
      words,
      judge: ({ all }) => ({
        isInside: compare(all.long, netLongMax) <= 0 && compare(negate(all.short), netShortMax) <= 0,
        figures: { worstLong: all.long, worstShort: all.short },
      }),
    });
  },

  examples: [
    { name: 'half of the long limit', limits, expect: 'pass' },
    { name: 'a purchase to exactly the long limit', order: { quantity: '100' }, limits, expect: 'pass' },
    { name: 'a purchase of one unit more', order: { quantity: '101' }, limits, expect: 'refuse' },
    { name: 'a short sale to exactly the short limit', order: { ...sale, quantity: '80' }, limits, expect: 'pass' },
    { name: 'a short sale of one unit more', order: { ...sale, quantity: '81' }, limits, expect: 'refuse' },
    {
      name: 'what is owed elsewhere makes up for a purchase: exactly the long limit',
      order: { quantity: '150' },
      own: holding({ elsewhere: { long: '-50000', short: '-50000', gross: '50000', net: '-50000' } }),
      limits,
      expect: 'pass',
    },
    {
      name: 'what is owed elsewhere makes up for a purchase: one unit more',
      order: { quantity: '151' },
      own: holding({ elsewhere: { long: '-50000', short: '-50000', gross: '50000', net: '-50000' } }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'a sale elsewhere that is only open does not make up for a purchase',
      order: { quantity: '101' },
      own: holding({ elsewhere: { long: '0', short: '-50000', gross: '50000', net: '0' } }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'a purchase while open sales reach beyond the short limit',
      order: { quantity: '1' },
      own: holding({ openSell: '81' }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'beyond the long limit, a sale of exactly all that is held',
      order: { ...sale, quantity: '120' },
      own: holding({ position: '120' }),
      limits,
      expect: 'pass',
    },
    {
      name: 'beyond the long limit, a sale of one unit more than is held',
      order: { ...sale, quantity: '121' },
      own: holding({ position: '120' }),
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
    { name: 'records that do not know what is held', own: { totals: null }, limits, expect: 'refuse' },
  ],
});
