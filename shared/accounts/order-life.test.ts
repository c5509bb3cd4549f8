import { expect, test } from 'vitest';
import { OrderState } from '../schema/bodies.ts';
import { canFollow, isOpen, isTerminal, nextState, ORDER_EVENTS, ORDER_LIFE } from './order-life.ts';

test('every state answers every event', () => {
  for (const state of OrderState.options) {
    expect(Object.keys(ORDER_LIFE[state]).sort()).toEqual([...ORDER_EVENTS].sort());
  }
});

test('an order is approved, sent, accepted, filled in part and filled', () => {
  const path = ['approve', 'send', 'accept', 'fill-part', 'fill-all'] as const;
  const states: OrderState[] = ['intended'];
  for (const event of path) {
    const next = nextState(states.at(-1) ?? 'intended', event);
    if (next !== 'impossible') states.push(next);
  }
  expect(states).toEqual(['intended', 'approved', 'sent', 'working', 'part-filled', 'filled']);
});

test('only an approved order is sent, and never twice', () => {
  const senders = OrderState.options.filter((state) => nextState(state, 'send') !== 'impossible');
  expect(senders).toEqual(['approved']);
});

test('nothing opens an order that is over', () => {
  for (const state of OrderState.options.filter(isTerminal)) {
    for (const event of ORDER_EVENTS) expect(['impossible', state]).toContain(nextState(state, event));
  }
});

test('a fill that arrives after a cancel leaves the order cancelled, one after a rejection is impossible', () => {
  expect(nextState('cancelled', 'fill-part')).toBe('cancelled');
  expect(nextState('expired', 'fill-all')).toBe('expired');
  expect(nextState('rejected', 'fill-part')).toBe('impossible');
});

test('a sent order may fill before its accept, which then changes nothing', () => {
  expect(nextState('sent', 'fill-part')).toBe('part-filled');
  expect(nextState('part-filled', 'accept')).toBe('part-filled');
  expect(nextState('filled', 'accept')).toBe('filled');
});

test('an unknown order counts as open and can become whatever the venue says', () => {
  expect(isOpen('unknown')).toBe(true);
  const answers = ['accept', 'fill-part', 'fill-all', 'cancel', 'reject', 'expire', 'abandon'] as const;
  const states = answers.map((event) => nextState('unknown', event));
  expect(states).toEqual(['working', 'part-filled', 'filled', 'cancelled', 'rejected', 'expired', 'unsent']);
  expect(nextState('unknown', 'send')).toBe('impossible');
});

test('a request to cancel or replace takes nothing away until the venue has answered it', () => {
  expect(nextState('working', 'ask-cancel')).toBe('cancelling');
  expect(nextState('cancelling', 'fill-part')).toBe('cancelling');
  expect(nextState('cancelling', 'fill-all')).toBe('filled');
  expect(nextState('filled', 'keep-part')).toBe('filled');
  expect(nextState('cancelling', 'keep')).toBe('working');
  expect(nextState('replacing', 'keep-part')).toBe('part-filled');
  expect(nextState('replacing', 'replace')).toBe('replaced');
  expect(nextState('replaced', 'fill-part')).toBe('replaced');
  expect(isOpen('cancelling') && isOpen('replacing') && isOpen('held')).toBe(true);
});

test('a held order never reaches the venue itself', () => {
  expect(nextState('approved', 'hold')).toBe('held');
  expect(nextState('held', 'send')).toBe('impossible');
  expect(nextState('held', 'replace')).toBe('replaced');
});

test('a recorded state follows another only where one event leads there', () => {
  expect(canFollow('approved', 'sent')).toBe(true);
  expect(canFollow('working', 'working')).toBe(true);
  expect(canFollow('refused', 'sent')).toBe(false);
  expect(canFollow('filled', 'working')).toBe(false);
});
