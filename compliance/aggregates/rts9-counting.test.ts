import { OrderState } from '@gatehouse/shared/schema/bodies.ts';
import { quantity } from '@gatehouse/shared/values/amounts.ts';
import { expect, test } from 'vitest';
import { countOfEnd, RTS9_COUNTING, RTS9_COUNTING_SOURCE, rts9TypeOf } from './rts9-counting.ts';

const day = { type: 'limit', timeInForce: 'day' } as const;
const immediate = { type: 'limit', timeInForce: 'ioc' } as const;
const plain = { isReplaced: false, isKilled: false };

test('every type of order of the annex has its counts', () => {
  const rows = Object.entries(RTS9_COUNTING).map(([type, { add, modify, cancel, ended }]) => [
    type,
    add,
    modify,
    cancel,
    ended,
  ]);
  expect(rows).toEqual([
    ['limit', 1, 2, 1, 0],
    ['stop', 1, 2, 1, 0],
    ['market', 1, 2, 1, 0],
    ['immediate-or-cancel', 1, 2, 1, 1],
    ['fill-or-kill', 1, 2, 1, 1],
    ['iceberg', 1, 2, 1, 0],
    ['market-to-limit', 1, 2, 1, 0],
    ['quote', 2, 4, 2, 0],
    ['peg', 1, 2, 1, 0],
    ['one-cancels-other', 2, 4, 2, 0],
    ['trailing-stop', 1, 2, 1, 0],
    ['at-best', 1, 2, 1, 0],
  ]);
  expect(RTS9_COUNTING_SOURCE.act.id).toBe('eu-2017-566');
});

test('a change counts as the cancellation and the new order that it is', () => {
  for (const { add, modify, cancel } of Object.values(RTS9_COUNTING)) expect(modify).toBe(add + cancel);
});

test('the time in force of our orders decides before their type', () => {
  expect(rts9TypeOf(day)).toBe('limit');
  expect(rts9TypeOf({ type: 'market', timeInForce: 'gtc' })).toBe('market');
  expect(rts9TypeOf(immediate)).toBe('immediate-or-cancel');
  expect(rts9TypeOf({ type: 'market', timeInForce: 'fok' })).toBe('fill-or-kill');
});

test('an iceberg, a stop and a trailing stop are what the annex calls them, and a take-profit is the nearest to it', () => {
  expect(rts9TypeOf({ ...day, displayQuantity: quantity('10') })).toBe('iceberg');
  expect(rts9TypeOf({ ...day, type: 'stop-limit' })).toBe('stop');
  expect(rts9TypeOf({ ...day, type: 'trailing-stop' })).toBe('trailing-stop');
  expect(rts9TypeOf({ ...day, type: 'take-profit' })).toBe('stop');
});

test('of all ends only a cancel is a message of ours, and not one by a kill or by a replacement', () => {
  const counts = OrderState.options.map((state) => [state, countOfEnd(day, { ...plain, state }).sent]);
  expect(counts.filter(([, sent]) => sent !== 0)).toEqual([['cancelled', 1]]);
  expect(countOfEnd(day, { state: 'cancelled', isReplaced: true, isKilled: false })).toEqual({ sent: 0, counted: 0 });
  expect(countOfEnd(day, { state: 'cancelled', isReplaced: false, isKilled: true })).toEqual({ sent: 0, counted: 0 });
});

test('an immediate order that ends unexecuted counts once more without a message of ours', () => {
  expect(countOfEnd(immediate, { ...plain, state: 'cancelled' })).toEqual({ sent: 0, counted: 1 });
  expect(countOfEnd(immediate, { ...plain, state: 'expired' })).toEqual({ sent: 0, counted: 1 });
  expect(countOfEnd(immediate, { ...plain, state: 'filled' })).toEqual({ sent: 0, counted: 0 });
  expect(countOfEnd(immediate, { ...plain, isKilled: true, state: 'cancelled' })).toEqual({ sent: 0, counted: 0 });
});
