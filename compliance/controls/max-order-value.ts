import { cite, RTS_6, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import {
  add,
  compare,
  type Decimal,
  maximum,
  multiply,
  signOf,
  toText,
  trim,
} from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { Bps, DurationMs, LimitCurrency, LimitDecimal } from '../limit-fields.ts';
import { type JudgedReference, judgeReference } from '../reference-price.ts';
import { type Figures, pass, refuse, type Verdict } from '../verdict.ts';

const limits = { valueMax: '50000', currency: 'USD', marketOrderBps: 200, referenceAgeMsMax: 60_000 };
const market = { type: 'market', limitPrice: null } as const;
const sale = { side: 'sell', shortSaleMark: 'long' } as const;

type WorstPrice =
  | { readonly kind: 'known'; readonly price: Decimal; readonly figures: Figures }
  | { readonly kind: 'unknown'; readonly verdict: Verdict };

/**
 * Refuses an order that could trade for more money than one order may.
 *
 * Shape:  the value is quantity × multiplier × the highest price the order can be expected to trade at: a purchase with a
 *         limit trades at its limit at most; a sale with a limit at the higher of limit and reference price; a market order
 *         at the reference price raised by `marketOrderBps`.
 * Units:  `valueMax` in `currency`, which must be the order's own; the reference price counts as in that currency too.
 * Source: RTS 6 Art. 15(1)(b); 17 CFR 240.15c3-5(c)(1)(ii).
 */
export const maxOrderValue = defineControl({
  id: 'max-order-value',
  version: 1,
  title: 'Largest order value',
  question: 'Is this order worth no more than one order may be, at the highest price it can be expected to trade at?',
  sources: [
    cite(RTS_6, 'Art. 15(1)(b)', 'Orders above a maximum value are stopped before they are sent.'),
    cite(SEC_15C3_5, '(c)(1)(ii)', 'Orders outside price or size parameters are rejected, order by order.'),
  ],
  limits: z.strictObject({
    valueMax: LimitDecimal.describe('The most that one order may be worth.'),
    currency: LimitCurrency.describe('The currency of that value; an order in another currency is refused.'),
    marketOrderBps: Bps.describe(
      'How far above the reference price a market order is assumed to trade, in basis points.',
    ),
    referenceAgeMsMax: DurationMs.describe('The oldest reference price still trusted, in milliseconds.'),
  }),
  needs: ['multiplier'],
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm', 'instrument', 'venue'],

  check({ order, facts }, { valueMax, currency, marketOrderBps, referenceAgeMsMax }) {
    if (order.currency !== currency) {
      return refuse('The order is not in the currency of the limit.', { orderCurrency: order.currency });
    }
    if (signOf(facts.multiplier) <= 0) {
      return refuse('The contract multiplier is not above zero.', { multiplier: toText(facts.multiplier) });
    }
    const worst = worstPrice(order, marketOrderBps, () => judgeReference(facts, referenceAgeMsMax));
    if (worst.kind === 'unknown') return worst.verdict;

    const orderValue = trim(multiply(multiply(order.quantity, worst.price), facts.multiplier));
    const figures = { ...worst.figures, worstPrice: toText(worst.price), orderValue: toText(orderValue) };
    return compare(orderValue, valueMax) <= 0
      ? pass('The order is worth no more than one order may be.', figures)
      : refuse('The order is worth more than one order may be.', figures);
  },

  examples: [
    {
      name: 'a purchase worth exactly the maximum at its limit',
      order: { limitPrice: '1000.00' },
      limits,
      expect: 'pass',
    },
    { name: 'the same purchase one cent per unit higher', order: { limitPrice: '1000.01' }, limits, expect: 'refuse' },
    {
      name: 'a sale below the market is worth what the market pays: exactly the maximum',
      order: { ...sale, limitPrice: '900.00' },
      limits,
      expect: 'pass',
    },
    {
      name: 'the same sale with the market one cent higher',
      order: { ...sale, limitPrice: '900.00' },
      facts: { reference: { price: '1000.01', at: '2020-03-06T20:59:59.000000000Z', source: 'daily bars' } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a sale above the market counts at its limit',
      order: { ...sale, limitPrice: '1000.01' },
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
      name: 'the multiplier counts: five per point brings ten units to the maximum',
      order: { quantity: '10' },
      facts: { multiplier: '5' },
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
      facts: { reference: { price: '-0.01', at: '2020-03-06T20:59:59.000000000Z', source: 'daily bars' } },
      limits,
      expect: 'refuse',
    },
    { name: 'an order in another currency', order: { currency: 'EUR', quantity: '1' }, limits, expect: 'refuse' },
    { name: 'a limit price below zero', order: { limitPrice: '-1.00' }, limits, expect: 'refuse' },
    { name: 'a limit price of zero', order: { limitPrice: '0' }, limits, expect: 'refuse' },
    { name: 'a multiplier of zero', facts: { multiplier: '0' }, limits, expect: 'refuse' },
    { name: 'an unknown multiplier', facts: { multiplier: null }, limits, expect: 'refuse' },
  ],
});

function worstPrice(order: Order, marketOrderBps: Decimal, judged: () => JudgedReference): WorstPrice {
  const { limitPrice } = order;
  if (limitPrice !== undefined && signOf(limitPrice) <= 0) {
    const figures = { limitPrice: toText(limitPrice) };
    return { kind: 'unknown', verdict: refuse('The limit price is not above zero.', figures) };
  }
  if (limitPrice !== undefined && order.side === 'buy') return { kind: 'known', price: limitPrice, figures: {} };

  const reference = judged();
  if (reference.kind === 'unusable') return { kind: 'unknown', verdict: refuse(reference.reason, reference.figures) };
  const price =
    limitPrice === undefined ? raised(reference.price, marketOrderBps) : maximum<Decimal>(limitPrice, reference.price);
  return { kind: 'known', price, figures: reference.figures };
}

function raised(price: Decimal, share: Decimal): Decimal {
  return trim(add(price, multiply(price, share)));
}
