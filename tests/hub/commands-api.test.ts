import { API_BASE } from '@gatehouse/hub/api/openapi.ts';
import { parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { openCommand } from '@gatehouse/shared/schema/control.ts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { edgeStream } from '../fixtures/edge-stream.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';
import {
  codeAt,
  enrolAs,
  enrolFirst,
  LOCAL,
  ORIGIN,
  type TestConsole,
  type TestPerson,
  testConsole,
} from '../fixtures/test-console.ts';

const KILL = { kind: 'kill', edges: 'all', scopes: ['firm'], level: 'cancel', reason: 'A drill.' };
const REFETCH = { kind: 'refetch', edges: ['edge-1'], reason: 'A drill.' };
const STEP_MS = 30_000;
let server: TestServer;
let subject: TestConsole;
let administrator: TestPerson;

beforeAll(async () => {
  server = await startTestServer();
}, 60_000);
beforeEach(async () => {
  subject = await testConsole(await server.database());
  await subject.ledger.register(edgeStream('edge-1'));
  administrator = await enrolFirst(subject);
});
afterEach(async () => {
  subject.console.close();
  await subject.ledger.ingest.close();
  await subject.ledger.database.end({ timeout: 1 });
});
afterAll(() => server.stop());

async function post(path: string, body: unknown, { cookie }: TestPerson) {
  const headers = { cookie, origin: ORIGIN, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' };
  const init = { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await subject.console.fetch(new Request(`${ORIGIN}${API_BASE}${path}`, init), LOCAL);
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

const get = async (path: string, { cookie }: TestPerson) =>
  (await (await subject.get(`${API_BASE}${path}`, cookie)).json()) as Record<string, unknown>;

test('a trader stops at once without a code, and an auditor cannot', async () => {
  const trader = await enrolAs(subject, administrator, 'trader');
  const { status, json } = await post('/commands/stop', KILL, trader);
  expect([status, json['kind'], json['numbers']]).toEqual([201, 'kill', { 'edge-1': 1 }]);
  const [row] = await subject.ledger.database<{ note: string }[]>`SELECT note FROM commands`;
  const hub = [parseVerifierKey(subject.ledger.signer.verifierKey)];
  expect(openCommand(row?.note ?? '', hub)).toMatchObject({ kind: 'kill', edge: 'edge-1', id: json['id'] });
  expect(await get('/commands/waiting', trader)).toMatchObject({ edges: [{ edge: 'edge-1', open: 1 }] });
  expect(await get('/commands?open=true', trader)).toMatchObject({
    commands: [{ id: json['id'], state: 'sent', target: 'firm', result: null }],
    next: null,
  });
  const auditor = await enrolAs(subject, administrator, 'auditor');
  expect(await post('/commands/stop', KILL, auditor)).toMatchObject({ status: 403, json: { code: 'FORBIDDEN' } });
});

test('whatever keeps its order needs a fresh code, and a trader may not give it', async () => {
  expect(await post('/commands', REFETCH, administrator)).toMatchObject({ json: { code: 'STEP_UP_NEEDED' } });
  subject.clock.advance(2 * STEP_MS);
  await post('/step-up', { code: await codeAt(subject.clock, administrator.secret) }, administrator);
  expect(await post('/commands', REFETCH, administrator)).toMatchObject({ status: 201, json: { kind: 'refetch' } });
  const release = { kind: 'release', edge: 'edge-1', kill: 'K-1', document: 'signed by nobody', reason: 'A test.' };
  expect(await post('/commands', release, administrator)).toMatchObject({ json: { code: 'SIGNATURE_INVALID' } });
  const trader = await enrolAs(subject, administrator, 'trader');
  expect(await post('/commands', REFETCH, trader)).toMatchObject({ status: 403, json: { code: 'FORBIDDEN' } });
});

test('a stop without a scope or a reason, or for an edge that nobody knows, is refused with what is wrong', async () => {
  expect(await post('/commands/stop', { ...KILL, scopes: [], reason: '' }, administrator)).toMatchObject({
    status: 400,
    json: { problems: [expect.stringContaining('scopes'), expect.stringContaining('reason')] },
  });
  expect(await post('/commands/stop', { ...KILL, edges: ['edge-9'] }, administrator)).toMatchObject({
    status: 404,
    json: { problems: ['there is no edge edge-9'] },
  });
});
