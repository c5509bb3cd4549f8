import { cite, RTS_6, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { compare, fromInteger, multiply } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { tookPlaceOf } from '../edge-waiting.ts';
import type { OrderOverrides } from '../examples/base.ts';
import { LimitDecimal, lowerIsTighter, noneIsTighter } from '../limit-fields.ts';
import { known, notApplicable, pass, refuseBeyond } from '../verdict.ts';

/** So many orders of an account in an instrument are remembered. */
const HISTORY_MAX = 100;

const limits = { multipleMax: '10', ordersMin: 20, startQuantityMax: '100' };
const stop = { type: 'stop', limitPrice: null, stopPrice: '1100.00' } as const;
const waiting = { id: 'O-0', ...stop, emulates: ['trigger'], quantity: '501' } satisfies OrderOverrides;
const child = { type: 'market', limitPrice: null, replaces: 'O-0', parent: 'O-0', quantity: '501' } as const;

/**
 * Refuses an order that is many times as large as the account's orders in the instrument have been.
 *
 * Shape:  compared is the quantity with a multiple of the average of the last orders; while there are too few of them to say what
 *         is usual, with an absolute quantity. What takes the place of an order that waited at the edge is no larger than that one,
 *         whose quantity was judged when it was entered; it is judged no more, and counts no more among the last orders, so that a
 *         stop does not stay back because smaller orders came after it.
 * Units:  `startQuantityMax` in units of the instrument; a quantity of exactly the multiple or of exactly that passes.
 * Source: RTS 6 Art. 15(1)(c); 17 CFR 240.15c3-5(c)(1)(ii).
 */
export const fatFinger = defineControl({
  id: 'fat-finger',
  version: 1,
  title: 'Unusual quantity',
  question: 'Is the quantity of this order like those that the account has lately ordered in the instrument?',
  sources: [
    cite(RTS_6, 'Art. 15(1)(c)', 'Orders of an unusual volume are stopped before they are sent.'),
    cite(SEC_15C3_5, '(c)(1)(ii)', 'Orders that look erroneous by their size are rejected, order by order.'),
  ],
  limits: z.strictObject({
    multipleMax: LimitDecimal.describe(
      'How many times the average quantity of the last orders one order may have.',
    ).meta(lowerIsTighter),
    ordersMin: z
      .int()
      .min(1)
      .max(HISTORY_MAX)
      .describe('From how many earlier orders on their average counts, at most a hundred.')
      .meta(noneIsTighter),
    startQuantityMax: LimitDecimal.describe('The most units that one order may have until then.').meta(lowerIsTighter),
  }),
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm', 'instrument', 'venue'],
  isOverridable: true,

  check({ order, own }, { multipleMax, ordersMin, startQuantityMax }) {
    const { quantity } = order;
    const waited = tookPlaceOf(order, own);
    if (waited !== undefined && compare(quantity, waited.order.quantity) <= 0) {
      return notApplicable('The order takes the place of one that waited at the edge, whose quantity was judged.');
    }
    const { orders, quantitySum } = known(own.history(order), 'history of the account in the instrument');
    const figures = { quantity, earlierOrders: orders, earlierQuantity: quantitySum };
    if (orders < ordersMin) {
      return compare(quantity, startQuantityMax) <= 0
        ? pass('There are few earlier orders, and the quantity is within the most for a start.', figures)
        : refuseBeyond('There are few earlier orders, and the quantity is above the most for a start.', figures);
    }
    // Both sides are multiplied by the number of orders, since an average would have to be rounded.
    return compare(multiply(quantity, fromInteger(orders)), multiply(multipleMax, quantitySum)) <= 0
      ? pass('The quantity is like those of the last orders.', figures)
      : refuseBeyond('The quantity is many times the average of the last orders.', figures);
  },

  examples: [
    { name: 'an order of the usual quantity', limits, expect: 'pass' },
    { name: 'exactly ten times the average', order: { quantity: '500' }, limits, expect: 'pass' },
    { name: 'one unit more than ten times the average', order: { quantity: '501' }, limits, expect: 'refuse' },
    {
      name: 'an average that no decimal can write: exactly ten times a third of a hundred',
      order: { quantity: '333' },
      own: { history: { orders: 30, quantitySum: '999' } },
      limits,
      expect: 'pass',
    },
    {
      name: 'an average that no decimal can write: a third of a unit is too much',
      order: { quantity: '333.4' },
      own: { history: { orders: 30, quantitySum: '1000' } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'exactly as many earlier orders as are asked for: their average counts, and permits more than a start',
      order: { quantity: '101' },
      own: { history: { orders: 20, quantitySum: '1000' } },
      limits,
      expect: 'pass',
    },
    {
      name: 'exactly as many earlier orders as are asked for: their average counts, and permits less than a start',
      order: { quantity: '100' },
      own: { history: { orders: 20, quantitySum: '100' } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'one earlier order too few, and exactly the most for a start',
      order: { quantity: '100' },
      own: { history: { orders: 19, quantitySum: '19' } },
      limits,
      expect: 'pass',
    },
    {
      name: 'one earlier order too few, and one unit more than the most for a start',
      order: { quantity: '101' },
      own: { history: { orders: 19, quantitySum: '19000' } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'the very first order',
      order: { quantity: '100' },
      own: { history: { orders: 0, quantitySum: '0' } },
      limits,
      expect: 'pass',
    },
    {
      name: 'a sale is judged like a purchase',
      order: { side: 'sell', shortSaleMark: 'long', quantity: '501' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a market order, judged like any other',
      order: { type: 'market', limitPrice: null, quantity: '501' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a stop of exactly ten times the average',
      order: { ...stop, quantity: '500' },
      limits,
      expect: 'pass',
    },
    {
      name: 'a stop of one unit more, which only waits at the edge',
      order: { ...waiting, id: 'O-1' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'an iceberg of one unit more, however little it shows',
      order: { quantity: '501', displayQuantity: '10' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'what takes the place of a large order that waited at the edge',
      order: child,
      own: { orders: [{ order: waiting, state: 'held' }] },
      limits,
      expect: 'not-applicable',
    },
    {
      name: 'what takes the place of one that waited and is a unit larger than that',
      order: { ...child, quantity: '502' },
      own: { orders: [{ order: waiting, state: 'held' }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'what says so of an order that is at the venue',
      order: child,
      own: { orders: [{ order: { ...waiting, emulates: null } }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'what says so of an order that nobody knows',
      order: child,
      limits,
      expect: 'refuse',
    },
    {
      name: 'a multiple below one',
      order: { quantity: '26' },
      limits: { ...limits, multipleMax: '0.5' },
      expect: 'refuse',
    },
    { name: 'a history that is not known', own: { history: null }, limits, expect: 'refuse' },
  ],
});
