import { Shape, ShapeStream, type ShapeStreamInterface } from '@electric-sql/client';
import { createShapeServer } from '@gatehouse/hub/sync/shapes/shape-server.ts';
import { systemClock } from '@gatehouse/hub/system-clock.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestDatabase, type TestServer } from '../fixtures/postgres.ts';
import { openShapeStage, type ShapeStage } from '../fixtures/shape-stage.ts';

let server: TestServer;
let records: TestDatabase;

beforeAll(async () => {
  server = await startTestServer();
  records = await server.database();
});

afterAll(() => server.stop());

async function withTable(): Promise<TestDatabase> {
  await records.database`DROP TABLE IF EXISTS items`;
  await records.database`CREATE TABLE items (id int PRIMARY KEY, title text)`;
  return records;
}

function read(stage: ShapeStage, query: string): Promise<Response> {
  return fetch(`${stage.url}/v1/shape?table=items&${query}`);
}

/** A place at the end of the shape, as a client has it. */
async function atEnd(stage: ShapeStage, query = ''): Promise<string> {
  const answer = await read(stage, `offset=now${query}`);
  return `offset=${answer.headers.get('electric-offset')}&handle=${answer.headers.get('electric-handle')}${query}`;
}

test('a stream that the database cuts off loses no change: every shape is fetched anew', async () => {
  await withTable();
  const stage = await openShapeStage(records, { general: {} });
  const stop = new AbortController();
  const stream = new ShapeStream({
    url: `${stage.url}/v1/shape`,
    params: { table: 'items' },
    signal: stop.signal,
    backoffOptions: { initialDelay: 20, maxDelay: 100, multiplier: 1.5 },
  });
  const shape = new Shape(stream as ShapeStreamInterface);
  await shape.rows;
  for (let round = 1; round <= 3; round += 1) {
    const cut = await records.database`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE backend_type = 'walsender' AND datname = current_database()`;
    expect(cut).toHaveLength(1);
    // Written while nobody follows.
    await records.database`INSERT INTO items VALUES (${round}, 'while away')`;
    await expect.poll(() => shape.currentRows.length, { timeout: 10_000 }).toBe(round);
  }
  expect(stage.lines.join()).toContain('shapes are not served');
  stop.abort();
  await stage.close();
});

test('no replication slot stays behind, however often a server goes', async () => {
  await withTable();
  const stage = await openShapeStage(records, { general: {} });
  await stage.restart();
  await stage.restart();
  await stage.close();
  const count = async () =>
    (await records.database`SELECT 1 FROM pg_replication_slots WHERE database = current_database()`).length;
  await expect.poll(count, { timeout: 5_000 }).toBe(0);
});

test('a database that does not give its changes is said so with a cure, and is asked again until it does', async () => {
  await withTable();
  const { database } = records;
  for (let slot = 0; slot < 10; slot += 1) {
    await database`SELECT pg_create_logical_replication_slot(${`taken_${slot}`}, 'pgoutput')`;
  }
  const stage = await openShapeStage(records, { general: {} });
  const answer = await read(stage, 'offset=-1');
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('1');
  expect(await answer.json()).toMatchObject({ code: 'shapes_unavailable', hint: expect.stringContaining('wal_level') });
  expect((await fetch(`${stage.url}/v1/health`)).status).toBe(202);
  await database`SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name LIKE 'taken%'`;
  await expect.poll(async () => (await read(stage, 'offset=-1')).status, { timeout: 10_000 }).toBe(200);
  await stage.close();
});

test('a role that may not replicate is told so, and the server can be stopped meanwhile', async () => {
  await withTable();
  await records.database`CREATE ROLE reader LOGIN PASSWORD 'reader'`;
  const target = new URL(records.url);
  target.username = 'reader';
  target.password = 'reader';
  const lines: string[] = [];
  const { database } = records;
  const shapes = createShapeServer({
    database,
    target: target.href,
    clock: systemClock(),
    log: (line) => lines.push(line),
    general: {},
  });
  await shapes.ready;
  const answer = await shapes.handle(new Request('http://hub/v1/shape?table=items&offset=-1'));
  expect(await answer.json()).toMatchObject({
    code: 'shapes_unavailable',
    hint: expect.stringContaining('REPLICATION'),
  });
  expect(lines).toHaveLength(1);
  await shapes.stop();
});

test('a log that grows beyond what is kept ends its shape, and the next one begins with the rows', async () => {
  const stage = await openShapeStage(await withTable(), { general: {}, limits: { shapeBytesMax: 5_000 } });
  const place = await atEnd(stage);
  const waiting = read(stage, `${place}&live=true`);
  await records.database`INSERT INTO items SELECT n, repeat('x', 20) FROM generate_series(1, 20) n`;
  expect((await waiting).status).toBe(200);
  await records.database`UPDATE items SET title = repeat('y', 30)`;
  await expect.poll(async () => (await read(stage, place)).status).toBe(409);
  expect((await read(stage, 'offset=-1')).status).toBe(200);
  await records.database`INSERT INTO items SELECT n, repeat('x', 200) FROM generate_series(21, 60) n`;
  await expect.poll(async () => (await read(stage, 'offset=-1')).status).toBe(413);
  await stage.close();
});

test('when all shapes together grow too large the largest one goes', async () => {
  const stage = await openShapeStage(await withTable(), { general: {}, limits: { allBytesMax: 20_000 } });
  const small = await atEnd(stage, '&where=id%20%3C%3D%201');
  const large = await atEnd(stage);
  await stage.records.database`INSERT INTO items SELECT n, repeat('x', 100) FROM generate_series(1, 100) n`;
  await expect.poll(async () => (await read(stage, large)).status).toBe(409);
  expect((await read(stage, small)).status).toBe(200);
  await stage.close();
});

test('more shapes than are kept are refused while the others are in use, and replace those that nobody uses', async () => {
  const stage = await openShapeStage(await withTable(), { general: {}, limits: { shapesMax: 2, longPollMs: 1_500 } });
  const open = async (id: number) => (await read(stage, `offset=-1&where=id%3D${id}`)).status;
  expect([await open(1), await open(2), await open(3)]).toEqual([200, 200, 503]);
  await expect.poll(() => open(3), { timeout: 10_000 }).toBe(200);
  await stage.close();
});

test('more waiting requests than allowed are asked to come again', async () => {
  const stage = await openShapeStage(await withTable(), { general: {}, limits: { waitingMax: 2, longPollMs: 500 } });
  const place = await atEnd(stage);
  const answers = await Promise.all(Array.from({ length: 3 }, () => read(stage, `${place}&live=true`)));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 503]);
  const refused = answers.find(({ status }) => status === 503);
  expect(await refused?.json()).toMatchObject({ code: 'concurrent_request_limit_exceeded' });
  expect((await read(stage, `${place}&live=true`)).status).toBe(200);
  await stage.close();
});

test('a client that goes away while it waits gives its place free', async () => {
  const stage = await openShapeStage(await withTable(), { general: {}, limits: { waitingMax: 1, longPollMs: 20_000 } });
  const place = await atEnd(stage);
  for (const way of ['live=true', 'live=true&live_sse=true']) {
    const leave = new AbortController();
    const left = fetch(`${stage.url}/v1/shape?table=items&${place}&${way}`, { signal: leave.signal });
    await new Promise((resolve) => setTimeout(resolve, 100));
    leave.abort();
    await left.catch(() => undefined);
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  const waiting = read(stage, `${place}&live=true`);
  await stage.records.database`INSERT INTO items VALUES (1, 'one')`;
  expect((await waiting).status).toBe(200);
  await stage.close();
});

test('a client that asks for parts on demand holds them as they are, though they change while it asks', async () => {
  const stage = await openShapeStage(await withTable(), { general: {} });
  const { database } = stage.records;
  await database`INSERT INTO items SELECT n, 'row ' || n FROM generate_series(1, 40) n`;
  const stop = new AbortController();
  const stream = new ShapeStream({
    url: `${stage.url}/v1/shape`,
    params: { table: 'items' },
    log: 'changes_only',
    signal: stop.signal,
  });
  const shape = new Shape(stream as ShapeStreamInterface);
  await shape.rows;
  expect(shape.currentRows).toEqual([]);
  const changes = (async () => {
    for (let id = 1; id <= 40; id += 1) await database`UPDATE items SET title = 'changed' WHERE id = ${id}`;
  })();
  for (const [at, method] of (['GET', 'POST', 'GET', 'POST'] as const).entries()) {
    const params = { where: 'id > $1 AND id <= $2', params: { '1': `${at * 10}`, '2': `${at * 10 + 10}` } };
    await stream.requestSnapshot({ ...params, orderBy: 'id', limit: 10, method });
  }
  await changes;
  const rows = await database`SELECT id, title FROM items ORDER BY id`;
  const held = () => shape.currentRows.toSorted((a, b) => Number(a['id']) - Number(b['id']));
  await expect.poll(held, { timeout: 10_000 }).toEqual([...rows]);
  stop.abort();
  await stage.close();
});

test('shapes that are opened in the middle of a crowd of writers miss nothing and hold nothing twice', async () => {
  const stage = await openShapeStage(await withTable(), { general: {} });
  const { database } = stage.records;
  let isOver = false;
  const writers = Array.from({ length: 2 }, async (_, writer) => {
    for (let count = 0; !isOver; count += 1) {
      const id = writer * 1_000_000 + count;
      await database.begin(async (tx) => {
        await tx`INSERT INTO items VALUES (${id}, 'new')`;
        await tx`UPDATE items SET title = 'changed' WHERE id = ${id}`;
        if (count % 3 === 0) await tx`DELETE FROM items WHERE id = ${id - 1}`;
      });
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  });
  const stop = new AbortController();
  const shapes: Shape[] = [];
  for (let count = 0; count < 8; count += 1) {
    const params = { table: 'items', where: `id >= ${count - 100}` };
    const stream = new ShapeStream({ url: `${stage.url}/v1/shape`, params, signal: stop.signal });
    const shape = new Shape(stream as ShapeStreamInterface);
    shapes.push(shape);
    await shape.rows;
  }
  isOver = true;
  await Promise.all(writers);
  const rows = await database<{ id: number; title: string }[]>`SELECT id, title FROM items ORDER BY id`;
  expect(rows.length).toBeGreaterThan(10);
  const sorted = (shape: Shape) => shape.currentRows.toSorted((a, b) => Number(a['id']) - Number(b['id']));
  for (const shape of shapes) await expect.poll(() => sorted(shape), { timeout: 10_000 }).toEqual([...rows]);
  stop.abort();
  await stage.close();
});
