import { rebuildProjections } from '@gatehouse/hub/ingest/rebuild-projections.ts';
import { PROJECTED_TABLES } from '@gatehouse/hub/store/register-rows.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  actionOf,
  adjustmentOf,
  breakOf,
  decisionOf,
  depositOf,
  type EntryOf,
  edgeStream,
  fillChangeOf,
  filledOrder,
  fillOf,
  instrumentsOf,
  intentOf,
  killOf,
  killReportOf,
  overriddenDecision,
  releaseOf,
  stateOf,
  venueOf,
} from '../fixtures/edge-stream.ts';
import { type TestLedger, testLedger } from '../fixtures/hub-ledger.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

const AT = '2026-01-05T21:00:00.000000000Z';
const HASH = 'cd'.repeat(32);
const LIMITED = { type: 'limit', limitPrice: '1400.00', side: 'sell', shortSaleMark: 'long' };

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

async function projected(...drafts: readonly EntryOf[]): Promise<TestLedger> {
  const { database } = await server.database();
  const hub = testLedger(database);
  const edge = edgeStream('edge-1');
  await hub.register(edge);
  // One batch for each entry: what was folded in one transaction is loaded again by the next.
  const batches = edge.add(...drafts).map((entry) => edge.batch([entry]));
  for (const batch of batches) await hub.take(edge, batch);
  return hub;
}

async function snapshot({ database }: TestLedger) {
  const tables = PROJECTED_TABLES.map(async (table) => {
    const rows = await database.unsafe(`SELECT to_jsonb(t) AS row FROM ${table} t ORDER BY to_jsonb(t)::text`);
    return [table, rows.map(({ row }) => row)] as const;
  });
  return Object.fromEntries(await Promise.all(tables));
}

/** Entries of every kind that has a projection, with faults among them. */
const EVERYTHING: readonly EntryOf[] = [
  instrumentsOf(),
  depositOf('1000000.00'),
  ...filledOrder('O-1'),
  intentOf('O-2', { quantity: '400' }),
  decisionOf('O-2', ['max-value', 'position-limit']),
  intentOf('O-3', LIMITED),
  decisionOf('O-3'),
  stateOf('O-3', 'sent'),
  fillOf('O-3', { fill: 'F-31', side: 'sell', quantity: '4', price: '1460.01', fee: '0.10' }),
  stateOf('O-3', 'part-filled'),
  fillOf('O-3', { fill: 'F-31', side: 'sell', quantity: '4', price: '1460.01', fee: '0.10' }),
  stateOf('O-3', 'cancelled'),
  stateOf('O-9', 'sent'),
  { kind: 'unheard-of', body: { v: 1 } },
  { kind: 'limits', body: { v: 1, sheet: HASH, document: 'gatehouse/sheet/v1\n{}\n' } },
  { kind: 'controls', body: { v: 1, controls: HASH, set: [{ id: 'max-value', version: 1, title: 'Largest value' }] } },
  { kind: 'trust', body: { v: 1, version: 1, hash: HASH, document: 'gatehouse/trust/v1\n{}\n' } },
  { kind: 'override', body: { v: 1, ticket: 'T-1', document: 'gatehouse/override/v1\n{}\n' } },
  intentOf('O-4', { quantity: '400' }),
  overriddenDecision('O-4', { control: 'max-quantity', ticket: 'T-1' }),
  killOf('K-1', { scopes: ['algorithm:ema-cross', 'venue:SIM'], reason: 'A "drill", with \\.' }),
  killReportOf('K-1', { remaining: 1, isDone: false }),
  killReportOf('K-1'),
  killOf('K-2', { level: 'pause', trigger: { breaker: 'drawdown', figures: { drawdown: '0.21' } } }),
  releaseOf('K-1'),
  {
    kind: 'command',
    body: { v: 2, state: 'applied', note: HASH, via: 'shape', id: 'C-1', seq: 1, name: 'kill', result: 'It is done.' },
  },
  {
    kind: 'epoch',
    body: { v: 1, epoch: 2, hash: HASH, by: ['P-anna', 'P-ben'], setAside: 3, document: 'gatehouse/epoch/v1\n{}\n' },
  },
  {
    kind: 'incident',
    body: { v: 1, code: 'CLOCK_STEP', severity: 'warning', message: 'The clock went back.\nTwice, {so}.' },
  },
  {
    kind: 'session',
    body: {
      v: 1,
      event: 'run-started',
      release: '0.1.0',
      runtime: 'node',
      run: {
        id: 'R-1',
        source: 'bars',
        sourceHash: HASH,
        instrument: 'SP500-INDEX',
        bars: 5105,
        from: AT,
        to: AT,
        fillRules: ['At the open.'],
      },
    },
  },
  venueOf('sim'),
  breakOf('B-1', 'found', { cause: 'missed-fill' }),
  adjustmentOf('A-1', { kind: 'cash', currency: 'EUR', amount: '5.00' }),
  intentOf('O-5'),
  decisionOf('O-5'),
  fillOf('O-5', { fill: 'F-51', feeCurrency: 'BNB' }),
  fillChangeOf('O-5', 'F-51'),
  actionOf('C-1', { kind: 'dividend', perUnit: '0.50', currency: 'EUR' }),
  {
    kind: 'valuation',
    body: {
      v: 1,
      account: 'paper-1',
      currency: 'USD',
      day: '2026-01-05',
      at: AT,
      cash: '991287.41',
      equity: '1000018.49',
      realised: '19.32',
      unrealised: '0.00',
      fees: '0.83',
      positions: [{ instrument: 'SP500-INDEX', quantity: '6', averageCost: '1455.18', mark: '1455.18', markAt: AT }],
    },
  },
];

test('orders, refusals, fills, positions and cash say what the entries say', async () => {
  const hub = await projected(...EVERYTHING);
  const orders = await hub.database`
    SELECT order_id, state, filled_quantity, refused_by, limit_price FROM orders ORDER BY order_id`;
  expect(orders).toEqual([
    { order_id: 'O-1', state: 'filled', filled_quantity: '10', refused_by: [], limit_price: null },
    {
      order_id: 'O-2',
      state: 'refused',
      filled_quantity: '0',
      refused_by: ['max-value', 'position-limit'],
      limit_price: null,
    },
    { order_id: 'O-3', state: 'cancelled', filled_quantity: '4', refused_by: [], limit_price: '1400.00' },
    { order_id: 'O-4', state: 'approved', filled_quantity: '0', refused_by: [], limit_price: null },
    { order_id: 'O-5', state: 'approved', filled_quantity: '0', refused_by: [], limit_price: null },
  ]);
  expect(await hub.database`SELECT quantity, cost, realised, fees, mark FROM position`).toEqual([
    { quantity: '6', cost: '8731.08', realised: '19.32', fees: '0.83', mark: '1455.18' },
  ]);
  expect(await hub.database`SELECT currency, amount, deposited, fees, other FROM cash ORDER BY currency`).toEqual([
    { currency: 'BNB', amount: '0', deposited: '0', fees: '0', other: '0' },
    { currency: 'EUR', amount: '8', deposited: '0', fees: '0', other: '8' },
    { currency: 'USD', amount: '991287.41', deposited: '1000000', fees: '0.83', other: '0' },
  ]);
  const tally = await hub.database<{ name: string; value: number }[]>`SELECT name, value FROM tally`;
  expect(Object.fromEntries(tally.map(({ name, value }) => [name, value]))).toEqual({
    entries: EVERYTHING.length + 1,
    orders: 5,
    refusals: 1,
    fills: 3,
    busts: 1,
    breaks: 1,
    adjustments: 1,
    'corporate-actions': 1,
    kills: 2,
    overrides: 1,
    'commands:applied': 1,
    'refused:max-value': 1,
    'refused:position-limit': 1,
  });
});

test('what cannot be folded is set aside with its reason: a fill that came twice, an unknown order, an unknown kind', async () => {
  const hub = await projected(...EVERYTHING);
  const rows = await hub.database<{ reason: string }[]>`SELECT reason FROM set_aside ORDER BY leaf`;
  expect(rows.map(({ reason }) => reason)).toEqual([
    'fill F-31 is booked already',
    'order O-9 is unknown',
    'kind unheard-of is unknown to this release',
  ]);
});

test('an impossible move and an overfill are shown as recorded, each with an alarm', async () => {
  const over = fillOf('O-1', { fill: 'F-2' });
  const hub = await projected(
    instrumentsOf(),
    ...filledOrder('O-1'),
    over,
    intentOf('O-2'),
    decisionOf('O-2', ['kill']),
    stateOf('O-2', 'sent'),
  );
  const alarms = await hub.database<{ code: string }[]>`SELECT code FROM alarm ORDER BY id`;
  expect(alarms.map(({ code }) => code)).toEqual(['ORDER_OVERFILLED', 'ORDER_LIFE_BROKEN']);
  expect(await hub.database`SELECT state FROM orders WHERE order_id = 'O-2'`).toEqual([{ state: 'sent' }]);
});

test('an edge cannot touch the order of another edge', async () => {
  const hub = await projected(intentOf('O-1'), decisionOf('O-1'), stateOf('O-1', 'sent'));
  const other = edgeStream('edge-2');
  await hub.register(other);
  await hub.take(other, other.batch(other.add(fillOf('O-1'), stateOf('O-1', 'cancelled'), intentOf('O-1'))));
  expect(await hub.database`SELECT state FROM orders`).toEqual([{ state: 'sent' }]);
  expect(await hub.database`SELECT count(*) AS count FROM set_aside`).toEqual([{ count: 3 }]);
});

test('a figure that the server refuses sets one entry aside, not those beside it', async () => {
  const { database } = await server.database();
  const hub = testLedger(database);
  const edge = edgeStream('edge-1');
  await hub.register(edge);
  await database`ALTER TABLE incident ADD CONSTRAINT probe CHECK (message <> 'poison')`;
  const incident = (message: string) => ({
    kind: 'incident',
    body: { v: 1, code: 'PROBE', severity: 'notice', message },
  });
  const drafts = ['a', 'b', 'poison', 'c'].map(incident);
  const { acks } = await hub.take(edge, edge.batch(edge.add(...drafts)));
  expect(acks).toMatchObject([{ seq: 4 }]);
  expect(await database`SELECT message FROM incident ORDER BY leaf`).toEqual([
    { message: 'a' },
    { message: 'b' },
    { message: 'c' },
  ]);
  expect(await database`SELECT leaf FROM set_aside`).toEqual([{ leaf: 3 }]);
});

test('I9 projections that are dropped and folded again equal those that grew entry by entry', async () => {
  const hub = await projected(...EVERYTHING);
  const grown = await snapshot(hub);
  const { projected: leaves, size } = await rebuildProjections(hub.database);
  expect(leaves).toBe(size);
  expect(await snapshot(hub)).toEqual(grown);
  expect(Object.values(grown).every((rows) => rows.length > 0)).toBe(true);
});

test('entries that come while a rebuild is unfinished are folded by the catch-up, once', async () => {
  const hub = await projected(...EVERYTHING);
  const edge = edgeStream('edge-2');
  await hub.register(edge);
  const grown = await snapshot(hub);
  await hub.database`UPDATE projection_head SET next_leaf = 0`;
  await hub.database.unsafe(`TRUNCATE ${PROJECTED_TABLES.join(', ')}`);
  const { isProjected } = await hub.take(
    edge,
    edge.batch(
      edge.add({
        kind: 'clock',
        body: { v: 1, clock: { source: 'ntp', offsetNs: '0', uncertaintyNs: '1' }, note: 'Set.' },
      }),
    ),
  );
  expect(isProjected).toBe(false);
  await hub.ingest.close();
  const after = await snapshot(hub);
  expect(after['orders']).toEqual(grown['orders']);
  expect(await hub.database`SELECT value FROM tally WHERE name = 'entries'`).toEqual([
    { value: EVERYTHING.length + 3 },
  ]);
});
