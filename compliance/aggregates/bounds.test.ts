import type { JsonObject, JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { type Quantity, quantity } from '@gatehouse/shared/values/amounts.ts';
import { type Decimal, fromInteger, toText } from '@gatehouse/shared/values/decimal.ts';
import { addMs } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { scopesOf } from '../scopes.ts';
import { createAggregates } from './aggregates.ts';
import { DAY, fold, restored, TERMS, within } from './aggregates-fixture.ts';
import { createDayNames } from './day-names.ts';
import {
  approved,
  decisionEntry,
  fillEntry,
  instrumentsEntry,
  intentEntry,
  killEntry,
  orderAt,
  overrideEntry,
  releaseEntry,
  runEntry,
  stateEntry,
} from './entry-streams.ts';
import { createHalts, HALTS_MAX } from './halts.ts';
import { createLocates, LOCATES_MAX } from './locates.ts';
import { ENDED_ORDERS_MAX, INTENTS_MAX } from './open-orders.ts';
import { createHistories, HISTORIES_MAX, HISTORY_ORDERS_MAX } from './order-history.ts';
import { createOrderWriter, joinOrder } from './order-templates.ts';
import { MESSAGES_BOUNDS } from './parts.ts';
import { createPlaces, PLACES_MAX } from './place.ts';
import { RECENT_ORDERS_MAX } from './recent-orders.ts';
import { createRuns, RUNS_MAX } from './runs.ts';
import { createTickets, TICKETS_MAX, USED_TICKETS_MAX } from './tickets.ts';

/** Many orders take long on a busy machine. */
const LONG_MS = 180_000;

/** How many rows each list of a snapshot has, at any depth. */
function sizes(value: JsonValue, path = ''): Readonly<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const [key, inner] of Object.entries(value as JsonObject)) {
    if (Array.isArray(inner)) found[`${path}${key}`] = inner.length;
    else if (typeof inner === 'object' && inner !== null) Object.assign(found, sizes(inner, `${path}${key}.`));
  }
  return found;
}

test(
  'what is remembered does not grow with the orders that are over',
  () => {
    const own = createAggregates();
    own.fold(TERMS);
    const first = orderAt(0);
    const { body } = decisionEntry(first, { reference: '1000' }) as Extract<EntryBody, { kind: 'decision' }>;
    const orders = 52_000;
    const seen: Readonly<Record<string, number>>[] = [];
    for (let n = 1; n <= 2 * orders; n += 1) {
      const now = addMs(first.decidedAt, n);
      const order = { ...first, id: `O-${n}`, decidedAt: now };
      own.fold(intentEntry(order));
      own.fold({ kind: 'decision', body: { ...body, order: order.id, facts: { ...body.facts, now } } });
      if (n % 4 === 0) own.fold(fillEntry(order, { units: '50', price: '1000', ms: n }));
      own.fold(stateEntry(order.id, n % 4 === 0 ? 'filled' : 'cancelled', n));
      if (n % orders === 0) seen.push(sizes(own.snapshot()));
    }
    const [half, whole] = seen;
    expect(half).toEqual({ ...whole, ended: half?.['ended'] });
    expect(whole).toMatchObject({
      'messages.entries': MESSAGES_BOUNDS.entriesMax,
      'recent.orders': RECENT_ORDERS_MAX,
      open: 0,
      intents: 0,
      histories: 1,
      scopes: 8,
    });
    expect(whole?.['ended']).toBeLessThanOrEqual(2 * ENDED_ORDERS_MAX);
    expect(own.ordersToday('firm', DAY)).toBe(2 * orders);
    expect(own.messages('firm', within(2 * orders, 1_000_000))).toBeUndefined();
  },
  LONG_MS,
);

test('a fill of an order that ended too long ago is one of an order that nobody knows', () => {
  const first = orderAt(0);
  const own = fold(TERMS, approved(first), stateEntry('O-0', 'cancelled'));
  for (let ms = 1; ms < 2 * ENDED_ORDERS_MAX; ms += 1) {
    expect(own.cell('desk:index', 'demo-index')).toBeDefined();
    for (const entry of approved(orderAt(ms))) own.fold(entry);
    own.fold(stateEntry(`O-${ms}`, 'cancelled'));
  }
  own.fold(fillEntry(first, { units: '1', price: '1' }));
  expect(own.cell('desk:index', 'demo-index')).toBeUndefined();
  const last = orderAt(2 * ENDED_ORDERS_MAX - 1);
  expect(() => own.fold(fillEntry(last, { units: '1', price: '1', id: 'F-2' }))).not.toThrow();
});

test('intents that are never decided on are forgotten, the oldest first', () => {
  const own = fold(TERMS);
  for (let ms = 0; ms < 2 * INTENTS_MAX; ms += 1) own.fold(intentEntry(orderAt(ms)));
  expect(() => own.fold(decisionEntry(orderAt(0)))).toThrow(/never intended/);
  own.fold(stateEntry(`O-${INTENTS_MAX + 1}`, 'unsent'));
  expect(() => own.fold(decisionEntry(orderAt(INTENTS_MAX + 1)))).toThrow(/never intended/);
  own.fold(decisionEntry(orderAt(INTENTS_MAX)));
  expect(own.openCount('firm')).toBe(1);
});

test('more kills than are remembered leave everything halted for good', () => {
  const halts = createHalts();
  for (let n = 1; n <= HALTS_MAX; n += 1) halts.kill(killBody(`K-${n}`, n));
  halts.kill(killBody('K-1', HALTS_MAX));
  expect(halts.active()).toHaveLength(HALTS_MAX);
  halts.kill(killBody('K-more', HALTS_MAX + 1));
  expect(halts.active()).toBeUndefined();
  expect(halts.isTakingBack(['firm'])).toBe(true);
  expect(createHalts(halts.past()).active()).toBeUndefined();
  expect(createHalts(halts.past()).epoch).toBe(HALTS_MAX + 1);
});

function killBody(id: string, epoch: number) {
  return (
    killEntry(id, { scopes: ['firm'], level: 'cancel', haltEpoch: epoch }) as Extract<EntryBody, { kind: 'kill' }>
  ).body;
}

test('a halt epoch never goes back', () => {
  const own = fold(
    killEntry('K-1', { scopes: ['firm'], level: 'cancel', haltEpoch: 7 }),
    killEntry('K-2', { scopes: ['firm'], level: 'cancel', haltEpoch: 6 }),
    releaseEntry('K-2', 5),
  );
  expect(own.haltEpoch).toBe(7);
});

test('of too many tickets the one that ends first counts no more, and a used one never counts again while it is remembered', () => {
  const order = orderAt(0);
  const tickets = createTickets();
  const accept = (id: string, to: string) =>
    tickets.accept((overrideEntry(id, order, to) as Extract<EntryBody, { kind: 'override' }>).body);
  accept('T-b', '2020-03-06T10:00:00Z');
  accept('T-a', '2020-03-06T10:00:00Z');
  accept('T-early', '2020-03-06T09:00:00Z');
  for (let n = 3; n < TICKETS_MAX; n += 1) accept(`T-${n}`, '2020-03-06T11:00:00Z');
  const has = (id: string) => tickets.fitting(order).some((ticket) => ticket.id === id);
  expect([has('T-early'), has('T-a'), has('T-b')]).toEqual([true, true, true]);
  accept('T-more', '2020-03-06T12:00:00Z');
  expect([has('T-early'), has('T-a'), has('T-b')]).toEqual([false, true, true]);
  accept('T-more-2', '2020-03-06T12:00:00Z');
  expect([has('T-a'), has('T-b')]).toEqual([false, true]);
  tickets.use(['T-b']);
  tickets.use(Array.from({ length: USED_TICKETS_MAX }, (_, n) => `U-${n}`));
  accept('T-b', '2020-03-06T12:00:00Z');
  expect(has('T-b')).toBe(false);
  expect(tickets.used.length).toBeLessThan(2 * USED_TICKETS_MAX);
});

test('of too many locates no other one has an answer, until a file leaves some of them out', () => {
  const locates = createLocates();
  const ten = fromInteger(10);
  for (let n = 0; n < LOCATES_MAX - 1; n += 1) locates.take(`L-${n}`, ten);
  locates.list(new Set());
  expect(toText(locates.used('L-new') as Decimal)).toBe('0');
  locates.take('L-last', ten);
  expect(locates.used('L-new')).toBeUndefined();
  locates.take('L-new', ten);
  expect(locates.used('L-new')).toBeUndefined();
  expect(toText(locates.used('L-0') as Decimal)).toBe('10');
  locates.list(new Set(['L-1', 'L-0']));
  locates.take('K-9', ten);
  expect(locates.all().map(({ locate }) => locate)).toEqual(['K-9', 'L-0', 'L-1']);
  expect(toText(locates.used('L-0') as Decimal)).toBe('10');
  expect(toText(locates.used('L-new') as Decimal)).toBe('0');
  locates.take('L-gone', fromInteger(-5));
  expect(toText(locates.used('L-gone') as Decimal)).toBe('0');
});

test('the last hundred orders of an account in an instrument are its history, whatever was before', () => {
  const histories = createHistories();
  const order = (units: string) => orderAt(0, { quantity: units });
  histories.add(order('1000'));
  for (let n = 1; n < HISTORY_ORDERS_MAX; n += 1) histories.add(order('2.5'));
  expect(toText(histories.of(order('1')).quantitySum)).toBe('1247.5');
  histories.add(order('2.5'));
  for (const each of [histories, createHistories(histories.all())]) {
    expect(each.of(order('1'))).toEqual({ orders: HISTORY_ORDERS_MAX, quantitySum: fromInteger(250) });
    each.add(order('12.5'));
    expect(toText(each.of(order('1')).quantitySum)).toBe('260');
    expect(each.of(orderAt(0, { account: 'other' })).orders).toBe(0);
  }
});

test('of too many histories those that were added to longest ago begin anew', () => {
  const histories = createHistories();
  const order = orderAt(0);
  const of = (n: number) => ({ ...order, instrument: `I-${n}` });
  for (let n = 0; n < 2 * HISTORIES_MAX - 1; n += 1) histories.add(of(n));
  histories.add(of(0));
  expect(histories.of(of(1)).orders).toBe(1);
  histories.add(of(2 * HISTORIES_MAX));
  expect([0, 1, 2 * HISTORIES_MAX].map((n) => histories.of(of(n)).orders)).toEqual([2, 0, 1]);
  expect(histories.all()).toHaveLength(HISTORIES_MAX);
});

test('a run that is forgotten is taken up as one of which nothing is known', () => {
  const runs = createRuns();
  const begin = (id: string, event: 'run-started' | 'run-resumed') =>
    runs.begin((runEntry(id, event) as Extract<EntryBody, { kind: 'session' }>).body);
  for (let n = 0; n <= 2 * RUNS_MAX; n += 1) begin(`run-${n}`, 'run-started');
  expect(runs.earlier.length).toBe(RUNS_MAX);
  expect(begin(`run-${2 * RUNS_MAX - 1}`, 'run-resumed')?.at).toBeUndefined();
  expect(begin('run-0', 'run-resumed')?.at).toBe(addMs(orderAt(0).decidedAt, 3_600_000));
});

test('a place names the scopes of its orders, and is the same for the same names', () => {
  const places = createPlaces();
  const order = orderAt(0);
  const place = places.of(order);
  expect(place.scopes).toEqual(scopesOf(order));
  expect(places.at(place)).toBe(place);
  expect(places.of(orderAt(1))).toBe(place);
  for (let n = 0; n < PLACES_MAX; n += 1) places.of({ ...order, trader: `p-${n}` });
  expect(places.of(order)).not.toBe(place);
  expect(places.of(order)).toEqual(place);
});

test(
  'more places and parts of a scope than are remembered change no answer',
  () => {
    const own = fold(TERMS, approved(orderAt(0), { reference: '10' }));
    const order = orderAt(1);
    const { body } = decisionEntry(order) as Extract<EntryBody, { kind: 'decision' }>;
    for (let n = 0; n < 20_000; n += 1) {
      const next = { ...order, id: `P-${n}`, trader: `p-${n}` };
      own.fold(intentEntry(next));
      own.fold({ kind: 'decision', body: { ...body, order: next.id } });
      own.fold(stateEntry(next.id, 'cancelled'));
    }
    const long = () => own.totals('firm', DAY, 'sector:broad-market')?.map((row) => toText(row.long));
    expect(long()).toEqual(['500']);
    for (let n = 0; n < 1_001; n += 1) expect(own.totals('firm', DAY, `sector:s-${n}`)?.[0]?.isValued).toBe(true);
    own.fold(stateEntry('O-0', 'cancelled'));
    expect(long()).toEqual(['0']);
    expect(own.openCount('firm')).toBe(0);
  },
  LONG_MS,
);

test('an order is the same after it was split, also where a field is there without a value', () => {
  const writer = createOrderWriter();
  const order = { ...orderAt(0, { type: 'market', limitPrice: null, locate: 'L-1' }), replaces: undefined };
  const split = [writer.split(order), writer.split(orderAt(1)), writer.split({ ...orderAt(2), venue: 'other' })];
  expect(split.map(([template]) => template)).toEqual([0, 0, 1]);
  const { replaces: _, ...plain } = order;
  expect(joinOrder(writer.templates, split[0] ?? [9, {}])).toEqual(plain);
  expect(() => joinOrder(writer.templates, [2, {}])).toThrow(/template 2 of a snapshot that has 2/);
});

test('names of a day that is asked for again follow what is entered on any day', () => {
  const names = createDayNames([['2020-03-05', ['a']]]);
  expect([...(names.on('2020-03-05') ?? [])]).toEqual(['a']);
  names.hold('b');
  names.enter('c', '2020-03-05');
  names.enter('c', '2020-03-05');
  expect([...(names.on('2020-03-05') ?? [])].sort()).toEqual(['a', 'b', 'c']);
  names.enter('d', '2020-03-06');
  names.enter('e', '2020-03-07');
  names.enter('f', '2020-03-05');
  expect(names.on('2020-03-05')).toBeUndefined();
  names.release('b');
  expect([...(names.on('2020-03-06') ?? [])]).toEqual(['d']);
  names.hold('e');
  names.release('e');
  names.hold('d');
  names.release('d');
  expect([...(names.on('2020-03-06') ?? [])]).toEqual(['d']);
  names.hold('g');
  expect([...(names.on('2020-03-09') ?? [])]).toEqual(['g']);
  names.release('g');
  expect([...(names.on('2020-03-09') ?? [])]).toEqual([]);
});

test('an instrument that a later file leaves out keeps its terms, and money in it its worth', () => {
  const order = orderAt(0);
  const own = restored(
    fold(TERMS, approved(order), fillEntry(order, { units: '2', price: '10' }), instrumentsEntry({ id: 'other' })),
  );
  expect(toText(own.cell('firm', 'demo-index')?.multiplier as Quantity)).toBe('1');
  expect(own.totals('firm', DAY)).toHaveLength(1);
  expect(own.position({ ...order, quantity: quantity('1') })).toBeDefined();
});
