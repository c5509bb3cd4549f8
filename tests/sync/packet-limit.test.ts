import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openMemoryJournal } from '@gatehouse/edge/journal/memory-journal.ts';
import { openLedgerWitness } from '@gatehouse/edge/sync/ledger-witness.ts';
import { startUplink } from '@gatehouse/edge/sync/uplink.ts';
import { startBroker } from '@gatehouse/hub/sync/broker.ts';
import { packetWatch } from '@gatehouse/hub/sync/packet-limit.ts';
import { ackTopic } from '@gatehouse/hub/sync/topics.ts';
import type { UplinkServer } from '@gatehouse/hub/sync/uplink-server.ts';
import { signAck } from '@gatehouse/shared/journal/ack.ts';
import { decodeBatch } from '@gatehouse/shared/journal/batch.ts';
import { genesis, headOf, verifyEntry } from '@gatehouse/shared/journal/chain.ts';
import { parseHeader } from '@gatehouse/shared/journal/entry.ts';
import { generateSigner, parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { afterEach, expect, test } from 'vitest';

// A broker that takes only short packets: records reach the hub all the same, or a person is told why not.

const EDGE = 'edge-1';
const PACKET_BYTES_MAX = 100_000;
const WAIT = { timeout: 30_000, interval: 50 };
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-packets-'));
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

/** What lies before a broker of MQTT 3.1.1 that hangs up on long packets without a word. */
async function hangingUp(port: number) {
  const seen = { cuts: 0, connections: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    seen.connections += 1;
    const broker = connect({ host: '127.0.0.1', port });
    const isTooLong = packetWatch(PACKET_BYTES_MAX);
    for (const [one, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => undefined);
      one.once('close', () => other.destroy());
    }
    broker.on('data', (bytes) => void client.write(bytes));
    client.on('data', (bytes) => {
      if (!isTooLong(bytes)) return void broker.write(bytes);
      seen.cuts += 1;
      client.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { seen, url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** A hub that acknowledges what follows, in order. */
async function startSmallHub(signer: ReturnType<typeof generateSigner>) {
  let head = genesis(EDGE);
  let longest = 0;
  let server: UplinkServer | undefined;
  server = await startBroker({
    port: 0,
    log: () => {},
    receive: (edge, bytes) => {
      longest = Math.max(longest, bytes.length);
      for (const wire of decodeBatch(bytes).entries) {
        const { seq } = parseHeader(wire.headerText);
        if (seq === head.seq + 1) head = headOf(verifyEntry({ head, ...wire }));
      }
      server?.publish(ackTopic(edge), signAck(signer, { ...head, leaves: null, checkpoint: 'none' }));
      return true;
    },
  });
  closers.push(() => server?.close());
  return { port: Number(new URL(server.address).port), longest: () => longest };
}

async function staged() {
  const signer = generateSigner('hub.test');
  const keys = [parseVerifierKey(signer.verifierKey)];
  const hub = await startSmallHub(signer);
  const line = await hangingUp(hub.port);
  const { journal } = openMemoryJournal({
    edge: EDGE,
    clock: manualClock(parseInstant('2026-01-05T09:00:00Z')),
    random: (bytes) => new Uint8Array(bytes),
    emptyState: {},
    onNotice: () => {},
    keep: 'all',
  });
  const write = (count: number, bytes: number): void => {
    for (let written = 0; written < count; written += 1) journal.append([{ kind: 'clock', body: 'x'.repeat(bytes) }]);
  };
  const told: string[] = [];
  const begin = async () => {
    const uplink = startUplink({
      url: line.url,
      journal,
      signer: generateSigner(EDGE),
      hub: keys,
      witness: await openLedgerWitness({ path: join(folder, 'witness'), hub: keys, epoch: 1 }),
      monotonicMs: () => performance.now(),
      random: () => 0,
      onAck: () => {},
      onLoss: () => expect.fail('nothing was lost'),
      onFork: () => expect.fail('nothing was forked'),
      onSetBack: () => expect.fail('nobody was set back'),
      onRefuted: () => expect.fail('nobody was refuted'),
      onTooLong: (message) => told.push(message),
      resendMs: 300,
    });
    closers.push(() => uplink.stop());
    return uplink;
  };
  return { hub, line, journal, write, told, begin };
}

test('a broker that hangs up on long batches gets shorter ones until everything is through', async () => {
  const { hub, line, journal, write, told, begin } = await staged();
  write(120, 10_000);
  const uplink = await begin();
  await expect.poll(() => uplink.state.ackedSeq, WAIT).toBe(journal.head.seq);
  expect(hub.longest()).toBeLessThanOrEqual(PACKET_BYTES_MAX);
  expect(hub.longest()).toBeGreaterThan(20_000);
  expect(line.seen.cuts).toBeLessThan(20);
  expect(told).toEqual([]);
}, 60_000);

test('an entry that no batch can bring is said once, what came before it is through, and nobody connects without a pause', async () => {
  const { line, journal, write, told, begin } = await staged();
  write(20, 1_000);
  const through = journal.head.seq;
  write(1, PACKET_BYTES_MAX + 1);
  write(20, 1_000);
  const uplink = await begin();
  await expect.poll(() => told.length, WAIT).toBe(1);
  expect(told[0]).toContain(`entry ${through + 1}`);
  await expect.poll(() => uplink.state.ackedSeq, WAIT).toBe(through);
  const { connections } = line.seen;
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect([line.seen.connections - connections <= 1, told.length]).toEqual([true, 1]);
  expect(uplink.state).toMatchObject({ ackedSeq: through, connected: true });
}, 60_000);
