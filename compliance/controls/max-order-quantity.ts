import { cite, RTS_6, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { compare, signOf } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { LimitDecimal, lowerIsTighter } from '../limit-fields.ts';
import { pass, refuse, refuseBeyond } from '../verdict.ts';

const limits = { quantityMax: '100' };
const fractions = { quantityMax: '0.5' };

/**
 * Refuses an order for more units than one order may have.
 *
 * Units:  `quantityMax` in units of the instrument; an order for exactly that passes.
 * Source: RTS 6 Art. 15(1)(c); 17 CFR 240.15c3-5(c)(1)(ii).
 */
export const maxOrderQuantity = defineControl({
  id: 'max-order-quantity',
  version: 1,
  title: 'Largest order quantity',
  question: 'Does this order ask for no more units than one order may?',
  sources: [
    cite(RTS_6, 'Art. 15(1)(c)', 'Orders above a maximum volume are stopped before they are sent.'),
    cite(SEC_15C3_5, '(c)(1)(ii)', 'Orders that look erroneous by their size are rejected, order by order.'),
  ],
  limits: z.strictObject({
    quantityMax: LimitDecimal.describe('The most units that one order may have.').meta(lowerIsTighter),
  }),
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm', 'instrument', 'venue'],
  isOverridable: true,

  check({ order: { quantity } }, { quantityMax }) {
    const figures = { quantity };
    if (signOf(quantity) <= 0) return refuse('The quantity is not above zero.', figures);
    return compare(quantity, quantityMax) <= 0
      ? pass('The quantity is within the most that one order may have.', figures)
      : refuseBeyond('The quantity is above the most that one order may have.', figures);
  },

  examples: [
    { name: 'half of the maximum', limits, expect: 'pass' },
    { name: 'a purchase of exactly the maximum', order: { quantity: '100' }, limits, expect: 'pass' },
    { name: 'a purchase of one unit more', order: { quantity: '101' }, limits, expect: 'refuse' },
    {
      name: 'a sale of exactly the maximum, written with decimals',
      order: { side: 'sell', shortSaleMark: 'long', quantity: '100.00' },
      limits,
      expect: 'pass',
    },
    {
      name: 'a sale of a hundredth more',
      order: { side: 'sell', shortSaleMark: 'long', quantity: '100.01' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a fraction of a unit, exactly at its maximum',
      order: { quantity: '0.5' },
      limits: fractions,
      expect: 'pass',
    },
    { name: 'a fraction just above its maximum', order: { quantity: '0.500001' }, limits: fractions, expect: 'refuse' },
    {
      name: 'a market order, judged like any other',
      order: { type: 'market', limitPrice: null, quantity: '101' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a maximum of zero lets nothing through',
      order: { quantity: '1' },
      limits: { quantityMax: '0' },
      expect: 'refuse',
    },
  ],
});
