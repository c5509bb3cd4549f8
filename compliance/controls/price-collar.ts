import { cite, RTS_6, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { absolute, compare, multiply, subtract } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { Bps, DurationMs, lowerIsTighter } from '../limit-fields.ts';
import { judgeReference } from '../reference-price.ts';
import { stopPriceOf } from '../stop-price.ts';
import { pass, refuse, refuseBeyond } from '../verdict.ts';

const limits = { collarBps: 200, referenceAgeMsMax: 60_000 };
const market = { type: 'market', limitPrice: null } as const;
const sale = { side: 'sell', shortSaleMark: 'long' } as const;
const profit = { id: 'G-1', kind: 'bracket', role: 'take-profit' } as const;

/**
 * Refuses a limit price too far from a fresh reference price, and any order while there is no fresh reference price.
 *
 * Shape:  a market order has no price to measure; it passes where the reference price is fresh, because only then is there
 *         a market to meet. A stop price may lie far from the market, which is what stops are for: the limit of an order that
 *         waits for a price is measured from its stop price, at which it will meet the market; so is the limit order of a group that takes
 *         the profit, which waits for its own limit. Where the market is there already,
 *         and for what takes its place at its trigger, it is measured from the reference price.
 * Units:  `collarBps` in basis points of the reference price, both ways; a price exactly on the collar passes.
 * Source: RTS 6 Art. 15(1)(a); 17 CFR 240.15c3-5(c)(1)(ii).
 */
export const priceCollar = defineControl({
  id: 'price-collar',
  version: 1,
  title: 'Price collar',
  question: 'Is the price of this order close enough to a recent price of the market?',
  sources: [
    cite(RTS_6, 'Art. 15(1)(a)', 'Orders outside set price parameters are blocked, instrument by instrument.'),
    cite(SEC_15C3_5, '(c)(1)(ii)', 'Orders that look erroneous by their price are rejected, order by order.'),
  ],
  limits: z.strictObject({
    collarBps: Bps.describe('The widest permitted distance from the reference price, in basis points of it.').meta(
      lowerIsTighter,
    ),
    referenceAgeMsMax: DurationMs.describe('The oldest reference price still trusted, in milliseconds.').meta(
      lowerIsTighter,
    ),
  }),
  needs: ['reference'],
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm', 'instrument', 'venue'],
  isOverridable: true,

  check({ order, facts }, { collarBps, referenceAgeMsMax }) {
    const reference = judgeReference(facts, referenceAgeMsMax);
    if (reference.kind === 'unusable') return refuse(reference.reason, reference.figures);
    const stop = stopPriceOf(order, reference.price);
    if (stop.kind === 'unusable') return refuse(stop.reason, reference.figures);
    if (order.limitPrice === undefined) {
      return pass('A market order carries no price, and the reference price is fresh.', reference.figures);
    }
    const from = stop.kind === 'waits' ? stop.stopPrice : reference.price;
    const distance = absolute(subtract(order.limitPrice, from));
    const distanceMax = multiply(from, collarBps);
    const { limitPrice } = order;
    const { price: referencePrice, ageMs: referenceAgeMs } = reference;
    const figures =
      stop.kind === 'waits'
        ? { referencePrice, referenceAgeMs, stopPrice: stop.stopPrice, limitPrice, distance, distanceMax }
        : { referencePrice, referenceAgeMs, limitPrice, distance, distanceMax };
    return compare(distance, distanceMax) <= 0
      ? pass('The limit price is inside the collar.', figures)
      : refuseBeyond('The limit price is outside the collar.', figures);
  },

  examples: [
    { name: 'a limit price at the reference price', limits, expect: 'pass' },
    { name: 'exactly on the upper edge of the collar', order: { limitPrice: '1020.00' }, limits, expect: 'pass' },
    { name: 'one cent above the upper edge', order: { limitPrice: '1020.01' }, limits, expect: 'refuse' },
    {
      name: 'exactly on the lower edge of the collar',
      order: { ...sale, limitPrice: '980.00' },
      limits,
      expect: 'pass',
    },
    { name: 'one cent below the lower edge', order: { ...sale, limitPrice: '979.99' }, limits, expect: 'refuse' },
    {
      name: 'a stop-limit far above the market whose limit is exactly on the collar around its stop price',
      order: { type: 'stop-limit', stopPrice: '1500.00', limitPrice: '1530.00' },
      limits,
      expect: 'pass',
    },
    {
      name: 'the same with a limit one cent higher',
      order: { type: 'stop-limit', stopPrice: '1500.00', limitPrice: '1530.01' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a stop-limit to buy exactly at the market is a limit order: on the edge of the collar around the reference price',
      order: { type: 'stop-limit', stopPrice: '1000.00', limitPrice: '1020.00' },
      limits,
      expect: 'pass',
    },
    {
      name: 'a stop-limit to buy whose stop price the market passed long ago, with a limit beyond the collar',
      order: { type: 'stop-limit', stopPrice: '500.00', limitPrice: '1020.01' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a stop far from the market, without a limit',
      order: { ...sale, type: 'stop', limitPrice: null, stopPrice: '500.00' },
      limits,
      expect: 'pass',
    },
    {
      name: 'a stop price of zero',
      order: { ...sale, type: 'stop', limitPrice: null, stopPrice: '0' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'the take-profit of a bracket, a fifth above the market, which waits for its own limit',
      order: { ...sale, limitPrice: '1200.00', group: profit },
      limits,
      expect: 'pass',
    },
    {
      name: 'a limit order at that price with no group',
      order: { ...sale, limitPrice: '1200.00' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'the take-profit of a bracket exactly on the collar below the market, where it would trade at once',
      order: { ...sale, limitPrice: '980.00', group: profit },
      limits,
      expect: 'pass',
    },
    {
      name: 'the take-profit of a bracket one cent below the collar, where it would trade at once',
      order: { ...sale, limitPrice: '979.99', group: profit },
      limits,
      expect: 'refuse',
    },
    {
      name: 'the stop-loss of a bracket with a limit far from the market, which waits for its stop price',
      order: {
        ...sale,
        type: 'stop-limit',
        stopPrice: '800.00',
        limitPrice: '784.00',
        group: { ...profit, role: 'stop-loss' },
      },
      limits,
      expect: 'pass',
    },
    {
      name: 'the same with a limit one cent lower',
      order: {
        ...sale,
        type: 'stop-limit',
        stopPrice: '800.00',
        limitPrice: '783.99',
        group: { ...profit, role: 'stop-loss' },
      },
      limits,
      expect: 'refuse',
    },
    {
      name: 'an iceberg exactly on the upper edge of the collar',
      order: { limitPrice: '1020.00', displayQuantity: '1' },
      limits,
      expect: 'pass',
    },
    {
      name: 'an iceberg one cent above it',
      order: { limitPrice: '1020.01', displayQuantity: '1' },
      limits,
      expect: 'refuse',
    },
    { name: 'a price far below zero', order: { limitPrice: '-1000.00' }, limits, expect: 'refuse' },
    {
      name: 'a reference price exactly as old as permitted',
      limits: { ...limits, referenceAgeMsMax: 1_000 },
      expect: 'pass',
    },
    {
      name: 'a reference price one millisecond too old',
      limits: { ...limits, referenceAgeMsMax: 999 },
      expect: 'refuse',
    },
    {
      name: 'a reference price a nanosecond from the future',
      facts: { reference: { price: '1000.00', at: '2020-03-06T20:30:00.000000001Z', source: 'bars' } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a reference price of exactly this moment, and a collar of zero',
      facts: { reference: { price: '1000.00', at: '2020-03-06T20:30:00.000000000Z', source: 'bars' } },
      limits: { collarBps: 0, referenceAgeMsMax: 0 },
      expect: 'pass',
    },
    {
      name: 'a reference price of zero',
      facts: { reference: { price: '0', at: '2020-03-06T20:29:59.000000000Z', source: 'bars' } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a market order on a reference price of zero',
      order: market,
      facts: { reference: { price: '0', at: '2020-03-06T20:29:59.000000000Z', source: 'bars' } },
      limits,
      expect: 'refuse',
    },
    { name: 'a market order with a fresh reference price', order: market, limits, expect: 'pass' },
    {
      name: 'a market order with a stale reference price',
      order: market,
      limits: { ...limits, referenceAgeMsMax: 999 },
      expect: 'refuse',
    },
    {
      name: 'a market order without a reference price',
      order: market,
      facts: { reference: null },
      limits,
      expect: 'refuse',
    },
    { name: 'a limit order without a reference price', facts: { reference: null }, limits, expect: 'refuse' },
  ],
});
