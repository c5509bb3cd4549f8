import { createShapeServer, type ShapeServer } from '@gatehouse/hub/sync/shapes/shape-server.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { consoleShapes } from '../../fixtures/console-shapes.ts';
import { edgeStream, killOf } from '../../fixtures/edge-stream.ts';
import { startTestServer, type TestServer } from '../../fixtures/postgres.ts';
import {
  enrolFirst,
  LOCAL,
  ORIGIN,
  type TestConsole,
  type TestPerson,
  testConsole,
} from '../../fixtures/test-console.ts';

let server: TestServer;
let subject: TestConsole;
let shapes: ShapeServer;
let officer: TestPerson;
let mark = '';
const edge = edgeStream('edge-1');

beforeAll(async () => {
  server = await startTestServer();
  const records = await server.database();
  shapes = consoleShapes(records);
  await shapes.ready;
  subject = await testConsole(records, { shapes });
  for (const one of [edge, edgeStream('edge-2')]) await subject.ledger.register(one);
  await subject.ledger.take(edge, edge.batch(edge.add(killOf('K-1', { reason: 'A secret reason.' }))));
}, 120_000);
afterAll(async () => {
  subject.console.close();
  await shapes.stop();
  await subject.ledger.ingest.close();
  await server.stop();
});

interface Asked {
  readonly cookie?: string;
  readonly session?: string;
  readonly body?: unknown;
}

async function ask(path: string, { cookie, session, body }: Asked = {}): Promise<Response> {
  const headers = new Headers({ origin: ORIGIN, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' });
  if (cookie !== undefined) headers.set('cookie', cookie);
  if (session !== undefined) headers.set('gatehouse-session', session);
  const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
  return subject.console.fetch(new Request(ORIGIN + path, init), LOCAL);
}

/** All rows of a stream, as a client reads them from the start. */
async function textOf(path: string, asked: Asked): Promise<string> {
  const answer = await ask(`${path}?offset=-1&log=full`, asked);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  return answer.text();
}

test('before anyone has enrolled a guest reads counts and states, no reason, no key and no other stream', async () => {
  const text = await textOf('/live/shapes/glance', { session: 'guest' });
  expect(text).toContain('edge-1');
  expect(text).toContain('halted');
  expect(text).not.toMatch(/A secret reason|K-1|gatehouse\+|\+[0-9a-f]{8}\+/);
  for (const path of ['overview', 'edges', 'edge/edge-1'])
    expect((await ask(`/live/shapes/${path}?offset=-1`, { session: 'guest' })).status, path).toBe(401);
  const body = { requests: [{ id: 1, path: '/live/shapes/edges', query: '?offset=-1' }] };
  const poll = (await (await ask('/live/poll', { session: 'guest', body })).json()) as {
    answers: { status: number }[];
  };
  expect(poll.answers.map(({ status }) => status)).toEqual([401]);
});

test('a person reads the streams of their own session alone, and that of an edge holds that edge alone', async () => {
  officer = await enrolFirst(subject);
  const page = await (await subject.get('/edges', officer.cookie)).text();
  mark = /data-session="([0-9a-f]{16})"/.exec(page)?.[1] ?? '';
  const { cookie } = officer;
  expect((await ask('/live/shapes/glance?offset=-1', { session: 'guest' })).status).toBe(401);
  for (const session of ['guest', '0'.repeat(16)])
    expect((await ask('/live/shapes/edges?offset=-1', { cookie, session })).status).toBe(401);
  const edges = await textOf('/live/shapes/edges', { cookie, session: mark });
  expect(edges).toContain('edge-2');
  const one = await textOf('/live/shapes/edge/edge-1', { cookie, session: mark });
  expect(one).toContain('A secret reason.');
  expect(one).not.toContain('edge-2');
  for (const path of ['/live/shapes/commands', '/live/shapes/edge/', '/live/shapes/edge/a/b'])
    expect((await ask(path, { cookie, session: mark })).status, path).toBe(404);
  const narrowed = await ask('/live/shapes/edges?offset=-1&where=true', { cookie, session: mark });
  expect(narrowed.status).toBe(400);
});

test('an edge reads nothing of what is made for people', async () => {
  const url = 'http://localhost/v1/shapes/console-edges?offset=-1';
  expect((await shapes.handle(new Request(url), { kind: 'edge', edge: 'edge-1' })).status).toBe(403);
});

test('one question waits for several streams, and what a session that has ended was waiting for is kept from it', async () => {
  const { cookie } = officer;
  const asked = { cookie, session: mark };
  const first = await ask('/live/shapes/edge/edge-1?offset=0_inf&live=true&handle=none', asked);
  expect(first.status).toBe(409);
  const requests = [{ id: 7, path: '/live/shapes/edge/edge-1', query: '?offset=-1' }];
  const body = { requests: [...requests, { id: 8, path: '/live/shapes/nothing', query: '' }] };
  const told = (await (await ask('/live/poll', { ...asked, body })).json()) as {
    answers: { id: number; status: number }[];
  };
  expect(told.answers.map(({ id, status }) => [id, status]).sort()).toContainEqual([8, 404]);
  const many = Array.from({ length: 33 }, (_, id) => ({ id, path: '/live/shapes/edges', query: '' }));
  expect((await ask('/live/poll', { ...asked, body: { requests: many } })).status).toBe(400);
  // A stream that waits for what is ahead of it is held; the session ends meanwhile.
  const snapshot = await ask('/live/shapes/edges?offset=-1&log=full', asked);
  const handle = snapshot.headers.get('electric-handle') ?? '';
  const query = `?offset=0_inf&live=true&handle=${handle}&log=full`;
  const held = ask('/live/poll', { ...asked, body: { requests: [{ id: 1, path: '/live/shapes/edges', query }] } });
  await subject.post('/sign-out', {}, cookie);
  await subject.ledger.take(edge, edge.batch(edge.add(killOf('K-2'))));
  expect((await held).status).toBe(401);
}, 60_000);

test('a hub whose shapes are away says so, and keeps its pages', async () => {
  const records = await server.database();
  const away = createShapeServer({
    database: records.database,
    target: 'postgres://nobody:none@127.0.0.1:1/none',
    clock: subject.clock,
    log: () => undefined,
  });
  const other = await testConsole(records, { shapes: away });
  const person = await enrolFirst(other);
  const page = await (await other.get('/edges', person.cookie)).text();
  const session = /data-session="([0-9a-f]{16})"/.exec(page)?.[1] ?? '';
  const request = new Request(`${ORIGIN}/live/shapes/edges?offset=-1`, {
    headers: { cookie: person.cookie, 'gatehouse-session': session },
  });
  expect((await other.console.fetch(request, LOCAL)).status).toBe(503);
  expect(page).toContain('not live');
  other.console.close();
  await away.stop();
  await other.ledger.ingest.close();
}, 60_000);
