import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Journal } from '@gatehouse/edge/journal/journal-types.ts';
import { openMemoryJournal } from '@gatehouse/edge/journal/memory-journal.ts';
import { openLedgerWitness } from '@gatehouse/edge/sync/ledger-witness.ts';
import { startUplink, type Uplink } from '@gatehouse/edge/sync/uplink.ts';
import type { Database } from '@gatehouse/hub/store/database.ts';
import { generateSigner, parseVerifierKey, type Signer } from '@gatehouse/shared/journal/note.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { depositOf, edgeStream } from '../fixtures/edge-stream.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';
import { restoreTo, signAgain, startUplinkHub, type UplinkHub } from '../fixtures/uplink-hub.ts';

// An edge and the records side of a hub over real sockets and a real database.

const EDGE = 'edge-1';
const DRAIN_MS_MAX = 15_000;
/** So much, and so slow a line, that most of it waits for the whole test. */
const BACKLOG = 6_000;
const BYTES_PER_SECOND = 100_000;
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-witness-'));
const closers: (() => Promise<unknown>)[] = [];
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Stage {
  readonly database: Database;
  readonly hub: UplinkHub;
  readonly journal: Journal;
  readonly signer: Signer;
}

async function staged(): Promise<Stage> {
  const { database } = await server.database();
  const hub = await startUplinkHub(database);
  closers.push(hub.stop);
  const stream = edgeStream(EDGE);
  await hub.hub.register(stream);
  const { journal } = openMemoryJournal({
    edge: EDGE,
    clock: manualClock(parseInstant('2026-01-05T09:00:00Z')),
    random: (bytes) => new Uint8Array(bytes),
    emptyState: {},
    onNotice: () => {},
    keep: 'all',
  });
  return { database, hub, journal, signer: stream.signer };
}

interface Heard {
  readonly uplink: Uplink;
  readonly setBack: string[];
  readonly refuted: string[];
}

async function connect({ journal, signer, hub }: Stage, name: string, bytesPerSecond?: number): Promise<Heard> {
  const verifiers = [parseVerifierKey(hub.hub.signer.verifierKey)];
  const [setBack, refuted]: [string[], string[]] = [[], []];
  const uplink = startUplink({
    url: hub.url,
    journal,
    signer,
    hub: verifiers,
    witness: await openLedgerWitness({ path: join(folder, name), hub: verifiers, epoch: 1 }),
    monotonicMs: () => performance.now(),
    random: () => 0,
    onAck: () => {},
    onLoss: () => expect.fail('nothing was lost'),
    onFork: () => expect.fail('nothing was forked'),
    onSetBack: (message) => setBack.push(message),
    onRefuted: (message) => refuted.push(message),
    resendMs: 500,
    bytesPerSecond,
  });
  closers.push(() => uplink.stop());
  return { uplink, setBack, refuted };
}

function write(journal: Journal, count: number): void {
  for (let index = 0; index < count; index += 1) {
    journal.append([
      { kind: 'incident', body: { v: 1, code: 'CLOCK_STEP', severity: 'notice', message: `n ${index}` } },
    ]);
  }
}

async function until(claim: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 750; tries += 1) {
    if (await claim()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(await claim()).toBe(true);
}

async function previewsIn(database: Database): Promise<number> {
  const [row] = await database<{ count: number }[]>`SELECT count(*) AS count FROM entry_preview`;
  return row?.count ?? 0;
}

async function seqsOf(database: Database): Promise<readonly number[]> {
  const rows = await database<{ seq: number }[]>`SELECT seq FROM ledger_leaf WHERE edge = ${EDGE} ORDER BY leaf`;
  return rows.map(({ seq }) => seq);
}

test('an edge sees every entry of its own proven to lie in a ledger that only grew', async () => {
  const stage = await staged();
  write(stage.journal, 1_500);
  const { uplink, setBack, refuted } = await connect(stage, 'proven');
  expect(await uplink.drained(DRAIN_MS_MAX)).toBe(true);
  const other = edgeStream('edge-2');
  await stage.hub.hub.register(other);
  for (let round = 0; round < 10; round += 1) {
    write(stage.journal, 3);
    await stage.hub.hub.take(other, other.batch(other.add(depositOf('1'))));
  }
  await until(() => uplink.state.provenSeq === stage.journal.head.seq);
  expect(uplink.state).toMatchObject({ pending: 0, secondsLeft: 0, trouble: undefined });
  expect([...setBack, ...refuted]).toEqual([]);
});

test('what is shown ahead of a long backlog is answered like any other message, and accuses no hub', async () => {
  const stage = await staged();
  write(stage.journal, BACKLOG);
  const { uplink, refuted } = await connect(stage, 'shown-ahead', BYTES_PER_SECOND);
  await until(() => uplink.state.provenSeq > 0);
  // What became durable before the connection is no news; the second entry is.
  write(stage.journal, 2);
  await until(async () => (await previewsIn(stage.database)) > 0);
  // The answer to a later batch comes after the answer to what was shown.
  const { provenSeq } = uplink.state;
  await until(() => uplink.state.provenSeq > provenSeq);
  expect(refuted).toEqual([]);
});

test('I1 I2 a hub that was restored from a backup is found, sent what it lacks, and holds every entry once', async () => {
  const stage = await staged();
  write(stage.journal, 300);
  const { uplink, setBack, refuted } = await connect(stage, 'restored');
  expect(await uplink.drained(DRAIN_MS_MAX)).toBe(true);
  const [at] = await stage.database<{ size: number }[]>`SELECT size FROM ledger_head`;
  write(stage.journal, 400);
  expect(await uplink.drained(DRAIN_MS_MAX)).toBe(true);
  const signed = uplink.state.ackedSeq;
  await stage.hub.stop();
  await restoreTo(stage.database, stage.hub.hub, (at?.size ?? 0) + 7);

  const again = await startUplinkHub(stage.database, { hub: stage.hub.hub, port: stage.hub.port });
  closers.push(again.stop);
  await until(() => setBack.length === 1);
  expect(uplink.state.ackedSeq).toBeLessThanOrEqual(signed);
  await until(() => uplink.state.provenSeq === signed);
  expect(setBack[0]).toContain('up to');
  expect(refuted).toEqual([]);
  expect(await seqsOf(stage.database)).toEqual(Array.from({ length: signed }, (_, index) => index + 1));
  expect((await again.hub.verify()).findings).toEqual([]);
});

test('a hub that rewrote an old record is refused, and nothing it acknowledges counts', async () => {
  const stage = await staged();
  write(stage.journal, 100);
  const { uplink, refuted } = await connect(stage, 'rewritten');
  expect(await uplink.drained(DRAIN_MS_MAX)).toBe(true);
  await until(() => uplink.state.provenSeq === stage.journal.head.seq);
  const acked = uplink.state.ackedSeq;
  await stage.hub.stop();
  await stage.database`UPDATE ledger_leaf SET header = replace(header, '"act"', '"acts"') WHERE leaf = 0`;
  await signAgain(stage.database, stage.hub.hub.ledger);

  const again = await startUplinkHub(stage.database, { hub: stage.hub.hub, port: stage.hub.port });
  closers.push(again.stop);
  write(stage.journal, 50);
  await until(() => refuted.length === 1);
  expect(uplink.state).toMatchObject({ ackedSeq: acked, connected: false });
  expect(uplink.state.trouble).toContain('the hub signed two ledgers');
});

test('an edge of a new key file believes no hub that it does not know', async () => {
  const stage = await staged();
  write(stage.journal, 10);
  const stranger = { ...stage, hub: { ...stage.hub, hub: { ...stage.hub.hub, signer: generateSigner('other') } } };
  const { uplink } = await connect(stranger, 'stranger');
  await until(() => uplink.state.trouble !== undefined);
  expect(uplink.state.ackedSeq).toBe(0);
});
