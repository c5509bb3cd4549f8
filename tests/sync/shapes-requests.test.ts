import { expect, test } from 'vitest';
import { type Message, protocolSetting } from './shape-protocol-setting.ts';

// What may be asked, what is refused and with which words, and what stands around the answers.

const { table, run, ask, read, follow, url } = protocolSetting();

test('a subset is some rows as of one moment, and says which transactions it has', async () => {
  const name = await table('id int PRIMARY KEY, title text');
  await run(`INSERT INTO ${name} SELECT n, 'row ' || n FROM generate_series(1, 10) n`);
  const start = await follow({ table: name, log: 'changes_only', where: 'id <= 8' });
  const query = { table: name, log: 'changes_only', where: 'id <= 8', offset: start.offset, handle: start.handle };
  const subset = {
    subset__where: 'id > $1',
    subset__params: '{"1":"5"}',
    subset__order_by: 'id desc',
    subset__limit: '2',
  };
  const byGet = await ask({ ...query, ...subset });
  expect(byGet.headers.get('electric-snapshot')).toBe('true');
  // The client goes on from there: a later place would pass over changes of rows that the subset does not hold.
  expect(byGet.headers.get('electric-offset')).toBe(start.offset);
  expect(byGet.headers.get('cache-control')).toBe('no-cache');
  const got = (await byGet.json()) as { metadata: Record<string, unknown>; data: Message[] };
  expect(got.data.map(({ value }) => value?.['id'])).toEqual(['8', '7']);
  expect(got.metadata).toMatchObject({
    xmin: expect.stringMatching(/^\d+$/),
    database_lsn: expect.stringMatching(/^\d+$/),
  });
  expect(got.data[0]?.headers['snapshot_mark']).toBe(got.metadata['snapshot_mark']);
  const body = JSON.stringify({
    subset: { where: 'id > $1', params: { 1: '5' }, order_by: 'id', limit: 1, offset: 1 },
  });
  const byPost = (await (await ask(query, { method: 'POST', body })).json()) as { data: Message[] };
  expect(byPost.data.map(({ value }) => value?.['id'])).toEqual(['7']);
});

test.each([
  ['{', 400, { error: 'Invalid JSON in request body' }],
  ['[1]', 400, { error: 'Request body must be a JSON object' }],
  ['{"limit": 5}', 400, { errors: { subset__order_by: ["can't be blank when limit or offset is given"] } }],
  ['{"where": "id in (select 1)"}', 400, { errors: { subset__where: ['Subqueries are not supported'] } }],
  ['{"order_by": "id; drop table x", "limit": 1}', 400, { message: 'Invalid request' }],
])('a body that is no request for a subset is refused: %s', async (body, status, expected) => {
  const name = await table('id int PRIMARY KEY');
  const answer = await ask({ table: name, offset: '-1' }, { method: 'POST', body });
  expect(answer.status).toBe(status);
  expect(await answer.json()).toMatchObject(expected);
});

test('a list of queryable columns closes the others to conditions and orders', async () => {
  const name = await table('id int PRIMARY KEY, title text, secret text');
  const query = { table: name, offset: '-1', queryable_columns: '"id","title"' };
  const ask1 = async (more: Record<string, string>) => (await ask({ ...query, ...more })).status;
  expect(await ask1({ subset__where: 'title IS NULL' })).toBe(200);
  expect(await ask1({ subset__where: 'secret IS NULL' })).toBe(400);
  expect(await ask1({ subset__where: '"secret" IS NULL' })).toBe(400);
  expect(await ask1({ subset__order_by: 'secret', subset__limit: '1' })).toBe(400);
  expect(await ask1({ columns: '"id","secret"' })).toBe(400);
  expect(await ask1({ columns: '"id","title"' })).toBe(200);
});

test('a condition that fails on a row is the fault of who asks, also when the row comes later', async () => {
  const name = await table('id int PRIMARY KEY');
  const query = { table: name, where: '10 / id > 1' };
  const { offset, handle } = await follow(query);
  const waiting = read({ ...query, offset, handle, live: 'true' });
  await run(`INSERT INTO ${name} VALUES (0)`);
  expect((await waiting).status).toBe(409);
  const answer = await ask({ ...query, offset: '-1' });
  expect([answer.status, await answer.json()]).toMatchObject([400, { errors: { where: ['division by zero'] } }]);
});

test('a body without an end is not read to its end', async () => {
  const name = await table('id int PRIMARY KEY');
  const answer = await ask({ table: name, offset: '-1' }, { method: 'POST', body: ' '.repeat(2_000_000) });
  expect(answer.status).toBe(413);
});

test('a handle of nobody, and one of another shape, are answered with the right one', async () => {
  const one = await table('id int PRIMARY KEY');
  const other = await table('id int PRIMARY KEY');
  const { handle } = await follow({ table: one });
  const { handle: otherHandle } = await follow({ table: other });
  for (const wrong of ['12-34', otherHandle]) {
    const answer = await read({ table: one, offset: '0_0', handle: wrong });
    expect(answer.status).toBe(409);
    expect(answer.body).toEqual([{ headers: { control: 'must-refetch' } }]);
    expect(answer.headers.get('electric-handle')).toBe(handle);
  }
  expect((await read({ table: one, offset: '-1', handle: otherHandle })).headers.get('electric-handle')).toBe(handle);
});

test('a place beyond the log is waited for, then refused', async () => {
  const name = await table('id int PRIMARY KEY');
  const { handle } = await follow({ table: name });
  const answer = await ask({ table: name, offset: '9999999999999999_0', handle });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ errors: { offset: ['out of bounds for this shape'] } });
});

test.each<[Record<string, string>, Record<string, string[]>]>([
  [{ table: 'base' }, { offset: ["can't be blank"] }],
  [{ table: 'base', offset: 'x' }, { offset: ['has invalid format'] }],
  [{ table: 'base', offset: '1_' }, { offset: ['has invalid format'] }],
  [{ table: 'base', offset: '0_0' }, { handle: ["can't be blank when offset != -1"] }],
  [{ table: 'base', offset: '-1', live: '' }, { live: ["can't be true when offset == -1"] }],
  [{ table: 'base', offset: 'now', live: 'true' }, { live: ["can't be true when offset is 'now'"] }],
  [{ table: 'base', offset: '-1', live_sse: 'true' }, { live_sse: ["can't be true unless live is also true"] }],
  [{ table: 'base', offset: '-1', replica: 'half' }, { replica: ['is invalid'] }],
  [{ offset: '-1' }, { table: ["can't be blank"] }],
  [
    { table: 'nowhere', offset: '-1' },
    {
      table: [
        'Table "public"."nowhere" does not exist. If the table name contains capitals or special characters you must quote it.',
      ],
    },
  ],
  [
    { table: 'base', offset: '-1', columns: '"title"' },
    { columns: ['The list of columns must include all primary key columns, missing: id'] },
  ],
  [
    { table: 'base', offset: '-1', columns: '"id","x"' },
    { columns: ['The following columns are not found on the table: x'] },
  ],
  [{ table: 'base', offset: '-1', where: '1 x 1' }, { where: ['At location 17: syntax error at or near "x"'] }],
  [{ table: 'base', offset: '-1', where: 'nothing = 1' }, { where: ['column "nothing" does not exist'] }],
  [{ table: 'base', offset: '-1', where: 'id in (select 1)' }, { where: ['Subqueries are not supported'] }],
  [{ table: 'base', offset: '-1', where: 'pg_sleep(9) is null' }, { where: ['unknown function pg_sleep'] }],
  [{ table: 'base', offset: '-1', where: 'id = $1' }, { where: ['parameter value was not provided for $1'] }],
  [
    { table: 'base', offset: '-1', where: 'id = $1', 'params[2]': '1' },
    { params: ['Parameters must be numbered sequentially, starting from 1'] },
  ],
])('an unsound request is refused with the parameter and the reason: %j', async (query, errors) => {
  await run('CREATE TABLE IF NOT EXISTS base (id int PRIMARY KEY, title text)');
  const answer = await ask(query);
  expect(answer.status).toBe(400);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(await answer.json()).toMatchObject({ message: 'Invalid request', errors });
});

test('HEAD is an answer without its body, DELETE drops a shape, OPTIONS asks nobody', async () => {
  const name = await table('id int PRIMARY KEY');
  const head = await ask({ table: name, offset: '-1' }, { method: 'HEAD' });
  expect([head.status, await head.text(), head.headers.get('electric-offset')]).toEqual([200, '', '0_0']);
  const handle = head.headers.get('electric-handle') ?? '';
  expect((await ask({ handle }, { method: 'DELETE' })).status).toBe(202);
  expect((await ask({ handle }, { method: 'DELETE' })).status).toBe(404);
  expect((await follow({ table: name })).handle).not.toBe(handle);
  expect((await ask({ table: name }, { method: 'DELETE' })).status).toBe(202);
  const options = await fetch(`${url()}/v1/shape?secret=right`, {
    method: 'OPTIONS',
    headers: { origin: 'https://a.example' },
  });
  expect(options.status).toBe(204);
  expect(options.headers.get('access-control-max-age')).toBe('86400');
  expect(options.headers.get('access-control-allow-origin')).toBe('https://a.example');
  expect(options.headers.get('access-control-expose-headers')).toContain('electric-offset');
});

test('health is told, other paths are none, and no spelling of the path goes around the secret', async () => {
  const health = await fetch(`${url()}/v1/health`);
  expect([health.status, await health.json()]).toEqual([200, { status: 'active' }]);
  expect(health.headers.get('cache-control')).toBe('no-cache, no-store, must-revalidate');
  expect((await fetch(`${url()}/`)).status).toBe(200);
  const elsewhere = await fetch(`${url()}/nowhere`);
  expect([elsewhere.status, await elsewhere.text()]).toEqual([404, 'Not found']);
  for (const path of ['/v1/shape', '/v1//shape', '/v1/%73hape', '/v1/shape/', '/V1/shape']) {
    const answer = await fetch(`${url()}${path}?table=base&offset=-1&secret=wrong`);
    expect([401, 404]).toContain(answer.status);
  }
});

test('an answer that somebody has already is not sent again', async () => {
  const name = await table('id int PRIMARY KEY');
  const first = await ask({ table: name, offset: '-1' });
  const etag = first.headers.get('etag') ?? '';
  const again = await ask({ table: name, offset: '-1' }, { headers: { 'if-none-match': etag } });
  expect([again.status, await again.text()]).toEqual([304, '']);
});
