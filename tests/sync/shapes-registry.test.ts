import { matchingRows } from '@gatehouse/hub/store/shapes/shape-rows.ts';
import { inspectTable, inspectTables, type TableInfo } from '@gatehouse/hub/store/shapes/table-info.ts';
import type { Transaction } from '@gatehouse/hub/store/shapes/transaction-collector.ts';
import type { ShapeDefinition } from '@gatehouse/hub/sync/shapes/shape-definition.ts';
import { SHAPE_LIMITS } from '@gatehouse/hub/sync/shapes/shape-limits.ts';
import { createShapeRegistry } from '@gatehouse/hub/sync/shapes/shape-registry.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestDatabase, type TestServer } from '../fixtures/postgres.ts';

let server: TestServer;
let records: TestDatabase;

beforeAll(async () => {
  server = await startTestServer();
  records = await server.database();
}, 60_000);
afterAll(() => server.stop());

function registryOf() {
  const { database } = records;
  let micros = 0n;
  const registry = createShapeRegistry({
    database,
    limits: SHAPE_LIMITS,
    match: (condition, rows) => matchingRows(database, condition, rows),
    nowMicros: () => {
      micros += 1n;
      return micros;
    },
    elapsedMs: () => performance.now(),
  });
  registry.follow();
  return registry;
}

async function tableNamed(table: string): Promise<TableInfo> {
  await records.database.unsafe(`CREATE TABLE ${table} (id int PRIMARY KEY, title text)`);
  const found = await inspectTable(records.database, { schema: 'public', table });
  if (found === undefined) throw new Error('the table was not made');
  return found;
}

function definitionOf(table: TableInfo): ShapeDefinition {
  return { table, columns: ['id', 'title'], filter: { kind: 'all' }, replica: 'default', log: 'full' };
}

/** A transaction that has been committed, as the stream will name it. */
async function committed(change: Partial<Transaction>): Promise<Transaction> {
  const [row] = await records.database<{ xid: string; lsn: string }[]>`
    SELECT pg_current_xact_id()::text AS xid, (pg_current_wal_lsn() - '0/0'::pg_lsn)::text AS lsn`;
  const place = { xid: Number(row?.xid), commitLsn: BigInt(row?.lsn ?? '0') };
  return { ...place, changes: [], relations: [], lostOids: new Set(), ...change };
}

const look = (oids: readonly number[]) => inspectTables(records.database, oids);

test('a shape that is opened while the tables are looked at is not judged by that look', async () => {
  const registry = registryOf();
  await registry.open(definitionOf(await tableNamed('older')));
  const table = await tableNamed('newer');
  await registry.lookAtTables(async (oids) => {
    const found = await look(oids);
    await registry.open(definitionOf(table));
    return found;
  });
  expect(registry.findLike(definitionOf(table))?.isDropped).toBe(false);
  expect(registry.count).toBe(2);
});

test('a shape of a table that was changed or is gone ends with the next look', async () => {
  const registry = registryOf();
  const [changed, gone, same] = [await tableNamed('changed'), await tableNamed('gone'), await tableNamed('same')];
  for (const table of [changed, gone, same]) await registry.open(definitionOf(table));
  await records.database`ALTER TABLE changed ADD COLUMN more text`;
  await records.database`DROP TABLE gone`;
  await registry.lookAtTables(look);
  const left = [changed, gone, same].map((table) => registry.findLike(definitionOf(table)) !== undefined);
  expect(left).toEqual([false, false, true]);
});

test('what the stream tells late of a time before the snapshot ends no shape, and what came after it does', async () => {
  const registry = registryOf();
  const table = await tableNamed('emptied');
  const lostOids = new Set([table.oid]);
  const oldForm = { oid: table.oid, schema: 'public', table: 'emptied', columns: [] };
  const before = await committed({ lostOids, relations: [oldForm] });
  const shape = await registry.open(definitionOf(table));
  await registry.apply(before);
  expect(shape.isDropped).toBe(false);
  await registry.apply(await committed({ lostOids }));
  expect(shape.isDropped).toBe(true);
});

test('a change that the snapshot holds is not told once more by the stream', async () => {
  const registry = registryOf();
  const table = await tableNamed('told');
  const row = { id: '1', title: 'one' };
  const change = { kind: 'insert', oid: table.oid, op: 0, row } as const;
  const before = await committed({ changes: [change] });
  const shape = await registry.open(definitionOf(table));
  const { lastOffset } = shape;
  await registry.apply(before);
  expect(shape.lastOffset).toBe(lastOffset);
  await registry.apply(await committed({ changes: [{ ...change, row: { id: '2', title: 'two' } }] }));
  expect(shape.lastOffset).not.toBe(lastOffset);
});
