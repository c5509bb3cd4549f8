import { type Decimal, toText } from '@gatehouse/shared/values/decimal.ts';
import { addMs, instantText } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import type { Aggregates } from './aggregates.ts';
import { DAY, firmSums, fold, NEXT_DAY, restored, SALE, TERMS, texts } from './aggregates-fixture.ts';
import {
  approved,
  cashEntry,
  fillEntry,
  instrumentsEntry,
  liquidityEntry,
  marksEntry,
  orderAt,
  STREAM_START,
  stateEntry,
  valuationEntry,
} from './entry-streams.ts';

test('a fill of an order that nobody knows counts where it says, and leaves the scopes of its decider unknown', () => {
  const own = restored(fold(TERMS, approved(orderAt(1)), fillEntry(orderAt(0), { units: '5', price: '1000' })));
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
  const own = fold(TERMS, approved(order), fillEntry({ ...order, account: 'other' }, { units: '5', price: '1' }));
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
  expect(firmSums(own)).toMatchObject({ net: '1000', long: '25000', pnl: '-1' });
  expect(own.cash('other')).toEqual([]);
});

test('fills in another currency than that of the instrument leave its sums unknown', () => {
  const order = orderAt(0);
  const own = fold(TERMS, approved(order), fillEntry(order, { units: '2', price: '10' }));
  expect(own.totals('firm', DAY)).toHaveLength(1);
  own.fold(fillEntry(order, { units: '2', price: '10', currency: 'EUR' }));
  expect(restored(own).totals('firm', DAY)).toBeUndefined();
  expect(own.cell('firm', 'demo-index')).toBeUndefined();
  expect(own.cash('main')?.map(({ currency }) => currency)).toEqual(['EUR', 'USD']);
});

test('sums take the larger of both ways per instrument, and profit counts fees from the first entry on', () => {
  const order = orderAt(0);
  const own = fold(
    TERMS,
    approved(order, { reference: '100' }),
    fillEntry(order, { units: '50', price: '100', fee: '2.50' }),
    stateEntry('O-0', 'filled'),
    approved(orderAt(1, { ...SALE, quantity: '80' })),
    marksEntry({ 'demo-index': '101.25' }, 2, DAY),
  );
  expect(firmSums(restored(own))).toEqual({
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

test('sums of several currencies stand apart, sorted by their codes', () => {
  const bond = { id: 'demo-bond', currency: 'EUR' };
  const euros = { instrument: 'demo-bond', currency: 'EUR' };
  const own = fold(instrumentsEntry({ id: 'demo-index' }, bond), approved(orderAt(0), { reference: '10' }));
  for (const entry of approved(orderAt(1, euros), { reference: '2' })) own.fold(entry);
  for (const each of [own, restored(own)]) {
    const rows = each.totals('firm', DAY)?.map(({ currency, long }) => [currency, toText(long)]);
    expect(rows).toEqual([
      ['EUR', '100'],
      ['USD', '500'],
    ]);
  }
});

test('peaks are taken when an entry is done, so that several new marks count as one moment', () => {
  const [a, b] = [orderAt(0), orderAt(1, { instrument: 'demo-bond' })];
  const own = fold(
    TERMS,
    approved(a),
    approved(b),
    fillEntry(a, { units: '50', price: '100' }),
    fillEntry(b, { units: '50', price: '100' }),
  );
  own.fold(marksEntry({ 'demo-index': '110', 'demo-bond': '91' }, 2, DAY));
  expect(firmSums(own)).toMatchObject({ pnl: '50', pnlPeak: '50' });
  own.fold(marksEntry({ 'demo-index': '100', 'demo-bond': '91' }, 3, DAY));
  expect(firmSums(restored(own))).toMatchObject({ pnl: '-450', pnlPeak: '50', pnlDayPeak: '50' });
});

test('a new trading day begins with the profit of the old one, and a day that is over has its own figures once more', () => {
  const order = orderAt(0);
  const own = fold(TERMS, approved(order), fillEntry(order, { units: '50', price: '100' }));
  own.fold(marksEntry({ 'demo-index': '102' }, 1, DAY));
  expect(firmSums(own, NEXT_DAY)).toMatchObject({ pnl: '100', pnlAtDayStart: '100', pnlDayPeak: '100' });
  own.fold(marksEntry({ 'demo-index': '102' }, 1, NEXT_DAY));
  expect(firmSums(own, NEXT_DAY)).toMatchObject({ pnl: '100', pnlAtDayStart: '100', pnlDayPeak: '100' });
  expect(own.totals('firm', NEXT_DAY)).toBe(own.totals('firm', NEXT_DAY));
  own.fold(marksEntry({ 'demo-index': '101' }, 2, NEXT_DAY));
  for (const each of [own, restored(own)]) {
    expect(firmSums(each, NEXT_DAY)).toMatchObject({
      pnl: '50',
      pnlAtDayStart: '100',
      pnlDayPeak: '100',
      pnlPeak: '100',
    });
    expect(firmSums(each, DAY)).toMatchObject({ pnl: '50', pnlAtDayStart: '0', pnlDayPeak: '100' });
    expect(each.totals('firm', '2020-03-05')).toBeUndefined();
  }
  own.fold(valuationEntry({ 'demo-index': '101' }, 3, '2020-03-09'));
  expect(own.totals('firm', DAY)).toBeUndefined();
  expect(firmSums(own, NEXT_DAY)).toMatchObject({ pnlAtDayStart: '100' });
});

test('a day before the first one is not known, and a day does not go back', () => {
  const own = fold(TERMS, approved(orderAt(0), { reference: '100' }));
  expect(own.totals('firm', '2020-03-05')).toBeUndefined();
  own.fold(marksEntry({ 'demo-index': '100' }, 1, '2020-03-05'));
  expect(firmSums(own)).toMatchObject({ pnlAtDayStart: '0' });
});

test('something open without a price is not valued, and the age of marks is not known', () => {
  const own = fold(TERMS, approved(orderAt(0)));
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
  const own = fold(TERMS, approved(orderAt(0), { reference: '1' }), approved(orderAt(10, bond), { reference: '1' }));
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
  const own = fold(TERMS, approved(a, { reference: '10' }), approved(b, { reference: '100' }));
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
