import { cite, RTS_6 } from '@gatehouse/shared/law/acts.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { DurationMs, higherIsTighter, lowerIsTighter } from '../limit-fields.ts';
import { replacedOrder } from '../open-in-scope.ts';
import { messagesOfEntry } from '../order-messages.ts';
import { known, notApplicable, pass, refuseBeyond } from '../verdict.ts';

const limits = { messagesMax: 10, windowMs: 1_000 };
const change = { replaces: 'O-0' };
const stop = { type: 'stop', limitPrice: null, stopPrice: '1100.00' } as const;
const waiting = { ...stop, emulates: ['trigger' as const] };

/**
 * Refuses an order that would bring the messages of a scope above their limit in a period.
 *
 * Shape:  orders, changes and cancels that were let through count, refused ones do not. An order counts as one message, a change
 *         as two: the old order goes and the new one comes. An order that waits at the edge sends no message, neither when it comes nor
 *         when it goes; what goes out of it is a new order and counts then. The period ends with the moment of the decision.
 * Units:  `windowMs` in milliseconds of market time; exactly `messagesMax` messages pass.
 * Source: RTS 6 Art. 15(1)(d), 15(2).
 */
export const messageRate = defineControl({
  id: 'message-rate',
  version: 1,
  title: 'Message rate',
  question: 'Would the orders, changes and cancels of the last moments, this one counted, stay within their number?',
  sources: [
    cite(
      RTS_6,
      'Art. 15(1)(d)',
      'No more messages than a set number go to a venue, so that no flood of orders leaves the firm.',
    ),
    cite(RTS_6, 'Art. 15(2)', 'Every order that is sent counts at once.'),
  ],
  limits: z.strictObject({
    messagesMax: z
      .int()
      .min(0, 'below zero')
      .describe('The most messages in the period, this one counted.')
      .meta(lowerIsTighter),
    windowMs: DurationMs.describe('The length of the period that ends now, in milliseconds.').meta(higherIsTighter),
  }),
  scopes: ['algorithm', 'trader', 'venue', 'firm', 'desk', 'client', 'account', 'instrument'],
  isOverridable: true,

  check(input, { messagesMax, windowMs }, scope) {
    const { order, facts, own } = input;
    const entered = messagesOfEntry(order, replacedOrder(input));
    if (entered === 0) return notApplicable('The order waits at the edge and sends no message.');
    const messages = known(own.messages(scope, { now: facts.now, windowMs }), 'number of messages') + entered;
    return messages <= messagesMax
      ? pass('The messages stay within their number.', { messages })
      : refuseBeyond('The messages would be more than permitted.', { messages });
  },

  examples: [
    { name: 'the first order of the period', limits, expect: 'pass' },
    { name: 'nine messages before it: exactly the most', own: { messages: 9 }, limits, expect: 'pass' },
    { name: 'ten messages before it: one more than the most', own: { messages: 10 }, limits, expect: 'refuse' },
    {
      name: 'a change counts as two: exactly the most after eight',
      order: change,
      own: { messages: 8, orders: [{ order: { id: 'O-0' } }] },
      limits,
      expect: 'pass',
    },
    {
      name: 'a change after nine messages',
      order: change,
      own: { messages: 9, orders: [{ order: { id: 'O-0' } }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a stop that waits at the edge sends no message',
      order: waiting,
      own: { messages: 10 },
      limits,
      expect: 'not-applicable',
    },
    {
      name: 'a stop at the venue is a message: exactly the most',
      order: stop,
      own: { messages: 9 },
      limits,
      expect: 'pass',
    },
    {
      name: 'a stop at the venue is a message: one more than the most',
      order: stop,
      own: { messages: 10 },
      limits,
      expect: 'refuse',
    },
    {
      name: 'what takes the place of an order that waited at the edge is one new message: exactly the most',
      order: { ...change, parent: 'O-0' },
      own: { messages: 9, orders: [{ order: { id: 'O-0', ...waiting }, state: 'held' }] },
      limits,
      expect: 'pass',
    },
    {
      name: 'what takes the place of an order that waited at the edge after ten messages',
      order: { ...change, parent: 'O-0' },
      own: { messages: 10, orders: [{ order: { id: 'O-0', ...waiting }, state: 'held' }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'the exit of a bracket that waits at the edge',
      order: { group: { id: 'G-1', kind: 'bracket', role: 'take-profit' }, emulates: ['group'] },
      own: { messages: 10 },
      limits,
      expect: 'not-applicable',
    },
    {
      name: 'of a venue, exactly the most',
      own: { messages: 9 },
      scope: 'venue:paper',
      limits,
      expect: 'pass',
    },
    { name: 'exactly one message permitted, and this is it', limits: { ...limits, messagesMax: 1 }, expect: 'pass' },
    { name: 'no message permitted', limits: { ...limits, messagesMax: 0 }, expect: 'refuse' },
    { name: 'messages that nobody counted', own: { messages: null }, limits, expect: 'refuse' },
  ],
});
