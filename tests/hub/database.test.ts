import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { insertRows } from '@gatehouse/hub/store/bulk.ts';
import { inSavepoint, inSnapshot, inTransaction } from '@gatehouse/hub/store/database.ts';
import { migrate } from '@gatehouse/hub/store/migrate.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

let server: TestServer;
let folder = '';

beforeAll(async () => {
  server = await startTestServer();
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-migrations-'));
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const now = () => '2026-01-05T09:00:00.000000000Z';

test('a second start applies nothing, and several at once apply each step once', async () => {
  const { database, open } = await server.database();
  expect(await migrate(database, { now })).toEqual([]);
  await database`DROP SCHEMA public CASCADE`;
  await database`CREATE SCHEMA public`;
  const pools = [open(), open(), open()];
  const applied = await Promise.all(pools.map((pool) => migrate(pool, { now })));
  expect(applied.filter((steps) => steps.length > 0)).toHaveLength(1);
});

test('a step that changed and a step of a newer release are refused', async () => {
  const { database } = await server.database();
  await database`UPDATE schema_migration SET sha256 = 'other' WHERE number = 2`;
  await expect(migrate(database, { now })).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' });
  const next = await server.database();
  await next.database`INSERT INTO schema_migration VALUES (99, 'later', 'x', 'y')`;
  await expect(migrate(next.database, { now })).rejects.toThrow('step 99 (later), which this release does not know');
});

test('a failing step leaves nothing of itself or of the steps before it', async () => {
  const { database } = await server.database();
  await database`DROP SCHEMA public CASCADE`;
  await database`CREATE SCHEMA public`;
  await writeFile(join(folder, '0001-good.sql'), 'CREATE TABLE good (id int);');
  await writeFile(join(folder, '0002-bad.sql'), 'CREATE TABLE bad (id nonsense);');
  await expect(migrate(database, { now, folder: pathToFileURL(`${folder}/`) })).rejects.toThrow('nonsense');
  expect(await database`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`).toEqual([]);
});

test('a gap in the numbers of the files is refused', async () => {
  const { database } = await server.database();
  await writeFile(join(folder, '0004-late.sql'), 'SELECT 1;');
  await expect(migrate(database, { now, folder: pathToFileURL(`${folder}/`) })).rejects.toMatchObject({
    code: 'FILE_MALFORMED',
  });
});

test('integers read as numbers, and one that is not safe is refused', async () => {
  const { database } = await server.database();
  expect(await database`SELECT 9007199254740991::bigint AS value`).toEqual([{ value: Number.MAX_SAFE_INTEGER }]);
  await expect(database`SELECT 9007199254740992::bigint AS value`).rejects.toThrow('where a safe integer belongs');
});

test('any text comes back from a bulk insert as it went in', async () => {
  const { database } = await server.database();
  await database`CREATE TABLE probe (id bigint, body text, list text[], document jsonb)`;
  const bodies = ['plain', 'a "quoted" \\ text', '{1,2}', 'NULL', '', 'two\nlines\ttab', 'ß€😀', ','];
  const shape = { id: 'bigint', body: 'text', list: 'comma-list', document: 'jsonb' } as const;
  const rows = bodies.map((body, id) => ({ id, body, list: 'a,b', document: JSON.stringify({ body }) }));
  const empty = { id: 8, body: null, list: '', document: null };
  expect(await insertRows(database, { table: 'probe', shape, rows: [...rows, empty] })).toBe(9);
  const read = await database`SELECT id, body, list, document FROM probe ORDER BY id`;
  expect(read.slice(0, -1)).toEqual(bodies.map((body, id) => ({ id, body, list: ['a', 'b'], document: { body } })));
  expect(read.at(-1)).toEqual({ id: 8, body: null, list: [], document: null });
});

test('a failed part is undone alone, a failed transaction as a whole', async () => {
  const { database } = await server.database();
  await database`CREATE TABLE probe (id int PRIMARY KEY)`;
  await inTransaction(database, async (tx) => {
    await tx`INSERT INTO probe VALUES (1)`;
    const part = inSavepoint(tx, async (inner) => {
      await inner`INSERT INTO probe VALUES (2)`;
      await inner`INSERT INTO probe VALUES (1)`;
    });
    await expect(part).rejects.toThrow('duplicate key');
    await tx`INSERT INTO probe VALUES (3)`;
  });
  const whole = inTransaction(database, async (tx) => {
    await tx`INSERT INTO probe VALUES (4)`;
    throw new Error('stopped');
  });
  await expect(whole).rejects.toThrow('stopped');
  expect(await database`SELECT id FROM probe ORDER BY id`).toEqual([{ id: 1 }, { id: 3 }]);
});

test('a transaction whose session the server ends fails as unreachable, and the pool goes on', async () => {
  const { database, open } = await server.database();
  const operator = open();
  for (let round = 0; round < 15; round += 1) {
    const cut = inTransaction(database, async (tx) => {
      const [self] = await tx<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
      const end = operator`SELECT pg_terminate_backend(${self?.pid ?? 0})`.execute();
      await tx`SELECT pg_sleep(5)`;
      await end;
    });
    await expect(cut).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
  }
  expect(await database`SELECT 1 AS alive`).toEqual([{ alive: 1 }]);
});

test('a snapshot sees nothing of what is committed meanwhile and writes nothing', async () => {
  const { database } = await server.database();
  await database`CREATE TABLE probe (id int)`;
  await inSnapshot(database, async (tx) => {
    expect(await tx`SELECT count(*) AS count FROM probe`).toEqual([{ count: 0 }]);
    await database`INSERT INTO probe VALUES (1)`;
    expect(await tx`SELECT count(*) AS count FROM probe`).toEqual([{ count: 0 }]);
  });
  await expect(inSnapshot(database, (tx) => tx`INSERT INTO probe VALUES (2)`)).rejects.toThrow('read-only');
});
