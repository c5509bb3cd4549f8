import { expect, test } from 'vitest';
import { within } from './aggregates-fixture.ts';
import { orderAt } from './entry-streams.ts';
import { ALIKE_ORDERS_MAX, createRecentOrders, RECENT_ORDERS_MAX, type RecentOrders } from './recent-orders.ts';

const other = { algorithm: { id: 'other', version: '1.0.0' } };

function ids(recent: RecentOrders, ms: number, windowMs: number): readonly string[] | undefined {
  return recent.alike(orderAt(ms), within(ms, windowMs))?.map(({ id }) => id);
}

test('an order exactly as old as the period is known, and one a millisecond older is not', () => {
  const recent = createRecentOrders();
  recent.add(orderAt(0));
  expect(ids(recent, 10, 10)).toEqual(['O-0']);
  expect(ids(recent, 11, 10)).toEqual([]);
});

test('only orders of the same algorithm, instrument and side are alike, the oldest first', () => {
  const recent = createRecentOrders();
  for (const order of [
    orderAt(1),
    orderAt(2, { side: 'sell', shortSaleMark: 'long' }),
    orderAt(3, other),
    orderAt(4, { instrument: 'demo-bond' }),
    orderAt(5, { type: 'market', limitPrice: null }),
  ])
    recent.add(order);
  expect(ids(recent, 10, 10)).toEqual(['O-1', 'O-5']);
  expect(recent.alike(orderAt(10), within(10, 10))?.map(({ limitPrice }) => limitPrice === undefined)).toEqual([
    false,
    true,
  ]);
});

test('an order that was decided before the one entered last is known for as long as it is young', () => {
  const recent = createRecentOrders();
  recent.add(orderAt(10));
  recent.add(orderAt(3));
  expect(ids(recent, 13, 10)).toEqual(['O-10', 'O-3']);
  expect(ids(recent, 14, 10)).toEqual(['O-10']);
});

test('an answer is the same until another order is added, and each part of the question counts', () => {
  const recent = createRecentOrders();
  recent.add(orderAt(1));
  const first = recent.alike(orderAt(10), within(10, 10));
  expect(recent.alike(orderAt(11), within(10, 10))).toBe(first);
  const questions = [
    { order: orderAt(10, other), window: within(10, 10) },
    { order: orderAt(10, { instrument: 'demo-bond' }), window: within(10, 10) },
    { order: orderAt(10, { side: 'sell', shortSaleMark: 'long' }), window: within(10, 10) },
    { order: orderAt(10), window: within(12, 10) },
    { order: orderAt(10), window: within(10, 8) },
  ];
  for (const { order, window } of questions) {
    expect(recent.alike(orderAt(10), within(10, 10))).toHaveLength(1);
    expect(recent.alike(order, window)).toEqual([]);
  }
  expect(ids(recent, 10, 10)).toEqual(['O-1']);
  recent.add(orderAt(2));
  expect(ids(recent, 10, 10)).toEqual(['O-1', 'O-2']);
});

test('where more are alike than are kept, a period that reaches the forgotten ones has no answer', () => {
  const recent = createRecentOrders();
  for (let ms = 0; ms < ALIKE_ORDERS_MAX; ms += 1) recent.add(orderAt(ms));
  expect(ids(recent, ALIKE_ORDERS_MAX, ALIKE_ORDERS_MAX)).toHaveLength(ALIKE_ORDERS_MAX);
  recent.add(orderAt(ALIKE_ORDERS_MAX));
  for (const each of [recent, createRecentOrders(recent.past())]) {
    expect(ids(each, ALIKE_ORDERS_MAX, ALIKE_ORDERS_MAX)).toBeUndefined();
    expect(ids(each, ALIKE_ORDERS_MAX, ALIKE_ORDERS_MAX - 1)).toHaveLength(ALIKE_ORDERS_MAX);
  }
});

test('of all orders together the oldest are forgotten, also where few are alike', () => {
  const recent = createRecentOrders();
  recent.add(orderAt(0, other));
  for (let ms = 1; ms < 3 * RECENT_ORDERS_MAX; ms += 1) recent.add(orderAt(ms));
  const oldest = 2 * RECENT_ORDERS_MAX;
  for (const each of [recent, createRecentOrders(recent.past())]) {
    expect(each.past().orders).toHaveLength(RECENT_ORDERS_MAX);
    const order = orderAt(3 * RECENT_ORDERS_MAX, other);
    expect(each.alike(order, within(oldest + 10, 10))).toEqual([]);
    expect(each.alike(order, within(oldest + 9, 10))).toBeUndefined();
    expect(ids(each, 3 * RECENT_ORDERS_MAX, 10)).toHaveLength(10);
  }
});

test('a restart forgets all and says from when on', () => {
  const recent = createRecentOrders();
  recent.add(orderAt(5));
  recent.restart(undefined);
  expect(ids(recent, 0, 10)).toEqual([]);
  recent.restart(orderAt(0).decidedAt);
  expect(ids(recent, 10, 10)).toBeUndefined();
  expect(ids(recent, 11, 10)).toEqual([]);
});
