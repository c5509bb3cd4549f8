import { expect, test } from 'vitest';
import { LONG_POLL_MS, type Message, protocolSetting } from './shape-protocol-setting.ts';

// What any client of the protocol may rely on, asked for by hand: snapshots, logs, live answers and values.

const { table, run, ask, read, follow, changesAfter, database } = protocolSetting();

test('the first answer holds rows, the end of the snapshot, and no word that all is there', async () => {
  const name = await table('id int PRIMARY KEY, title text');
  await run(`INSERT INTO ${name} VALUES (1, 'one')`);
  const first = await read({ table: name, offset: '-1' });
  expect(first.status).toBe(200);
  expect(first.headers.get('electric-offset')).toBe('0_0');
  expect(first.headers.get('electric-handle')).toMatch(/^\d+-\d{16}$/);
  expect(first.headers.has('electric-up-to-date')).toBe(false);
  expect(first.headers.has('electric-cursor')).toBe(false);
  expect(first.headers.get('cache-control')).toBe(
    'public, max-age=604800, s-maxage=3600, stale-while-revalidate=2629746',
  );
  expect(JSON.parse(first.headers.get('electric-schema') ?? '')).toEqual({
    id: { type: 'int4', pk_index: 0, not_null: true },
    title: { type: 'text' },
  });
  expect(first.body[0]).toEqual({
    key: `"public"."${name}"/"1"`,
    value: { id: '1', title: 'one' },
    headers: { operation: 'insert', relation: ['public', name] },
  });
  expect(first.body[1]?.headers['control']).toBe('snapshot-end');
  const handle = first.headers.get('electric-handle') ?? '';
  const second = await read({ table: name, offset: '0_0', handle });
  expect(second.headers.get('electric-offset')).toBe('0_inf');
  expect(second.headers.has('electric-up-to-date')).toBe(true);
  expect(second.body.map(({ headers }) => headers['control'])).toEqual(['up-to-date']);
});

test('a snapshot larger than a chunk comes in chunks that end with one end of the snapshot', async () => {
  const name = await table('id int PRIMARY KEY, title text');
  await run(`INSERT INTO ${name} SELECT n, repeat('x', 100) FROM generate_series(1, 100) n`);
  const { messages, answers } = await follow({ table: name });
  expect(answers.length).toBeGreaterThan(5);
  expect(messages.filter(({ key }) => key !== undefined)).toHaveLength(100);
  expect(messages.filter(({ headers }) => headers['control'] === 'snapshot-end')).toHaveLength(1);
  const offsets = answers.slice(0, -1).map(({ headers }) => headers.get('electric-offset'));
  expect(offsets).toEqual(offsets.map((_, at) => `0_${at}`));
});

// What was made a moment ago may be noticed late; every client then begins anew, and so does this test.
test('a log larger than a chunk comes in chunks as well, and only the last one says that all is there', {
  retry: 2,
}, async () => {
  const name = await table('id int PRIMARY KEY, title text');
  const start = await follow({ table: name });
  await run(`INSERT INTO ${name} SELECT n, repeat('x', 100) FROM generate_series(1, 100) n`);
  await changesAfter({ table: name, offset: start.offset, handle: start.handle }, 100);
  const again = await follow({ table: name });
  expect(again.answers.length).toBeGreaterThan(5);
  expect(again.messages.filter(({ key }) => key !== undefined)).toHaveLength(100);
});

test('operations carry their place, two apart in a transaction, and the last one says so', async () => {
  const name = await table('id int PRIMARY KEY, title text, done bool');
  const start = await follow({ table: name });
  await database().begin(async (tx) => {
    await tx.unsafe(`INSERT INTO ${name} VALUES (1, 'one', false), (2, 'two', NULL)`);
    await tx.unsafe(`UPDATE ${name} SET title = 'uno' WHERE id = 1`);
    await tx.unsafe(`DELETE FROM ${name} WHERE id = 2`);
  });
  const found = await changesAfter({ table: name, offset: start.offset, handle: start.handle }, 4);
  expect(found.map(({ value }) => value)).toEqual([
    { id: '1', title: 'one', done: 'f' },
    { id: '2', title: 'two', done: null },
    { id: '1', title: 'uno' },
    { id: '2' },
  ]);
  expect(found.map(({ headers }) => headers['op_position'])).toEqual([0, 2, 4, 6]);
  expect(found.map(({ headers }) => headers['last'])).toEqual([undefined, undefined, undefined, true]);
  expect(new Set(found.map(({ headers }) => JSON.stringify([headers['txids'], headers['lsn']]))).size).toBe(1);
});

test('replica=full tells whole rows and what stood there before', async () => {
  const name = await table('id int PRIMARY KEY, title text, done bool');
  await run(`INSERT INTO ${name} VALUES (1, 'one', false)`);
  const start = await follow({ table: name, replica: 'full' });
  await run(`UPDATE ${name} SET title = 'uno'`);
  await run(`DELETE FROM ${name}`);
  const [update, gone] = await changesAfter(
    { table: name, replica: 'full', offset: start.offset, handle: start.handle },
    2,
  );
  expect(update).toMatchObject({ value: { id: '1', title: 'uno', done: 'f' }, old_value: { title: 'one' } });
  expect(gone?.value).toEqual({ id: '1', title: 'uno', done: 'f' });
});

test('a changed key is a delete and an insert that name each other', async () => {
  const name = await table('id int PRIMARY KEY, title text');
  await run(`INSERT INTO ${name} VALUES (1, 'one')`);
  const start = await follow({ table: name });
  await run(`UPDATE ${name} SET id = 2`);
  const [gone, come] = await changesAfter({ table: name, offset: start.offset, handle: start.handle }, 2);
  const key = (id: number) => `"public"."${name}"/"${id}"`;
  expect(gone).toMatchObject({ key: key(1), headers: { operation: 'delete', key_change_to: key(2), op_position: 0 } });
  expect(come).toMatchObject({
    key: key(2),
    headers: { operation: 'insert', key_change_from: key(1), op_position: 1 },
  });
  expect(come?.value).toEqual({ id: '2', title: 'one' });
});

test('a row enters and leaves a shape as its condition says, and other rows are never told', async () => {
  const name = await table('id int PRIMARY KEY, price numeric(20, 10), note text');
  await run(`INSERT INTO ${name} VALUES (1, 10, 'in'), (2, 30, 'out')`);
  const query = { table: name, where: 'price < $1', 'params[1]': '20.0000000001' };
  const start = await follow(query);
  expect(start.messages.flatMap(({ value }) => value?.['id'] ?? [])).toEqual(['1']);
  await run(`UPDATE ${name} SET note = 'still out' WHERE id = 2`);
  await run(`UPDATE ${name} SET price = 20.0000000001 WHERE id = 1`);
  await run(`UPDATE ${name} SET price = 20 WHERE id = 2`);
  await run(`UPDATE ${name} SET note = 'still in' WHERE id = 2`);
  const found = await changesAfter({ ...query, offset: start.offset, handle: start.handle }, 3);
  expect(found.map(({ headers, value }) => [headers['operation'], value])).toEqual([
    ['delete', { id: '1' }],
    ['insert', { id: '2', price: '20.0000000000', note: 'still out' }],
    ['update', { id: '2', note: 'still in' }],
  ]);
});

test('only selected columns are told, and a change of the others is none', async () => {
  const name = await table('id int PRIMARY KEY, "Title" text, secret text');
  const query = { table: name, columns: '"id","Title"' };
  const start = await follow(query);
  expect(Object.keys(JSON.parse(start.answers[0]?.headers.get('electric-schema') ?? ''))).toEqual(['id', 'Title']);
  await run(`INSERT INTO ${name} VALUES (1, 'one', 'hidden')`);
  await run(`UPDATE ${name} SET secret = 'other'`);
  await run(`UPDATE ${name} SET "Title" = 'uno', secret = 'third'`);
  const found = await changesAfter({ ...query, offset: start.offset, handle: start.handle }, 2);
  expect(found.map(({ value }) => value)).toEqual([
    { id: '1', Title: 'one' },
    { id: '1', Title: 'uno' },
  ]);
});

test('log=changes_only begins with the end of an empty snapshot', async () => {
  const name = await table('id int PRIMARY KEY');
  await run(`INSERT INTO ${name} VALUES (1)`);
  const start = await follow({ table: name, log: 'changes_only' });
  expect(start.messages.map(({ headers }) => headers['control'])).toEqual(['snapshot-end', 'up-to-date']);
  await run(`INSERT INTO ${name} VALUES (2)`);
  const query = { table: name, log: 'changes_only', offset: start.offset, handle: start.handle };
  expect((await changesAfter(query, 1))[0]?.value).toEqual({ id: '2' });
});

test('offset=now gives no rows and the place from which later changes come', async () => {
  const name = await table('id int PRIMARY KEY');
  await run(`INSERT INTO ${name} VALUES (1)`);
  const now = await read({ table: name, offset: 'now' });
  expect(now.body.map(({ headers }) => headers['control'])).toEqual(['up-to-date']);
  expect(now.headers.get('electric-offset')).toBe('0_inf');
  expect(now.headers.has('electric-schema')).toBe(true);
  expect(now.headers.has('electric-cursor')).toBe(false);
  await run(`INSERT INTO ${name} VALUES (2)`);
  const handle = now.headers.get('electric-handle') ?? '';
  expect((await changesAfter({ table: name, offset: '0_inf', handle }, 1))[0]?.value).toEqual({ id: '2' });
});

test('a live request without news ends with the same place, and its cursor moves on', async () => {
  const name = await table('id int PRIMARY KEY');
  const { offset, handle } = await follow({ table: name });
  const begun = performance.now();
  const answer = await read({ table: name, offset, handle, live: 'true' });
  expect(performance.now() - begun).toBeGreaterThan(LONG_POLL_MS * 0.9);
  expect(answer.headers.get('electric-offset')).toBe(offset);
  expect(answer.headers.has('electric-up-to-date')).toBe(true);
  expect(answer.headers.has('electric-schema')).toBe(false);
  expect(answer.headers.get('electric-has-data')).toBe('false');
  const cursor = answer.headers.get('electric-cursor') ?? '';
  expect(Number(cursor)).toBeGreaterThan(0);
  const next = await read({ table: name, offset, handle, live: 'true', cursor: `${Number(cursor) + 50}` });
  expect(Number(next.headers.get('electric-cursor'))).toBeGreaterThan(Number(cursor) + 50);
});

test('a stream of events sends batches that end with a position beyond the commit, and keeps alive', async () => {
  const name = await table('id int PRIMARY KEY');
  const { offset, handle } = await follow({ table: name });
  const answer = await ask({ table: name, offset, handle, live: 'true', live_sse: 'true' });
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  expect(answer.headers.get('electric-offset')).toBe(offset);
  await run(`INSERT INTO ${name} VALUES (1), (2)`);
  const text = await answer.text();
  expect(text).toContain(': keep-alive\n\n');
  const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, json = '']) => JSON.parse(json) as Message);
  expect(events.map(({ headers }) => headers['operation'] ?? headers['control'])).toEqual([
    'insert',
    'insert',
    'up-to-date',
  ]);
  const lsn = BigInt(`${events[0]?.headers['lsn']}`);
  const seen = BigInt(`${events[2]?.headers['global_last_seen_lsn']}`);
  expect(seen).toBe(lsn + 1n);
  // Where the official client goes on after that batch: it gets nothing twice, and what comes later.
  await run(`INSERT INTO ${name} VALUES (3)`);
  const later = await changesAfter({ table: name, offset: `${seen}_0`, handle }, 1);
  expect(later.map(({ value }) => value)).toEqual([{ id: '3' }]);
});

test.each([
  ['TRUNCATE', (name: string) => `TRUNCATE ${name}`],
  ['a new column and a row', (name: string) => `ALTER TABLE ${name} ADD more int; INSERT INTO ${name} VALUES (7, 7)`],
  ['a new column alone', (name: string) => `ALTER TABLE ${name} ADD more int`],
  [
    'another name',
    (name: string) => `ALTER TABLE ${name} RENAME TO ${name}_old; CREATE TABLE ${name} (id int PRIMARY KEY)`,
  ],
  ['the same table made anew', (name: string) => `DROP TABLE ${name}; CREATE TABLE ${name} (id int PRIMARY KEY)`],
])('a waiting client must fetch again after %s', async (_, change) => {
  const name = await table('id int PRIMARY KEY');
  const { offset, handle } = await follow({ table: name });
  const waiting = read({ table: name, offset, handle, live: 'true' });
  await new Promise((resolve) => setTimeout(resolve, 50));
  await run(change(name));
  expect((await waiting).status).toBe(409);
  expect((await follow({ table: name })).handle).not.toBe(handle);
});

test('a table that vanishes under a client does not end it for good', async () => {
  const name = await table('id int PRIMARY KEY');
  const { offset, handle } = await follow({ table: name });
  await run(`DROP TABLE ${name}`);
  await expect.poll(async () => (await ask({ table: name, offset, handle })).status, { timeout: 3_000 }).toBe(503);
  expect((await ask({ table: name, offset: '-1' })).status).toBe(400);
  expect((await ask({ table: name, offset: '-1', expired_handle: handle })).headers.get('retry-after')).toBe('1');
});

test('values are the text of PostgreSQL, the same in a snapshot and in a change, but for true and false', async () => {
  const name = await table(
    `id int8 PRIMARY KEY, f float8, n numeric(18, 8), j json, b jsonb, bytes bytea, a int8[], padded char(5), at timestamptz, day date,
     every interval, name varchar(7), flag bool, bits bit(3)`,
  );
  const row = `9223372036854775807, 4.5, 1.10000000, '{"foo":"bar"}', '{"foo":"bar"}', '\\x0001fffe', '{1,2,3}', 'ab',
    '2026-01-05 10:00:00.123456+01', '2026-01-05', '1 day 2 hours', 'seven', true, '101'`;
  await run(`INSERT INTO ${name} VALUES (${row})`);
  const start = await follow({ table: name, replica: 'full' });
  const schema = JSON.parse(start.answers[0]?.headers.get('electric-schema') ?? '') as Record<string, unknown>;
  expect(schema).toMatchObject({
    n: { type: 'numeric', precision: 18, scale: 8 },
    a: { type: 'int8', dims: 1 },
    padded: { type: 'bpchar', length: 5 },
    name: { type: 'varchar', max_length: 7 },
    bits: { type: 'bit', length: 3 },
  });
  const { flag, ...inSnapshot } = start.messages[0]?.value ?? {};
  expect(flag).toBe('true');
  expect(inSnapshot).toMatchObject({
    id: '9223372036854775807',
    f: '4.5',
    j: '{"foo":"bar"}',
    b: '{"foo": "bar"}',
    bytes: '\\x0001fffe',
    a: '{1,2,3}',
    padded: 'ab   ',
    at: '2026-01-05 09:00:00.123456+00',
    every: 'P1DT2H',
  });
  await run(`DELETE FROM ${name}`);
  const [gone] = await changesAfter({ table: name, replica: 'full', offset: start.offset, handle: start.handle }, 1);
  expect(gone?.value).toEqual({ ...inSnapshot, flag: 't' });
});

test('a large value that a change leaves alone is not lost', async () => {
  const name = await table('id int PRIMARY KEY, big text, small text');
  await run(`ALTER TABLE ${name} ALTER big SET STORAGE EXTERNAL`);
  await run(`INSERT INTO ${name} VALUES (1, repeat('x', 20000), 'a')`);
  const start = await follow({ table: name, replica: 'full' });
  await run(`UPDATE ${name} SET small = 'b'`);
  const query = { table: name, replica: 'full', offset: start.offset, handle: start.handle };
  const [update] = await changesAfter(query, 1);
  expect(update?.value?.['big']).toHaveLength(20_000);
  expect(update?.old_value).toEqual({ small: 'a' });
});

test('keys double their separators, and a table without a key has all columns in it', async () => {
  await run('CREATE SCHEMA "odd.schema"');
  await run('CREATE TABLE "odd.schema"."T/x" (a text, b text)');
  await run(`INSERT INTO "odd.schema"."T/x" VALUES (NULL, 'p/q')`);
  const { messages } = await follow({ table: '"odd.schema"."T/x"' });
  expect(messages[0]?.key).toBe('"odd..schema"."T//x"/_/"p//q"');
});
