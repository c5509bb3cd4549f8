import { randomBytes } from 'node:crypto';
import { API_BASE } from '@gatehouse/hub/api/openapi.ts';
import { proposeCarefulFigures } from '@gatehouse/hub/ledger/retention/proposals-figures.ts';
import { runRetention } from '@gatehouse/hub/ledger/retention/retention-run.ts';
import { inTransaction } from '@gatehouse/hub/store/database.ts';
import { dayOf, fromMillis } from '@gatehouse/shared/values/instant.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../../fixtures/postgres.ts';
import {
  codeAt,
  enrolAs,
  enrolFirst,
  LOCAL,
  ORIGIN,
  type TestConsole,
  type TestPerson,
  testConsole,
} from '../../fixtures/test-console.ts';

// What officers do on the page of retention, and programs by the API, from the first figures to a disposal that waits.

const STEP_MS = 31_000;
let server: TestServer;
let subject: TestConsole;
let administrator: TestPerson;
let officer: TestPerson;
let auditor: TestPerson;

const deps = () => ({
  database: subject.ledger.database,
  appendAct: subject.ledger.hubStream.appendAct,
  clock: subject.clock,
  random: (length: number) => randomBytes(length),
});

beforeAll(async () => {
  server = await startTestServer();
  subject = await testConsole(await server.database());
  await inTransaction(subject.ledger.database, (tx) =>
    subject.ledger.hubStream.appendAct(tx, { action: 'customer.recorded', by: 'P-1', target: 'c-81' }),
  );
  administrator = await enrolFirst(subject);
  officer = await enrolAs(subject, administrator, 'compliance-officer');
  auditor = await enrolAs(subject, administrator, 'auditor');
}, 300_000);

afterAll(async () => {
  subject.console.close();
  await subject.ledger.ingest.close();
  await server.stop();
});

const page = async (person: TestPerson) => (await subject.get('/retention', person.cookie)).text();
const freshCode = (person: TestPerson) => {
  subject.clock.advance(STEP_MS);
  return codeAt(subject.clock, person.secret);
};
const post = async (path: string, form: Readonly<Record<string, string>>, person: TestPerson) => {
  const answer = await subject.post(path, form, person.cookie);
  return { status: answer.status, text: await answer.text() };
};
const idsIn = (text: string) =>
  [...text.matchAll(/action="\/retention\/proposals\/(R-[0-9a-f]{12})\/decide"/g)].map(([, id]) => id ?? '');

async function api(method: 'GET' | 'POST', path: string, person: TestPerson, content?: unknown) {
  const headers = {
    cookie: person.cookie,
    origin: ORIGIN,
    'sec-fetch-site': 'same-origin',
    'content-type': 'application/json',
  };
  const init = method === 'GET' ? { headers } : { method, headers, body: JSON.stringify(content) };
  const answer = await subject.console.fetch(new Request(`${ORIGIN}${API_BASE}${path}`, init), LOCAL);
  return { status: answer.status, json: (await answer.json()) as Readonly<Record<string, unknown>> };
}

test('before the firm has figures the page says so, and lists every class with its source', async () => {
  const text = await page(auditor);
  expect(text).toContain('The firm has set no figures yet, so nothing may go.');
  for (const word of [
    'us-ofac-transactions',
    '10 years',
    '31 CFR Chapter V), 501.601',
    'as long as the firm lives',
    '18 months',
  ]) {
    expect(text).toContain(word);
  }
  expect(text).not.toContain('Set a hold');
  const trader = await enrolAs(subject, administrator, 'trader');
  expect((await subject.get('/retention', trader.cookie)).status).toBe(403);
});

test('the careful figures of the hub count once two people have approved them, each with a fresh code', async () => {
  await proposeCarefulFigures(deps(), 'A firm of tests');
  const [id = ''] = idsIn(await page(officer));
  const decide = `/retention/proposals/${id}/decide`;
  expect(await post(decide, { decision: 'approve', code: '000000' }, officer)).toMatchObject({ status: 422 });
  expect(await post(decide, { decision: 'approve' }, auditor)).toMatchObject({ status: 422 });
  const first = await post(decide, { decision: 'approve', code: await freshCode(officer) }, officer);
  expect(first.text).toContain('1 of 2 approvals');
  const again = await post(decide, { decision: 'approve' }, officer);
  expect([again.status, again.text]).toEqual([422, expect.stringContaining('you have approved it already')]);
  const second = await post(decide, { decision: 'approve', code: await freshCode(administrator) }, administrator);
  expect(second.text).toContain(`${id} is done`);
  expect(second.text).toContain('A firm of tests');
});

test('a collision is shown as an open question with what has to be decided', async () => {
  const code = await freshCode(officer);
  for (const event of ['account-closed', 'relationship-ended']) {
    const form = { event, scope: 'subject:c-81', day: '2026-01-04', reason: 'The customer left.', code };
    expect(await post('/retention/events', form, officer)).toMatchObject({ status: 200 });
  }
  expect(await runRetention(deps(), dayOf(subject.clock.now()))).toBe(true);
  const text = await page(auditor);
  expect(text).toContain('open question');
  expect(text).toContain('subject/c-81');
  expect(text).toContain('eu-aml-customer wants it gone after 2031-01-04');
  expect(text).toContain('Rule in the figures of the firm which class goes first');
});

test('a ruling is proposed as new figures, and a mistake in them is told with every problem', async () => {
  const current = await api('GET', '/retention', officer);
  const { content } = current.json['figures'] as { readonly content: Readonly<Record<string, unknown>> };
  const rulings = ['us-account-records', 'firm-floor'].map((minimum) => {
    return { minimum, maximum: 'eu-aml-customer', decides: 'maximum', reason: 'A customer of our house in the EU.' };
  });
  const propose = (figures: string) =>
    post('/retention/proposals', { kind: 'figures', figures, reason: 'Counsel.' }, officer);
  expect((await propose('{')).text).toContain('the figures are no JSON');
  expect(await propose(JSON.stringify({ ...content, yearEnd: '02-31' }))).toMatchObject({ status: 422 });
  const done = await propose(JSON.stringify({ ...content, rulings }));
  expect(done.text).toContain('waits for 1 other person');
  const [id = ''] = idsIn(done.text);
  expect((await post(`/retention/proposals/${id}/decide`, { decision: 'approve' }, administrator)).text).toContain(
    'is done',
  );
});

test('what must go is proposed on the page and waits for two others; a hold by the API stops it', async () => {
  subject.clock.set(fromMillis(Date.UTC(2031, 0, 5, 12)));
  for (const person of [administrator, officer, auditor]) await renew(person);
  await runRetention(deps(), '2031-01-05');
  const text = await page(officer);
  expect(text).toContain('must go');
  const form = { kind: 'disposal', target: 'subject/c-81', reason: 'Five years are over.' };
  expect((await post('/retention/proposals', form, officer)).text).toContain('waits for 2 other people');
  expect((await post('/retention/proposals', form, officer)).text).toContain('is proposed already');
  const hold = { scope: { kind: 'subject', subject: 'c-81' }, reason: 'A lawsuit.' };
  expect(await api('POST', '/retention/holds', auditor, hold)).toMatchObject({ status: 403 });
  expect(await api('POST', '/retention/holds', officer, hold)).toMatchObject({
    status: 201,
    json: { scope: 'subject c-81' },
  });
  const standing = await api('GET', '/retention', auditor);
  const [proposal] = standing.json['proposals'] as readonly { readonly proposal: string }[];
  const approve = `/retention/proposals/${proposal?.proposal}/approve`;
  expect(await api('POST', approve, administrator, {})).toMatchObject({
    status: 403,
    json: { code: 'STEP_UP_NEEDED' },
  });
  expect(await api('POST', '/step-up', administrator, { code: await freshCode(administrator) })).toMatchObject({
    status: 200,
  });
  const refused = await api('POST', approve, administrator, {});
  expect(refused).toMatchObject({ status: 409, json: { code: 'STATE_CONFLICT' } });
  expect(JSON.stringify(refused.json)).toContain('A lawsuit.');
});

test('records and classes are explained by the API to whoever may read', async () => {
  const classes = await api('GET', '/retention/classes', auditor);
  expect((classes.json['classes'] as readonly unknown[]).length).toBeGreaterThan(15);
  const record = await api('GET', '/retention/records/0', auditor);
  expect(record).toMatchObject({ status: 200, json: { leaf: 0, state: 'held', target: 'customer/2026-01' } });
  expect(await api('GET', '/retention/records/hub:1:1', auditor)).toMatchObject({ json: { leaf: 0 } });
  expect(await api('GET', '/retention/records/99999', auditor)).toMatchObject({ status: 404 });
});

/** Sessions end long before retention does, so a person signs in again. */
async function renew(person: TestPerson): Promise<void> {
  const form = { login: person.login, password: person.password, code: await freshCode(person) };
  const answer = await subject.post('/sign-in', form);
  const set = answer.headers.getSetCookie().find((text) => /^(__Host-gatehouse|gatehouse-local)=[^;]/.test(text));
  Object.assign(person, { cookie: set?.split(';')[0] ?? '' });
}
