import { type EventEmitter, once } from 'node:events';
import { connect as connectTcp, createServer } from 'node:net';
import { openAck } from '@gatehouse/shared/journal/ack.ts';
import { BATCH_BYTES_MAX } from '@gatehouse/shared/journal/batch.ts';
import { generateSigner, parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { Aedes } from 'aedes';
import { MqttClient } from 'mqtt';
import { afterEach, expect, test } from 'vitest';
import type { Committed } from '../ingest/take-batches.ts';
import { publishAcks } from './acks.ts';
import { startBroker } from './broker.ts';
import { connectBroker } from './external-broker.ts';
import type { UplinkServer } from './uplink-server.ts';

const closers: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Received {
  readonly edge: string;
  readonly bytes: Buffer;
}

async function started() {
  const received: Received[] = [];
  const lines: string[] = [];
  const receive = (edge: string, bytes: Uint8Array): boolean => received.push({ edge, bytes: Buffer.from(bytes) }) > 0;
  const broker = await startBroker({ port: 0, receive, log: (line) => lines.push(line) });
  closers.push(broker.close);
  return { broker, received, lines };
}

function portOf({ address }: UplinkServer): number {
  return Number(new URL(address).port);
}

/** The next event of a client, whatever error comes before it. */
function next(client: MqttClient, event: 'close' | 'connect' | 'message'): Promise<readonly unknown[]> {
  const emitter: Pick<EventEmitter, 'once'> = client as unknown as EventEmitter;
  return new Promise((resolve) => emitter.once(event, (...values: unknown[]) => resolve(values)));
}

async function edgeClient(port: number): Promise<MqttClient> {
  const open = () => connectTcp({ port, host: '127.0.0.1', noDelay: true });
  const client = new MqttClient(open, { clientId: 'edge-1', protocolVersion: 4, clean: true, reconnectPeriod: 0 });
  client.on('error', () => undefined);
  closers.push(() => client.end(true));
  await next(client, 'connect');
  return client;
}

test('what an edge sends reaches the hub with its name, up to a full batch', async () => {
  const { broker, received } = await started();
  const client = await edgeClient(portOf(broker));
  await client.publishAsync('e/edge-1/up', 'hello', { qos: 1 });
  const full = Buffer.alloc(BATCH_BYTES_MAX, 1);
  await client.publishAsync('e/edge-1/up', full, { qos: 1 });
  expect(received.map(({ edge, bytes }) => [edge, bytes.length])).toEqual([
    ['edge-1', 5],
    ['edge-1', BATCH_BYTES_MAX],
  ]);
});

test('a packet beyond a full batch cuts its connection before it is collected', async () => {
  const { broker, received, lines } = await started();
  const client = await edgeClient(portOf(broker));
  const closed = next(client, 'close');
  client.publish('e/edge-1/up', Buffer.alloc(BATCH_BYTES_MAX + 4_096), { qos: 1 }, () => undefined);
  await closed;
  expect(received).toEqual([]);
  expect(lines.some((line) => line.includes('a packet of more than'))).toBe(true);
});

test('signed acknowledgements of a commit reach the edge that they are for', async () => {
  const { broker } = await started();
  const signer = generateSigner('gatehouse.local/test');
  const listeners: ((committed: Committed) => void)[] = [];
  const onCommitted = (listener: (committed: Committed) => void) => {
    listeners.push(listener);
    return () => undefined;
  };
  publishAcks({
    ingest: { onCommitted },
    signer,
    prove: () => Promise.reject(new Error('nothing asks for a proof')),
    publish: broker.publish,
    log: () => undefined,
  });
  const client = await edgeClient(portOf(broker));
  await client.subscribeAsync('e/edge-1/ack', { qos: 1 });
  const message = next(client, 'message');
  const ack = { edge: 'edge-1', epoch: 1, seq: 7, hash: 'ab'.repeat(32), leaves: null, checkpoint: 'note' };
  for (const listener of listeners)
    listener({ leaves: null, acks: [{ ...ack, size: 7 }], alarms: [], isProjected: true });
  const [topic, payload] = await message;
  expect(topic).toBe('e/edge-1/ack');
  expect(openAck(String(payload), [parseVerifierKey(signer.verifierKey)])).toEqual(ack);
});

test.each(['e/edge-1/ack', 'e/edge-1/up/more', 'e/a b/up', 'elsewhere'])('nothing can be sent to %s', async (topic) => {
  const { broker, received } = await started();
  const client = await edgeClient(portOf(broker));
  const closed = next(client, 'close');
  client.publish(topic, 'x', { qos: 1 }, () => undefined);
  await closed;
  expect(received).toEqual([]);
});

test.each(['e/+/ack', '#', 'e/edge-1/up', '$SYS/#'])('nobody can listen to %s', async (topic) => {
  const { broker } = await started();
  const client = await edgeClient(portOf(broker));
  const granted = await client.subscribeAsync(topic, { qos: 1 }).catch((error: Error) => error.message);
  expect(JSON.stringify(granted)).toMatch(/128|Unspecified error/);
});

test('a retained message is not kept', async () => {
  const { broker, received } = await started();
  const client = await edgeClient(portOf(broker));
  const closed = next(client, 'close');
  client.publish('e/edge-1/up', 'x', { qos: 1, retain: true }, () => undefined);
  await closed;
  expect(received).toEqual([]);
});

test('a port that is taken is named with its cure', async () => {
  const { broker } = await started();
  const again = startBroker({ port: portOf(broker), receive: () => true, log: () => undefined });
  await expect(again).rejects.toMatchObject({ code: 'PORT_TAKEN', hint: expect.stringContaining('MQTT_PORT') });
});

async function foreignBroker(): Promise<number> {
  const aedes = await Aedes.createBroker();
  const server = createServer((socket) => void aedes.handle(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(
    () => new Promise((resolve) => server.close(resolve)),
    () => new Promise<void>((resolve) => aedes.close(resolve)),
  );
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

test('through a broker of the firm, batches come in and acknowledgements go out', async () => {
  const port = await foreignBroker();
  const received: string[] = [];
  const receive = (edge: string): boolean => received.push(edge) > 0;
  const uplink = await connectBroker({
    url: `mqtt://127.0.0.1:${port}`,
    clientId: 'hub-1',
    receive,
    log: () => undefined,
  });
  closers.push(uplink.close);
  const client = await edgeClient(port);
  await client.subscribeAsync('e/edge-1/ack', { qos: 1 });
  const message = next(client, 'message');
  await client.publishAsync('e/edge-1/up', 'hello', { qos: 1 });
  uplink.publish('e/edge-1/ack', 'note');
  const [topic] = await message;
  expect(topic).toBe('e/edge-1/ack');
  expect(received).toEqual(['edge-1']);
});

test('an address that is no broker is refused by its form', async () => {
  const options = { clientId: 'hub-1', receive: () => true, log: () => undefined };
  await expect(connectBroker({ ...options, url: 'http://127.0.0.1' })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
  });
});
