import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { type Decimal, toText } from '@gatehouse/shared/values/decimal.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { type Aggregates, createAggregates } from './aggregates.ts';
import { fold, restored, SALE, TERMS, texts, within } from './aggregates-fixture.ts';
import {
  approved,
  decisionEntry,
  factsEntry,
  fillEntry,
  intentEntry,
  killEntry,
  locatesEntry,
  orderAt,
  overrideEntry,
  releaseEntry,
  STREAM_START,
  stateEntry,
} from './entry-streams.ts';

test('an intent alone changes no answer, its approval enters it, and its refusal forgets it', () => {
  const order = orderAt(0);
  const own = fold(TERMS, intentEntry(order));
  expect(own.openCount('firm')).toBe(0);
  expect(own.openOrders()).toEqual([]);
  expect(own.recent(order, within(0, 1_000))).toEqual([]);
  const again = restored(own);
  again.fold(decisionEntry(order));
  expect(again.openCount('firm')).toBe(1);
  expect(again.openOrder('O-0')?.state).toBe('approved');
  expect(again.openOrders().map(({ order: one }) => one.id)).toEqual(['O-0']);
  const refused = fold(TERMS, intentEntry(order), decisionEntry(order, { outcome: 'refused' }));
  expect(refused.openCount('firm')).toBe(0);
  expect(refused.messages('firm', within(0, 1_000))).toBe(0);
  expect(refused.rejections('firm', within(0, 1_000))).toBe(1);
});

test('a decision without its intent, and an order that is entered twice, break an invariant', () => {
  expect(() => fold(decisionEntry(orderAt(0)))).toThrow(/never intended/);
  expect(() => fold(approved(orderAt(0)), approved(orderAt(0)))).toThrow(/entered twice/);
});

test('an open order counts in each of its scopes with what is not yet filled, and no more once it is over', () => {
  const order = orderAt(0);
  const own = fold(TERMS, approved(order), fillEntry(order, { units: '20', price: '1000' }));
  for (const scope of ['firm', 'desk:index', 'account:main', 'algorithm:ema-cross', 'venue:paper'] as const) {
    const cell = restored(own).cell(scope, 'demo-index');
    expect([cell?.position, cell?.openBuy, cell?.openSell].map((one) => one && toText(one))).toEqual(['20', '30', '0']);
  }
  expect(texts({ ...own.open(order) })).toEqual({ buy: '30', sell: '0' });
  own.fold(stateEntry('O-0', 'cancelled'));
  expect(texts({ ...own.open(order) })).toEqual({ buy: '0', sell: '0' });
  expect(own.position(order) && toText(own.position(order) as Decimal)).toBe('20');
  expect(own.openCount('firm')).toBe(0);
});

test('the order that another one replaces is left out of what is open, unless it is of another account or instrument', () => {
  const old = orderAt(0);
  const own = restored(fold(TERMS, approved(old), approved(orderAt(1, SALE))));
  expect(texts({ ...own.open(orderAt(2, { replaces: 'O-0' })) })).toEqual({ buy: '0', sell: '50' });
  expect(texts({ ...own.open(orderAt(2, { replaces: 'O-1' })) })).toEqual({ buy: '50', sell: '0' });
  expect(texts({ ...own.open(orderAt(2, { replaces: 'O-none' })) })).toEqual({ buy: '50', sell: '50' });
  const other = orderAt(3, { account: 'other', replaces: 'O-0' });
  expect(texts({ ...own.open(other) })).toEqual({ buy: '0', sell: '0' });
  expect(texts({ ...own.open(orderAt(3, { instrument: 'demo-bond', replaces: 'O-0' })) })).toEqual({
    buy: '0',
    sell: '0',
  });
  expect(own.resting('demo-index')?.map(({ order }) => order.id)).toEqual(['O-0', 'O-1']);
  expect(own.resting('demo-bond')).toEqual([]);
});

test('nothing is left open of an order that is filled beyond its quantity, and the position has it all', () => {
  const order = orderAt(0);
  const own = fold(TERMS, approved(order), fillEntry(order, { units: '60', price: '1' }), approved(orderAt(1)));
  expect(texts({ ...own.open(order) })).toEqual({ buy: '50', sell: '0' });
  own.fold(stateEntry('O-0', 'filled'));
  expect(texts({ ...restored(own).open(order) })).toEqual({ buy: '50', sell: '0' });
  expect(toText(own.position(order) as Decimal)).toBe('60');
});

test('a fill that arrives after the end of its order still counts for its algorithm', () => {
  const order = orderAt(0);
  const own = restored(fold(TERMS, approved(order), stateEntry('O-0', 'cancelled')));
  own.fold(fillEntry(order, { units: '5', price: '1000' }));
  expect(toText(own.cell('algorithm:ema-cross', 'demo-index')?.position as Decimal)).toBe('5');
  expect(texts({ ...own.open(order) })).toEqual({ buy: '0', sell: '0' });
});

test('kills hold until they are released, and the epoch grows with both', () => {
  const own = fold(
    killEntry('K-1', { scopes: ['firm'], level: 'cancel', haltEpoch: 1 }),
    killEntry('K-2', { scopes: ['algorithm:ema-cross'], level: 'pause', haltEpoch: 2 }),
  );
  expect(
    restored(own)
      .halts()
      ?.map(({ id, level }) => [id, level]),
  ).toEqual([
    ['K-1', 'cancel'],
    ['K-2', 'pause'],
  ]);
  expect(own.haltEpoch).toBe(2);
  own.fold(releaseEntry('K-1', 3));
  own.fold(releaseEntry('K-unknown', 3));
  expect(restored(own).halts()).toEqual([{ id: 'K-2', scopes: ['algorithm:ema-cross'], level: 'pause' }]);
  expect([own.haltEpoch, restored(own).haltEpoch]).toEqual([3, 3]);
});

test('a ticket fits one order with all of its TERMS, and once', () => {
  const order = orderAt(0);
  const market = orderAt(1, { type: 'market', limitPrice: null });
  const own = restored(fold(overrideEntry('T-2', order), overrideEntry('T-1', order), overrideEntry('T-3', market)));
  expect(own.tickets({ ...order, id: 'O-new' }).map(({ id }) => id)).toEqual(['T-1', 'T-2']);
  expect(own.tickets(market).map(({ id }) => id)).toEqual(['T-3']);
  for (const different of [
    { quantity: '51' },
    { limitPrice: '1000.01' },
    { venue: 'other' },
    { trader: 'p-2' },
    { account: 'other' },
  ]) {
    expect(own.tickets(orderAt(0, different))).toEqual([]);
  }
  own.fold(intentEntry(order));
  own.fold(decisionEntry(order, { tickets: ['T-1'] }));
  own.fold(overrideEntry('T-1', order));
  expect(
    restored(own)
      .tickets(order)
      .map(({ id }) => id),
  ).toEqual(['T-2']);
});

test('what is not a document of its kind is refused', () => {
  const ticket = (document: string): EntryBody => ({ kind: 'override', body: { v: 1, ticket: 'T-1', document } });
  for (const document of ['gatehouse/release/v1\n{}\n', 'gatehouse/override/v1', 'gatehouse/override/v1\n{}\n']) {
    expect(() => fold(ticket(document))).toThrow(expect.objectContaining({ code: 'MESSAGE_MALFORMED' }));
  }
});

test('a locate is taken by what is open and executed, and what ends unexecuted gives it back', () => {
  const short = orderAt(0, { ...SALE, locate: 'L-1' });
  const own = fold(TERMS, approved(short), fillEntry(short, { units: '20', price: '1' }), locatesEntry('L-1'));
  const used = (each: Aggregates) => toText(each.locateUsed('L-1') as Decimal);
  expect(used(own)).toBe('50');
  own.fold(stateEntry('O-0', 'cancelled'));
  expect(used(restored(own))).toBe('20');
  own.fold(fillEntry(short, { units: '35', price: '1', id: 'F-2' }));
  expect(used(restored(own))).toBe('55');
  const over = fold(TERMS, approved(short), fillEntry(short, { units: '60', price: '1' }));
  expect(used(over)).toBe('60');
  over.fold(stateEntry('O-0', 'filled'));
  expect(used(over)).toBe('60');
  expect(toText(own.locateUsed('L-none') as Decimal)).toBe('0');
  const long = orderAt(0, { side: 'sell', shortSaleMark: 'long', locate: 'L-1' });
  expect(used(fold(TERMS, approved(long)))).toBe('0');
});

test('a dated file that no sum depends on changes nothing, and one with another hash is refused', () => {
  const file = { v: 1, asOf: '2020-03-06T08:00:00.000000000Z', source: 'Rates.', kind: 'rates' } as const;
  const entry = factsEntry({ ...file, rows: [] });
  expect(fold(entry).snapshot()).toEqual(fold().snapshot());
  const instruments = TERMS as Extract<EntryBody, { kind: 'facts' }>;
  const forged = { ...instruments, body: { ...instruments.body, hash: '0'.repeat(64) } };
  expect(() => fold(forged)).toThrow(expect.objectContaining({ code: 'MESSAGE_MALFORMED' }));
});

test('a snapshot of another form is refused', () => {
  const broken: readonly JsonValue[] = [{}, { ...(fold().snapshot() as object), v: 2 }];
  for (const snapshot of broken) {
    expect(() => createAggregates(snapshot)).toThrow(expect.objectContaining({ code: 'MESSAGE_MALFORMED' }));
  }
  for (const amount of ['1.50', '-0', '01', '1e3', '0.']) {
    const cash = { ...(fold().snapshot() as object), cash: [['main', 'USD', amount]] } as JsonValue;
    expect(() => createAggregates(cash)).toThrow(/not an exact decimal/);
  }
  const entries = { entries: [[0, 7, 1]], from: instantText(STREAM_START) };
  const torn = { ...(fold().snapshot() as object), messages: entries } as JsonValue;
  expect(() => createAggregates(torn)).toThrow(/place 7 of a snapshot/);
});
