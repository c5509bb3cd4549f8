import { randomBytes } from 'node:crypto';
import { createApi } from '@gatehouse/hub/api/api.ts';
import { ProposalDetail, ProposalList, SheetDetail, SheetList } from '@gatehouse/hub/api/limit-schemas.ts';
import { API_BASE, openApiDocument, openPath } from '@gatehouse/hub/api/openapi.ts';
import { apiRoutes } from '@gatehouse/hub/api/routes.ts';
import { mayDo, roles } from '@gatehouse/hub/people/permissions.ts';
import { secretSeal } from '@gatehouse/hub/people/sealed-secret.ts';
import { listActs } from '@gatehouse/hub/store/pages/acts.ts';
import { peopleStore } from '@gatehouse/hub/store/pages/people-store.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { type EdgeStream, edgeStream } from '../fixtures/edge-stream.ts';
import {
  ENTITY,
  journalLimits,
  journalTrust,
  type SigningPerson,
  sheetOf,
  sheetText,
  signedSheet,
  signedText,
  signingPerson,
  trustNote,
} from '../fixtures/limit-people.ts';
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

/** A person of the console with a signing key under the same id. */
interface Officer {
  readonly person: TestPerson;
  readonly key: SigningPerson;
}

const Problem = z.strictObject({
  code: z.string(),
  message: z.string(),
  hint: z.string(),
  problems: z.array(z.string()),
});
const STEP_MS = 30_000;
const LINE = `legalEntity=${ENTITY}&environment=paper`;

let server: TestServer;
let subject: TestConsole;
let edge: EdgeStream;
let administrator: TestPerson;
let maker: Officer;
let checker: Officer;
let base: string;

beforeAll(async () => {
  server = await startTestServer();
}, 60_000);
beforeEach(async () => {
  subject = await testConsole(await server.database());
  edge = edgeStream('edge-1');
  await subject.ledger.register(edge);
  administrator = await enrolFirst(subject);
  maker = await officer('risk-officer', 'limits-maker');
  checker = await officer('compliance-officer', 'limits-checker');
  await journalTrust(subject.ledger, edge, trustNote([maker.key, checker.key]));
  base = await journalLimits(subject.ledger, edge, signedSheet(sheetOf('100', { maker: maker.key.id }), maker.key));
});
afterEach(async () => {
  subject.console.close();
  await subject.ledger.ingest.close();
  await subject.ledger.database.end({ timeout: 1 });
});
afterAll(() => server.stop());

async function officer(role: string, signingRole: 'limits-maker' | 'limits-checker'): Promise<Officer> {
  const person = await enrolAs(subject, administrator, role);
  const [row] = await subject.ledger.database`SELECT person_id FROM person WHERE login = ${person.login}`;
  return { person, key: signingPerson(String(row?.['person_id']), signingRole) };
}

const get = (path: string, cookie = maker.person.cookie) => subject.get(`${API_BASE}${path}`, cookie);

function post(path: string, body: unknown, options: { cookie?: string; headers?: Record<string, string> } = {}) {
  const { cookie = maker.person.cookie, headers = {} } = options;
  const own = { cookie, origin: ORIGIN, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' };
  const init = { method: 'POST', headers: { ...own, ...headers }, body: JSON.stringify(body) };
  return subject.console.fetch(new Request(`${ORIGIN}${API_BASE}${path}`, init), LOCAL);
}

async function problemOf(answer: Response | Promise<Response>) {
  const response = await answer;
  return { status: response.status, ...Problem.parse(await response.json()) };
}

async function stepUp({ person }: Officer): Promise<Response> {
  subject.clock.advance(2 * STEP_MS);
  return post('/step-up', { code: await codeAt(subject.clock, person.secret) }, { cookie: person.cookie });
}

const wanted = (quantityMax: string, sequence = 2) => ({
  base,
  sheet: sheetText(quantityMax, { sequence, maker: maker.key.id }),
});

async function propose(quantityMax: string, sequence = 2) {
  const answer = await post('/limits/proposals', wanted(quantityMax, sequence));
  expect(answer.status).toBe(201);
  const detail: unknown = await answer.json();
  decode(ProposalDetail, detail, 'the answer');
  return detail as z.input<typeof ProposalDetail>;
}

test('a sheet goes from its proposal to the edge: two people, a code, two signatures, an export', async () => {
  const { proposal } = await propose('101');
  const path = `/limits/proposals/${proposal}`;
  expect((await stepUp(checker)).status).toBe(200);
  const approved = await post(`${path}/approve`, {}, { cookie: checker.person.cookie });
  expect(approved.status).toBe(200);
  const unsigned = await get(`${path}/document`);
  expect(unsigned.headers.get('content-disposition')).toBe('attachment; filename="example-2.unsigned"');
  const text = await unsigned.text();
  expect((await problemOf(get(`/limits/export?${LINE}`))).status).toBe(404);

  const half = await post(`${path}/sign`, { note: signedText(text, maker.key) });
  expect(await half.json()).toMatchObject({ state: 'checked', missing: [{ person: checker.key.id }] });
  const whole = await post(`${path}/sign`, { note: signedText(text, checker.key) }, { cookie: checker.person.cookie });
  expect(await whole.json()).toMatchObject({ state: 'signed', missing: [] });

  const document = await (await get(`/limits/export?${LINE}`)).text();
  const sheet = await journalLimits(subject.ledger, edge, document);
  const detail: unknown = await (await get(`/limits/sheets/${sheet}`)).json();
  expect(decode(SheetDetail, detail, 'the answer')).toMatchObject({ state: 'in-force', sequence: 2, proposal });
  expect(await (await get(`/limits/sheets/${sheet}/document`)).text()).toBe(document);
  expect(decode(SheetList, await (await get('/limits/sheets')).json(), 'the answer').sheets).toMatchObject([
    { sheet, state: 'in-force', maker: maker.key.id, checkers: [checker.key.id], isLoosening: true },
    { sheet: base, state: 'superseded', proposal: null, base: null },
  ]);
  const { proposals } = decode(ProposalList, await (await get('/limits/proposals?state=in-force')).json(), 'it');
  expect(proposals.map(({ changes }) => changes.map(({ says }) => says))).toEqual([
    ['max-order-quantity for firm: quantityMax goes from 100 to 101.'],
  ]);
});

test('the maker cannot approve their own sheet, with a fresh code and the permission', async () => {
  const { proposal } = await propose('101');
  await stepUp(maker);
  const refused = await problemOf(post(`/limits/proposals/${proposal}/approve`, {}));
  expect(refused).toMatchObject({
    status: 403,
    code: 'FORBIDDEN',
    problems: ['the maker of a sheet can never check it'],
  });
});

test('an approval needs a code of the last five minutes, and each code serves once', async () => {
  const path = `/limits/proposals/${(await propose('101')).proposal}/approve`;
  const approve = () => problemOf(post(path, { extra: true }, { cookie: checker.person.cookie }));
  expect(await approve()).toMatchObject({ status: 403, code: 'STEP_UP_NEEDED' });
  expect((await stepUp(checker)).status).toBe(200);
  const code = await codeAt(subject.clock, checker.person.secret);
  const again = await problemOf(post('/step-up', { code }, { cookie: checker.person.cookie }));
  expect(again).toMatchObject({ status: 403, code: 'STEP_UP_NEEDED' });
  subject.clock.advance(5 * 60_000 - 1);
  expect(await approve(), 'the body is looked at').toMatchObject({ status: 400, code: 'MESSAGE_MALFORMED' });
  subject.clock.advance(1);
  expect(await approve()).toMatchObject({ status: 403, code: 'STEP_UP_NEEDED' });
});

test('a step-up counts for its session alone, and guesses are slowed down', async () => {
  const cookie = checker.person.cookie;
  const right = await Promise.all([-1, 0, 1].map((step) => codeAt(subject.clock, checker.person.secret, step)));
  const code = ['000000', '111111', '222222', '333333'].find((guess) => !right.includes(guess));
  for (let guess = 0; guess < 4; guess += 1) {
    expect((await problemOf(post('/step-up', { code }, { cookie }))).code).toBe('STEP_UP_NEEDED');
  }
  const waiting = await problemOf(post('/step-up', { code }, { cookie }));
  expect(waiting).toMatchObject({ status: 429, code: 'ATTEMPTS_EXHAUSTED' });
  expect((await stepUp(checker)).status).toBe(200);
  const rows = await subject.ledger
    .database`SELECT s.person_id FROM session_step_up JOIN web_session s USING (session_hash)`;
  expect(rows).toEqual([{ person_id: checker.key.id }]);
});

test('a bad sheet comes back with every problem, a malformed one as well', async () => {
  const { sheet } = wanted('99', 1);
  const bad = await problemOf(post('/limits/proposals', { base: null, sheet: { ...sheet, maker: 'P-else' } }));
  expect(bad).toMatchObject({ status: 422, code: 'SHEET_REFUSED' });
  expect(bad.problems).toHaveLength(3);
  const malformed = await problemOf(
    post('/limits/proposals', { base: 'x', sheet: { ...sheet, currency: 'XXXX', controls: [] }, more: 1 }),
  );
  expect(malformed).toMatchObject({ status: 400, code: 'MESSAGE_MALFORMED' });
  expect(malformed.problems).toHaveLength(4);
});

test('the maker takes a proposal back with a reason, and nothing follows', async () => {
  const { proposal } = await propose('99');
  const path = `/limits/proposals/${proposal}`;
  expect((await problemOf(post(`${path}/withdraw`, { reason: '' }))).status).toBe(400);
  const withdrawn = await post(`${path}/withdraw`, { reason: 'A slip.' });
  expect(await withdrawn.json()).toMatchObject({
    state: 'withdrawn',
    steps: [{ event: 'propose' }, { note: 'A slip.' }],
  });
  const rejected = post(`${path}/reject`, { reason: 'Late.' }, { cookie: checker.person.cookie });
  expect(await problemOf(rejected)).toMatchObject({ status: 409, code: 'STATE_CONFLICT' });
});

test('who may do what is asked of every route, by the one table', async () => {
  const trader = await enrolAs(subject, administrator, 'trader');
  expect((await get('/limits/sheets', trader.cookie)).status).toBe(200);
  expect(await problemOf(post('/limits/proposals', wanted('99'), { cookie: trader.cookie }))).toMatchObject({
    status: 403,
    message: 'the role trader does not hold the permission limits.propose',
  });
  for (const { method, path, needs } of apiRoutes) {
    if (needs === 'anyone') continue;
    const place = path.replace(':sheet', base).replace(':proposal', 'L-000000000000');
    const nobody = method === 'GET' ? get(place, '') : post(place, {}, { cookie: '' });
    expect(await problemOf(nobody), place).toMatchObject({ status: 401, code: 'SIGN_IN_NEEDED' });
    expect(needs === 'session' || roles.some((role) => mayDo(role, needs)), path).toBe(true);
  }
});

test('a change from another origin, host or without an origin is refused, whatever its content type', async () => {
  for (const headers of [
    { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    { origin: 'https://evil.example' },
    { 'sec-fetch-site': 'cross-site' },
  ]) {
    expect(await problemOf(post('/limits/proposals', wanted('99'), { headers }))).toMatchObject({ code: 'FORBIDDEN' });
  }
  const foreign = new Request(`http://evil.example${API_BASE}/limits/sheets`, {
    headers: { cookie: maker.person.cookie },
  });
  expect((await subject.console.fetch(foreign, LOCAL)).status).toBe(403);
  const form = await problemOf(post('/limits/proposals', wanted('99'), { headers: { 'content-type': 'text/plain' } }));
  expect(form).toMatchObject({ status: 400, message: 'a body of type text/plain' });
});

test('a body beyond its bound is refused before it is read, one at the bound is looked at', async () => {
  const { proposal } = await propose('99');
  const huge = await problemOf(post(`/limits/proposals/${proposal}/sign`, { note: 'x'.repeat(620 * 1024) }));
  expect(huge).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' });
  const large = await problemOf(post(`/limits/proposals/${proposal}/sign`, { note: 'x'.repeat(499_000) }));
  expect(large).toMatchObject({ status: 403, code: 'SIGNATURE_INVALID' });
  const small = await problemOf(post(`/limits/proposals/${proposal}/withdraw`, { reason: 'x'.repeat(17 * 1024) }));
  expect(small).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' });
});

test('a NUL character, which no record can hold, is refused at the door', async () => {
  const { proposal } = await propose('99');
  const refused = await problemOf(post(`/limits/proposals/${proposal}/withdraw`, { reason: 'A \0 slip.' }));
  expect(refused).toMatchObject({ status: 400, problems: ['the body holds a NUL character'] });
});

test('the page of limits shows versions and what waits, and its file has the same', async () => {
  await propose('101');
  const page = await (await subject.get('/limits', maker.person.cookie)).text();
  for (const part of [
    'Waiting for a person',
    'a second person',
    'quantityMax goes from 100 to 101',
    'the first sheet',
  ]) {
    expect(page).toContain(part);
  }
  expect((await subject.get('/limits')).status).toBe(303);
  const file = await (await subject.get('/export/limits.csv', maker.person.cookie)).text();
  expect(file).toContain(base);
  const older = await (await subject.get(`/limits?before=${base}`, maker.person.cookie)).text();
  expect(older).not.toContain('the first sheet');
});

test('what is not there is said in JSON', async () => {
  expect(await problemOf(get('/no-such-thing'))).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  expect(await problemOf(get(`/limits/sheets/${'0'.repeat(64)}`))).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  expect(await problemOf(get('/limits/proposals/L-000000000000'))).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  expect(await problemOf(get('/limits/proposals/7'))).toMatchObject({ status: 400, code: 'MESSAGE_MALFORMED' });
});

test('I14 an export is an act that names the sheet', async () => {
  const { proposal } = await propose('99');
  const { text } = (await (await get(`/limits/proposals/${proposal}`)).json()) as { readonly text: string };
  await post(`/limits/proposals/${proposal}/sign`, { note: signedText(text, maker.key) });
  await get(`/limits/export?${LINE}`);
  const [act] = await listActs(subject.ledger.database, { action: 'limits.exported' }, { limit: 10 });
  expect(act).toMatchObject({ by: maker.key.id, target: proposal, after: { sequence: '2' } });
});

test('kills and releases are told as edges recorded them', async () => {
  const at = '2026-01-05T09:30:00.000000000Z';
  const kill = { v: 2, id: 'K-1', scopes: ['firm'], level: 'cancel', haltEpoch: 1, by: 'P-1', reason: 'A test.', at };
  const note = signedText('gatehouse/release/v1\n{}\n', maker.key, checker.key);
  const release = { v: 1, kill: 'K-1', haltEpoch: 1, by: ['P-1', 'P-2'], reason: 'Over.', at, document: note };
  await subject.ledger.take(edge, edge.batch(edge.add({ kind: 'kill', body: kill })));
  expect(await (await get('/kills')).json()).toMatchObject({ kills: [{ kill: 'K-1', release: null }], next: null });
  await subject.ledger.take(edge, edge.batch(edge.add({ kind: 'release', body: release })));
  expect(await (await get('/kills?edge=edge-1')).json()).toMatchObject({
    kills: [{ scopes: ['firm'], level: 'cancel', release: { by: ['P-1', 'P-2'], reason: 'Over.' } }],
  });
  expect(await (await get('/releases')).json()).toMatchObject({ releases: [{ kill: 'K-1', document: note }] });
  expect(await (await get('/kills?edge=edge-2')).json()).toEqual({ kills: [], next: null });
});

test('a commit with an accepted sheet is noticed without anybody asking', async () => {
  const { proposal } = await propose('99');
  const { text } = (await (await get(`/limits/proposals/${proposal}`)).json()) as { readonly text: string };
  await post(`/limits/proposals/${proposal}/sign`, { note: signedText(text, maker.key) });
  await journalLimits(subject.ledger, edge, await (await get(`/limits/export?${LINE}`)).text());
  const state = async () => {
    const [row] = await subject.ledger.database`SELECT state FROM limit_proposal_step ORDER BY ordinal DESC LIMIT 1`;
    return row?.['state'];
  };
  await expect.poll(state, { timeout: 20_000, interval: 100 }).toBe('in-force');
});

/** What the API really answers to, as its router says. */
function servedRoutes(): readonly string[] {
  const { database, hubStream } = subject.ledger;
  const random = (length: number) => randomBytes(length);
  const people = { store: peopleStore(database, hubStream.appendAct), clock: subject.clock, random };
  const api = createApi({
    database,
    appendAct: hubStream.appendAct,
    clock: subject.clock,
    people: { ...people, seal: secretSeal(randomBytes(32), random) },
    release: '1',
    origin: ORIGIN,
    onCommitted: (listener) => subject.ledger.ingest.onCommitted(listener),
    log: () => undefined,
  });
  api.close();
  const doors = api.app.routes.filter(({ method }) => method !== 'ALL');
  return [...new Set(doors.map(({ method, path }) => `${method} ${API_BASE}${openPath(path)}`))].sort();
}

test('every route stands in the OpenAPI document, which anyone may read, and nothing else does', async () => {
  const answer = await subject.get(`${API_BASE}/openapi.json`);
  expect(answer.status).toBe(200);
  const document = (await answer.json()) as ReturnType<typeof openApiDocument>;
  expect(document.openapi).toBe('3.1.0');
  const written = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const served = servedRoutes();
  expect(written.sort()).toEqual(served);
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods)) as {
    readonly operationId: string;
    readonly parameters: readonly { readonly name: string }[];
  }[];
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(served.length);
  const text = JSON.stringify(document);
  for (const [, name = ''] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) {
    expect(Object.keys(document.components.schemas)).toContain(name);
  }
});

test('a body that violates the document is refused by its route, with its problems', async () => {
  for (const { method, path, body } of apiRoutes) {
    if (method !== 'POST') continue;
    expect(body, `${path} says what it takes`).toBeDefined();
    const place = path.replace(':proposal', 'L-000000000000');
    const cookie = administrator.cookie;
    subject.clock.advance(2 * STEP_MS);
    await post('/step-up', { code: await codeAt(subject.clock, administrator.secret) }, { cookie });
    for (const wrong of [{ unknown: true }, [], null, 'text']) {
      const refused = await problemOf(post(place, wrong, { cookie }));
      expect(refused, place).toMatchObject({ status: 400, code: 'MESSAGE_MALFORMED' });
      expect(refused.problems.length, place).toBeGreaterThan(0);
    }
  }
});

test('the schema of a proposal in the document is the one that decodes it', () => {
  const document = openApiDocument(apiRoutes, '1');
  const operation = document.paths[`${API_BASE}/limits/proposals`]?.['post'] as {
    readonly requestBody: {
      readonly content: Record<string, { readonly schema: { readonly required: readonly string[] } }>;
    };
  };
  const schema = operation.requestBody.content['application/json']?.schema;
  expect(schema?.required).toEqual(['base', 'sheet']);
  const from = z.fromJSONSchema(schema as never);
  const good = { base: null, sheet: sheetText('99', { sequence: 2 }) };
  expect(from.safeParse(good).success).toBe(true);
  expect(from.safeParse({ ...good, sheet: { ...good.sheet, sequence: 0 } }).success).toBe(false);
  expect(from.safeParse({ ...good, more: 1 }).success).toBe(false);
});
