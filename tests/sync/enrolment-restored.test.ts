import { copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findEnrolment, liveEnrolments } from '@gatehouse/hub/store/enrolment-rows.ts';
import { readStreams } from '@gatehouse/hub/store/stream-rows.ts';
import { confirmAccess, ENDED_ACCESS_FILE } from '@gatehouse/hub/sync/enrolment/ended-access.ts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type EnrollingHub, letIn, openEnrollingHub, testEdge } from '../fixtures/enrolling-hub.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

// A hub whose database comes from a backup: what was taken away after the backup stays away.

let server: TestServer;
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  server = await startTestServer();
}, 120_000);
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => server.stop());

async function hubWith(...names: readonly string[]) {
  const hub = await openEnrollingHub(await server.database());
  closers.push(hub.end);
  for (const name of names) {
    const edge = testEdge();
    closers.push(() => edge.end());
    await letIn(hub, edge, name);
  }
  return hub;
}

async function deviceOf(hub: EnrollingHub, edge: string) {
  const [row] = await liveEnrolments(hub.database, edge);
  return { edge, enrolment: row?.enrolmentId ?? '', serial: row?.serial ?? '', endsAtMs: Number.MAX_SAFE_INTEGER };
}

/** As if the database came from a time before the revocation: the row says so again. */
const setBack = ({ database }: EnrollingHub, enrolment: string, state = 'active') =>
  database`UPDATE enrolment SET state = ${state}, decided_by = 'P-officer', reason = 'An older time.' WHERE enrolment_id = ${enrolment}`;

test('I14 a revocation that the restored database does not know is made again before anybody is let in', async () => {
  const hub = await hubWith('desk-1', 'desk-2');
  const [stolen, sound] = [await deviceOf(hub, 'desk-1'), await deviceOf(hub, 'desk-2')];
  await hub.decide('desk-1', 'revoke', 'Stolen.');
  expect(hub.access.refusalOf(stolen)).toContain('is revoked');
  await setBack(hub, stolen.enrolment);
  const restored = await hub.another();
  closers.push(() => restored.close());
  expect(restored.access.refusalOf(stolen)).toContain('is revoked');
  expect(restored.access.refusalOf(sound)).toBeUndefined();
  expect(await findEnrolment(hub.database, stolen.enrolment)).toMatchObject({ state: 'revoked', decidedBy: 'system' });
  const acts = await hub.database<{ body: string }[]>`
    SELECT body FROM ledger_body WHERE body LIKE '%device.revoked%' AND body LIKE '%"system"%'`;
  expect(acts).toHaveLength(1);
  const again = await hub.another();
  closers.push(() => again.close());
  expect(hub.lines.filter((line) => line.includes('is ended again'))).toHaveLength(1);
}, 120_000);

test('an enrolment that the restored database has only asked for is refused again', async () => {
  const hub = await hubWith('desk-3');
  const stolen = await deviceOf(hub, 'desk-3');
  await hub.decide('desk-3', 'revoke', 'Stolen.');
  await setBack(hub, stolen.enrolment, 'requested');
  const restored = await hub.another();
  closers.push(() => restored.close());
  expect(await findEnrolment(hub.database, stolen.enrolment)).toMatchObject({ state: 'refused' });
}, 120_000);

test('where nobody knows what was taken away no certificate opens anything, until a person confirms the list', async () => {
  const hub = await hubWith('desk-4');
  const device = await deviceOf(hub, 'desk-4');
  expect(hub.access.refusalOf(device)).toBeUndefined();
  rmSync(join(hub.folder, ENDED_ACCESS_FILE));
  const restored = await hub.another();
  closers.push(() => restored.close());
  expect(restored.access.refusalOf(device)).toContain('waits for somebody to confirm it');
  expect(restored.access.isHeard('desk-4')).toBe(false);
  const alarms = await hub.database`SELECT code FROM alarm WHERE code = 'DEVICES_UNCONFIRMED'`;
  expect(alarms).toHaveLength(1);
  await confirmAccess(join(hub.folder, ENDED_ACCESS_FILE));
  await restored.access.refresh();
  expect(restored.access.refusalOf(device)).toBeUndefined();
}, 120_000);

test('a hub without devices needs nobody’s word, and a file that cannot be read opens nothing', async () => {
  const hub = await hubWith();
  const path = join(hub.folder, ENDED_ACCESS_FILE);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ v: 1, ended: [], epochs: {} });
  copyFileSync(join(hub.folder, 'authority', 'authority.pem'), path);
  await expect(hub.another()).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  expect(existsSync(path)).toBe(true);
}, 120_000);

test('I1 an edge whose record was set back to before its newest epoch is held, so an older key has no voice', async () => {
  const hub = await hubWith('desk-5', 'desk-6');
  await hub.database`UPDATE stream SET epoch = 2 WHERE edge = 'desk-5'`;
  await hub.access.refresh();
  await hub.database`UPDATE stream SET epoch = 1 WHERE edge = 'desk-5'`;
  const restored = await hub.another();
  closers.push(() => restored.close());
  const streams = await readStreams(hub.database, ['desk-5', 'desk-6']);
  expect(streams.map(({ edge, status }) => [edge, status]).toSorted()).toEqual([
    ['desk-5', 'quarantined'],
    ['desk-6', 'live'],
  ]);
  expect(await hub.database`SELECT edge FROM alarm WHERE code = 'EPOCH_SET_BACK'`).toEqual([{ edge: 'desk-5' }]);
}, 120_000);
