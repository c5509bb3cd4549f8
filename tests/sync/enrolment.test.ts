import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDeviceKey } from '@gatehouse/edge/sync/enrolment/device-key.ts';
import { createHubStream } from '@gatehouse/hub/ledger/hub-stream.ts';
import { findEnrolment } from '@gatehouse/hub/store/enrolment-rows.ts';
import { readStreams } from '@gatehouse/hub/store/stream-rows.ts';
import { loadAuthority } from '@gatehouse/hub/sync/enrolment/authority.ts';
import { createDeviceRequests, DECISION_MS_MAX } from '@gatehouse/hub/sync/enrolment/device-requests.ts';
import { createEnrolmentDesk, TOKEN_MS_MAX } from '@gatehouse/hub/sync/enrolment/enrolment-desk.ts';
import { parseTokenText } from '@gatehouse/shared/enrolment/token-text.ts';
import { generateSigner, type Signer } from '@gatehouse/shared/journal/note.ts';
import { signDocument } from '@gatehouse/shared/journal/typed-note.ts';
import {
  ENROLMENT_TYPE,
  type EnrolmentRequest,
  type EnrolmentToken,
  RENEWAL_TYPE,
} from '@gatehouse/shared/schema/enrolment.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { fromMillis } from '@gatehouse/shared/values/instant.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

const officer = { personId: 'P-officer', from: '127.0.0.1' };
const machine = { host: 'desk-7', system: 'linux', processor: 'x64', user: 'trader', release: '0.1.0' };
const place = { door: 'https://localhost:8443', broker: 'mqtts://localhost:8883' };
let server: TestServer;
let folder: string;
let shared: Awaited<ReturnType<typeof openHub>>;
let tests = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-enrolment-'));
  server = await startTestServer();
  shared = await openHub();
}, 120_000);
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The one hub, with names of edges that no other test uses. */
function opened() {
  tests += 1;
  const [edge, other, third] = ['a', 'b', 'c'].map((letter) => `edge-${tests}${letter}`) as [string, string, string];
  return { ...shared, edge, other, third };
}

async function openHub() {
  const { database } = await server.database();
  const clock = manualClock(fromMillis(Date.UTC(2026, 0, 5, 10)));
  const signer = generateSigner('gatehouse.local/test');
  const ledger = { origin: signer.name, signer, clock };
  const random = (bytes: number) => randomBytes(bytes);
  const stream = createHubStream({ ledger, random });
  const authority = await loadAuthority({ folder, hub: 'hub-1', now: clock.now() });
  const hubKey = signer.verifierKey;
  const deps = { database, stream, ledger, clock, random, authority, hubKey, place: () => place };
  let changes = 0;
  const changed = async (): Promise<void> => {
    changes += 1;
  };
  const desk = createEnrolmentDesk({ ...deps, changed });
  const requests = createDeviceRequests(deps);
  const acts = async (edge: string) => {
    const rows = await database<{ action: string }[]>`
      SELECT body::jsonb ->> 'action' AS action FROM ledger_body WHERE body::jsonb ->> 'target' = ${edge} ORDER BY leaf`;
    return rows.map(({ action }) => action);
  };
  const token = async (edge: string) => parseTokenText((await desk.issueToken(officer, edge)).text);
  return { database, clock, authority, desk, requests, token, acts, changes: () => changes };
}

type Opened = ReturnType<typeof opened>;

async function csrFor(edge: string): Promise<string> {
  return (await makeDeviceKey(edge)).csr;
}

async function requestWith(
  { id, edge, secret }: EnrolmentToken,
  signer: Signer = generateSigner(edge),
): Promise<EnrolmentRequest> {
  const document = { v: 1, enrolment: id, edge, csr: await csrFor(edge), machine };
  return { v: 1, secret, verifierKey: signer.verifierKey, note: signDocument(signer, ENROLMENT_TYPE, document) };
}

async function enrolled(hub: Opened, edge = hub.edge, signer: Signer = generateSigner(edge)) {
  const token = await hub.token(edge);
  await hub.requests.request(await requestWith(token, signer), '10.0.0.7');
  await hub.desk.approve(officer, { enrolmentId: token.id, reason: 'The new desk.' });
  const row = await findEnrolment(hub.database, token.id);
  return {
    token,
    signer,
    row,
    device: { edge, enrolment: token.id, serial: row?.serial ?? '', endsAtMs: Number.MAX_SAFE_INTEGER },
  };
}

test('an edge gets a certificate by token, request and approval, and its key is pinned by the approval', async () => {
  const hub = opened();
  const token = await hub.token(hub.edge);
  const request = await requestWith(token);
  expect(await hub.requests.request(request, '10.0.0.7')).toEqual({ v: 1, state: 'requested', id: token.id });
  expect(await readStreams(hub.database, [hub.edge])).toEqual([]);
  await hub.desk.approve(officer, { enrolmentId: token.id, reason: 'The new desk.' });
  const answer = await hub.requests.answer(token.id, token.secret);
  expect(answer).toMatchObject({ state: 'approved', grant: { broker: place.broker } });
  expect(await readStreams(hub.database, [hub.edge])).toMatchObject([{ verifierKey: request.verifierKey }]);
  expect(hub.changes()).toBeGreaterThan(0);
});

test('I14 each step is an act in stream hub, in its order, and none of them holds the secret', async () => {
  const hub = opened();
  const { token } = await enrolled(hub);
  await hub.desk.revoke(officer, { enrolmentId: token.id, reason: 'Stolen.' });
  expect(await hub.acts(hub.edge)).toEqual([
    'device.token-issued',
    'device.requested',
    'edge.registered',
    'device.approved',
    'device.revoked',
  ]);
  const bodies = await hub.database<{ body: string }[]>`SELECT body FROM ledger_body`;
  const rows = await hub.database<{ text: string }[]>`SELECT e::text AS text FROM enrolment e`;
  expect(JSON.stringify([...bodies, ...rows])).not.toContain(token.secret);
});

test('a token works once: the same request again is the same answer, another one is refused and an alarm', async () => {
  const hub = opened();
  const token = await hub.token(hub.edge);
  const request = await requestWith(token);
  await hub.requests.request(request, '10.0.0.7');
  expect(await hub.requests.request(request, '10.0.0.7')).toMatchObject({ state: 'requested' });
  const second = hub.requests.request(await requestWith(token), '10.0.0.66');
  await expect(second).rejects.toMatchObject({ code: 'FORBIDDEN', message: 'the token was used already' });
  const alarms = await hub.database<
    { code: string; message: string }[]
  >`SELECT code, message FROM alarm WHERE edge = ${hub.edge}`;
  expect(alarms).toMatchObject([{ code: 'ENROLMENT_TOKEN_REUSED', message: expect.stringContaining('10.0.0.66') }]);
});

test('a token is good up to its last millisecond and not after it', async () => {
  const hub = opened();
  const [early, late] = [await hub.token(hub.edge), await hub.token(hub.other)];
  hub.clock.advance(TOKEN_MS_MAX - 1);
  expect(await hub.requests.request(await requestWith(early), '-')).toMatchObject({ state: 'requested' });
  hub.clock.advance(1);
  await expect(hub.requests.request(await requestWith(late), '-')).rejects.toMatchObject({
    code: 'FORBIDDEN',
    message: 'the token is expired',
  });
});

test('a clock that is set back makes no token good again, and ends none early', async () => {
  const hub = opened();
  const [first, second] = [await hub.token(hub.edge), await hub.token(hub.other)];
  hub.clock.advance(TOKEN_MS_MAX);
  // An act of this moment is on record: the clock has been here.
  const third = await hub.token(hub.third);
  hub.clock.advance(-TOKEN_MS_MAX);
  for (const token of [first, second]) {
    await expect(hub.requests.request(await requestWith(token), '-')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  }
  expect(await hub.requests.request(await requestWith(third), '-')).toMatchObject({ state: 'requested' });
});

test('a wrong secret, an unknown enrolment and another edge’s token are refused', async () => {
  const hub = opened();
  const token = await hub.token(hub.edge);
  const other = await hub.token(hub.other);
  const tries = [
    { ...token, secret: 'A'.repeat(43) },
    { ...token, id: 'E-0000000000000000' },
    { ...token, edge: hub.other },
    { ...token, id: other.id },
  ];
  for (const one of tries) {
    await expect(hub.requests.request(await requestWith(one), '-')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  }
  await expect(hub.requests.answer(token.id, other.secret)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  expect(await hub.requests.request(await requestWith(token), '-')).toMatchObject({ state: 'requested' });
});

test('a request that another key signed than the one it names, or of another edge’s name, is refused', async () => {
  const hub = opened();
  const token = await hub.token(hub.edge);
  const [request, another] = [await requestWith(token), generateSigner(hub.edge)];
  const forged = { ...request, verifierKey: another.verifierKey };
  await expect(hub.requests.request(forged, '-')).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
  const misnamed = await requestWith(token, generateSigner(hub.other));
  await expect(hub.requests.request(misnamed, '-')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  const csr = await csrFor('edge-1');
  const document = { v: 1, enrolment: token.id, edge: hub.edge, csr, machine };
  const wrongName = {
    ...request,
    verifierKey: another.verifierKey,
    note: signDocument(another, ENROLMENT_TYPE, document),
  };
  await expect(hub.requests.request(wrongName, '-')).rejects.toMatchObject({ code: 'VALUE_MALFORMED' });
});

test('a name that is known by another key is not given to a new machine', async () => {
  const hub = opened();
  const { signer } = await enrolled(hub);
  const token = await hub.token(hub.edge);
  await expect(hub.requests.request(await requestWith(token), '-')).rejects.toMatchObject({
    message: `${hub.edge} is known by another key`,
  });
  expect(await hub.requests.request(await requestWith(token, signer), '-')).toMatchObject({ state: 'requested' });
});

test('a new enrolment of an edge ends the one before', async () => {
  const hub = opened();
  const first = await enrolled(hub);
  const second = await enrolled(hub, hub.edge, first.signer);
  expect(await findEnrolment(hub.database, first.token.id)).toMatchObject({
    state: 'revoked',
    reason: `Replaced by the enrolment ${second.token.id}.`,
  });
});

test('of two people who decide at once one is told that it is decided, and a reason is needed', async () => {
  const hub = opened();
  const token = await hub.token(hub.edge);
  await hub.requests.request(await requestWith(token), '-');
  const enrolmentId = token.id;
  await expect(hub.desk.approve(officer, { enrolmentId, reason: ' ' })).rejects.toMatchObject({
    code: 'VALUE_MALFORMED',
  });
  const decisions = await Promise.allSettled([
    hub.desk.approve(officer, { enrolmentId, reason: 'Yes.' }),
    hub.desk.refuse({ personId: 'P-2', from: '-' }, { enrolmentId, reason: 'No.' }),
  ]);
  expect(decisions.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

test('a request that nobody decides on ends after a day', async () => {
  const hub = opened();
  const token = await hub.token(hub.edge);
  await hub.requests.request(await requestWith(token), '-');
  hub.clock.advance(DECISION_MS_MAX);
  expect(await hub.requests.answer(token.id, token.secret)).toMatchObject({ state: 'refused' });
  const late = hub.desk.approve(officer, { enrolmentId: token.id, reason: 'Late.' });
  await expect(late).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
});

test('a certificate is renewed by the pinned key, for the certificate that was shown and no other', async () => {
  const hub = opened();
  const { signer, device } = await enrolled(hub);
  const { edge, enrolment, serial } = device;
  const document = { v: 1, enrolment, edge, csr: await csrFor(edge), serial };
  const grant = await hub.requests.renew(device, signDocument(signer, RENEWAL_TYPE, document));
  expect(await findEnrolment(hub.database, enrolment)).toMatchObject({
    state: 'renewed',
    certificate: grant.certificate,
  });

  const again = await hub.requests.renew(device, signDocument(signer, RENEWAL_TYPE, document));
  expect(again.certificate).toBe(grant.certificate);
  const forged = signDocument(generateSigner(edge), RENEWAL_TYPE, document);
  await expect(hub.requests.renew(device, forged)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
  const replayed = signDocument(signer, RENEWAL_TYPE, { ...document, serial: 'AB' });
  await expect(hub.requests.renew(device, replayed)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await hub.desk.revoke(officer, { enrolmentId: enrolment, reason: 'Stolen.' });
  const csr = await csrFor(edge);
  const late = hub.requests.renew(device, signDocument(signer, RENEWAL_TYPE, { ...document, csr }));
  await expect(late).rejects.toMatchObject({ code: 'FORBIDDEN' });
});
