import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Journal } from '@gatehouse/edge/journal/journal-types.ts';
import { openMemoryJournal } from '@gatehouse/edge/journal/memory-journal.ts';
import { openLedgerWitness } from '@gatehouse/edge/sync/ledger-witness.ts';
import { startUplink, type Uplink } from '@gatehouse/edge/sync/uplink.ts';
import { proveToEdge } from '@gatehouse/hub/ledger/prove-to-edge.ts';
import type { Database } from '@gatehouse/hub/store/database.ts';
import { publishAcks } from '@gatehouse/hub/sync/acks.ts';
import { connectBroker } from '@gatehouse/hub/sync/external-broker.ts';
import type { UplinkServer } from '@gatehouse/hub/sync/uplink-server.ts';
import { parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { unmeasuredClock } from '@gatehouse/shared/values/clock.ts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { edgeStream } from '../fixtures/edge-stream.ts';
import { freePort } from '../fixtures/firm.ts';
import { type TestLedger, testLedger } from '../fixtures/hub-ledger.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';
import { FAULT_SEED, FAULT_WIPES, seededRandom, tellRound } from './fault-plan.ts';

// A real broker that keeps what it takes on disk, killed while entries flow, with its disk wiped before it comes back.

const MOSQUITTO = '/usr/sbin/mosquitto';
const EDGES = 2;
const GROUP_MAX = 40;
const BACK_MS_MAX = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-wiped-'));
const closers: (() => unknown)[] = [];
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
}, 180_000);
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface WipedBroker {
  readonly url: string;
  start(): void;
  /** Kills it and removes all that it had; answers how many files that were. */
  wipe(): Promise<number>;
}

async function broker(): Promise<WipedBroker> {
  const port = await freePort();
  const [data, settings] = [join(folder, 'data'), join(folder, 'mosquitto.conf')];
  mkdirSync(data);
  const disk = ['persistence true', `persistence_location ${data}/`, 'autosave_on_changes true', 'autosave_interval 1'];
  const user = process.getuid?.() === 0 ? ['user root'] : [];
  writeFileSync(settings, [`listener ${port} 127.0.0.1`, 'allow_anonymous true', ...disk, ...user, ''].join('\n'));
  let running: ChildProcess | undefined;
  closers.push(() => running?.kill('SIGKILL'));
  return {
    url: `mqtt://127.0.0.1:${port}`,
    start: () => {
      running = spawn(MOSQUITTO, ['-c', settings], { stdio: 'ignore' });
    },
    wipe: async () => {
      const ended = new Promise((resolve) => running?.once('exit', resolve));
      expect(running?.exitCode).toBeNull();
      running?.kill('SIGKILL');
      await ended;
      const files = readdirSync(data);
      for (const name of files) rmSync(join(data, name));
      return files.length;
    },
  };
}

/** The records side of a hub behind that broker. */
async function hubBehind(url: string, hub: TestLedger): Promise<void> {
  let line: UplinkServer | undefined;
  const log = (): void => undefined;
  const publish = (topic: string, payload: string): void => line?.publish(topic, payload);
  line = await connectBroker({ url, clientId: 'hub-1', receive: hub.ingest.receive, log });
  const prove = (request: Parameters<typeof proveToEdge>[1]) => proveToEdge(hub.database, request);
  const stopAcks = publishAcks({ ingest: hub.ingest, signer: hub.signer, prove, publish, log });
  closers.push(async () => {
    stopAcks();
    await line?.close();
    await hub.ingest.close();
  });
}

interface Member {
  readonly name: string;
  readonly journal: Journal;
  readonly uplink: Uplink;
}

async function enlist(url: string, hub: TestLedger, name: string): Promise<Member> {
  const stream = edgeStream(name);
  await hub.register(stream);
  const { journal } = openMemoryJournal({
    edge: name,
    clock: unmeasuredClock({ source: 'system', wallMs: () => Date.now() }),
    random: (bytes) => new Uint8Array(bytes),
    emptyState: {},
    onNotice: () => {},
    keep: 'all',
  });
  const verifiers = [parseVerifierKey(hub.signer.verifierKey)];
  const uplink = startUplink({
    url,
    journal,
    signer: stream.signer,
    hub: verifiers,
    witness: await openLedgerWitness({ path: join(folder, name), hub: verifiers, epoch: 1 }),
    monotonicMs: () => performance.now(),
    random: () => 0,
    onAck: () => {},
    onLoss: ({ seq }) => expect.fail(`the hub acknowledged entry ${seq}, which nobody wrote`),
    onFork: ({ seq }) => expect.fail(`the hub has another entry ${seq}`),
    onSetBack: (message) => expect.fail(message),
    onRefuted: (message) => expect.fail(message),
    resendMs: 500,
  });
  closers.push(() => uplink.stop());
  return { name, journal, uplink };
}

function write({ journal }: Member, count: number): void {
  for (let index = 0; index < count; index += 1) {
    const message = `entry ${index}`;
    journal.append([{ kind: 'incident', body: { v: 1, code: 'CLOCK_STEP', severity: 'notice', message } }]);
  }
}

async function areBack(members: readonly Member[]): Promise<void> {
  const end = performance.now() + BACK_MS_MAX;
  const acked = members.map(({ uplink }) => uplink.state.ackedSeq);
  const isBack = ({ uplink, journal }: Member, index: number): boolean =>
    uplink.state.connected && (uplink.state.ackedSeq > (acked[index] ?? 0) || journal.head.seq === acked[index]);
  while (!members.every(isBack)) {
    if (performance.now() > end) throw new Error('an edge did not come back');
    await sleep(10);
  }
}

async function seqsOf(database: Database, edge: string): Promise<readonly number[]> {
  const rows = await database<{ seq: number }[]>`SELECT seq FROM ledger_leaf WHERE edge = ${edge} ORDER BY leaf`;
  return rows.map(({ seq }) => seq);
}

test(`I1 I2 a broker that forgets everything ${FAULT_WIPES} times loses and doubles nothing, seed ${FAULT_SEED}`, {
  timeout: 120_000 + FAULT_WIPES * 30_000,
}, async ({ skip }) => {
  if (process.env['CI'] !== 'true' && !existsSync(MOSQUITTO)) return skip(`there is no ${MOSQUITTO}`);
  const random = seededRandom(FAULT_SEED);
  const upTo = (most: number): number => Math.floor(random() * most);
  const { database } = await server.database();
  const hub = testLedger(database);
  const between = await broker();
  between.start();
  await hubBehind(between.url, hub);
  const members: Member[] = [];
  for (let index = 1; index <= EDGES; index += 1) members.push(await enlist(between.url, hub, `edge-${index}`));

  let [files, waiting] = [0, 0];
  for (let wipe = 0; wipe < FAULT_WIPES; wipe += 1) {
    for (const member of members) write(member, 1 + upTo(GROUP_MAX));
    await areBack(members);
    for (const member of members) write(member, 1 + upTo(GROUP_MAX));
    await sleep(upTo(30));
    waiting += members.reduce((sum, { uplink }) => sum + uplink.state.pending, 0);
    files += await between.wipe();
    for (const member of members) write(member, upTo(GROUP_MAX));
    await sleep(upTo(200));
    between.start();
  }
  const drained = await Promise.all(members.map(({ uplink }) => uplink.drained(BACK_MS_MAX)));
  expect(drained).toEqual(members.map(() => true));

  const found = await Promise.all(members.map(({ name }) => seqsOf(database, name)));
  const wrote = members.reduce((sum, { journal }) => sum + journal.head.seq, 0);
  const kept = found.reduce((sum, seqs) => sum + new Set(seqs).size, 0);
  const double = found.reduce((sum, { length }) => sum + length, 0) - kept;
  tellRound(
    `broker wiped ${FAULT_WIPES} times, seed ${FAULT_SEED}: ${wrote} entries, ${waiting} without an acknowledgement when it died, ${files} files of its disk gone; lost ${wrote - kept}, double ${double}`,
  );
  for (const [index, seqs] of found.entries()) {
    expect(seqs).toEqual(Array.from({ length: members[index]?.journal.head.seq ?? 0 }, (_, place) => place + 1));
  }
  expect((await hub.verify()).findings).toEqual([]);
});
