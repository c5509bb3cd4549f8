import { join } from 'node:path';
import { parseTarget } from '@gatehouse/compliance/retention/target.ts';
import type { HubRecords } from '@gatehouse/hub/hub.ts';
import { rebuildProjections } from '@gatehouse/hub/ingest/rebuild-projections.ts';
import { createDisposal } from '@gatehouse/hub/ledger/disposal/dispose.ts';
import { rejudgeLedger } from '@gatehouse/hub/ledger/rejudgement/rejudge-ledger.ts';
import { DISPOSAL_TABLES } from '@gatehouse/hub/store/disposal-tables.ts';
import { readLeaf } from '@gatehouse/hub/store/pages/ledger.ts';
import { readOrderHistory } from '@gatehouse/hub/store/pages/order-history.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { depositOf, type EntryOf, filledOrder, instrumentsOf, intentOf } from '../fixtures/edge-stream.ts';
import {
  approvalOf,
  dataFolder,
  depsOf,
  FEBRUARY,
  filesHolding,
  incidentOf,
  JANUARY,
  openHub,
  type TimedEdge,
  takeBatches,
  timedEdge,
} from './disposal-stage.ts';

const SECRET = 'words-of-january-that-must-go';
const KEPT = 'words-of-february-that-stay';
const ORDER = 'O-january-4711';
const START_MS_MAX = 300_000;

let data = '';
let records: HubRecords;
let edge: TimedEdge;
const ends: (() => void)[] = [];

beforeAll(async () => {
  data = dataFolder((end) => ends.push(end));
  records = await openHub(data);
  edge = timedEdge('edge-1');
  await takeBatches(
    records,
    edge,
    edge.at(JANUARY, instrumentsOf(), depositOf('1000000'), ...filledOrder(ORDER), incidentOf(SECRET)),
    edge.at(FEBRUARY, ...soldOrder('O-february-1'), incidentOf(KEPT)),
  );
}, START_MS_MAX);

afterAll(async () => {
  await records?.close({ stopServer: true });
  for (const end of ends) end();
});

/** Sells what was bought, so that no lot of January is held any more. */
function soldOrder(id: string): readonly EntryOf[] {
  return filledOrder(id).map(({ kind, body }) => {
    if (kind === 'intent') return intentOf(id, { side: 'sell', shortSaleMark: 'long' });
    return kind === 'fill' ? { kind, body: { ...(body as object), side: 'sell', at: FEBRUARY } } : { kind, body };
  });
}

async function positions(): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return records.database`SELECT account, instrument, quantity, cost, realised, fees, realised_by_lots, holding::text AS holding FROM "position" ORDER BY 1, 2`;
}

test('bodies lie sealed from the first on, and every reader has them as they were sent', async () => {
  const { database } = records;
  expect(
    await database`SELECT 1 FROM ledger_body WHERE body IS NOT NULL OR salt IS NOT NULL OR sealed IS NULL`,
  ).toEqual([]);
  const keys = await database<{ name: string }[]>`SELECT name FROM record_key ORDER BY name`;
  expect(keys.map(({ name }) => name)).toEqual([
    'firm/2033-02/1',
    'market-access/2026-01/1',
    'trading/2026-01/1',
    'trading/2026-02/1',
  ]);
  const history = await readOrderHistory(database, ORDER);
  expect(history?.entries.map(({ kind, body }) => [kind, body?.includes(ORDER)])).toEqual(
    ['intent', 'decision', 'order', 'order', 'fill', 'order'].map((kind) => [kind, true]),
  );
  expect(await records.verify()).toMatchObject({ findings: [], disposed: 0 });
});

test('every table of the database is one that a disposal wipes, or one of which is said why it is not', async () => {
  const rows = await records.database<{ name: string }[]>`
    SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`;
  expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(DISPOSAL_TABLES).sort());
});

test('what three people did not decide, what must stay and what is not there is refused, and nothing changes', async () => {
  const { dispose } = createDisposal(depsOf(data, records));
  const january = parseTarget('trading/2026-01');
  const approval = approvalOf('D-0');
  await expect(dispose(january, { ...approval, approvedBy: ['P-first'] })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(dispose(january, { ...approval, approvedBy: ['P-first', 'P-maker'] })).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
  for (const place of ['retention/2026-01', 'firm/2026-01', 'unknown/2026-01']) {
    await expect(dispose(parseTarget(place), approval)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  }
  await expect(dispose(parseTarget('trading/2025-12'), approval)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(await records.database`SELECT disposal_id FROM disposal`).toEqual([]);
});

test('a month that is disposed of leaves no plain text in any file, and the chain still verifies', async () => {
  const { database } = records;
  const before = await positions();
  expect(before).toMatchObject([{ quantity: '0', holding: expect.stringContaining(ORDER) }]);
  await database`CHECKPOINT`;
  // Where nothing were found here, finding nothing afterwards would say nothing.
  expect(filesHolding(data, [SECRET]).length).toBeGreaterThan(0);
  expect(filesHolding(data, [ORDER]).length).toBeGreaterThan(0);
  expect(filesHolding(data, [KEPT]).length).toBeGreaterThan(0);

  const { dispose } = createDisposal(depsOf(data, records));
  const certificate = await dispose(parseTarget('trading/2026-01'), approvalOf('D-1'));
  expect(certificate).toMatchObject({ records: 8, finalFrom: '2033-03-22' });
  expect(await dispose(parseTarget('trading/2026-01'), approvalOf('D-1'))).toEqual(certificate);

  expect(filesHolding(data, [SECRET, ORDER])).toEqual([]);
  expect(filesHolding(data, [KEPT]).length).toBeGreaterThan(0);
  expect(await records.verify()).toMatchObject({ findings: [], disposed: 8 });
  const [held] = await positions();
  expect(held).toEqual({ ...before[0], holding: held?.['holding'] });
});

test('the certificate is on record with what went, who decided and from when it is final', async () => {
  const [act] =
    await records.database`SELECT leaf, action, by_person AS by, target, after, note FROM hub_act ORDER BY leaf DESC LIMIT 1`;
  expect(act).toMatchObject({
    action: 'records.disposed',
    by: 'system',
    target: 'trading/2026-01',
    note: 'Seven years are over.',
    after: {
      disposal: 'D-1',
      leaves: '8',
      keys: 'trading/2026-01/1',
      proposedBy: 'P-maker',
      approvedBy: 'P-first P-second',
      finalFrom: '2033-03-22',
    },
  });
  const leaf = Number(act?.['after'].lastLeaf);
  expect(await readLeaf(records.database, leaf)).toMatchObject({
    body: null,
    salt: null,
    disposal: 'D-1',
    certificateLeaf: act?.['leaf'],
  });
});

test('readers say that records were disposed of: order, rebuild, judging again', async () => {
  const { database } = records;
  expect(await readOrderHistory(database, ORDER)).toBeUndefined();
  expect((await readOrderHistory(database, 'O-february-1'))?.entries.length).toBe(6);
  const before = await positions();
  await rebuildProjections(database);
  expect(await positions()).toEqual(before);
  expect(await database`SELECT reason FROM set_aside WHERE reason LIKE '%gone%'`).toEqual([]);
  expect(filesHolding(join(data, 'hub'), [SECRET, ORDER])).toEqual([]);
  expect(await rejudgeLedger(database)).toMatchObject({
    findings: [],
    unreadable: 0,
    disposed: 8,
    notJudged: 1,
    arePositionsChecked: false,
  });
});

test('an entry that comes late for a month whose key is gone lies under the next key, and can be disposed of as well', async () => {
  const late = 'late-words-of-january';
  await takeBatches(records, edge, edge.at('2026-01-31T23:59:59.000000000Z', incidentOf(late)));
  const [row] = await records.database`SELECT record_key AS key FROM ledger_body ORDER BY leaf DESC LIMIT 1`;
  expect(row).toEqual({ key: 'trading/2026-01/2' });
  const { dispose } = createDisposal(depsOf(data, records));
  expect(await dispose(parseTarget('trading/2026-01'), approvalOf('D-2'))).toMatchObject({ records: 1 });
  expect(filesHolding(data, [late])).toEqual([]);
  expect(await records.verify()).toMatchObject({ findings: [], disposed: 9 });
});
