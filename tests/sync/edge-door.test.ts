import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect as connectTls, type SecureContextOptions } from 'node:tls';
import { loadEdgeKey } from '@gatehouse/edge/journal/edge-key.ts';
import { openBrokerLink } from '@gatehouse/edge/sync/broker-link.ts';
import { type AccessTrouble, renewalDueAt, startRenewal } from '@gatehouse/edge/sync/enrolment/renewal.ts';
import { parseTokenText, tokenText } from '@gatehouse/shared/enrolment/token-text.ts';
import { addMs, ageMs } from '@gatehouse/shared/values/instant.ts';
import { MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import {
  type EnrollingHub,
  letIn,
  openEnrollingHub,
  type TestEdge,
  testEdge,
  untilAsked,
} from '../fixtures/enrolling-hub.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

// A machine and a hub that know nothing of each other, over real TLS connections on free ports.

const DAY_MS = 86_400_000;
let server: TestServer;
let hub: EnrollingHub;
let edges: TestEdge[] = [];
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  server = await startTestServer();
  hub = await openEnrollingHub(await server.database(), {
    shapes: async (_request, caller) => new Response(`for ${caller.edge}`),
  });
}, 120_000);
afterAll(async () => {
  await hub.end();
  await server.stop();
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  for (const edge of edges) edge.end();
  edges = [];
});

function machine(): TestEdge {
  const edge = testEdge();
  edges.push(edge);
  return edge;
}

async function enrolled(name: string): Promise<TestEdge> {
  const edge = machine();
  await letIn(hub, edge, name);
  return edge;
}

/** Connects to the broker by TLS as a client of any name. */
async function mqtt(secure: SecureContextOptions, clientId: string, username?: string): Promise<MqttClient> {
  const port = Number(new URL(hub.broker.secureAddress ?? '').port);
  const open = () => connectTls({ host: 'localhost', port, servername: 'localhost', ...secure });
  const client = new MqttClient(open, {
    clientId,
    protocolVersion: 4,
    reconnectPeriod: 0,
    ...(username === undefined ? {} : { username }),
  });
  closers.push(() => client.end(true));
  client.on('error', () => undefined);
  const ends = new Promise<string>((resolve) => client.once('close', () => resolve('close')));
  const opens = new Promise<string>((resolve) => client.once('connect', () => resolve('connect')));
  const first = await Promise.race([ends, opens]);
  if (first === 'connect') return client;
  throw new Error('the broker closed the connection');
}

const closed = (client: MqttClient) => new Promise<void>((resolve) => client.once('close', () => resolve()));

test('a machine gets in by token and approval, and both sides show the same two fingerprints', async () => {
  const edge = machine();
  const asked = edge.enrol(await hub.token('one'));
  await untilAsked(hub, 'one');
  const row = (await hub.desk.list()).find(({ edge: name }) => name === 'one');
  expect(row?.request?.machine.host).toBe('desk-7');
  expect(edge.lines.join('\n')).toContain(row?.request?.csrKey ?? 'nothing');
  await hub.decide('one', 'approve');
  const identity = await asked;
  expect(identity.grant.broker).toBe(hub.broker.secureAddress);
  const answer = await edge.identity().fetch(`${hub.door.address}/v1/shapes/objects?offset=-1`);
  expect([answer.status, await answer.text()]).toEqual([200, 'for one']);
});

test('nothing secret is in a log or in a file that others may read', async () => {
  const edge = machine();
  const text = await hub.token('quiet');
  const asked = edge.enrol(text);
  await untilAsked(hub, 'quiet');
  await hub.decide('quiet', 'approve');
  await asked;
  const { secret } = parseTokenText(text);
  const stored = readFileSync(join(edge.root, 'enrolment', 'identity.json'), 'utf8');
  const key = /-----BEGIN PRIVATE KEY-----\\n([^\\]+)/.exec(stored)?.[1] ?? '';
  expect(key.length).toBeGreaterThan(40);
  const logged = [...hub.lines, ...edge.lines].join('\n');
  expect(logged).not.toContain(secret);
  expect(logged).not.toContain(key);
  expect(stored).not.toContain(secret);
  expect(statSync(join(edge.root, 'enrolment', 'identity.json')).mode & 0o777).toBe(0o600);
});

test('a token of another hub’s authority stops at the first look, before anything is said', async () => {
  const edge = machine();
  const text = tokenText({ ...parseTokenText(await hub.token('two')), authority: 'ab'.repeat(32) });
  await expect(edge.enrol(text)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
  expect((await hub.desk.list()).find(({ edge: name }) => name === 'two')).toMatchObject({ state: 'token-issued' });
});

test('a token that was used, or is for another name, or whose time is over, lets nobody in', async () => {
  const [first, second] = [machine(), machine()];
  const text = await hub.token('three');
  const asked = first.enrol(text);
  asked.catch(() => undefined);
  await untilAsked(hub, 'three');
  await expect(second.enrol(text)).rejects.toMatchObject({
    code: 'FORBIDDEN',
    message: 'the hub says: the token was used already',
  });
  await expect(second.enrol(text, { name: 'four' })).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  await hub.decide('three', 'refuse', 'Not ours.');
  await expect(asked).rejects.toMatchObject({ code: 'FORBIDDEN', message: 'the hub refused this edge: Not ours.' });

  const late = await hub.token('late');
  hub.clock.advance(15 * 60_000);
  await expect(machine().enrol(late)).rejects.toMatchObject({ message: 'the hub says: the token is expired' });
});

test('an enrolment that was broken off goes on with the same request', async () => {
  const edge = machine();
  const text = await hub.token('five');
  await expect(edge.enrol(text, { waitMs: 0 })).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  await expect(edge.enrol(text, { waitMs: 0 })).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  await hub.decide('five', 'approve');
  expect((await edge.enrol(undefined)).state).toBe('enrolled');
  await expect(edge.enrol(undefined)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
});

test('a key that is sealed with a passphrase opens with it alone', async () => {
  const edge = machine();
  const passphrase = 'several words that nobody else';
  const asked = edge.enrol(await hub.token('six'), { passphrase });
  await untilAsked(hub, 'six');
  await hub.decide('six', 'approve');
  await asked;
  expect(readFileSync(join(edge.root, 'enrolment', 'identity.json'), 'utf8')).not.toContain('BEGIN PRIVATE KEY');
  expect(() => edge.identity()).toThrow('needs its passphrase');
  expect(() => edge.identity({ passphrase: 'other words than those' })).toThrow('does not open');
  const answer = await edge.identity({ passphrase }).fetch(`${hub.door.address}/v1/shapes/objects`);
  expect(answer.status).toBe(200);
});

test('without a certificate, or with one that the hub did not sign, only the way to enrol is open', async () => {
  const edge = await enrolled('seven');
  const { secure } = edge.identity();
  const foreign = await openEnrollingHub(await server.database());
  closers.push(() => foreign.end());
  const strange = machine();
  await letIn(foreign, strange, 'seven');
  const [theirs, ours] = [strange.identity().secure(), secure()];
  const mixed = { ...theirs, ca: ours.ca };
  const { createDoorFetch } = await import('@gatehouse/edge/sync/enrolment/door-fetch.ts');
  for (const options of [{ ca: ours.ca }, mixed] as SecureContextOptions[]) {
    const door = createDoorFetch({ secure: () => options });
    closers.push(door.close);
    const answer = await door.fetch(`${hub.door.address}/v1/shapes/objects`);
    expect([answer.status, await answer.json()]).toMatchObject([401, { code: 'SIGN_IN_NEEDED' }]);
    await expect(mqtt(options, 'seven')).rejects.toThrow();
  }
});

test('by its certificate an edge sends and hears as itself alone, under its own name alone', async () => {
  const edge = await enrolled('eight');
  await enrolled('nine');
  const { secure } = edge.identity();
  await expect(mqtt(secure(), 'nine')).rejects.toThrow();
  const client = await mqtt(secure(), 'eight');
  const before = hub.received.length;
  await client.publishAsync('e/eight/up', 'x', { qos: 1 });
  expect(hub.received.slice(before)).toEqual(['eight']);
  for (const topic of ['e/nine/ack', 'e/nine/down', 'e/+/ack']) {
    const granted = await client.subscribeAsync(topic, { qos: 1 }).catch((error: Error) => error.message);
    expect(JSON.stringify(granted)).toMatch(/128|Unspecified error/);
  }
  await client.subscribeAsync('e/eight/ack', { qos: 1 });
  const ended = closed(client);
  client.publish('e/nine/up', 'x', { qos: 1 }, () => undefined);
  await ended;
  expect(hub.received.slice(before)).toEqual(['eight']);
});

test('an edge that was ever enrolled is heard by its certificate alone, also on the hub’s own machine', async () => {
  await enrolled('ten');
  const port = Number(new URL(hub.broker.address).port);
  const { connect } = await import('node:net');
  const client = new MqttClient(() => connect({ host: '127.0.0.1', port }), { clientId: 'ten', reconnectPeriod: 0 });
  closers.push(() => client.end(true));
  client.on('error', () => undefined);
  await new Promise((resolve) => client.once('connect', resolve));
  const before = hub.received.length;
  await client.publishAsync('e/never-enrolled/up', 'x', { qos: 1 });
  const ended = closed(client);
  client.publish('e/ten/up', 'x', { qos: 1 }, () => undefined);
  await ended;
  expect(hub.received.slice(before)).toEqual(['never-enrolled']);
});

test('a revocation cuts the connection that is open and every one after it, also at another process of the hub', async () => {
  const edge = await enrolled('eleven');
  const { secure, fetch } = edge.identity();
  const client = await mqtt(secure(), 'eleven');
  const other = await hub.another();
  closers.push(() => other.close());
  const device = { edge: 'eleven', enrolment: '', serial: 'AB', endsAtMs: Number.MAX_SAFE_INTEGER };
  const row = (await hub.desk.list()).find(({ edge: name }) => name === 'eleven');
  const known = { ...device, enrolment: row?.enrolmentId ?? '' };
  expect(other.access.refusalOf(known)).toBeUndefined();
  const ended = closed(client);
  await hub.decide('eleven', 'revoke', 'Stolen from the car.');
  await ended;
  await expect(mqtt(secure(), 'eleven')).rejects.toThrow();
  const answer = await fetch(`${hub.door.address}/v1/shapes/objects`);
  expect([answer.status, (await answer.json()) as object]).toMatchObject([403, { code: 'FORBIDDEN' }]);
  await other.access.refresh();
  expect(other.access.refusalOf(known)).toContain('is revoked');
});

test('the edge’s own link to the broker works with the certificate and its run as the user', async () => {
  const edge = await enrolled('twelve');
  const identity = edge.identity();
  const heard = Promise.withResolvers<string>();
  const opened = Promise.withResolvers<void>();
  const link = openBrokerLink({
    url: identity.broker,
    secure: identity.secure,
    clientId: 'twelve',
    topic: 'e/twelve/ack',
    random: () => 0,
    onConnect: () => opened.resolve(),
    onClose: () => undefined,
    onMessage: (payload) => heard.resolve(payload.toString()),
  });
  closers.push(() => link.stop());
  await opened.promise;
  hub.broker.publish('e/twelve/ack', 'an ack');
  expect(await heard.promise).toBe('an ack');
});

test('a certificate is renewed when two thirds of its term are over, for a new key, and not before', async () => {
  const edge = await enrolled('thirteen');
  const identity = edge.identity();
  const { signer } = await loadEdgeKey(edge.root, 'thirteen');
  const before = identity.secure();
  const lines: string[] = [];
  const troubles: AccessTrouble[] = [];
  const clock = { now: () => addMs(renewalDueAt(identity.term), offsetMs), reading: hub.clock.reading };
  let offsetMs = -1_000;
  const renewal = startRenewal({
    identity,
    signer,
    clock,
    log: (line) => void lines.push(line),
    tell: (trouble) => void troubles.push(trouble),
  });
  closers.push(() => renewal.stop());
  await renewal.look();
  expect(identity.secure()).toEqual(before);
  offsetMs = 0;
  hub.clock.advance(20 * DAY_MS);
  await renewal.look();
  expect(lines.join()).toContain('was renewed');
  expect(identity.secure().key).not.toEqual(before.key);
  expect(Math.round(ageMs(hub.clock.now(), identity.term.until) / DAY_MS)).toBe(30);
  expect(troubles).toEqual([]);
  hub.clock.advance(-20 * DAY_MS);
});

test('an edge whose access was revoked is told once what to do, and goes on', async () => {
  const edge = await enrolled('fourteen');
  const identity = edge.identity();
  const { signer } = await loadEdgeKey(edge.root, 'fourteen');
  await hub.decide('fourteen', 'revoke');
  const troubles: AccessTrouble[] = [];
  const clock = { now: () => renewalDueAt(identity.term), reading: hub.clock.reading };
  const tell = (trouble: AccessTrouble) => void troubles.push(trouble);
  const renewal = startRenewal({ identity, signer, clock, log: () => undefined, tell });
  closers.push(() => renewal.stop());
  await renewal.look();
  await renewal.look();
  expect(troubles).toMatchObject([{ code: 'CERTIFICATE_REFUSED', hint: expect.stringContaining('gatehouse enrol') }]);
});

test('a cloned machine is found when the first of two runs is back after the second one', async () => {
  const edge = await enrolled('fifteen');
  const alarms = async () => {
    await hub.access.refresh();
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    return hub.database<{ code: string }[]>`SELECT code FROM alarm WHERE edge = 'fifteen'`;
  };
  const [first, clone] = [edge.identity({ instance: 'a'.repeat(16) }), edge.identity({ instance: 'b'.repeat(16) })];
  await (await first.fetch(`${hub.door.address}/v1/shapes/objects`)).text();
  await mqtt(clone.secure(), 'fifteen', 'b'.repeat(16));
  expect(await alarms()).toEqual([]);
  await (await first.fetch(`${hub.door.address}/v1/shapes/objects`)).text();
  expect(await alarms()).toMatchObject([{ code: 'EDGE_CLONED' }]);
  expect((await hub.desk.list()).find(({ edge: name }) => name === 'fifteen')).toMatchObject({ state: 'active' });
});

test('a stored access that is damaged, of another edge or open to others is refused', async () => {
  const edge = await enrolled('sixteen');
  const path = join(edge.root, 'enrolment', 'identity.json');
  const stored = readFileSync(path, 'utf8');
  writeFileSync(path, stored.slice(0, -10));
  expect(() => edge.identity()).toThrow('holds no access');
  const other = await enrolled('seventeen');
  const { key } = JSON.parse(readFileSync(join(other.root, 'enrolment', 'identity.json'), 'utf8')) as { key: unknown };
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(stored) as object), key }));
  expect(() => edge.identity()).toThrow('do not belong together');
});

test('the door refuses a body that is too long or no JSON, and too many questions, and stays open', async () => {
  const edge = await enrolled('eighteen');
  const { fetch } = edge.identity();
  const post = (body: string) => fetch(`${hub.door.address}/v1/enrol`, { method: 'POST', body });
  expect((await post('x'.repeat(70_000))).status).toBe(413);
  expect((await post('{')).status).toBe(400);
  expect((await post('{}')).status).toBe(400);
  const statuses = new Set<number>();
  for (let tries = 0; tries < 40; tries += 1) statuses.add((await post('{}')).status);
  expect(statuses).toContain(429);
  expect((await fetch(`${hub.door.address}/v1/shapes/objects`)).status).toBe(200);
});
