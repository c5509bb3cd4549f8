import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrokerLink, openBrokerLink } from '@gatehouse/edge/sync/broker-link.ts';
import { startBroker } from '@gatehouse/hub/sync/broker.ts';
import { connectBroker } from '@gatehouse/hub/sync/external-broker.ts';
import { MESSAGE_EXPIRY_SECONDS } from '@gatehouse/shared/mqtt/mqtt-terms.ts';
import { connectAsync } from 'mqtt';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { freePort } from '../fixtures/firm.ts';

// What a broker says in MQTT 5 and in 3.1.1, by a real Mosquitto that speaks both, or one of them.

const MOSQUITTO = '/usr/sbin/mosquitto';
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-versions-'));
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Broker {
  readonly port: number;
  readonly process: ChildProcess;
  readonly said: () => string;
}

async function mosquitto(lines: readonly string[] = [], port?: number): Promise<Broker> {
  const place = port ?? (await freePort());
  const path = join(folder, `${place}.conf`);
  const own = ['allow_anonymous true', 'persistence false', 'log_type all', 'log_dest stderr'];
  const user = process.getuid?.() === 0 ? ['user root'] : [];
  writeFileSync(path, [`listener ${place} 127.0.0.1`, ...own, ...user, ...lines, ''].join('\n'));
  const broker = spawn(MOSQUITTO, ['-c', path], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  broker.stderr.on('data', (data) => {
    said += String(data);
  });
  closers.push(() => broker.kill('SIGKILL'));
  await until(() => said.includes('running'));
  return { port: place, process: broker, said: () => said };
}

interface Edge {
  readonly link: BrokerLink;
  readonly heard: string[];
  readonly closed: string[];
  opened: number;
}

function edge(port: number, topic = 'e/edge-1/ack'): Edge {
  const heard: string[] = [];
  const closed: string[] = [];
  const found: { opened: number } = { opened: 0 };
  const link = openBrokerLink({
    url: `mqtt://127.0.0.1:${port}`,
    clientId: 'edge-1',
    topic,
    random: () => 0,
    onConnect: () => {
      found.opened += 1;
    },
    onClose: (why) => closed.push(why),
    onMessage: (payload) => heard.push(payload.toString('utf8')),
  });
  closers.push(link.stop);
  return Object.assign(found, { link, heard, closed });
}

async function hubAt(port: number) {
  const received: string[] = [];
  const lines: string[] = [];
  const server = await connectBroker({
    url: `mqtt://127.0.0.1:${port}`,
    clientId: 'hub-1',
    receive: (_edge, bytes) => received.push(Buffer.from(bytes).toString()) > 0,
    log: (line) => void lines.push(line),
  });
  closers.push(server.close);
  return { server, received, lines };
}

async function expectBothWays({ link, heard }: Edge, port: number): Promise<void> {
  const { server, received } = await hubAt(port);
  link.publish('e/edge-1/up', Buffer.from('up'));
  await until(() => received.includes('up'));
  server.publish('e/edge-1/ack', 'ack');
  await until(() => heard.includes('ack'));
  expect(link.bufferedBytes).toBe(0);
}

describe.skipIf(!existsSync(MOSQUITTO))('a real Mosquitto', () => {
  test('is spoken to in MQTT 5, with a session that ends with its connection', async () => {
    const broker = await mosquitto();
    const one = edge(broker.port);
    await until(() => one.opened === 1);
    expect(one.link.version).toBe(5);
    await expectBothWays(one, broker.port);
    expect(broker.said()).toMatch(/as edge-1 \(p5, c1, k15\)/);
    expect(broker.said()).toMatch(/as hub-1-[0-9a-f]+ \(p5, c1, k30\)/);
  });

  test('is told when nobody needs a message any more', async () => {
    const { port } = await mosquitto();
    const one = edge(port);
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 5, reconnectPeriod: 0 });
    closers.push(() => client.endAsync(true));
    const expiries: (number | undefined)[] = [];
    client.on('message', (_topic, _payload, packet) => expiries.push(packet.properties?.messageExpiryInterval));
    await client.subscribeAsync('e/+/+', { qos: 1 });
    await until(() => one.opened === 1);
    await expectBothWays(one, port);
    await until(() => expiries.length === 2);
    expect(expiries).toEqual([MESSAGE_EXPIRY_SECONDS, MESSAGE_EXPIRY_SECONDS]);
  });

  test('that speaks 3.1.1 only is spoken to in 3.1.1, by itself and at once', async () => {
    // This release cannot switch MQTT 5 off, so a line in front of it answers as one does that never had it.
    const broker = await mosquitto();
    const old = await onlyOldVersions(broker.port);
    const one = edge(old.port);
    await until(() => one.opened === 1);
    expect([one.link.version, one.closed]).toEqual([4, []]);
    await expectBothWays(one, old.port);
    expect(broker.said()).toMatch(/as edge-1 \(p2, c1, k15\)/);
    expect(broker.said()).toMatch(/as hub-1-[0-9a-f]+ \(p2, c1, k30\)/);
    expect(old.refused()).toBe(2);
    // So many messages without a receipt, and no more. Source: MQTT 5 section 3.1.2.11.3.
    for (const packet of old.asked) expect(packet.includes(Buffer.from([0x21, 0, 64]))).toBe(true);
    // Known for as long as this link lives: nothing is asked twice.
    old.cut();
    await until(() => one.opened === 2);
    expect(old.refused()).toBe(2);
  });

  test('that hangs up on MQTT 5 without a word is spoken to in 3.1.1 after two tries', async () => {
    const broker = await mosquitto();
    const rude = await onlyOldVersions(broker.port, 'hang up');
    const one = edge(rude.port);
    await until(() => one.opened === 1);
    expect([one.link.version, rude.refused()]).toEqual([4, 2]);
  });

  test('says in its receipt that a topic is not ours to write, and the next receipt clears it', async () => {
    const acl = join(folder, 'acl');
    writeFileSync(acl, 'topic write e/edge-1/up\ntopic read e/edge-1/ack\n', { mode: 0o600 });
    const { port } = await mosquitto([`acl_file ${acl}`]);
    const one = edge(port);
    await until(() => one.opened === 1);
    one.link.publish('e/edge-2/up', Buffer.from('forged'));
    await until(() => one.link.refusal !== undefined);
    expect(one.link.refusal).toBe('the broker refuses what is sent to e/edge-2/up: Not authorized');
    one.link.publish('e/edge-1/up', Buffer.from('own'));
    await until(() => one.link.refusal === undefined);
  });

  test('that lets nobody hear a topic is left with the reason', async () => {
    const { port } = await mosquitto();
    const one = edge(port, '$share/x/#/y');
    await until(() => one.closed.length > 0);
    expect(one.closed[0]).toContain('the broker does not let edge-1 hear $share/x/#/y');
    expect(one.opened).toBe(0);
    // It is asked after a quarter of a second, half of one, one and two.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(one.closed.length).toBeLessThanOrEqual(5);
  });

  test('takes no more at once than it says, and everything arrives in order', async () => {
    const { port } = await mosquitto(['max_inflight_messages 3', 'max_queued_messages 1000']);
    const { received } = await hubAt(port);
    const one = edge(port);
    await until(() => one.opened === 1);
    const wanted = Array.from({ length: 200 }, (_, index) => `message ${index}`);
    for (const text of wanted) one.link.publish('e/edge-1/up', Buffer.from(text));
    await until(() => received.length === wanted.length);
    expect(received).toEqual(wanted);
    await until(() => one.link.bufferedBytes === 0);
    expect(one.closed).toEqual([]);
  });

  test('says how long a packet may be, and a longer one is not sent', async () => {
    const { port } = await mosquitto(['max_packet_size 1000']);
    const one = edge(port);
    await until(() => one.opened === 1);
    expect(one.link.packetBytesMax).toBe(1_000);
    one.link.publish('e/edge-1/up', Buffer.alloc(2_000));
    expect(one.link.refusal).toContain('the broker takes packets of 1000 bytes');
    expect(one.link.isConnected).toBe(true);
  });

  test('that dies with messages on their way leaves none of them counted as on its way', async () => {
    const { port, process: running } = await mosquitto();
    const one = edge(port);
    await until(() => one.opened === 1);
    running.kill('SIGSTOP');
    for (let index = 0; index < 20; index += 1) one.link.publish('e/edge-1/up', Buffer.alloc(50_000));
    expect(one.link.bufferedBytes).toBe(1_000_000);
    running.kill('SIGKILL');
    await until(() => one.closed.length > 0);
    expect(one.link.bufferedBytes).toBe(0);
    await mosquitto([], port);
    await until(() => one.opened === 2);
    expect(one.link.bufferedBytes).toBe(0);
  });
});

test('the hub’s own broker is spoken to in 3.1.1, and its log has no word of it', async () => {
  const lines: string[] = [];
  const broker = await startBroker({ port: 0, receive: () => true, log: (line) => void lines.push(line) });
  closers.push(broker.close);
  const one = edge(Number(new URL(broker.address).port));
  await until(() => one.opened === 1);
  expect([one.link.version, one.closed, lines]).toEqual([4, [], []]);
});

/** A broker before MQTT 5: every CONNECT of it is refused, anything else goes on to the real one. */
async function onlyOldVersions(port: number, manner: 'refuse' | 'hang up' = 'refuse') {
  const { connect } = await import('node:net');
  const sockets = new Set<Socket>();
  const asked: Buffer[] = [];
  const server = createServer((client) => {
    sockets.add(client);
    client.on('error', () => client.destroy());
    client.once('data', (data) => {
      if (data[data.indexOf('MQTT') + 'MQTT'.length] === 5) {
        asked.push(data);
        // Source: MQTT 3.1.1 section 3.2.2.3, return code 1.
        if (manner === 'refuse') client.write(Buffer.from([0x20, 2, 0, 1]));
        client.end();
        return;
      }
      const broker = connect({ host: '127.0.0.1', port, noDelay: true });
      sockets.add(broker);
      broker.on('error', () => broker.destroy());
      broker.write(data);
      client.pipe(broker).pipe(client);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  closers.push(() => {
    cut();
    server.close();
  });
  const address = server.address();
  return { port: typeof address === 'object' ? (address?.port ?? 0) : 0, refused: () => asked.length, asked, cut };
}

async function until(claim: () => boolean): Promise<void> {
  const end = Date.now() + 15_000;
  while (!claim()) {
    if (Date.now() > end) throw new Error('the wait was too long');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
