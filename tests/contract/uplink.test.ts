import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Journal } from '@gatehouse/edge/journal/journal-types.ts';
import { openMemoryJournal } from '@gatehouse/edge/journal/memory-journal.ts';
import { RECONNECT_MS_MAX, RECONNECT_MS_MIN, waitMs } from '@gatehouse/edge/sync/broker-link.ts';
import { type LedgerWitness, openLedgerWitness } from '@gatehouse/edge/sync/ledger-witness.ts';
import { startUplink, type Uplink } from '@gatehouse/edge/sync/uplink.ts';
import { startBroker } from '@gatehouse/hub/sync/broker.ts';
import { ackTopic } from '@gatehouse/hub/sync/topics.ts';
import type { UplinkServer } from '@gatehouse/hub/sync/uplink-server.ts';
import { type Ack, signAck } from '@gatehouse/shared/journal/ack.ts';
import { decodeBatch } from '@gatehouse/shared/journal/batch.ts';
import { type ChainHead, genesis, headOf, verifyEntry } from '@gatehouse/shared/journal/chain.ts';
import { parseHeader } from '@gatehouse/shared/journal/entry.ts';
import { openHead } from '@gatehouse/shared/journal/head-note.ts';
import { generateSigner, parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { afterAll, afterEach, expect, test } from 'vitest';

const EDGE = 'edge-test';
const hubSigner = generateSigner('hub.test');
const edgeSigner = generateSigner(EDGE);
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-uplink-'));
const closers: (() => Promise<void>)[] = [];
let witnesses = 0;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A hub that verifies and acknowledges, and keeps nothing but the head and the count of what came twice. */
interface SmallHub {
  readonly url: string;
  head: ChainHead;
  repeats: number;
  batches: number;
  /** Drops so many messages before it listens. */
  deaf: number;
  stop(): Promise<void>;
}

async function startSmallHub(head: ChainHead = genesis(EDGE), port = 0): Promise<SmallHub> {
  let server: UplinkServer | undefined;
  const hub: SmallHub = { url: '', head, repeats: 0, batches: 0, deaf: 0, stop: async () => server?.close() };
  server = await startBroker({
    port,
    log: () => {},
    receive: (edge, bytes) => {
      if (hub.deaf > 0) {
        hub.deaf -= 1;
        return false;
      }
      take(hub, bytes);
      const ack = signAck(hubSigner, { ...hub.head, leaves: null, checkpoint: 'none' });
      server?.publish(ackTopic(edge), ack);
      return true;
    },
  });
  closers.push(hub.stop);
  return Object.assign(hub, { url: server.address });
}

function take(hub: SmallHub, bytes: Uint8Array): void {
  const { entries, headNote } = decodeBatch(bytes);
  openHead(headNote, [parseVerifierKey(edgeSigner.verifierKey)]);
  hub.batches += 1;
  for (const wire of entries) {
    const { seq } = parseHeader(wire.headerText);
    if (seq <= hub.head.seq) hub.repeats += 1;
    // After a message that was not taken there is a gap; the rest waits until the edge sends it again.
    else if (seq === hub.head.seq + 1) hub.head = headOf(verifyEntry({ head: hub.head, ...wire }));
  }
}

function openTestJournal(count: number): Journal {
  const { journal } = openMemoryJournal({
    edge: EDGE,
    clock: manualClock(parseInstant('2020-01-01T00:00:00Z')),
    random: (bytes) => new Uint8Array(bytes),
    emptyState: {},
    onNotice: () => {},
    keep: 'all',
  });
  for (let index = 1; index < count; index += 1) journal.append([{ kind: 'incident', body: `{"index":${index}}` }]);
  return journal;
}

async function openWitness(): Promise<LedgerWitness> {
  witnesses += 1;
  const path = join(folder, `ledger-${witnesses}`);
  return openLedgerWitness({ path, hub: [parseVerifierKey(hubSigner.verifierKey)], epoch: 1 });
}

interface Heard {
  readonly uplink: Uplink;
  readonly lost: Ack[];
  readonly forked: Ack[];
}

async function start(url: string, journal: Journal, resendMs = 200): Promise<Heard> {
  const lost: Ack[] = [];
  const forked: Ack[] = [];
  const uplink = startUplink({
    url,
    journal,
    signer: edgeSigner,
    hub: [parseVerifierKey(hubSigner.verifierKey)],
    witness: await openWitness(),
    monotonicMs: () => performance.now(),
    random: () => 0,
    onAck: () => {},
    onLoss: (ack) => lost.push(ack),
    onFork: (ack) => forked.push(ack),
    onSetBack: () => {},
    onRefuted: () => {},
    resendMs,
  });
  closers.push(() => uplink.stop());
  return { uplink, lost, forked };
}

async function until(claim: () => boolean): Promise<void> {
  for (let tries = 0; !claim() && tries < 400; tries += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(claim()).toBe(true);
}

test('the hub gets every entry once and in order, and the edge knows it', async () => {
  const hub = await startSmallHub();
  const journal = openTestJournal(3_000);
  // Hub and edge share one busy thread here; an answer that is late is no reason to send again.
  const { uplink } = await start(hub.url, journal, 8_000);
  expect(await uplink.drained(8_000)).toBe(true);
  expect(hub.head).toEqual(journal.head);
  expect(hub.repeats).toBe(0);
  expect(uplink.state).toMatchObject({ connected: true, ackedSeq: 3_000, pending: 0, lagSeconds: 0 });

  journal.append([{ kind: 'incident', body: '{"late":true}' }]);
  await until(() => hub.head.seq === 3_001);
});

test('what the hub never took is sent again, although the broker had receipted it', async () => {
  const hub = await startSmallHub();
  const journal = openTestJournal(1_200);
  hub.deaf = 3;
  const { uplink } = await start(hub.url, journal);
  expect(await uplink.drained(8_000)).toBe(true);
  expect(hub.head).toEqual(journal.head);
});

test('a hub that was restored from a copy is sent what it lacks', async () => {
  const journal = openTestJournal(500);
  const [tenth] = await journal.read(10, { entries: 1, bytes: 1 });
  const hub = await startSmallHub(tenth === undefined ? genesis(EDGE) : headOf(tenth));
  const { uplink } = await start(hub.url, journal, 8_000);
  expect(await uplink.drained(8_000)).toBe(true);
  expect(hub.repeats).toBe(0);
});

test('a broker that goes away and comes back is found again', async () => {
  const first = await startSmallHub();
  const journal = openTestJournal(100);
  const { uplink } = await start(first.url, journal);
  expect(await uplink.drained(8_000)).toBe(true);
  await first.stop();
  await until(() => !uplink.state.connected);
  journal.append([{ kind: 'incident', body: '{"offline":true}' }]);
  expect(uplink.state.pending).toBe(1);

  const second = await startSmallHub(first.head, Number(new URL(first.url).port));
  await until(() => second.head.seq === 101);
  expect(second.repeats).toBe(0);
});

test('I11 a signed ack beyond the end is a loss, and one with another hash is a fork', async () => {
  const journal = openTestJournal(50);
  const beyond = await startSmallHub({ ...journal.head, seq: 51 });
  const first = await start(beyond.url, journal);
  await until(() => first.lost.length > 0);
  expect(first.forked).toEqual([]);

  const other = await startSmallHub({ ...journal.head, hash: 'f'.repeat(64) });
  const second = await start(other.url, journal);
  await until(() => second.forked.length > 0);
  expect(second.lost).toEqual([]);
});

test('an ack that the pinned key did not sign moves nothing', async () => {
  const hub = await startSmallHub();
  const journal = openTestJournal(20);
  const uplink = startUplink({
    url: hub.url,
    journal,
    signer: edgeSigner,
    hub: [parseVerifierKey(generateSigner('hub.test').verifierKey)],
    witness: await openWitness(),
    monotonicMs: () => performance.now(),
    random: () => 0,
    onAck: () => {},
    onLoss: () => {},
    onFork: () => {},
    onSetBack: () => {},
    onRefuted: () => {},
    resendMs: 100,
  });
  closers.push(() => uplink.stop());
  await until(() => uplink.state.trouble !== undefined);
  expect(uplink.state).toMatchObject({ connected: false, ackedSeq: 0 });
});

test('waits between connections double up to their bound, and differ by at most a half', () => {
  expect(waitMs(0, 0)).toBe(RECONNECT_MS_MIN);
  expect(waitMs(1, 0)).toBe(2 * RECONNECT_MS_MIN);
  expect(waitMs(1_000, 0)).toBe(RECONNECT_MS_MAX);
  expect(waitMs(1_000, 0.999)).toBeLessThanOrEqual(RECONNECT_MS_MAX * 1.5);
});
