import { routes } from '@gatehouse/hub/console/routes.ts';
import { mayDo, roles } from '@gatehouse/hub/people/permissions.ts';
import { inTransaction } from '@gatehouse/hub/store/database.ts';
import { listActs } from '@gatehouse/hub/store/pages/acts.ts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { recordFirm } from '../../fixtures/firm-records.ts';
import { startTestServer, type TestServer } from '../../fixtures/postgres.ts';
import {
  codeAt,
  cookieOf,
  enrolAs,
  enrolBy,
  enrolFirst,
  LOCAL,
  ORIGIN,
  type TestConsole,
  type TestPerson,
  testConsole,
} from '../../fixtures/test-console.ts';

let server: TestServer;
let subject: TestConsole;

beforeAll(async () => {
  server = await startTestServer();
}, 60_000);
beforeEach(async () => {
  subject = await testConsole(await server.database());
});
afterEach(async () => {
  subject.console.close();
  await subject.ledger.ingest.close();
  await subject.ledger.database.end({ timeout: 1 });
});
afterAll(() => server.stop());

const signIn = (person: TestPerson, code: string, password = person.password) =>
  subject.post('/sign-in', { login: person.login, password, code, to: '/orders' });
const STEP_MS = 30_000;

test('the first-run link enrols one person, once, and a newer link makes it worthless', async () => {
  const old = (await subject.console.firstRunLink()) ?? '';
  const link = (await subject.console.firstRunLink()) ?? '';
  expect((await subject.get(new URL(old).pathname)).status).toBe(404);
  const person = await enrolBy(subject, link, 'officer');
  expect(person.recoveryCodes).toHaveLength(10);
  expect((await subject.get('/', person.cookie)).status).toBe(200);
  expect((await subject.get(new URL(link).pathname)).status).toBe(404);
  expect(await subject.console.firstRunLink()).toBeUndefined();
});

test('a link is good for less than 24 hours', async () => {
  const path = new URL((await subject.console.firstRunLink()) ?? '').pathname;
  subject.clock.advance(24 * 3_600_000 - 1);
  expect((await subject.get(path)).status).toBe(200);
  subject.clock.advance(1);
  expect((await subject.get(path)).status).toBe(404);
});

test('a code is good one step early and late, not two, and never twice', async () => {
  const person = await enrolFirst(subject);
  subject.clock.advance(10 * STEP_MS);
  const late = await codeAt(subject.clock, person.secret, -1);
  const tooLate = await codeAt(subject.clock, person.secret, -2);
  const early = await codeAt(subject.clock, person.secret, 1);
  const tooEarly = await codeAt(subject.clock, person.secret, 2);
  expect((await signIn(person, tooLate)).status).toBe(401);
  expect((await signIn(person, late)).status).toBe(303);
  expect((await signIn(person, late)).status).toBe(401);
  expect((await signIn(person, tooEarly)).status).toBe(401);
  expect((await signIn(person, early)).status).toBe(303);
  expect((await signIn(person, await codeAt(subject.clock, person.secret))).status, 'earlier than the last').toBe(401);
});

test('of two equal codes at the same moment one is refused', async () => {
  const person = await enrolFirst(subject);
  subject.clock.advance(2 * STEP_MS);
  const code = await codeAt(subject.clock, person.secret);
  const answers = await Promise.all([signIn(person, code), signIn(person, code)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([303, 401]);
});

test('a recovery code stands in for a code once', async () => {
  const person = await enrolFirst(subject);
  const [first = '', second = ''] = person.recoveryCodes;
  expect((await signIn(person, first)).status).toBe(303);
  expect((await signIn(person, first)).status).toBe(401);
  expect((await signIn(person, second.replaceAll('-', '').toUpperCase())).status).toBe(303);
});

test('an unknown login and a wrong password get one and the same answer', async () => {
  const person = await enrolFirst(subject);
  const code = await codeAt(subject.clock, person.secret, 1);
  const body = async (answer: Response) => (await answer.text()).replaceAll(/value="[^"]*"/g, '');
  const wrong = await signIn(person, code, 'not the password');
  const unknown = await signIn({ ...person, login: 'somebody' }, code);
  expect([wrong.status, unknown.status]).toEqual([401, 401]);
  expect(await body(wrong)).toBe(await body(unknown));
});

test('wrong attempts wait longer and longer, and the right one passes after the wait', async () => {
  const person = await enrolFirst(subject);
  subject.clock.advance(5 * STEP_MS);
  for (let attempt = 0; attempt < 4; attempt += 1) expect((await signIn(person, '000000')).status).toBe(401);
  const blocked = await signIn(person, await codeAt(subject.clock, person.secret));
  expect(blocked.status).toBe(429);
  expect(blocked.headers.get('retry-after')).toBe('1');
  subject.clock.advance(1_000);
  expect((await signIn(person, await codeAt(subject.clock, person.secret))).status).toBe(303);
});

test('forty attempts at once are not forty guesses', async () => {
  const person = await enrolFirst(subject);
  const answers = await Promise.all(Array.from({ length: 40 }, () => signIn(person, '000000')));
  expect(answers.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(4);
});

test('a session ends after 30 idle minutes and after 12 hours in any case', async () => {
  const person = await enrolFirst(subject);
  const isOpen = async () => (await subject.get('/orders', person.cookie)).status === 200;
  subject.clock.advance(30 * 60_000 - 1);
  expect(await isOpen()).toBe(true);
  for (let half = 0; half < 23; half += 1) {
    subject.clock.advance(29 * 60_000);
    expect(await isOpen()).toBe(true);
  }
  subject.clock.advance(12 * 3_600_000 - 23 * 29 * 60_000 - 30 * 60_000);
  expect(await isOpen()).toBe(true);
  subject.clock.advance(1);
  expect(await isOpen()).toBe(false);
});

test('what a page asks by itself keeps no session alive', async () => {
  const person = await enrolFirst(subject);
  const mark = /data-session="([0-9a-f]{16})"/.exec(await (await subject.get('/', person.cookie)).text())?.[1] ?? '';
  const headers = { cookie: person.cookie, 'gatehouse-session': mark };
  const ask = async () => {
    const request = new Request(`${ORIGIN}/live/shapes/overview?offset=-1`, { headers });
    return (await subject.console.fetch(request, LOCAL)).status;
  };
  for (let minute = 0; minute < 29; minute += 1) {
    subject.clock.advance(60_000);
    // This console has no shapes to read; that it says so shows that the session still counts.
    expect(await ask()).toBe(503);
  }
  subject.clock.advance(60_000);
  expect(await ask()).toBe(401);
});

test('signing out, revoking and disabling end sessions at once', async () => {
  const officer = await enrolFirst(subject);
  subject.clock.advance(STEP_MS * 2);
  const second = cookieOf(await signIn(officer, await codeAt(subject.clock, officer.secret)));
  const account = await (await subject.get('/account', second)).text();
  const hash = /\/account\/sessions\/([0-9a-f]{64})\/revoke/.exec(account)?.[1] ?? '';
  expect((await subject.post(`/account/sessions/${hash}/revoke`, {}, second)).status).toBe(303);
  expect((await subject.get('/orders', officer.cookie)).status).toBe(303);

  const trader = await enrolAs(subject, { ...officer, cookie: second }, 'trader');
  expect((await subject.get('/orders', trader.cookie)).status).toBe(200);
  const people = await (await subject.get('/people', second)).text();
  const id = /\/people\/(P-[0-9a-f]+)\/disable/.exec(people)?.[1] ?? '';
  expect((await subject.post(`/people/${id}/disable`, {}, second)).status).toBe(303);
  expect((await subject.get('/orders', trader.cookie)).status).toBe(303);
  subject.clock.advance(STEP_MS * 3);
  expect((await signIn(trader, await codeAt(subject.clock, trader.secret))).status).toBe(401);

  expect((await subject.post('/sign-out', {}, second)).status).toBe(303);
  expect((await subject.get('/orders', second)).status).toBe(303);
});

test('every route asks for its permission, of every role and of nobody', async () => {
  const officer = await enrolFirst(subject);
  const people = new Map<string, TestPerson>([['administrator', officer]]);
  for (const role of roles.filter((name) => name !== 'administrator'))
    people.set(role, await enrolAs(subject, officer, role));
  const guarded = routes.filter(({ needs }) => needs !== 'anyone' && needs !== 'session');
  expect(guarded.length).toBeGreaterThan(20);
  for (const { method, path, needs } of guarded) {
    const address = path.replace(/:format.*/, 'pdf').replaceAll(/:[a-z]+(\{.*\})?/g, '0');
    const ask = (cookie?: string) =>
      method === 'GET' ? subject.get(address, cookie) : subject.post(address, {}, cookie);
    const anonymous = await ask();
    expect([303, 401], `${method} ${path} for nobody`).toContain(anonymous.status);
    if (anonymous.status === 303) expect(anonymous.headers.get('location')).toMatch(/^\/sign-in/);
    for (const [role, { cookie }] of people) {
      const permission =
        needs === 'glance' || needs === 'session' ? 'records.read' : needs === 'anyone' ? undefined : needs;
      const may = permission === undefined || mayDo(role, permission);
      const answer = await ask(cookie);
      await answer.body?.cancel();
      expect(answer.status === 403, `${method} ${path} for ${role}`).toBe(!may);
    }
  }
  const open = routes.filter(({ needs }) => needs === 'anyone').map(({ method, path }) => `${method} ${path}`);
  expect(open.sort()).toEqual(
    ['GET /enrol/:token', 'GET /sign-in', 'POST /appearance', 'POST /enrol/:token', 'POST /sign-in'].sort(),
  );
});

test('a request that another site made is refused, as a form and as JSON', async () => {
  const { cookie } = await enrolFirst(subject);
  const send = async (headers: Record<string, string>) => {
    const request = new Request(`${ORIGIN}/people/invite`, {
      method: 'POST',
      headers: { cookie, ...headers },
      body: 'role=trader',
    });
    return (await subject.console.fetch(request, LOCAL)).status;
  };
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const json = { 'content-type': 'application/json' };
  for (const type of [form, json]) {
    expect(await send({ ...type, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await send({ ...type, origin: 'https://evil.example' })).toBe(403);
    expect(await send({ ...type, origin: 'null' })).toBe(403);
    expect(await send({ ...type, 'sec-fetch-site': 'same-site' })).toBe(403);
    expect(await send(type), 'with no word about where it comes from').toBe(403);
  }
  expect(await send({ ...form, origin: ORIGIN, 'sec-fetch-site': 'same-origin' })).toBe(200);
});

test('another host name that leads here is refused', async () => {
  const ask = async (url: string) => (await subject.console.fetch(new Request(url), LOCAL)).status;
  expect(await ask('http://rebound.example:4680/')).toBe(403);
  expect(await ask('http://127.0.0.1:4680/')).toBe(200);
});

test('before anyone has enrolled only this machine sees the overview, and nothing but that', async () => {
  const from = (address: string, headers: Record<string, string> = {}) =>
    subject.console.fetch(new Request(`${ORIGIN}/`, { headers }), { incoming: { socket: { remoteAddress: address } } });
  expect((await from('127.0.0.1')).status).toBe(200);
  expect(await (await from('::1')).text()).toContain('Nobody has enrolled yet');
  expect((await from('192.0.2.7')).status).toBe(303);
  expect((await from('127.0.0.1', { 'x-forwarded-for': '192.0.2.7' })).status).toBe(303);
  expect((await subject.get('/orders')).status).toBe(303);
  await enrolFirst(subject);
  expect((await from('127.0.0.1')).status).toBe(303);
});

test('every page carries the policy and no inline script or style', async () => {
  const { cookie } = await enrolFirst(subject);
  await recordFirm(subject.ledger);
  const pages = routes
    .filter(({ method, path }) => method === 'GET' && !/[:.]|^\/live\/shapes/.test(path))
    .map(({ path }) => path);
  for (const path of [...pages, '/orders/run-1.00006.ema-cross.1', '/ledger/3', '/nowhere', '/sign-in']) {
    const answer = await subject.get(path, path === '/sign-in' ? undefined : cookie);
    expect(answer.headers.get('content-security-policy'), path).toMatch(/^default-src 'none'; script-src 'self';/);
    const text = await answer.text();
    expect(text, path).not.toMatch(/ style=|<style|<script(?! type="module" src="\/assets\/)| on[a-z]+="/);
    expect(text.includes('PAPER — DEMO') || path.startsWith('/live'), path).toBe(true);
  }
});

test('a table leaves as CSV with its filters and zone, no formula in it, and an act on record', async () => {
  const { cookie } = await enrolFirst(subject);
  await recordFirm(subject.ledger);
  const order = subject.ledger.database;
  await inTransaction(order, (tx) => tx`UPDATE orders SET account = '=HYPERLINK("http://evil")' WHERE side = 'sell'`);
  const text = await (await subject.get('/export/orders.csv?side=sell', cookie)).text();
  expect(text).toContain('Filters: Side = sell\r\n');
  expect(text).toContain('Time zone: UTC\r\n');
  expect(text).toContain(`"'=HYPERLINK(""http://evil"")"`);
  expect(text).not.toMatch(/(^|,)"?=/m);
  expect(text.split('\r\n').filter((line) => line.startsWith('2019-'))).toHaveLength(27);
  const acts = await listActs(order, { action: 'records.exported' }, { limit: 10 });
  expect(acts[0]).toMatchObject({
    target: 'orders',
    login: 'officer',
    after: { format: 'csv', filters: 'Side = sell' },
  });
});

test('a table leaves as XLSX', async () => {
  const { cookie } = await enrolFirst(subject);
  await recordFirm(subject.ledger);
  const answer = await subject.get('/export/refusals.xlsx', cookie);
  expect(answer.headers.get('content-type')).toContain('spreadsheetml');
  expect(
    Buffer.from(await answer.arrayBuffer())
      .subarray(0, 2)
      .toString(),
  ).toBe('PK');
});

test('filters and cursors lead through every order once, newest first, forwards and back', async () => {
  const { cookie } = await enrolFirst(subject);
  await recordFirm(subject.ledger);
  const ids = (text: string) => [...text.matchAll(/<a href="\/orders\/(run-[^"]+)" class="id"/g)].map(([, id]) => id);
  const link = (text: string, rel: string) =>
    (new RegExp(`rel="${rel}" href="([^"]+)"`).exec(text)?.[1] ?? '').replaceAll('&amp;', '&');
  const first = await (await subject.get('/orders', cookie)).text();
  const second = await (await subject.get(link(first, 'next'), cookie)).text();
  expect(ids(first)).toHaveLength(50);
  expect(new Set([...ids(first), ...ids(second)]).size).toBe(54);
  expect(ids(await (await subject.get(link(second, 'prev'), cookie)).text())).toEqual(ids(first));
  const refused = await (await subject.get('/orders?control=max-order-value', cookie)).text();
  expect(ids(refused)).toHaveLength(11);
  const day = await (await subject.get('/orders?from=2019-01-08&to=2019-01-08', cookie)).text();
  expect(ids(day)).toEqual(['run-1.00006.ema-cross.1']);
  const begun = await (await subject.get('/orders?text=run-1.0030', cookie)).text();
  expect(ids(begun)).toEqual(['run-1.00306.ema-cross.1', 'run-1.00300.ema-cross.1']);
});

test('text of a record is never read as HTML', async () => {
  const { cookie } = await enrolFirst(subject);
  await recordFirm(subject.ledger);
  const { database } = subject.ledger;
  await inTransaction(database, (tx) => tx`UPDATE refusal SET reason = '<script>alert(1)</script>' WHERE ordinal = 2`);
  const text = await (await subject.get('/refusals', cookie)).text();
  expect(text).toContain('&lt;script&gt;alert(1)');
  expect(text).not.toContain('<script>alert');
});

test('each change by a person is an act in the ledger, and the ledger still verifies', async () => {
  const officer = await enrolFirst(subject);
  await enrolAs(subject, officer, 'auditor');
  await subject.post('/ledger/verify', {}, officer.cookie);
  await subject.post('/sign-out', {}, officer.cookie);
  await expect
    .poll(async () => (await listActs(subject.ledger.database, {}, { limit: 50 })).map(({ action }) => action))
    .toEqual(
      expect.arrayContaining([
        'session.signed-out',
        'ledger.verified',
        'ledger.verify-started',
        'person.invited',
        'session.signed-in',
        'person.enrolled',
      ]),
    );
  expect((await subject.ledger.verify()).findings).toEqual([]);
});
