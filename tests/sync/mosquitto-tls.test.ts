import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrokerLink, openBrokerLink } from '@gatehouse/edge/sync/broker-link.ts';
import { makeDeviceKey } from '@gatehouse/edge/sync/enrolment/device-key.ts';
import { type Authority, loadAuthority } from '@gatehouse/hub/sync/enrolment/authority.ts';
import { connectBroker } from '@gatehouse/hub/sync/external-broker.ts';
import type { UplinkServer } from '@gatehouse/hub/sync/uplink-server.ts';
import { fromMillis, type Instant } from '@gatehouse/shared/values/instant.ts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../fixtures/firm.ts';

// The configuration that is shipped, in a real Mosquitto, with certificates made for this test.

const MOSQUITTO = '/usr/sbin/mosquitto';
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-mqtts-'));
const closers: (() => Promise<unknown>)[] = [];
let broker: ChildProcess | undefined;
let url = '';

interface Files {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

async function authority(name: string): Promise<Authority> {
  const made = await loadAuthority({ folder: join(folder, name), hub: 'hub-1', now: now() });
  writeFileSync(join(folder, `${name}.pem`), made.certificatePem);
  return made;
}

/** The certificate of an edge, made as enrolment makes it: the key never leaves the edge. */
async function deviceFiles(signer: Authority, name: string): Promise<Files> {
  const { csr, pem: key } = await makeDeviceKey(name);
  const { pem } = await signer.issueDevice({ csr, edge: name, enrolment: 'E-0123456789abcdef', now: now() });
  return written(name, { pem, key });
}

async function doorFiles(name: string): Promise<Files> {
  const { pem, keyPem: key } = await ca.issueServer({ name, hosts: ['127.0.0.1'], now: now() });
  return written(name, { pem, key });
}

function written(name: string, { pem, key }: { readonly pem: string; readonly key: string }): Files {
  const place = mkdtempSync(join(folder, `${name}-`));
  const files = { authority: join(folder, 'ca.pem'), certificate: join(place, 'pem'), key: join(place, 'key') };
  writeFileSync(files.certificate, pem);
  writeFileSync(files.key, key);
  return files;
}

function now(): Instant {
  return fromMillis(Date.now());
}

async function startMosquitto(server: Files): Promise<number> {
  const port = await freePort();
  const shipped = (name: string) => readFileSync(new URL(`../../docker/mosquitto/${name}`, import.meta.url), 'utf8');
  writeFileSync(join(folder, 'acl'), shipped('acl'), { mode: 0o600 });
  const settings = shipped('mosquitto.conf')
    .replace('listener 8883', `listener ${port} 127.0.0.1`)
    .replace('/mosquitto/certs/ca.pem', server.authority)
    .replace('/mosquitto/certs/broker.pem', server.certificate)
    .replace('/mosquitto/certs/broker.key', server.key)
    .replace('/mosquitto/config/acl', join(folder, 'acl'));
  // As root it would become another user, who may not read the folder of this test.
  writeFileSync(join(folder, 'mosquitto.conf'), process.getuid?.() === 0 ? `${settings}user root\n` : settings);
  broker = spawn(MOSQUITTO, ['-c', join(folder, 'mosquitto.conf')], { stdio: 'ignore' });
  await until(() => answers(port));
  return port;
}

let ca: Authority;

beforeAll(async () => {
  if (!existsSync(MOSQUITTO)) return;
  ca = await authority('ca');
  url = `mqtts://127.0.0.1:${await startMosquitto(await doorFiles('broker'))}`;
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

afterAll(() => {
  broker?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

interface Hub {
  readonly server: UplinkServer;
  readonly received: string[];
}

async function hub(): Promise<Hub> {
  const received: string[] = [];
  const receive = (edge: string, bytes: Uint8Array): boolean => received.push(`${edge} ${Buffer.from(bytes)}`) > 0;
  const files = await doorFiles('hub-1');
  const server = await connectBroker({ url, files, clientId: 'hub-1', receive, log: () => undefined });
  closers.push(server.close);
  return { server, received };
}

interface Edge {
  readonly link: BrokerLink;
  readonly heard: string[];
  readonly closed: string[];
  readonly beside: string[];
}

/** A connection with these files, which wants to hear these topics. */
function edge(files: Partial<Files>, topic: string, other = 'e/edge-1/down'): Edge {
  const heard: string[] = [];
  const closed: string[] = [];
  const beside: string[] = [];
  const link = openBrokerLink({
    url,
    files,
    clientId: 'edge-2',
    topic,
    random: () => 0,
    onConnect: () => {},
    onClose: (why) => closed.push(why),
    onMessage: (payload) => heard.push(payload.toString('utf8')),
    beside: { topic: other, onMessage: (payload) => beside.push(payload.toString('utf8')) },
  });
  closers.push(link.stop);
  return { link, heard, closed, beside };
}

describe.skipIf(!existsSync(MOSQUITTO))('the shipped configuration of Mosquitto', () => {
  test('an edge sends and hears under the name in its certificate, whatever it calls itself', async () => {
    const { server, received } = await hub();
    const { link, heard } = edge(await deviceFiles(ca, 'edge-1'), 'e/edge-1/ack');
    await until(() => link.isConnected);
    link.publish('e/edge-1/up', Buffer.from('hello'));
    await until(() => received.length === 1);
    expect(received).toEqual(['edge-1 hello']);
    await until(() => {
      server.publish('e/edge-1/ack', 'note');
      return heard.length > 0;
    });
    expect(heard[0]).toBe('note');
  });

  test('an edge can neither send nor hear as another', async () => {
    const { server, received } = await hub();
    const { link, heard, beside } = edge(await deviceFiles(ca, 'edge-1'), 'e/edge-1/ack', 'e/edge-2/ack');
    await until(() => link.isConnected);
    link.publish('e/edge-2/up', Buffer.from('forged'));
    link.publish('e/edge-1/up', Buffer.from('own'));
    await until(() => received.length > 0);
    expect(received).toEqual(['edge-1 own']);
    await until(() => {
      server.publish('e/edge-2/ack', 'secret');
      server.publish('e/edge-1/ack', 'note');
      return heard.length > 1;
    });
    expect(beside).toEqual([]);
  });

  test('without a certificate, or with one of another authority, nobody gets in', async () => {
    const { authority: known } = await deviceFiles(ca, 'edge-1');
    const nobody = edge({ authority: known }, 'e/edge-1/ack');
    const stranger = await deviceFiles(await authority('other'), 'edge-1');
    const forged = edge({ ...stranger, authority: known }, 'e/edge-1/ack');
    await until(() => nobody.closed.length > 0 && forged.closed.length > 0);
    expect(nobody.link.isConnected || forged.link.isConnected).toBe(false);
  });

  test('an edge and a hub refuse a broker that their authority did not sign', async () => {
    const files = { ...(await deviceFiles(ca, 'edge-1')), authority: join(folder, 'third.pem') };
    await authority('third');
    const { link, closed } = edge(files, 'e/edge-1/ack');
    await until(() => closed.length > 0);
    expect(link.isConnected).toBe(false);
    expect(closed[0]).toMatch(/certificate|self.signed/);
  });

  test('a certificate file that is missing is a failed connection, said in words', async () => {
    const { closed } = edge({ certificate: join(folder, 'absent.pem') }, 'e/edge-1/ack');
    await until(() => closed.length > 0);
    expect(closed[0]).toContain('absent.pem');
  });
});

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function until(claim: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 15_000;
  while (!(await claim())) {
    if (Date.now() > end) throw new Error('the wait was too long');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
