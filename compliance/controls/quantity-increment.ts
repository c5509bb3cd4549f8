import { cite, RTS_6, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { compare } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { exampleInstrument } from '../examples/files.ts';
import { isMultiple } from '../increments.ts';
import { known, pass, refuse } from '../verdict.ts';

const limits = {};
const sale = { side: 'sell', shortSaleMark: 'long' } as const;

/** The base instrument with something changed. */
function instrument(changes: Partial<typeof exampleInstrument>) {
  return { instruments: { rows: [{ ...exampleInstrument, ...changes }] } };
}

const lots = instrument({ lot: '100', quantityMin: '200', quantityMax: '1000' });
const fractions = instrument({ lot: '0.001', quantityMin: '0.010', quantityMax: '5' });

/**
 * Refuses a quantity that the venue does not take: not a whole number of lots, too small or too large.
 *
 * Shape:  of an iceberg, the part that others may see is a whole number of lots too, and no more than the whole.
 * Units:  quantities in units of the instrument; the least and the most that the venue takes are inside.
 * Source: 17 CFR 240.15c3-5(c)(1)(ii); RTS 6 Art. 15(1)(c).
 */
export const quantityIncrement = defineControl({
  id: 'quantity-increment',
  version: 1,
  title: 'Quantity increment',
  question: 'Is the quantity a whole number of lots, and between the least and the most that the venue takes?',
  sources: [
    cite(SEC_15C3_5, '(c)(1)(ii)', 'Orders that look erroneous by their size are rejected, order by order.'),
    cite(RTS_6, 'Art. 15(1)(c)', 'Orders above a maximum volume are stopped before they are sent.'),
  ],
  limits: z.strictObject({}),
  files: ['instruments'],
  scopes: ['firm'],

  check({ order, files }) {
    const { quantity } = order;
    const { lot, quantityMin, quantityMax } = known(files.instruments.of(order.instrument), 'instrument');
    if (!isMultiple(quantity, lot)) return refuse('The quantity is not a whole number of lots.', { quantity, lot });
    if (compare(quantity, quantityMin) < 0) {
      return refuse('The quantity is below the least that the venue takes.', { quantity, venueMin: quantityMin });
    }
    if (compare(quantity, quantityMax) > 0) {
      return refuse('The quantity is above the most that the venue takes.', { quantity, venueMax: quantityMax });
    }
    const { displayQuantity: shown } = order;
    if (shown !== undefined && !isMultiple(shown, lot)) {
      return refuse('The quantity that others may see is not a whole number of lots.', { shown, lot });
    }
    if (shown !== undefined && compare(shown, quantity) > 0) {
      return refuse('The quantity that others may see is more than the order is for.', { shown, quantity });
    }
    return pass('The quantity is one that the venue takes.', { quantity, lot });
  },

  examples: [
    { name: 'fifty units in lots of one', limits, expect: 'pass' },
    { name: 'exactly three lots of a hundred', order: { quantity: '300' }, files: lots, limits, expect: 'pass' },
    { name: 'three lots of a hundred and one unit', order: { quantity: '301' }, files: lots, limits, expect: 'refuse' },
    { name: 'half a unit in lots of one', order: { quantity: '0.5' }, limits, expect: 'refuse' },
    { name: 'a whole quantity written with decimals', order: { quantity: '50.00' }, limits, expect: 'pass' },
    { name: 'exactly the least that the venue takes', order: { quantity: '200' }, files: lots, limits, expect: 'pass' },
    { name: 'one lot less than the least', order: { quantity: '100' }, files: lots, limits, expect: 'refuse' },
    {
      name: 'a sale of exactly the most that the venue takes',
      order: { ...sale, quantity: '1000' },
      files: lots,
      limits,
      expect: 'pass',
    },
    {
      name: 'a sale of one lot more than the most',
      order: { ...sale, quantity: '1100' },
      files: lots,
      limits,
      expect: 'refuse',
    },
    { name: 'exactly the least fraction', order: { quantity: '0.01' }, files: fractions, limits, expect: 'pass' },
    {
      name: 'a thousandth below the least fraction',
      order: { quantity: '0.009' },
      files: fractions,
      limits,
      expect: 'refuse',
    },
    { name: 'a fraction of a lot', order: { quantity: '0.0105' }, files: fractions, limits, expect: 'refuse' },
    { name: 'exactly the most, in fractions', order: { quantity: '5.000' }, files: fractions, limits, expect: 'pass' },
    { name: 'a thousandth above the most', order: { quantity: '5.001' }, files: fractions, limits, expect: 'refuse' },
    {
      name: 'an iceberg that shows exactly all of itself',
      order: { quantity: '300', displayQuantity: '300' },
      files: lots,
      limits,
      expect: 'pass',
    },
    {
      name: 'an iceberg that would show a lot more than itself',
      order: { quantity: '300', displayQuantity: '400' },
      files: lots,
      limits,
      expect: 'refuse',
    },
    {
      name: 'an iceberg that shows exactly one lot',
      order: { quantity: '300', displayQuantity: '100' },
      files: lots,
      limits,
      expect: 'pass',
    },
    {
      name: 'an iceberg that shows one unit more than a lot',
      order: { quantity: '300', displayQuantity: '101' },
      files: lots,
      limits,
      expect: 'refuse',
    },
    { name: 'a lot of zero', files: instrument({ lot: '0' }), limits, expect: 'refuse' },
    {
      name: 'a market order, judged like any other',
      order: { type: 'market', limitPrice: null, quantity: '301' },
      files: lots,
      limits,
      expect: 'refuse',
    },
    { name: 'an instrument that is not in the file', order: { instrument: 'demo-bond' }, limits, expect: 'refuse' },
    { name: 'no file of instruments', files: { instruments: null }, limits, expect: 'refuse' },
  ],
});
