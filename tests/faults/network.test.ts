import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Journal } from '@gatehouse/edge/journal/journal-types.ts';
import { openMemoryJournal } from '@gatehouse/edge/journal/memory-journal.ts';
import { openLedgerWitness } from '@gatehouse/edge/sync/ledger-witness.ts';
import { startUplink, type Uplink } from '@gatehouse/edge/sync/uplink.ts';
import type { Database } from '@gatehouse/hub/store/database.ts';
import { parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { unmeasuredClock } from '@gatehouse/shared/values/clock.ts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type EdgeStream, edgeStream } from '../fixtures/edge-stream.ts';
import { type Fate, type PacketProxy, startPacketProxy } from '../fixtures/packet-proxy.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';
import { restoreTo, startUplinkHub, type UplinkHub } from '../fixtures/uplink-hub.ts';
import { FAULT_ROUNDS, FAULT_SEED, seededRandom, tellRound } from './fault-plan.ts';

// Edges and the records side of a hub over a network of our own, which loses, doubles, delays and cuts as the seed says.

const EDGES = 2;
/** The short form is one round; the long form has as many rounds as are asked for, and longer ones. */
const ENTRIES = FAULT_ROUNDS > 1 ? 2_500 : 400;
const GROUP_MAX = 3;
const RESEND_MS = 250;
const DRAIN_MS_MAX = 60_000;
const LATE_MS_MAX = 400;
const PARTITION_MS_MAX = 600;
const SOUND: Fate = { kind: 'pass' };

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-network-'));
const closers: (() => Promise<unknown>)[] = [];
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
}, 60_000);
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Up to three in ten messages are lost and five in ten come twice, the more the worse the seed has it. */
function badNetwork(random: () => number): () => Fate {
  const [losses, doubles, lates] = [random() * 0.3, random() * 0.5, random() * 0.3];
  return () => {
    const lot = random();
    if (lot < losses) return { kind: 'lose' };
    if (lot < losses + doubles * (1 - losses)) return { kind: 'double' };
    if (random() < lates) return { kind: 'late', delayMs: random() * LATE_MS_MAX };
    return random() < 0.002 ? { kind: 'cut' } : SOUND;
  };
}

interface Member {
  readonly stream: EdgeStream;
  readonly journal: Journal;
  readonly proxy: PacketProxy;
  readonly uplink: Uplink;
  readonly setBack: string[];
}

async function enlist(hub: UplinkHub, name: string, fateOf: () => Fate): Promise<Member> {
  const stream = edgeStream(name);
  await hub.hub.register(stream);
  const { journal } = openMemoryJournal({
    edge: name,
    clock: unmeasuredClock({ source: 'system', wallMs: () => Date.now() }),
    random: (bytes) => new Uint8Array(bytes),
    emptyState: {},
    onNotice: () => {},
    keep: 'all',
  });
  const proxy = await startPacketProxy(hub.port, fateOf);
  closers.push(() => proxy.close());
  const verifiers = [parseVerifierKey(hub.hub.signer.verifierKey)];
  const setBack: string[] = [];
  const uplink = startUplink({
    url: proxy.url,
    journal,
    signer: stream.signer,
    hub: verifiers,
    witness: await openLedgerWitness({ path: join(folder, `${name}-${closers.length}`), hub: verifiers, epoch: 1 }),
    monotonicMs: () => performance.now(),
    random: Math.random,
    onAck: () => {},
    onLoss: ({ seq }) => expect.fail(`the hub acknowledged entry ${seq}, which nobody wrote`),
    onFork: ({ seq }) => expect.fail(`the hub has another entry ${seq}`),
    onSetBack: (message) => setBack.push(message),
    onRefuted: (message) => expect.fail(message),
    resendMs: RESEND_MS,
  });
  closers.push(() => uplink.stop());
  return { stream, journal, proxy, uplink, setBack };
}

function write({ journal }: Member, count: number): void {
  for (let index = 0; index < count; index += 1) {
    const message = `entry ${index}`;
    journal.append([{ kind: 'incident', body: { v: 1, code: 'CLOCK_STEP', severity: 'notice', message } }]);
  }
}

async function seqsOf(database: Database, edge: string): Promise<readonly number[]> {
  const rows = await database<{ seq: number }[]>`SELECT seq FROM ledger_leaf WHERE edge = ${edge} ORDER BY leaf`;
  return rows.map(({ seq }) => seq);
}

/** What the hub has of what edges wrote, told before it is judged. */
async function expectAll(name: string, database: Database, members: readonly Member[]): Promise<void> {
  const found = await Promise.all(members.map(({ stream }) => seqsOf(database, stream.edge)));
  const wrote = members.map(({ journal }) => journal.head.seq);
  const kept = found.map((seqs) => new Set(seqs).size);
  const lost = sumOf(wrote) - sumOf(kept);
  const double = sumOf(found.map(({ length }) => length)) - sumOf(kept);
  const counts = members.map((member) => member.proxy.counts);
  const faults = (['lose', 'double', 'late', 'cut', 'partitions'] as const).map(
    (kind) => `${kind} ${sumOf(counts.map((one) => one[kind]))}`,
  );
  const whole = sumOf(counts.map(({ pass }) => pass));
  tellRound(
    `${name}: ${sumOf(wrote)} entries, ${whole} messages whole, ${faults.join(', ')}; lost ${lost}, double ${double}`,
  );
  for (const [index, seqs] of found.entries()) {
    expect(seqs).toEqual(Array.from({ length: wrote[index] ?? 0 }, (_, place) => place + 1));
  }
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Writes under faults until everything is written, then lets the network heal and waits. */
async function work(members: readonly Member[], random: () => number): Promise<void> {
  for (let written = 0; written < ENTRIES; ) {
    const count = 1 + Math.floor(random() * GROUP_MAX);
    for (const member of members) write(member, count);
    written += count;
    const [member] = members.toSorted(() => random() - 0.5);
    if (random() < 0.05 && member !== undefined) {
      member.proxy.cut(true);
      await sleep(random() * PARTITION_MS_MAX);
      member.proxy.cut(false);
    }
    await sleep(random() * 6);
  }
}

async function drain(members: readonly Member[]): Promise<void> {
  const drained = await Promise.all(members.map(({ uplink }) => uplink.drained(DRAIN_MS_MAX)));
  expect(drained).toEqual(members.map(() => true));
}

for (let round = 0; round < FAULT_ROUNDS; round += 1) {
  const seed = FAULT_SEED + round;

  test(`I1 I2 a network that loses, doubles, reorders and cuts loses and doubles nothing, seed ${seed}`, {
    timeout: 180_000,
  }, async () => {
    const random = seededRandom(seed);
    const { database } = await server.database();
    const hub = await startUplinkHub(database);
    closers.push(hub.stop);
    let isHealed = false;
    const bad = badNetwork(random);
    const members: Member[] = [];
    for (let index = 1; index <= EDGES; index += 1) {
      members.push(await enlist(hub, `edge-${index}`, () => (isHealed ? SOUND : bad())));
    }
    await work(members, random);
    isHealed = true;
    await drain(members);
    await expectAll(`network, seed ${seed}`, database, members);
    expect((await hub.hub.verify()).findings).toEqual([]);
  });

  test(`I1 I2 a hub that dies, comes back elsewhere and forgets its newest records gets them again once, seed ${seed}`, {
    timeout: 180_000,
  }, async () => {
    const random = seededRandom(seed);
    const { database } = await server.database();
    let hub = await startUplinkHub(database);
    const member = await enlist(hub, 'edge-1', () => SOUND);
    closers.push(() => hub.stop());
    for (let life = 0; life < 4; life += 1) {
      write(member, 50 + Math.floor(random() * 50));
      await sleep(random() * 200);
      await hub.stop();
      const [{ size } = { size: 0 }] = await database<{ size: number }[]>`SELECT size FROM ledger_head`;
      if (life % 2 === 1 && size > 10) await restoreTo(database, hub.hub, size - 1 - Math.floor(random() * 9));
      hub = await startUplinkHub(database, { hub: hub.hub });
      member.proxy.reroute(hub.port);
    }
    // What an edge learned to be acknowledged may be gone again: only the hub's own records say that it has all.
    await expect
      .poll(() => seqsOf(database, 'edge-1').then(({ length }) => length), { timeout: DRAIN_MS_MAX, interval: 100 })
      .toBe(member.journal.head.seq);
    await drain([member]);
    await expectAll(`lives of a hub, seed ${seed}`, database, [member]);
    expect((await hub.hub.verify()).findings).toEqual([]);
  });
}
