import { cite, RTS_9 } from '@gatehouse/shared/law/acts.ts';
import { add, compare, type Decimal, fromInteger, multiply } from '@gatehouse/shared/values/decimal.ts';
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

function traded(messages: number, transactions: number) {
  return { orderToTrade: { messages, transactions, orderVolume: '0', tradeVolume: '0' } };
}

/**
 * Refuses an order that would bring the number of messages too far above the number of orders that traded.
 *
 * Shape:  messages of the trading day, this order's included, divided by orders that traded, less one. An order that is filled at
 *         once or cancelled counts with its cancel; one that waits at the edge does not count, what goes out of it does. As long as there are no more than `messagesFreeMax` messages the ratio says
 *         nothing. The comparison multiplies and never divides.
 * Units:  a ratio of exactly `ratioMax` passes.
 * Source: RTS 9 Art. 3 and Annex, as the venue counts; the sheet has the venue's figure.
 */
export const orderToTradeNumber = defineControl({
  id: 'order-to-trade-number',
  version: 1,
  title: 'Orders to trades by number',
  question: 'Would the messages of the day, this order counted, stay in proportion to the orders that traded?',
  sources: [
    cite(
      RTS_9,
      'Art. 3 and Annex',
      'A venue limits the number of orders, changes and cancels for each order that is executed, less one.',
    ),
  ],
  limits: z.strictObject({
    ratioMax: LimitDecimal.describe('The largest number of messages for each order that traded, less one.').meta(
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
      .describe('What the messages are divided by while no order has traded; venues differ, often one.')
      .meta(lowerIsTighter),
  }),
  scopes: ['instrument', 'venue', 'firm', 'algorithm', 'account', 'client', 'trader', 'desk'],
  isOverridable: true,

  check(input, { ratioMax, messagesFreeMax, divisorWithoutTrades }, scope) {
    const { order, facts, own } = input;
    const count = ratioMessagesOf(order, replacedOrder(input));
    if (count === 0) return notApplicable('The order waits at the edge and sends no message.');
    const counted = known(own.orderToTrade(scope, facts.day), 'number of orders and trades of the day');
    const messages = counted.messages + count;
    const { transactions } = counted;
    const figures = { messages, transactions };
    if (messages <= messagesFreeMax) return pass('The day has few messages so far.', figures);

    const divisor = transactions === 0 ? divisorWithoutTrades : transactions;
    const permitted = multiply(add(ratioMax, ONE), fromInteger(divisor));
    return compare(fromInteger(messages), permitted) <= 0
      ? pass('The messages stay in proportion to the trades.', figures)
      : refuseBeyond('The messages would be out of proportion to the trades.', figures);
  },

  examples: [
    { name: 'the first order of the day', limits, expect: 'pass' },
    { name: 'no trade, and exactly as many messages as are free', own: traded(9, 0), limits, expect: 'pass' },
    { name: 'no trade, and one message more', own: traded(10, 0), limits, expect: 'refuse' },
    { name: 'three orders traded: exactly fifteen messages', own: traded(14, 3), limits, expect: 'pass' },
    { name: 'three orders traded: sixteen messages', own: traded(15, 3), limits, expect: 'refuse' },
    {
      name: 'an order that is filled at once or cancelled counts for two: exactly fifteen',
      order: { timeInForce: 'ioc' },
      own: traded(13, 3),
      limits,
      expect: 'pass',
    },
    {
      name: 'the same order as the fifteenth and sixteenth message',
      order: { timeInForce: 'fok' },
      own: traded(14, 3),
      limits,
      expect: 'refuse',
    },
    {
      name: 'a change counts for two: exactly fifteen',
      order: { replaces: 'O-0' },
      own: traded(13, 3),
      limits,
      expect: 'pass',
    },
    {
      name: 'a change as the fifteenth and sixteenth message',
      order: { replaces: 'O-0' },
      own: traded(14, 3),
      limits,
      expect: 'refuse',
    },
    {
      name: 'a stop that waits at the edge is no message',
      order: waiting,
      own: traded(15, 3),
      limits,
      expect: 'not-applicable',
    },
    {
      name: 'what takes the place of an order that waited at the edge counts once: exactly fifteen',
      order: { replaces: 'O-0', parent: 'O-0' },
      own: { ...traded(14, 3), orders: [{ order: { id: 'O-0', ...waiting }, state: 'held' }] },
      limits,
      expect: 'pass',
    },
    {
      name: 'what takes the place of an order that waited at the edge as the sixteenth message',
      order: { replaces: 'O-0', parent: 'O-0' },
      own: { ...traded(15, 3), orders: [{ order: { id: 'O-0', ...waiting }, state: 'held' }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'an iceberg is one message, however often it shows another part: exactly fifteen',
      order: { displayQuantity: '10' },
      own: traded(14, 3),
      limits,
      expect: 'pass',
    },
    {
      name: 'each of two orders that cancel each other is one message: exactly fifteen',
      order: { group: { id: 'G-1', kind: 'oco', role: 'take-profit' } },
      own: traded(14, 3),
      limits,
      expect: 'pass',
    },
    {
      name: 'no trade and a divisor of three: exactly fifteen messages',
      own: traded(14, 0),
      limits: { ...limits, divisorWithoutTrades: 3 },
      expect: 'pass',
    },
    {
      name: 'a ratio of a half, met exactly: fifteen messages for ten trades',
      own: traded(14, 10),
      limits: { ...limits, ratioMax: '0.5' },
      expect: 'pass',
    },
    {
      name: 'a ratio of a half, passed by one message',
      own: traded(15, 10),
      limits: { ...limits, ratioMax: '0.5' },
      expect: 'refuse',
    },
    { name: 'orders and trades that nobody counted', own: { orderToTrade: null }, limits, expect: 'refuse' },
  ],
});
