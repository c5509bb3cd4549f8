import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import type { Decimal } from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import type { OrderOverrides } from '../examples/base.ts';
import { type Aggregates, createAggregates } from './aggregates.ts';
import { DAY, fold, NEXT_DAY, restored, TERMS, texts, within } from './aggregates-fixture.ts';
import {
  approved,
  fillEntry,
  killEntry,
  killedEntry,
  orderAt,
  releaseEntry,
  runEntry,
  stateEntry,
} from './entry-streams.ts';

test('orders of the day, instruments and venues begin anew on the next day, except for what is still held or open', () => {
  const own = fold(
    TERMS,
    approved(orderAt(0)),
    approved(orderAt(1, { instrument: 'demo-bond' })),
    stateEntry('O-1', 'cancelled'),
  );
  for (const each of [own, restored(own)]) {
    expect(each.ordersToday('algorithm:ema-cross', DAY)).toBe(2);
    expect([...(each.instruments('firm', DAY) ?? [])].sort()).toEqual(['demo-bond', 'demo-index']);
    expect(each.ordersToday('firm', NEXT_DAY)).toBe(0);
    expect([...(each.instruments('firm', NEXT_DAY) ?? [])]).toEqual(['demo-index']);
    expect([...(each.venues('firm', NEXT_DAY) ?? [])]).toEqual(['paper']);
    expect([...(each.venues('desk:none', DAY) ?? [])]).toEqual([]);
    expect([...(each.instruments('desk:none', DAY) ?? [])]).toEqual([]);
  }
  own.fold(stateEntry('O-0', 'cancelled'));
  expect([...(own.instruments('firm', NEXT_DAY) ?? [])]).toEqual([]);
  expect([...(own.venues('firm', NEXT_DAY) ?? [])]).toEqual([]);
  expect([...(own.venues('firm', DAY) ?? [])]).toEqual(['paper']);
});

test('two days are remembered, because two venues can be in different ones, and an older one is not known', () => {
  const own = fold(TERMS);
  for (const [ms, day] of [DAY, NEXT_DAY, '2020-03-08'].entries())
    for (const entry of approved(orderAt(ms), { day })) own.fold(entry);
  for (const entry of approved(orderAt(10), { day: NEXT_DAY })) own.fold(entry);
  for (const entry of approved(orderAt(11), { day: DAY })) own.fold(entry);
  for (const each of [own, restored(own)]) {
    expect(each.ordersToday('firm', '2020-03-08')).toBe(1);
    expect(each.ordersToday('firm', NEXT_DAY)).toBe(2);
    expect(each.ordersToday('firm', DAY)).toBeUndefined();
    expect(each.instruments('firm', DAY)).toBeUndefined();
    expect(each.venues('firm', DAY)).toBeUndefined();
    expect(each.orderToTrade('firm', DAY)).toBeUndefined();
    expect(each.openCount('firm')).toBe(5);
  }
});

test('messages count a new order once, a change twice and an own cancel once, exactly as long as the period is', () => {
  const own = fold(
    TERMS,
    approved(orderAt(0)),
    approved(orderAt(10, { replaces: 'O-0' })),
    stateEntry('O-0', 'cancelled', 20),
  );
  own.fold(stateEntry('O-10', 'cancelled', 30));
  for (const each of [own, restored(own)]) {
    expect(each.messages('firm', within(30, 30))).toBe(4);
    expect(each.messages('firm', within(30, 29))).toBe(3);
    expect(each.messages('venue:paper', within(30, 19))).toBe(1);
    expect(each.messages('venue:none', within(30, 30))).toBe(0);
    expect(each.executions('ema-cross', within(30, 30))).toBe(2);
  }
});

const STOP = {
  type: 'stop',
  limitPrice: null,
  stopPrice: '1100.00',
  emulates: ['trigger' as const],
} satisfies OrderOverrides;

test('an order that waits at the edge is no message, what goes out of it is one, and no larger order than it was', () => {
  const own = fold(TERMS, approved(orderAt(0, STOP)), stateEntry('O-0', 'held'));
  const count = (): unknown => [own.messages('firm', within(100, 100)), own.orderToTrade('firm', DAY)?.messages];
  expect(count()).toEqual([0, 0]);
  for (const entry of approved(orderAt(1, { replaces: 'O-0', parent: 'O-0' }))) own.fold(entry);
  expect(count()).toEqual([1, 1]);
  own.fold(stateEntry('O-0', 'replaced', 2));
  expect(count()).toEqual([1, 1]);
  own.fold(stateEntry('O-1', 'cancelled', 3));
  expect(count()).toEqual([2, 2]);
  expect(own.history(orderAt(9))?.orders).toBe(1);
});

test('a change into an order that waits at the edge takes back the one at the venue with one message', () => {
  const own = fold(TERMS, approved(orderAt(0)), approved(orderAt(1, { ...STOP, replaces: 'O-0' })));
  expect(own.messages('firm', within(100, 100))).toBe(1);
  own.fold(stateEntry('O-0', 'cancelled', 2));
  own.fold(stateEntry('O-1', 'cancelled', 3));
  expect(own.messages('firm', within(100, 100))).toBe(2);
});

test('a snapshot of a release that kept fewer terms of recent orders is read, and nothing is made up for what is missing', () => {
  const own = fold(TERMS, approved(orderAt(0, { timeInForce: 'gtc' })));
  const snapshot = own.snapshot() as { recent: { orders: unknown[][] } };
  const older = { ...snapshot, recent: { orders: snapshot.recent.orders.map((row) => row.slice(0, -1)) } };
  const further = (one: Aggregates): unknown => one.recent(orderAt(1), within(1, 10))?.map((order) => order.further);
  expect(further(own)).toEqual(['limit gtc']);
  expect(further(restored(own))).toEqual(['limit gtc']);
  expect(further(createAggregates(older as unknown as JsonValue))).toEqual([undefined]);
});

test('an order whose replacement was rejected is cancelled with a message of its own', () => {
  const own = restored(
    fold(TERMS, approved(orderAt(0)), approved(orderAt(1, { replaces: 'O-0' })), stateEntry('O-1', 'rejected', 2)),
  );
  own.fold(stateEntry('O-0', 'cancelled', 3));
  expect(own.messages('firm', within(3, 10))).toBe(4);
  expect(own.rejections('account:main', within(3, 10))).toBe(1);
});

test('of two orders that replace one the newer counts, whatever becomes of the older', () => {
  const replacing = (ms: number) => approved(orderAt(ms, { replaces: 'O-0' }));
  const own = fold(TERMS, approved(orderAt(0)), replacing(1), replacing(2), stateEntry('O-1', 'rejected', 3));
  own.fold(stateEntry('O-0', 'cancelled', 4));
  expect(restored(own).messages('firm', within(4, 10))).toBe(5);
});

test('what a kill takes back is no message, told by its halt or by its reason', () => {
  const halted = fold(
    TERMS,
    approved(orderAt(0)),
    killEntry('K-1', { scopes: ['desk:index', 'venue:paper'], level: 'cancel', haltEpoch: 1 }),
  );
  halted.fold(stateEntry('O-0', 'cancelled', 1));
  expect(halted.messages('firm', within(1, 10))).toBe(1);
  const told = fold(TERMS, approved(orderAt(0)), killedEntry('O-0', 'cancelled', 1));
  expect(told.messages('firm', within(1, 10))).toBe(1);
  const paused = fold(
    TERMS,
    approved(orderAt(0)),
    killEntry('K-1', { scopes: ['firm'], level: 'pause', haltEpoch: 1 }),
    stateEntry('O-0', 'cancelled', 1),
  );
  expect(paused.messages('firm', within(1, 10))).toBe(2);
});

test('orders to trades count as the annex does: an immediate order that is cancelled twice, an expired day order once', () => {
  const immediate = orderAt(0, { timeInForce: 'ioc' });
  const own = fold(
    TERMS,
    approved(immediate),
    fillEntry(immediate, { units: '10', price: '1' }),
    stateEntry('O-0', 'cancelled', 1),
  );
  for (const entry of approved(orderAt(2))) own.fold(entry);
  own.fold(stateEntry('O-2', 'expired', 3));
  own.fold(fillEntry(immediate, { units: '5', price: '1', id: 'F-2' }));
  const counts = restored(own).orderToTrade('firm', DAY);
  expect([counts?.messages, counts?.transactions]).toEqual([3, 1]);
  expect(texts({ orders: counts?.orderVolume as Decimal, trades: counts?.tradeVolume as Decimal })).toEqual({
    orders: '140',
    trades: '15',
  });
  expect(own.messages('firm', within(3, 10))).toBe(2);
  expect(own.orderToTrade('firm', NEXT_DAY)?.messages).toBe(0);
  expect(own.orderToTrade('desk:none', DAY)?.messages).toBe(0);
});

test('the release of a kill of an algorithm begins its executions anew, and only its own', () => {
  const other = { algorithm: { id: 'other', version: '1.0.0' } };
  const own = fold(
    TERMS,
    approved(orderAt(0)),
    approved(orderAt(1, other)),
    killEntry('K-1', { scopes: ['algorithm:ema-cross', 'venue:paper'], level: 'pause', haltEpoch: 1 }),
  );
  own.fold(releaseEntry('K-1', 2));
  for (const entry of approved(orderAt(2))) own.fold(entry);
  for (const each of [own, restored(own)]) {
    expect(each.executions('ema-cross', within(2, 10))).toBe(1);
    expect(each.executions('other', within(2, 10))).toBe(1);
    expect(each.messages('firm', within(2, 10))).toBe(3);
  }
});

test('another run begins with nothing recent, and one that goes on knows nothing from before it was left', () => {
  const order = orderAt(5_000);
  const own = fold(TERMS, runEntry('run-1'), approved(order), runEntry('run-1', 'run-resumed'));
  expect(own.recent(order, within(5_000, 1_000))).toHaveLength(1);
  own.fold(runEntry('run-2'));
  for (const each of [own, restored(own)]) {
    expect(each.recent(order, within(0, 1_000))).toEqual([]);
    expect(each.messages('firm', within(0, 1_000))).toBe(0);
    expect(each.ordersToday('firm', DAY)).toBe(0);
    expect(each.openCount('firm')).toBe(1);
  }
  own.fold(runEntry('run-1', 'run-resumed'));
  for (const each of [own, restored(own)]) {
    expect(each.recent(order, within(6_000, 1_000))).toBeUndefined();
    expect(each.recent(order, within(6_000, 999))).toEqual([]);
    expect(each.messages('firm', within(6_000, 1_000))).toBeUndefined();
    expect(each.ordersToday('firm', DAY)).toBeUndefined();
    expect(each.instruments('firm', DAY)).toBeUndefined();
    expect(each.venues('firm', DAY)).toBeUndefined();
    expect(each.ordersToday('firm', NEXT_DAY)).toBe(0);
  }
});

test('orders of another run on a day of the same name are entered on that day anew', () => {
  const own = fold(TERMS, runEntry('run-1'), approved(orderAt(0)), stateEntry('O-0', 'cancelled'), runEntry('run-2'));
  expect([...(own.instruments('firm', DAY) ?? [])]).toEqual([]);
  for (const entry of [...approved(orderAt(1)), stateEntry('O-1', 'cancelled')]) own.fold(entry);
  expect([...(own.instruments('firm', DAY) ?? [])]).toEqual(['demo-index']);
  expect([...(own.venues('desk:index', DAY) ?? [])]).toEqual(['paper']);
});

test('a run that goes on and that nobody remembers is known only after its data', () => {
  const own = fold(TERMS, runEntry('run-9', 'run-resumed'));
  expect(own.messages('firm', within(3_600_000, 10))).toBeUndefined();
  expect(own.messages('firm', within(3_600_011, 10))).toBe(0);
  own.fold(runEntry('run-9', 'run-completed'));
  expect(own.messages('firm', within(3_600_011, 10))).toBe(0);
});
