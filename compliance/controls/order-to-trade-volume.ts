import { cite, RTS_9 } from '@gatehouse/shared/law/acts.ts';
import { add, compare, type Decimal, fromInteger, multiply, signOf } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import type { OrderOverrides } from '../examples/base.ts';
import { LimitDecimal, lowerIsTighter } from '../limit-fields.ts';
import { replacedOrder } from '../open-in-scope.ts';
import { ratioMessagesOf } from '../order-messages.ts';
import { known, notApplicable, pass, refuseBeyond } from '../verdict.ts';

const ONE: Decimal = { units: 1n, scale: 0 };
const limits = { ratioMax: '4', messagesFreeMax: 10, divisorWithoutTrades: 1 };
const waiting = {
  type: 'stop',
  limitPrice: null,
  stopPrice: '1100.00',
  emulates: ['trigger' as const],
} satisfies OrderOverrides;

function traded(messages: number, orderVolume: string, tradeVolume: string) {
  return { orderToTrade: { messages, transactions: 1, orderVolume, tradeVolume } };
}

/**
 * Refuses an order that would bring the volume of messages too far above the volume that traded.
 *
 * Shape:  the volume of all messages of the trading day, this order's included, divided by the volume that traded, less one. A
 *         message counts with the quantity of its order; one that is filled at once or cancelled counts with its cancel, one that waits
 *         at the edge does not count, and an iceberg counts with all that it is for. As long
 *         as there are no more than `messagesFreeMax` messages the ratio says nothing. The comparison never divides.
 * Units:  volumes in units of the instrument; a ratio of exactly `ratioMax` passes.
 * Source: RTS 9 Art. 3 and Annex, as the venue counts; the sheet has the venue's figure.
 */
export const orderToTradeVolume = defineControl({
  id: 'order-to-trade-volume',
  version: 1,
  title: 'Orders to trades by volume',
  question: 'Would the volume of the day’s messages, this order counted, stay in proportion to the volume that traded?',
  sources: [
    cite(RTS_9, 'Art. 3 and Annex', 'A venue limits the volume of orders for each unit that is executed, less one.'),
  ],
  limits: z.strictObject({
    ratioMax: LimitDecimal.describe('The largest volume of messages for each unit that traded, less one.').meta(
      lowerIsTighter,
    ),
    messagesFreeMax: z
      .int()
      .min(0, 'below zero')
      .describe('As long as the day has no more messages than this, the ratio is not judged.')
      .meta(lowerIsTighter),
    divisorWithoutTrades: z
      .int()
      .min(1, 'below one')
      .describe('What the volume is divided by while nothing has traded, in units; venues differ, often one.')
      .meta(lowerIsTighter),
  }),
  scopes: ['instrument', 'venue', 'firm', 'algorithm', 'account', 'client', 'trader', 'desk'],
  isOverridable: true,

  check(input, { ratioMax, messagesFreeMax, divisorWithoutTrades }, scope) {
    const { order, facts, own } = input;
    const count = ratioMessagesOf(order, replacedOrder(input));
    if (count === 0) return notApplicable('The order waits at the edge and sends no message.');
    const counted = known(own.orderToTrade(scope, facts.day), 'volume of orders and trades of the day');
    const { tradeVolume } = counted;
    const orderVolume = add(counted.orderVolume, multiply(order.quantity, fromInteger(count)));
    const figures = { messages: counted.messages + count, orderVolume, tradeVolume };
    if (figures.messages <= messagesFreeMax) return pass('The day has few messages so far.', figures);

    const divisor = signOf(tradeVolume) === 0 ? fromInteger(divisorWithoutTrades) : tradeVolume;
    const permitted = multiply(add(ratioMax, ONE), divisor);
    return compare(orderVolume, permitted) <= 0
      ? pass('The volume of messages stays in proportion to the trades.', figures)
      : refuseBeyond('The volume of messages would be out of proportion to the trades.', figures);
  },

  examples: [
    { name: 'the first order of the day', limits, expect: 'pass' },
    {
      name: 'nothing traded, and exactly as many messages as are free',
      own: traded(9, '900', '0'),
      limits,
      expect: 'pass',
    },
    { name: 'nothing traded, and one message more', own: traded(10, '900', '0'), limits, expect: 'refuse' },
    {
      name: 'two hundred units traded: exactly a thousand ordered',
      own: traded(20, '950', '200'),
      limits,
      expect: 'pass',
    },
    { name: 'two hundred units traded: one unit more', own: traded(20, '951', '200'), limits, expect: 'refuse' },
    {
      name: 'an order that is filled at once or cancelled counts twice: exactly a thousand ordered',
      order: { timeInForce: 'ioc' },
      own: traded(20, '900', '200'),
      limits,
      expect: 'pass',
    },
    {
      name: 'the same order with one unit more before it',
      order: { timeInForce: 'ioc' },
      own: traded(20, '901', '200'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'a stop that waits at the edge is no message',
      order: waiting,
      own: traded(20, '1000', '200'),
      limits,
      expect: 'not-applicable',
    },
    {
      name: 'an iceberg counts with all that it is for: exactly a thousand ordered',
      order: { displayQuantity: '10' },
      own: traded(20, '950', '200'),
      limits,
      expect: 'pass',
    },
    {
      name: 'an iceberg counts with all that it is for: one unit more',
      order: { displayQuantity: '10' },
      own: traded(20, '951', '200'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'what takes the place of an order that waited at the edge counts once: exactly a thousand ordered',
      order: { replaces: 'O-0', parent: 'O-0' },
      own: { ...traded(20, '950', '200'), orders: [{ order: { id: 'O-0', ...waiting }, state: 'held' }] },
      limits,
      expect: 'pass',
    },
    {
      name: 'what takes the place of an order that waited at the edge: one unit more',
      order: { replaces: 'O-0', parent: 'O-0' },
      own: { ...traded(20, '951', '200'), orders: [{ order: { id: 'O-0', ...waiting }, state: 'held' }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'nothing traded and a divisor of two hundred: exactly a thousand ordered',
      own: traded(20, '950', '0'),
      limits: { ...limits, divisorWithoutTrades: 200 },
      expect: 'pass',
    },
    {
      name: 'a ratio of a half, met exactly',
      own: traded(20, '250', '200'),
      limits: { ...limits, ratioMax: '0.5' },
      expect: 'pass',
    },
    {
      name: 'a ratio of a half, passed by one unit',
      own: traded(20, '251', '200'),
      limits: { ...limits, ratioMax: '0.5' },
      expect: 'refuse',
    },
    { name: 'volumes that nobody counted', own: { orderToTrade: null }, limits, expect: 'refuse' },
  ],
});
