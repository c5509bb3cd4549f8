import { expect, test } from 'vitest';
import { messagesOf, ratioMessagesOf } from './order-messages.ts';

test('a new order is one message and a change is two', () => {
  expect(messagesOf({})).toBe(1);
  expect(messagesOf({ replaces: 'O-0' })).toBe(2);
});

test('an order that is filled at once or cancelled counts with its cancel', () => {
  expect(ratioMessagesOf({ timeInForce: 'day' })).toBe(1);
  expect(ratioMessagesOf({ timeInForce: 'gtc', replaces: 'O-0' })).toBe(2);
  expect(ratioMessagesOf({ timeInForce: 'ioc' })).toBe(2);
  expect(ratioMessagesOf({ timeInForce: 'fok', replaces: 'O-0' })).toBe(3);
});
