import { cite, RTS_6, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { compare, multiply, signOf } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { defineControl } from '../../define-control.ts';
import { exampleInstrument } from '../../examples/files.ts';
import {
  Bps,
  DurationMs,
  higherIsTighter,
  LimitCurrency,
  LimitDecimal,
  lowerIsTighter,
  noneIsTighter,
} from '../../limit-fields.ts';
import { highestPrice } from '../../reference-price.ts';
import { known, pass, refuse, refuseBeyond } from '../../verdict.ts';

const limits = { valueMax: '100000', currency: 'USD', marketOrderBps: 200, referenceAgeMsMax: 60_000 };
const market = { type: 'market', limitPrice: null } as const;
const sale = { side: 'sell', shortSaleMark: 'long' } as const;

/** The base instrument with another multiplier. */
function multiplied(multiplier: string) {
  return { instruments: { rows: [{ ...exampleInstrument, multiplier }] } };
}

/**
 * Refuses an order that could trade for more money than one order may.
 *
 * Shape:  the value is quantity × multiplier × the highest price the order can be expected to trade at: a purchase with a
 *         limit trades at its limit at most; a sale with a limit at the higher of limit and reference price; a market order
 *         at the reference price raised by `marketOrderBps`.
 * Units:  `valueMax` in `currency`, which must be the order's own; the reference price counts as in that currency too.
 * Source: RTS 6 Art. 15(1)(b); 17 CFR 240.15c3-5(c)(1)(ii).
 */
export const maxOrderValue1 = defineControl({
  id: 'max-order-value',
  version: 1,
  title: 'Largest order value',
  question: 'Is this order worth no more than one order may be, at the highest price it can be expected to trade at?',
  sources: [
    cite(RTS_6, 'Art. 15(1)(b)', 'Orders above a maximum value are stopped before they are sent.'),
    cite(SEC_15C3_5, '(c)(1)(ii)', 'Orders outside price or size parameters are rejected, order by order.'),
  ],
  limits: z.strictObject({
    valueMax: LimitDecimal.describe('The most that one order may be worth.').meta(lowerIsTighter),
    currency: LimitCurrency.describe('The currency of that value; an order in another currency is refused.').meta(
      noneIsTighter,
    ),
    marketOrderBps: Bps.describe(
      'How far above the reference price a market order is assumed to trade, in basis points.',
    ).meta(higherIsTighter),
    referenceAgeMsMax: DurationMs.describe('The oldest reference price still trusted, in milliseconds.').meta(
      lowerIsTighter,
    ),
  }),
  files: ['instruments'],
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm', 'instrument', 'venue'],

  isOverridable: true,

  check({ order, facts, files }, limitsOfScope) {
    const { valueMax, currency } = limitsOfScope;
    if (order.currency !== currency) {
      return refuse('The order is not in the currency of the limit.', { orderCurrency: order.currency });
    }
    const { multiplier } = known(files.instruments.of(order.instrument), 'instrument');
    if (signOf(multiplier) <= 0) return refuse('The contract multiplier is not above zero.', { multiplier });
    const worst = highestPrice(order, facts, limitsOfScope);
    if (worst.kind === 'unknown') return refuse(worst.reason, worst.figures);

    const orderValue = multiply(multiply(order.quantity, worst.price), multiplier);
    const figures = { ...worst.figures, worstPrice: worst.price, orderValue };
    return compare(orderValue, valueMax) <= 0
      ? pass('The order is worth no more than one order may be.', figures)
      : refuseBeyond('The order is worth more than one order may be.', figures);
  },

  examples: [
    { name: 'a purchase worth half of the maximum', limits, expect: 'pass' },
    {
      name: 'a purchase worth exactly the maximum at its limit',
      order: { quantity: '100' },
      limits,
      expect: 'pass',
    },
    {
      name: 'the same purchase one cent per unit higher',
      order: { quantity: '100', limitPrice: '1000.01' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a sale below the market is worth what the market pays: exactly the maximum',
      order: { ...sale, quantity: '100', limitPrice: '900.00' },
      limits,
      expect: 'pass',
    },
    {
      name: 'the same sale with the market one cent higher',
      order: { ...sale, quantity: '100', limitPrice: '900.00' },
      facts: { reference: { price: '1000.01', at: '2020-03-06T20:29:59.000000000Z', source: 'bars' } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a sale above the market counts at its limit',
      order: { ...sale, quantity: '100', limitPrice: '1000.01' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a market order worth exactly the maximum after the assumed two per cent',
      order: { ...market, quantity: '50' },
      limits: { ...limits, valueMax: '51000' },
      expect: 'pass',
    },
    {
      name: 'the same market order against a maximum one cent lower',
      order: { ...market, quantity: '50' },
      limits: { ...limits, valueMax: '50999.99' },
      expect: 'refuse',
    },
    {
      name: 'the multiplier counts: five per point brings twenty units to exactly the maximum',
      order: { quantity: '20' },
      files: multiplied('5'),
      limits,
      expect: 'pass',
    },
    {
      name: 'a market order without a reference price',
      order: market,
      facts: { reference: null },
      limits,
      expect: 'refuse',
    },
    { name: 'a sale without a reference price', order: sale, facts: { reference: null }, limits, expect: 'refuse' },
    { name: 'a purchase with a limit needs no reference price', facts: { reference: null }, limits, expect: 'pass' },
    {
      name: 'a market order on a reference price exactly as old as permitted',
      order: { ...market, quantity: '10' },
      limits: { ...limits, referenceAgeMsMax: 1_000 },
      expect: 'pass',
    },
    {
      name: 'a market order on a reference price one millisecond too old',
      order: { ...market, quantity: '10' },
      limits: { ...limits, referenceAgeMsMax: 999 },
      expect: 'refuse',
    },
    {
      name: 'a market order on a reference price below zero',
      order: market,
      facts: { reference: { price: '-0.01', at: '2020-03-06T20:29:59.000000000Z', source: 'bars' } },
      limits,
      expect: 'refuse',
    },
    { name: 'an order in another currency', order: { currency: 'EUR', quantity: '1' }, limits, expect: 'refuse' },
    { name: 'a limit price below zero', order: { limitPrice: '-1.00' }, limits, expect: 'refuse' },
    { name: 'a limit price of zero', order: { limitPrice: '0' }, limits, expect: 'refuse' },
    { name: 'a multiplier of zero', files: multiplied('0'), limits, expect: 'refuse' },
    { name: 'no file of instruments', files: { instruments: null }, limits, expect: 'refuse' },
  ],
});
