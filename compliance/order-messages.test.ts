import { expect, test } from 'vitest';
import { ratioMessagesOf } from './order-messages.ts';

test('an order that stays counts once and a change twice', () => {
  expect(ratioMessagesOf({ type: 'limit', timeInForce: 'day' })).toBe(1);
  expect(ratioMessagesOf({ type: 'market', timeInForce: 'gtc', replaces: 'O-0' })).toBe(2);
});

test('an order that is filled at once or cancelled counts with its end', () => {
  expect(ratioMessagesOf({ type: 'limit', timeInForce: 'ioc' })).toBe(2);
  expect(ratioMessagesOf({ type: 'market', timeInForce: 'fok', replaces: 'O-0' })).toBe(3);
});
