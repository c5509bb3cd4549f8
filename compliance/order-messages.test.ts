import { ZERO } from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import { exampleOrder } from './examples/base.ts';
import { messagesOfEntry, ratioMessagesOf } from './order-messages.ts';
import type { OpenOrder } from './own-facts.ts';

const stop = { type: 'stop', limitPrice: null, stopPrice: '1100.00' } as const;
const waiting = exampleOrder({ id: 'O-0', ...stop, emulates: ['trigger'] });

function open(state: OpenOrder['state'], order = waiting): OpenOrder {
  return { order, state, filled: ZERO };
}

test('an order that stays counts once and a change twice', () => {
  expect(ratioMessagesOf({ type: 'limit', timeInForce: 'day' }, undefined)).toBe(1);
  expect(ratioMessagesOf({ type: 'market', timeInForce: 'gtc', replaces: 'O-0' }, undefined)).toBe(2);
  expect(messagesOfEntry(exampleOrder(stop), undefined)).toBe(1);
});

test('an order that is filled at once or cancelled counts with its end', () => {
  expect(ratioMessagesOf({ type: 'limit', timeInForce: 'ioc' }, undefined)).toBe(2);
  expect(messagesOfEntry({ type: 'limit', timeInForce: 'ioc' }, undefined)).toBe(1);
  expect(ratioMessagesOf({ type: 'market', timeInForce: 'fok', replaces: 'O-0' }, undefined)).toBe(3);
});

test('an order that waits at the edge counts for nothing, at once or cancelled or not', () => {
  expect(messagesOfEntry(waiting, undefined)).toBe(0);
  expect(ratioMessagesOf({ ...waiting, timeInForce: 'ioc' }, undefined)).toBe(0);
  expect(messagesOfEntry({ ...waiting, replaces: 'O-9' }, open('working'))).toBe(0);
});

test('what takes the place of an order that waited at the edge is new at the venue, and a change of one that is there is not', () => {
  const child = exampleOrder({ replaces: 'O-0', parent: 'O-0' });
  expect(messagesOfEntry(child, open('held'))).toBe(1);
  expect(messagesOfEntry(child, open('approved'))).toBe(1);
  expect(messagesOfEntry(child, open('working', exampleOrder({ id: 'O-0' })))).toBe(2);
  expect(messagesOfEntry(child, undefined)).toBe(2);
});
