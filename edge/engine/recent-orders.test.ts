import type { Order } from '@gatehouse/shared/schema/order.ts';
import { quantity } from '@gatehouse/shared/values/amounts.ts';
import { addMs, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { SP500_INDEX } from '../feeds/sp500.ts';
import { DEMO_IDENTITY } from './demo-account.ts';
import { createRecentOrders } from './recent-orders.ts';

const START = parseInstant('2020-03-02T21:00:00Z');
const WINDOW_MS = 10_000;

function orderAt(ms: number, changes: Partial<Order> = {}): Order {
  return {
    id: `O-${ms}`,
    ...DEMO_IDENTITY,
    algorithm: { id: 'ema-cross', version: '1.0.0' },
    instrument: SP500_INDEX.id,
    venue: SP500_INDEX.venue,
    side: 'buy',
    shortSaleMark: 'not-a-sale',
    type: 'market',
    timeInForce: 'day',
    quantity: quantity('10'),
    currency: SP500_INDEX.currency,
    decidedAt: addMs(START, ms),
    clock: { source: 'bars', offsetNs: '0', uncertaintyNs: '0' },
    ...changes,
  };
}

test('an order exactly as old as the window is known, and one a millisecond older is not', () => {
  const recent = createRecentOrders({ windowMs: WINDOW_MS });
  recent.add(orderAt(0));
  expect(recent.likely(orderAt(WINDOW_MS)).orders.map(({ id }) => id)).toEqual(['O-0']);
  expect(recent.likely(orderAt(WINDOW_MS + 1)).orders).toEqual([]);
});

test('only orders that this one could repeat are facts', () => {
  const recent = createRecentOrders({ windowMs: WINDOW_MS });
  recent.add(orderAt(1));
  recent.add(orderAt(2, { side: 'sell', shortSaleMark: 'short' }));
  recent.add(orderAt(3, { algorithm: { id: 'other', version: '1.0.0' } }));
  expect(recent.likely(orderAt(4)).orders.map(({ id }) => id)).toEqual(['O-1']);
});

test('where more orders fall into the window than are kept, the window known is shorter and says so', () => {
  const recent = createRecentOrders({ windowMs: WINDOW_MS });
  for (let ms = 0; ms < 1_000; ms += 1) recent.add(orderAt(ms));
  expect(recent.likely(orderAt(1_000)).windowMs).toBe(WINDOW_MS);
  recent.add(orderAt(1_000));
  const facts = recent.likely(orderAt(1_001));
  expect(facts.orders).toHaveLength(1_000);
  expect(facts.windowMs).toBe(1_000);
});

test('another run begins with no recent orders, and one that goes on knows none from before it was left', () => {
  const recent = createRecentOrders({ windowMs: WINDOW_MS });
  recent.add(orderAt(5_000));
  recent.restart(undefined);
  expect(recent.likely(orderAt(0))).toEqual({ windowMs: WINDOW_MS, orders: [] });
  recent.restart(addMs(START, 0));
  expect(recent.likely(orderAt(WINDOW_MS)).windowMs).toBe(WINDOW_MS - 1);
  expect(recent.likely(orderAt(WINDOW_MS + 1)).windowMs).toBe(WINDOW_MS);
});
