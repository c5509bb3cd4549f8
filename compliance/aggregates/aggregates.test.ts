import { canonicalJson, type JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { type Decimal, toText } from '@gatehouse/shared/values/decimal.ts';
import { addMs, instantText } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import type { CurrencyTotals } from '../own-facts.ts';
import { type Aggregates, createAggregates } from './aggregates.ts';
import {
  approved,
  cashEntry,
  decisionEntry,
  fillEntry,
  instrumentsEntry,
  intentEntry,
  killEntry,
  liquidityEntry,
  locatesEntry,
  marksEntry,
  orderAt,
  overrideEntry,
  releaseEntry,
  runEntry,
  STREAM_START,
  stateEntry,
  valuationEntry,
} from './entry-streams.ts';

const DAY = '2020-03-06';
const NEXT_DAY = '2020-03-07';
const sale = { side: 'sell', shortSaleMark: 'short' } as const;
const terms = instrumentsEntry({ id: 'demo-index' }, { id: 'demo-bond', assetClass: 'bond', sector: 'rates' });

function fold(...entries: readonly (EntryBody | readonly EntryBody[])[]): Aggregates {
  const own = createAggregates();
  for (const entry of entries.flat()) own.fold(entry);
  return own;
}

/** The same aggregates as they go on from their snapshot; every case here is looked at on both. */
function restored(own: Aggregates): Aggregates {
  const snapshot = own.snapshot();
  const again = createAggregates(snapshot);
  expect(canonicalJson(again.snapshot())).toBe(canonicalJson(snapshot));
  return again;
}

function within(ms: number, windowMs: number) {
  return { now: addMs(STREAM_START, ms), windowMs };
}

function texts(values: Readonly<Record<string, Decimal>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, toText(value)]));
}

function sums(own: Aggregates, day = DAY): Readonly<Record<string, string>> {
  const [row] = own.totals('firm', day) ?? [];
  if (row === undefined) return {};
  const { currency: _, isValued: __, ...rest }: CurrencyTotals = row;
  return texts(rest);
}

test('an intent alone changes no answer, its approval enters it, and its refusal forgets it', () => {
  const order = orderAt(0);
  const own = fold(terms, intentEntry(order));
  expect(own.openCount('firm')).toBe(0);
  expect(own.openOrders()).toEqual([]);
  expect(own.recent(order, within(0, 1_000))).toEqual([]);
  const again = restored(own);
  again.fold(decisionEntry(order));
  expect(again.openCount('firm')).toBe(1);
  expect(again.openOrder('O-0')?.state).toBe('approved');
  const refused = fold(terms, intentEntry(order), decisionEntry(order, { outcome: 'refused' }));
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
  const own = fold(terms, approved(order), fillEntry(order, { units: '20', price: '1000' }));
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
  const own = restored(fold(terms, approved(old), approved(orderAt(1, sale))));
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
  const own = fold(terms, approved(order), fillEntry(order, { units: '60', price: '1' }), approved(orderAt(1)));
  expect(texts({ ...own.open(order) })).toEqual({ buy: '50', sell: '0' });
  own.fold(stateEntry('O-0', 'filled'));
  expect(texts({ ...restored(own).open(order) })).toEqual({ buy: '50', sell: '0' });
  expect(toText(own.position(order) as Decimal)).toBe('60');
});

test('a fill that arrives after the end of its order still counts for its algorithm', () => {
  const order = orderAt(0);
  const own = restored(fold(terms, approved(order), stateEntry('O-0', 'cancelled')));
  own.fold(fillEntry(order, { units: '5', price: '1000' }));
  expect(toText(own.cell('algorithm:ema-cross', 'demo-index')?.position as Decimal)).toBe('5');
  expect(texts({ ...own.open(order) })).toEqual({ buy: '0', sell: '0' });
});

test('a fill of an order that nobody knows counts where it says, and leaves the scopes of its decider unknown', () => {
  const own = restored(fold(terms, approved(orderAt(1)), fillEntry(orderAt(0), { units: '5', price: '1000' })));
  expect(toText(own.cell('account:main', 'demo-index')?.position as Decimal)).toBe('5');
  expect(own.totals('firm', DAY)).toHaveLength(1);
  for (const scope of ['desk:index', 'trader:p-7f3a', 'client:house', 'algorithm:ema-cross', 'desk:new'] as const) {
    expect(own.cell(scope, 'demo-index')).toBeUndefined();
    expect(own.cell(scope, 'demo-bond')).toBeDefined();
    expect(own.totals(scope, DAY)).toBeUndefined();
    expect(own.oldestMarkAt(scope)).toBeUndefined();
    expect(own.instruments(scope, DAY)).toBeUndefined();
  }
});

test('a fill that names another account than its order is no fill of that order', () => {
  const order = orderAt(0);
  const own = fold(terms, approved(order), fillEntry({ ...order, account: 'other' }, { units: '5', price: '1' }));
  expect(texts({ ...own.open(order) })).toEqual({ buy: '50', sell: '0' });
  expect(toText(own.position(order) as Decimal)).toBe('0');
  expect(own.totals('desk:index', DAY)).toBeUndefined();
});

test('without a multiplier on record there are no cells, totals and cash, and with one there are', () => {
  const order = orderAt(0);
  const entries = [
    cashEntry('1000'),
    approved(order, { reference: '10' }),
    fillEntry(order, { units: '2', price: '10', fee: '1' }),
  ];
  const own = restored(fold(...entries));
  expect(own.cell('firm', 'demo-index')).toBeUndefined();
  expect(own.totals('firm', DAY)).toBeUndefined();
  expect(own.cash('main')).toBeUndefined();
  expect(toText(own.position(order) as Decimal)).toBe('2');
  own.fold(instrumentsEntry({ multiplier: '50' }));
  expect(texts({ cash: own.cash('main')?.[0]?.amount as Decimal })).toEqual({ cash: '-1' });
  expect(sums(own)).toMatchObject({ net: '1000', long: '25000', pnl: '-1' });
  expect(own.cash('other')).toEqual([]);
});

test('fills in another currency than that of the instrument leave its sums unknown', () => {
  const order = orderAt(0);
  const own = fold(terms, approved(order), fillEntry(order, { units: '2', price: '10' }));
  expect(own.totals('firm', DAY)).toHaveLength(1);
  own.fold(fillEntry(order, { units: '2', price: '10', currency: 'EUR' }));
  expect(restored(own).totals('firm', DAY)).toBeUndefined();
  expect(own.cell('firm', 'demo-index')).toBeUndefined();
  expect(own.cash('main')?.map(({ currency }) => currency)).toEqual(['EUR', 'USD']);
});

test('sums take the larger of both ways per instrument, and profit counts fees from the first entry on', () => {
  const order = orderAt(0);
  const own = fold(
    terms,
    approved(order, { reference: '100' }),
    fillEntry(order, { units: '50', price: '100', fee: '2.50' }),
    stateEntry('O-0', 'filled'),
    approved(orderAt(1, { ...sale, quantity: '80' })),
    marksEntry({ 'demo-index': '101.25' }, 2, DAY),
  );
  expect(sums(restored(own))).toEqual({
    long: '5062.5',
    short: '-3037.5',
    gross: '5062.5',
    net: '5062.5',
    pnl: '60',
    pnlAtDayStart: '0',
    pnlDayPeak: '60',
    pnlPeak: '60',
  });
});

test('peaks are taken when an entry is done, so that several new marks count as one moment', () => {
  const [a, b] = [orderAt(0), orderAt(1, { instrument: 'demo-bond' })];
  const own = fold(
    terms,
    approved(a),
    approved(b),
    fillEntry(a, { units: '50', price: '100' }),
    fillEntry(b, { units: '50', price: '100' }),
  );
  own.fold(marksEntry({ 'demo-index': '110', 'demo-bond': '91' }, 2, DAY));
  expect(sums(own)).toMatchObject({ pnl: '50', pnlPeak: '50' });
  own.fold(marksEntry({ 'demo-index': '100', 'demo-bond': '91' }, 3, DAY));
  expect(sums(restored(own))).toMatchObject({ pnl: '-450', pnlPeak: '50', pnlDayPeak: '50' });
});

test('a new trading day begins with the profit of the old one, and a day that is over has its own figures once more', () => {
  const order = orderAt(0);
  const own = fold(terms, approved(order), fillEntry(order, { units: '50', price: '100' }));
  own.fold(marksEntry({ 'demo-index': '102' }, 1, DAY));
  expect(sums(own, NEXT_DAY)).toMatchObject({ pnl: '100', pnlAtDayStart: '100', pnlDayPeak: '100' });
  own.fold(marksEntry({ 'demo-index': '101' }, 2, NEXT_DAY));
  for (const each of [own, restored(own)]) {
    expect(sums(each, NEXT_DAY)).toMatchObject({ pnl: '50', pnlAtDayStart: '100', pnlDayPeak: '100', pnlPeak: '100' });
    expect(sums(each, DAY)).toMatchObject({ pnl: '50', pnlAtDayStart: '0', pnlDayPeak: '100' });
    expect(each.totals('firm', '2020-03-05')).toBeUndefined();
  }
  own.fold(valuationEntry({ 'demo-index': '101' }, 3, '2020-03-09'));
  expect(own.totals('firm', DAY)).toBeUndefined();
  expect(sums(own, NEXT_DAY)).toMatchObject({ pnlAtDayStart: '100' });
});

test('a day before the first one is not known, and a day does not go back', () => {
  const own = fold(terms, approved(orderAt(0), { reference: '100' }));
  expect(own.totals('firm', '2020-03-05')).toBeUndefined();
  own.fold(marksEntry({ 'demo-index': '100' }, 1, '2020-03-05'));
  expect(sums(own)).toMatchObject({ pnlAtDayStart: '0' });
});

test('something open without a price is not valued, and the age of marks is not known', () => {
  const own = fold(terms, approved(orderAt(0)));
  expect(own.totals('firm', DAY)?.[0]?.isValued).toBe(false);
  expect(own.oldestMarkAt('firm')).toBeUndefined();
  expect(own.oldestMarkAt('desk:none')).toBe('nothing-held');
  own.fold(marksEntry({ 'demo-index': '100', unheard: '1' }, 5, DAY));
  expect(own.totals('firm', DAY)?.[0]?.isValued).toBe(true);
  expect(own.oldestMarkAt('firm')).toBe(addMs(STREAM_START, 5));
  own.fold(stateEntry('O-0', 'expired'));
  expect(restored(own).oldestMarkAt('firm')).toBe('nothing-held');
});

test('the oldest mark is that of the instrument whose price was seen longest ago, in whatever order marks come', () => {
  const bond = { instrument: 'demo-bond' };
  const own = fold(terms, approved(orderAt(0), { reference: '1' }), approved(orderAt(10, bond), { reference: '1' }));
  const oldest = (each: Aggregates) => instantText(each.oldestMarkAt('firm') as typeof STREAM_START);
  expect(oldest(own)).toBe(instantText(STREAM_START));
  own.fold(marksEntry({ 'demo-index': '2' }, 20, DAY));
  expect(oldest(own)).toBe(instantText(addMs(STREAM_START, 10)));
  own.fold(marksEntry({ 'demo-index': '2' }, 5, DAY));
  expect(oldest(restored(own))).toBe(instantText(addMs(STREAM_START, 5)));
  own.fold(stateEntry('O-0', 'cancelled'));
  expect(oldest(own)).toBe(instantText(addMs(STREAM_START, 10)));
});

test('a part of a scope has the sums of its instruments alone, and the profit of the whole', () => {
  const [a, b] = [orderAt(0), orderAt(1, { instrument: 'demo-bond' })];
  const own = fold(terms, approved(a, { reference: '10' }), approved(b, { reference: '100' }));
  const long = (each: Aggregates, group: Parameters<Aggregates['totals']>[2]) =>
    each.totals('firm', DAY, group)?.map((row) => toText(row.long));
  for (const each of [own, restored(own)]) {
    expect(long(each, 'sector:rates')).toEqual(['5000']);
    expect(long(each, 'asset-class:etf')).toEqual(['500']);
    expect(long(each, 'sector:none')).toEqual(['0']);
    expect(long(each, 'tier:thin')).toBeUndefined();
  }
  own.fold(liquidityEntry({ 'demo-bond': 'thin' }));
  expect(long(restored(own), 'tier:thin')).toEqual(['5000']);
  own.fold(marksEntry({ 'demo-bond': '101' }, 2, DAY));
  expect(long(own, 'tier:thin')).toEqual(['5050']);
  expect(long(own, 'sector:rates')).toEqual(['5050']);
  own.fold(liquidityEntry({ 'demo-index': 'thin' }));
  expect(long(own, 'tier:thin')).toEqual(['500']);
  own.fold(stateEntry('O-0', 'cancelled'));
  expect(long(own, 'tier:thin')).toEqual(['0']);
});

test('orders of the day, instruments and venues begin anew on the next day, except for what is still held or open', () => {
  const own = fold(
    terms,
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
  const own = fold(terms);
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
    terms,
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

test('an order whose replacement was rejected is cancelled with a message of its own', () => {
  const own = restored(
    fold(terms, approved(orderAt(0)), approved(orderAt(1, { replaces: 'O-0' })), stateEntry('O-1', 'rejected', 2)),
  );
  own.fold(stateEntry('O-0', 'cancelled', 3));
  expect(own.messages('firm', within(3, 10))).toBe(4);
  expect(own.rejections('account:main', within(3, 10))).toBe(1);
});

test('what a kill takes back is no message, told by its halt or by its reason', () => {
  const halted = fold(terms, approved(orderAt(0)), killEntry('K-1', ['desk:index', 'venue:paper'], 'cancel', 1));
  halted.fold(stateEntry('O-0', 'cancelled', 1));
  expect(halted.messages('firm', within(1, 10))).toBe(1);
  const told = fold(terms, approved(orderAt(0)), stateEntry('O-0', 'cancelled', 1, 'Kill K-1 took it back.'));
  expect(told.messages('firm', within(1, 10))).toBe(1);
  const paused = fold(
    terms,
    approved(orderAt(0)),
    killEntry('K-1', ['firm'], 'pause', 1),
    stateEntry('O-0', 'cancelled', 1),
  );
  expect(paused.messages('firm', within(1, 10))).toBe(2);
});

test('orders to trades count as the annex does: an immediate order that is cancelled twice, an expired day order once', () => {
  const immediate = orderAt(0, { timeInForce: 'ioc' });
  const own = fold(
    terms,
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

test('kills hold until they are released, and the epoch grows with both', () => {
  const own = fold(killEntry('K-1', ['firm'], 'cancel', 1), killEntry('K-2', ['algorithm:ema-cross'], 'pause', 2));
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

test('the release of a kill of an algorithm begins its executions anew, and only its own', () => {
  const other = { algorithm: { id: 'other', version: '1.0.0' } };
  const own = fold(
    terms,
    approved(orderAt(0)),
    approved(orderAt(1, other)),
    killEntry('K-1', ['algorithm:ema-cross', 'venue:paper'], 'pause', 1),
  );
  own.fold(releaseEntry('K-1', 2));
  for (const entry of approved(orderAt(2))) own.fold(entry);
  for (const each of [own, restored(own)]) {
    expect(each.executions('ema-cross', within(2, 10))).toBe(1);
    expect(each.executions('other', within(2, 10))).toBe(1);
    expect(each.messages('firm', within(2, 10))).toBe(3);
  }
});

test('a ticket fits one order with all of its terms, and once', () => {
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
  const short = orderAt(0, { ...sale, locate: 'L-1' });
  const own = fold(terms, approved(short), fillEntry(short, { units: '20', price: '1' }), locatesEntry('L-1'));
  const used = (each: Aggregates) => toText(each.locateUsed('L-1') as Decimal);
  expect(used(own)).toBe('50');
  own.fold(stateEntry('O-0', 'cancelled'));
  expect(used(restored(own))).toBe('20');
  own.fold(fillEntry(short, { units: '35', price: '1', id: 'F-2' }));
  expect(used(restored(own))).toBe('55');
  const over = fold(terms, approved(short), fillEntry(short, { units: '60', price: '1' }));
  expect(used(over)).toBe('60');
  over.fold(stateEntry('O-0', 'filled'));
  expect(used(over)).toBe('60');
  expect(toText(own.locateUsed('L-none') as Decimal)).toBe('0');
  const long = orderAt(0, { side: 'sell', shortSaleMark: 'long', locate: 'L-1' });
  expect(used(fold(terms, approved(long)))).toBe('0');
});

test('another run begins with nothing recent, and one that goes on knows nothing from before it was left', () => {
  const order = orderAt(5_000);
  const own = fold(terms, runEntry('run-1'), approved(order), runEntry('run-1', 'run-resumed'));
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

test('a run that goes on and that nobody remembers is known only after its data', () => {
  const own = fold(terms, runEntry('run-9', 'run-resumed'));
  expect(own.messages('firm', within(3_600_000, 10))).toBeUndefined();
  expect(own.messages('firm', within(3_600_011, 10))).toBe(0);
  own.fold(runEntry('run-9', 'run-completed'));
  expect(own.messages('firm', within(3_600_011, 10))).toBe(0);
});

test('a snapshot of another form is refused', () => {
  const broken: readonly JsonValue[] = [{}, { ...(fold().snapshot() as object), v: 2 }];
  for (const snapshot of broken) {
    expect(() => createAggregates(snapshot)).toThrow(expect.objectContaining({ code: 'MESSAGE_MALFORMED' }));
  }
  const entries = { entries: [[0, 7, 1]], from: instantText(STREAM_START) };
  const torn = { ...(fold().snapshot() as object), messages: entries } as JsonValue;
  expect(() => createAggregates(torn)).toThrow(/place 7 of a snapshot/);
});
