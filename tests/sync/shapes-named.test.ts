import { Shape, ShapeStream, type ShapeStreamInterface } from '@electric-sql/client';
import { createElectricProxy } from '@gatehouse/hub/sync/shapes/electric-proxy.ts';
import type { ShapeCaller } from '@gatehouse/hub/sync/shapes/named-shapes.ts';
import type { ShapeServer } from '@gatehouse/hub/sync/shapes/shape-server.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestServer, type TestDatabase, type TestServer } from '../fixtures/postgres.ts';
import { openShapeStage, type ShapeStage, serveOn } from '../fixtures/shape-stage.ts';

// Who asks decides what is seen, whether the hub keeps the shapes itself or a real service of the protocol does. That
// service is played by our own general server over HTTP, with its secret.

const EDGE_A: ShapeCaller = { kind: 'edge', edge: 'edge-a' };
const EDGE_B: ShapeCaller = { kind: 'edge', edge: "edge-b' OR true --" };
const OFFICER: ShapeCaller = { kind: 'person', edges: 'all' };
const TRADER: ShapeCaller = { kind: 'person', edges: ['edge-a', 'edge-c'] };
const CALLERS: Readonly<Record<string, ShapeCaller>> = { a: EDGE_A, b: EDGE_B, officer: OFFICER, trader: TRADER };

let server: TestServer;
let records: TestDatabase;
let named: ShapeStage;
let general: ShapeStage;
let proxy: { readonly url: string; close(): Promise<void> };
let proxyServer: ShapeServer;
const told: string[] = [];

const callerOf = (request: Request) => CALLERS[request.headers.get('x-test-caller') ?? ''];

beforeAll(async () => {
  server = await startTestServer();
  records = await server.database();
  named = await openShapeStage(records, { callerOf });
  general = await openShapeStage(records, { general: { secret: 'between us' } });
  proxyServer = createElectricProxy({ url: general.url, secret: 'between us', log: (line) => told.push(line) });
  proxy = await serveOn((request) => proxyServer.handle(request, callerOf(request)));
});

afterAll(async () => {
  await proxyServer.stop();
  await Promise.all([named.close(), general.close(), proxy.close()]);
  await server.stop();
});

beforeEach(async () => {
  const { database } = records;
  await database`DELETE FROM control_objects`;
  for (const edge of ['edge-a', "edge-b' OR true --", 'edge-c']) {
    for (const kind of ['sheet', 'lease', 'sanctions']) {
      await database`INSERT INTO control_objects VALUES (${edge}, ${kind}, 'main', 1, ${`${kind} of ${edge}`}, '2026-01-05')`;
    }
  }
});

const ways = [
  ['the hub itself', () => named.url],
  ['a service behind the hub', () => proxy.url],
] as const;

async function rowsOf(url: string, caller: string, shape: string): Promise<readonly string[]> {
  const stop = new AbortController();
  const stream = new ShapeStream({
    url: `${url}/v1/shapes/${shape}`,
    headers: { 'x-test-caller': caller },
    signal: stop.signal,
  });
  const rows = await new Shape(stream as ShapeStreamInterface).rows;
  stop.abort();
  return rows.map((row) => `${row['edge']} ${row['kind'] ?? ''}`.trim()).toSorted();
}

describe.each(ways)('through %s', (_, url) => {
  test('an edge sees its own rows and nobody else’s, whatever its name holds', async () => {
    expect(await rowsOf(url(), 'a', 'objects')).toEqual(['edge-a lease', 'edge-a sanctions', 'edge-a sheet']);
    expect(await rowsOf(url(), 'b', 'lists')).toEqual(["edge-b' OR true -- sanctions"]);
  });

  test('a part of the objects holds its kinds only', async () => {
    expect(await rowsOf(url(), 'a', 'limits')).toEqual(['edge-a sheet']);
    expect(await rowsOf(url(), 'a', 'leases')).toEqual(['edge-a lease']);
  });

  test('a person sees the edges that are theirs to see', async () => {
    expect(await rowsOf(url(), 'trader', 'limits')).toEqual(['edge-a sheet', 'edge-c sheet']);
    expect(await rowsOf(url(), 'officer', 'limits')).toHaveLength(3);
  });

  test('a change of a row reaches its addressee and wakes nobody else', async () => {
    const stop = new AbortController();
    const follow = (caller: string) => {
      const headers = { 'x-test-caller': caller };
      const stream = new ShapeStream({
        url: `${url()}/v1/shapes/limits`,
        headers,
        signal: stop.signal,
        liveSse: false,
      });
      return new Shape(stream as ShapeStreamInterface);
    };
    const [mine, others] = [follow('a'), follow('b')];
    await Promise.all([mine.rows, others.rows]);
    let woken = 0;
    others.subscribe(() => {
      woken += 1;
    });
    const changed = new Promise<void>((resolve) => {
      mine.subscribe(({ rows }) => rows.some((row) => row['version'] === 2n) && resolve());
    });
    await records.database`UPDATE control_objects SET version = 2, note = 'new' WHERE edge = 'edge-a' AND kind = 'sheet'`;
    await changed;
    expect(mine.currentRows[0]?.['note']).toBe('new');
    expect(woken).toBe(0);
    stop.abort();
  });

  test.each([
    'table=people',
    'where=true',
    'columns=edge',
    'params[1]=edge-b',
    'queryable_columns=edge',
    'subset__where=true&subset__order_by=edge&subset__limit=1',
    'subset__params=%7B%221%22%3A%22x%22%7D',
  ])('a caller cannot say what a shape is made of: %s', async (query) => {
    const answer = await fetch(`${url()}/v1/shapes/objects?offset=-1&${query}`, { headers: { 'x-test-caller': 'a' } });
    expect(answer.status).toBe(400);
    expect(answer.headers.has('electric-handle')).toBe(false);
  });

  test('a condition in a body is refused as well, and a part in order is not', async () => {
    const ask = (body: unknown) =>
      fetch(`${url()}/v1/shapes/objects?offset=-1&log=changes_only`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'x-test-caller': 'a' },
      });
    expect((await ask({ where: 'true' })).status).toBe(400);
    expect((await ask({ subset: { where: 'true' } })).status).toBe(400);
    const part = await ask({ order_by: 'kind desc', limit: 2 });
    const { data } = (await part.json()) as { data: { value: { edge: string; kind: string } }[] };
    expect(data.map(({ value }) => [value.edge, value.kind])).toEqual([
      ['edge-a', 'sheet'],
      ['edge-a', 'sanctions'],
    ]);
  });

  test('nobody is answered, and neither is a name or a way that there is not', async () => {
    expect((await fetch(`${url()}/v1/shapes/objects?offset=-1`)).status).toBe(401);
    const headers = { 'x-test-caller': 'officer' };
    expect((await fetch(`${url()}/v1/shapes/people?offset=-1`, { headers })).status).toBe(404);
    expect((await fetch(`${url()}/v1/shape?table=people&offset=-1`, { headers })).status).toBe(404);
    expect((await fetch(`${url()}/v1/shapes/objects?offset=-1`, { headers, method: 'DELETE' })).status).toBe(405);
  });

  test('the handle of another edge’s shape opens nothing', async () => {
    const ask = (caller: string, query: string) =>
      fetch(`${url()}/v1/shapes/objects?${query}`, { headers: { 'x-test-caller': caller } });
    const theirs = (await ask('b', 'offset=-1')).headers.get('electric-handle') ?? '';
    const answer = await ask('a', `offset=0_0&handle=${theirs}`);
    expect(answer.status).toBe(409);
    expect(answer.headers.get('electric-handle')).not.toBe(theirs);
    expect(await answer.json()).toEqual([{ headers: { control: 'must-refetch' } }]);
  });

  test('what is answered stays out of shared caches', async () => {
    const answer = await fetch(`${url()}/v1/shapes/objects?offset=-1`, { headers: { 'x-test-caller': 'a' } });
    expect(answer.headers.get('cache-control')).toMatch(/^private, max-age=604800/);
    expect(answer.headers.get('cache-control')).not.toContain('s-maxage');
    expect(answer.headers.get('vary')).toBe('authorization, cookie');
    expect(answer.headers.has('access-control-allow-origin')).toBe(false);
  });
});

test('a proxy whose secret is wrong, or whose service is gone, asks its callers to come again and says so', async () => {
  for (const [url, secret] of [
    [general.url, 'wrong'],
    ['http://127.0.0.1:9', 'between us'],
  ] as const) {
    const lines: string[] = [];
    const broken = createElectricProxy({ url, secret, log: (line) => lines.push(line) });
    const answer = await broken.handle(new Request('http://hub/v1/shapes/objects?offset=-1'), EDGE_A);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(lines.join()).not.toContain('between us');
    expect(lines).toHaveLength(1);
    await broken.stop();
  }
});
