import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toWireBody } from '@gatehouse/edge/engine/entry-wire.ts';
import { openMemoryJournal } from '@gatehouse/edge/journal/memory-journal.ts';
import { acceptLedger, refutedFile, takeAcceptedLedger } from '@gatehouse/edge/sync/accepted-ledger.ts';
import { openLedgerWitness } from '@gatehouse/edge/sync/ledger-witness.ts';
import { startUplink, type Uplink } from '@gatehouse/edge/sync/uplink.ts';
import { hubFolders } from '@gatehouse/hub/config.ts';
import { ENDED_ACCESS_FILE } from '@gatehouse/hub/sync/enrolment/ended-access.ts';
import { parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { depositOf, edgeStream } from '../fixtures/edge-stream.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';
import { restoreTo, startUplinkHub } from '../fixtures/uplink-hub.ts';

// What people do when a hub was restored, as docs/restored-hub.md says it.

const EDGE = 'edge-1';
const MS_MAX = 180_000;
const WAIT_MS_MAX = 60_000;
const script = fileURLToPath(new URL('../../scripts/gatehouse.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-restored-'));
const at = parseInstant('2026-01-05T09:00:00Z');
const closers: (() => Promise<unknown>)[] = [];
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
}, MS_MAX);
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function until(claim: () => boolean): Promise<void> {
  const end = performance.now() + WAIT_MS_MAX;
  while (!claim()) {
    if (performance.now() > end) throw new Error('the wait was too long');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function gatehouse(env: NodeJS.ProcessEnv, ...args: readonly string[]) {
  const child = spawn(process.execPath, [script, 'edge', ...args], { cwd: folder, env: { ...process.env, ...env } });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => {
    said.stdout += String(data);
  });
  child.stderr.on('data', (data) => {
    said.stderr += String(data);
  });
  return new Promise<{ exit: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit) => resolve({ exit, ...said }));
  });
}

test(
  'I1 I2 an edge that refuses a restored hub believes it after a person’s word, and loses nothing',
  async () => {
    const { database } = await server.database();
    const first = await startUplinkHub(database);
    const [stream, other] = [edgeStream(EDGE), edgeStream('edge-2')];
    await first.hub.register(stream);
    await first.hub.register(other);
    const { journal } = openMemoryJournal({
      edge: EDGE,
      clock: manualClock(at),
      random: (bytes) => new Uint8Array(bytes),
      emptyState: {},
      onNotice: () => {},
      keep: 'all',
    });
    const write = () =>
      journal.append([{ kind: 'incident', body: { v: 1, code: 'CLOCK_STEP', severity: 'notice', message: 'x' } }]);
    const seenLedger = join(folder, 'hub.ledger');
    const hub = [parseVerifierKey(first.hub.signer.verifierKey)];
    const connect = async (url: string): Promise<{ uplink: Uplink; refuted: string[] }> => {
      const refuted: string[] = [];
      const uplink = startUplink({
        url,
        journal,
        signer: stream.signer,
        hub,
        witness: await openLedgerWitness({ path: seenLedger, hub, epoch: 1 }),
        monotonicMs: () => performance.now(),
        random: () => 0,
        onAck: () => {},
        onLoss: () => expect.fail('nothing was lost'),
        onFork: () => expect.fail('nothing was forked'),
        onSetBack: () => {},
        onRefuted: (_, note) => refuted.push(note),
        resendMs: 300,
      });
      closers.push(() => uplink.stop());
      return { uplink, refuted };
    };
    for (let index = 0; index < 10; index += 1) write();
    const before = await connect(first.url);
    await until(() => before.uplink.state.provenSeq === journal.head.seq);
    await before.uplink.stop();
    await first.stop();

    // The backup is older than what this edge saw, and another edge wrote beyond it since.
    await restoreTo(database, first.hub, 4);
    const second = await startUplinkHub(database, { hub: first.hub });
    closers.push(second.stop);
    await second.hub.take(other, other.batch(other.add(...Array.from({ length: 30 }, () => depositOf('1')))));
    write();
    const refusing = await connect(second.url);
    await until(() => refusing.refuted.length > 0);
    expect(refusing.uplink.state.ackedSeq).toBe(0);
    await refusing.uplink.stop();

    writeFileSync(refutedFile(seenLedger), refusing.refuted[0] ?? '');
    await acceptLedger(seenLedger, { by: 'P-anna', reason: 'Restored on Sunday.', at });
    const record = async (entry: EntryBody): Promise<void> => void journal.append([toWireBody(entry)]);
    await takeAcceptedLedger({ seenLedger, record, clock: manualClock(at), log: () => {} });
    const after = await connect(second.url);
    await until(() => after.uplink.state.provenSeq === journal.head.seq);
    expect([after.refuted, after.uplink.state.ackedSeq]).toEqual([[], journal.head.seq]);
    const rows = await database<{ seq: number }[]>`SELECT seq FROM ledger_leaf WHERE edge = ${EDGE} ORDER BY leaf`;
    expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: journal.head.seq }, (_, index) => index + 1));
    expect((await second.hub.verify()).findings).toEqual([]);
  },
  MS_MAX,
);

test(
  'the command at the edge shows both sides and keeps the word of a named person for the next start',
  async () => {
    const data = join(folder, 'edge-data');
    const root = join(data, 'edge', EDGE);
    mkdirSync(root, { recursive: true });
    const env = { GATEHOUSE_DATA: data };
    expect(await gatehouse(env, 'ledger')).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('no contradiction'),
    });
    writeFileSync(join(root, 'hub.ledger'), JSON.stringify({ checkpoints: ['older', 'what was seen'] }));
    writeFileSync(join(root, 'hub.ledger.refuted'), 'what contradicts it');
    const shown = await gatehouse(env, 'ledger');
    expect([shown.exit, shown.stderr]).toEqual([0, '']);
    expect(shown.stdout).toContain('what was seen\n');
    expect(shown.stdout).toContain('what contradicts it\n');
    expect((await gatehouse(env, 'ledger', 'accept', '--by', 'P-anna')).exit).toBe(2);
    expect(existsSync(join(root, 'hub.ledger.accepted'))).toBe(false);
    expect((await gatehouse(env, 'ledger', 'accept', '--by', 'P-anna', '--reason', 'Restored.')).exit).toBe(0);
    const kept = JSON.parse(readFileSync(join(root, 'hub.ledger.accepted'), 'utf8')) as object;
    expect(kept).toMatchObject({ by: 'P-anna', reason: 'Restored.' });
  },
  MS_MAX,
);

test(
  'I14 the command at the hub lists the devices, and its word opens the doors and is on record',
  async () => {
    const { database, url } = await server.database();
    const data = join(folder, 'hub-data');
    mkdirSync(hubFolders(data).hub, { recursive: true });
    writeFileSync(join(data, 'gatehouse.json'), `${JSON.stringify({ product: 'gatehouse', format: 1 })}\n`);
    const env = { GATEHOUSE_DATA: data, DATABASE_URL: url };
    const shown = await gatehouse(env, 'devices');
    expect([shown.exit, shown.stderr]).toEqual([0, '']);
    expect(shown.stdout).toContain('waits for "gatehouse edge devices confirm"');
    expect((await gatehouse(env, 'devices', 'confirm', '--by', 'P-anna')).exit).toBe(2);
    const word = ['confirm', '--by', 'P-anna', '--reason', 'Compared with the list.'] as const;
    expect(await gatehouse(env, 'devices', ...word)).toMatchObject({ exit: 0, stderr: '' });
    expect(existsSync(join(hubFolders(data).hub, ENDED_ACCESS_FILE))).toBe(true);
    const acts = await database`SELECT by_person AS by, note FROM hub_act WHERE action = 'device.list-confirmed'`;
    expect(acts).toEqual([{ by: 'P-anna', note: 'Compared with the list.' }]);
    expect(await gatehouse(env, 'devices', ...word)).toMatchObject({
      stderr: expect.stringContaining('waits for nobody'),
    });
  },
  MS_MAX,
);
