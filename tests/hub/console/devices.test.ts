import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type EnrollingHub,
  openEnrollingHub,
  type TestEdge,
  testEdge,
  untilAsked,
} from '../../fixtures/enrolling-hub.ts';
import { startTestServer, type TestServer } from '../../fixtures/postgres.ts';
import {
  codeAt,
  enrolAs,
  enrolFirst,
  type TestConsole,
  type TestPerson,
  testConsole,
} from '../../fixtures/test-console.ts';

// What an officer does on the page of devices, with a machine that really asks.

let server: TestServer;
let hub: EnrollingHub;
let subject: TestConsole;
let edge: TestEdge;
let administrator: TestPerson;

beforeAll(async () => {
  server = await startTestServer();
  const database = await server.database();
  hub = await openEnrollingHub(database);
  subject = await testConsole(database, { startMs: Date.now(), devices: hub.desk });
  edge = testEdge();
  administrator = await enrolFirst(subject);
}, 120_000);
afterAll(async () => {
  edge.end();
  subject.console.close();
  await subject.ledger.ingest.close();
  await hub.end();
  await server.stop();
});

const idIn = (page: string) => /action="\/devices\/(E-[0-9a-f]{16})\/decide"/.exec(page)?.[1] ?? '';
const freshCode = async () => {
  subject.clock.advance(31_000);
  return codeAt(subject.clock, administrator.secret);
};

test('a token is shown once, after the second factor was proved again', async () => {
  const { cookie } = administrator;
  const refused = await subject.post('/devices/tokens', { edge: 'edge-7', code: '000000' }, cookie);
  expect(refused.status).toBe(422);
  expect(await refused.text()).toContain('The code is not the one');
  const issued = await (
    await subject.post('/devices/tokens', { edge: 'edge-7', code: await freshCode() }, cookie)
  ).text();
  const token = /value="(gatehouse-enrol-1\.[^"]+)"/.exec(issued)?.[1] ?? '';
  expect(token).not.toBe('');
  expect(await (await subject.get('/devices', cookie)).text()).not.toContain(token);
  edge.enrol(token).catch(() => undefined);
  await untilAsked(hub, 'edge-7');
});

test('a request shows the machine and both fingerprints as the machine itself prints them', async () => {
  const page = await (await subject.get('/devices', administrator.cookie)).text();
  expect(page).toContain('edge-7 asks to be let in');
  expect(page).toContain('desk-7');
  const prints = [...edge.lines.join('\n').matchAll(/key of the \w+ +((?:[0-9a-f]{4} ?){8})/g)];
  expect(prints).toHaveLength(2);
  for (const [, print = ''] of prints) expect(page).toContain(print.trim());
});

test('whoever may only read decides nothing, and an approval without a reason is none', async () => {
  const auditor = await enrolAs(subject, administrator, 'auditor');
  const page = await (await subject.get('/devices', administrator.cookie)).text();
  const seen = await (await subject.get('/devices', auditor.cookie)).text();
  expect(seen).toContain('edge-7 asks to be let in');
  expect(seen).not.toContain('Approve');
  const form = { decision: 'approve', reason: 'Let me in.' };
  expect((await subject.post(`/devices/${idIn(page)}/decide`, form, auditor.cookie)).status).toBe(403);
  const trader = await enrolAs(subject, administrator, 'trader');
  expect((await subject.get('/devices', trader.cookie)).status).toBe(403);
  const empty = { decision: 'approve', reason: ' ', code: await freshCode() };
  const refused = await subject.post(`/devices/${idIn(page)}/decide`, empty, administrator.cookie);
  expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining('the reason is missing')]);
  expect((await hub.desk.list())[0]).toMatchObject({ state: 'requested' });
});

test('an approval and a revocation are done once and are on record with their reasons', async () => {
  const { cookie } = administrator;
  const id = idIn(await (await subject.get('/devices', cookie)).text());
  const decide = (decision: string, reason: string, code = '') =>
    subject.post(`/devices/${id}/decide`, { decision, reason, code }, cookie);
  expect((await decide('approve', 'The new desk.', await freshCode())).status).toBe(200);
  expect((await decide('approve', 'Once more.')).status).toBe(422);
  expect((await decide('praise', 'Nothing of the kind.')).status).toBe(422);
  const revoked = await decide('revoke', 'The desk is closed.');
  expect([revoked.status, await revoked.text()]).toEqual([200, expect.stringContaining('is revoked')]);
  const acts = await (await subject.get('/acts', cookie)).text();
  for (const action of ['device.token-issued', 'device.approved', 'device.revoked']) expect(acts).toContain(action);
});
