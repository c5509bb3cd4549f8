import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readEdgeConfig } from '@gatehouse/edge/config.ts';
import type { EpochEdge } from '@gatehouse/edge/engine/agreed-state.ts';
import { type Book, createBook } from '@gatehouse/edge/engine/book.ts';
import { edgeFolders } from '@gatehouse/edge/engine/edge-files.ts';
import { foldJournal } from '@gatehouse/edge/engine/fold-journal.ts';
import { openWaitingEpoch } from '@gatehouse/edge/engine/open-epoch.ts';
import { governanceFolders } from '@gatehouse/edge/governance/governance-folders.ts';
import { trustPath } from '@gatehouse/edge/governance/trust-store.ts';
import { openJournal } from '@gatehouse/edge/journal/journal.ts';
import type { Draft, Journal } from '@gatehouse/edge/journal/journal-types.ts';
import { verifyJournal } from '@gatehouse/edge/journal/verify-journal.ts';
import { openLedgerWitness } from '@gatehouse/edge/sync/ledger-witness.ts';
import { startUplink } from '@gatehouse/edge/sync/uplink.ts';
import { openEpoch } from '@gatehouse/hub/control/epochs/open-epoch.ts';
import { signedTextHash } from '@gatehouse/shared/governance/claimed-document.ts';
import { cosign, parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { signDocument } from '@gatehouse/shared/journal/typed-note.ts';
import { EPOCH_TYPE } from '@gatehouse/shared/schema/governance.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { decimal } from '@gatehouse/shared/values/decimal.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { depositOf, type EdgeStream, type EntryOf, edgeStream, killOf } from '../fixtures/edge-stream.ts';
import { PAPER, signingPerson, trustNote } from '../fixtures/limit-people.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';
import { startUplinkHub, type UplinkHub } from '../fixtures/uplink-hub.ts';

// Two copies of the data folder of one edge, with real journals, and a hub over real sockets and a real database.

const EDGE = 'edge-1';
const DRAIN_MS_MAX = 15_000;
const [anna, ben] = [signingPerson('P-anna', 'records-officer'), signingPerson('P-ben', 'records-officer')];
const TRUST = trustNote([anna, ben]);
const TRUST_ENTRY = { kind: 'trust', body: { v: 1, version: 1, hash: signedTextHash(TRUST), document: TRUST } };
const deps = { multiplierOf: () => decimal('1') };
const clock = manualClock(parseInstant('2026-01-05T10:00:00Z'));
const random = (bytes: number): Uint8Array => randomBytes(bytes);
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-epoch-'));
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
  readonly root: string;
  readonly hub: UplinkHub;
  readonly stream: EdgeStream;
}

async function staged(name: string): Promise<Stage> {
  const root = join(folder, name);
  mkdirSync(root);
  const { database } = await server.database();
  const hub = await startUplinkHub(database);
  closers.push(hub.stop);
  writeFileSync(join(root, 'hub.vkey'), `${hub.hub.signer.verifierKey}\n`);
  const stream = edgeStream(EDGE);
  await hub.hub.register(stream);
  return { root, hub, stream };
}

interface Machine extends EpochEdge {
  readonly data: string;
  readonly lines: readonly string[];
}

function machineOf({ root, hub, stream }: Stage, name: string): Machine {
  const data = join(root, name);
  const { trust } = governanceFolders(data);
  mkdirSync(trust, { recursive: true });
  writeFileSync(trustPath(trust, 1), TRUST);
  const config = readEdgeConfig([], {
    GATEHOUSE_EDGE_DATA: data,
    GATEHOUSE_EDGE_ID: EDGE,
    GATEHOUSE_EDGE_PACE_SECONDS: '1',
    GATEHOUSE_EDGE_BROKER: hub.url,
    GATEHOUSE_EDGE_HUB_KEY: join(root, 'hub.vkey'),
  });
  const lines: string[] = [];
  return {
    ...{ data, lines, config, clock, random, randomUnit: () => 0, monotonicMs: () => performance.now() },
    credentials: { signer: stream.signer, place: PAPER, notes: [] },
    session: { loaded: { instrument: { multiplier: decimal('1') } } },
    log: (line) => lines.push(line),
  };
}

async function withJournal<T>(machine: Machine, work: (journal: Journal, book: Book) => Promise<T>): Promise<T> {
  const opened = await openJournal({
    ...{ folder: edgeFolders(machine.data).journal, edge: EDGE, clock, random },
    signer: machine.credentials.signer,
    emptyState: createBook(deps).snapshot(),
    onNotice: () => {},
  });
  try {
    return await work(opened.journal, await foldJournal(createBook({ ...deps, snapshot: opened.state }), opened));
  } finally {
    await opened.journal.close();
  }
}

const write = (machine: Machine, ...entries: readonly EntryOf[]): Promise<void> =>
  withJournal(machine, async (journal) => {
    journal.append(entries as readonly Draft[]);
    await journal.durable(journal.head.seq);
  });

/** Sends what a machine has; says how it ended. */
function send(machine: Machine, { hub }: Stage): Promise<'acknowledged' | 'forked' | 'stuck'> {
  const verifiers = [parseVerifierKey(hub.hub.signer.verifierKey)];
  return withJournal(machine, async (journal) => {
    const path = edgeFolders(machine.data).seenLedger;
    const forked = Promise.withResolvers<'forked'>();
    const uplink = startUplink({
      ...{ url: hub.url, journal, signer: machine.credentials.signer, hub: verifiers, resendMs: 300 },
      witness: await openLedgerWitness({ path, hub: verifiers, epoch: journal.head.epoch }),
      monotonicMs: () => performance.now(),
      random: () => 0,
      onAck: () => {},
      onLoss: () => expect.fail('nothing was lost'),
      onFork: () => forked.resolve('forked'),
      onSetBack: (message) => expect.fail(message),
      onRefuted: (message) => expect.fail(message),
    });
    const drained = uplink.drained(DRAIN_MS_MAX).then((all) => (all ? 'acknowledged' : 'stuck'));
    const end = await Promise.race([drained, forked.promise]);
    await uplink.stop();
    return end;
  });
}

async function documentFor({ hub }: Stage): Promise<string> {
  const [row] = await hub.hub.database<{ epoch: number; seq: number; hash: string }[]>`
    SELECT epoch, seq, hash FROM stream WHERE edge = ${EDGE}`;
  const { epoch = 0, seq = 0, hash = '' } = row ?? {};
  const at = '2026-01-05T10:00:00.000000000Z';
  const value = { v: 1, edge: EDGE, epoch: epoch + 1, from: { seq, hash }, reason: 'A disk was copied.', at };
  return cosign(signDocument(anna.signer, EPOCH_TYPE, value), ben.signer);
}

function hand({ data }: Machine, document: string): void {
  const { inbox } = governanceFolders(data);
  mkdirSync(inbox, { recursive: true });
  writeFileSync(join(inbox, 'epoch.note'), document);
}

function opened({ hub: { hub } }: Stage, document: string) {
  const parts = { database: hub.database, appendAct: hub.hubStream.appendAct, clock: hub.ledger.clock };
  return openEpoch(parts, { personId: 'P-anna', from: '127.0.0.1' }, { edge: EDGE, document });
}

const verified = ({ data, credentials }: Machine, journal = 'journal') =>
  verifyJournal({ folder: join(data, journal), edge: EDGE, verifierKey: credentials.signer.verifierKey }, () =>
    performance.now(),
  );

const keptOf = ({ data }: Machine) => readdirSync(data).find((name) => name.startsWith('journal.epoch-1-')) ?? '';

/** A machine that the hub has heard, and a copy of its disk; both have gone on since, and the hub has heard both. */
async function forked(name: string) {
  const stage = await staged(name);
  const [first, copy] = [machineOf(stage, 'first'), machineOf(stage, 'copy')];
  await write(first, TRUST_ENTRY, depositOf('100'));
  expect(await send(first, stage)).toBe('acknowledged');
  cpSync(first.data, copy.data, { recursive: true });
  await write(first, depositOf('5'));
  expect(await send(first, stage)).toBe('acknowledged');
  await write(copy, depositOf('7'), killOf('K-copy'));
  expect(await send(copy, stage)).toBe('forked');
  return { stage, first, copy };
}

const cashIn = (machine: Machine) =>
  withJournal(machine, async (_, book) => book.snapshot() as Record<string, unknown>).then((state) =>
    JSON.stringify(state),
  );

test('I1 I9 I12 the copy that two people choose goes on from the hub’s record; its old journal and its halt are kept, the other is refused', async () => {
  const { stage, first, copy } = await forked('copy-goes-on');
  const whole = await cashIn(first);
  const document = await documentFor(stage);
  hand(copy, document);
  expect(await opened(stage, document)).toMatchObject({ kind: 'done' });
  await openWaitingEpoch(copy);
  expect(copy.lines.join()).toContain('as the hub’s record has it; what this machine held was set aside');
  await withJournal(copy, async (journal, book) => {
    expect(journal.head).toMatchObject({ epoch: 2, seq: 4 });
    expect(book.kills.active().map(({ id }) => id)).toEqual(['K-copy']);
    const entries = await journal.read(1, { entries: 9, bytes: 1_000_000 });
    expect(entries.map(({ header }) => header.kind)).toEqual(['snapshot', 'epoch', 'incident', 'kill']);
  });
  expect(JSON.parse(await cashIn(copy))).toMatchObject({ ledger: JSON.parse(whole).ledger });
  await write(copy, depositOf('1'));
  expect(await send(copy, stage)).toBe('acknowledged');
  expect(await send(first, stage)).toBe('forked');
  expect(await send(copy, stage)).toBe('acknowledged');
  expect((await verified(copy)).head).toMatchObject({ epoch: 2, seq: 5 });
  expect((await verified(copy, keptOf(copy))).head).toMatchObject({ epoch: 1, seq: 5 });
  expect((await stage.hub.hub.verify()).findings).toEqual([]);
}, 60_000);

test('I7 I12 an epoch is opened once, from this machine’s own journal where it holds the agreed entry, whenever the process dies', async () => {
  const { stage, first } = await forked('first-goes-on');
  await write(first, killOf('K-first'), depositOf('9'));
  const document = await documentFor(stage);
  await stage.hub.stop();
  closers.length = 0;
  hand(first, document);
  await openWaitingEpoch(first);
  const { journal } = edgeFolders(first.data);
  const kept = keptOf(first);
  expect((await verified(first)).head).toMatchObject({ epoch: 2, seq: 4 });
  expect(first.lines.join()).toContain('own journal has it; 2 later entries were set aside');

  // A process that dies between the renames leaves the new journal beside its place, and the document in the inbox.
  renameSync(journal, `${journal}.next-2-${kept.slice(-14)}`);
  mkdirSync(`${journal}.making`);
  renameSync(join(first.data, kept), journal);
  hand(first, document);
  await openWaitingEpoch(first);
  expect(
    readdirSync(first.data)
      .filter((name) => name.startsWith('journal'))
      .toSorted(),
  ).toEqual(['journal', kept]);
  expect((await verified(first)).head).toMatchObject({ epoch: 2, seq: 4 });
  expect(readdirSync(governanceFolders(first.data).inbox)).toEqual([]);
  await withJournal(first, async (_, book) => {
    expect(book.kills.active().map(({ id }) => id)).toEqual(['K-first']);
  });
}, 60_000);

test('I15 an edge refuses a document that one person signed, or one for another place, and stays in its epoch', async () => {
  const stage = await staged('refused');
  const machine = machineOf(stage, 'edge');
  await write(machine, TRUST_ENTRY, depositOf('100'));
  expect(await send(machine, stage)).toBe('acknowledged');
  const good = await documentFor(stage);
  const oneSigner = `${good.split('\n').slice(0, 4).join('\n')}\n`;
  const elsewhere = (value: object) => {
    const wire = JSON.parse(good.split('\n')[1] ?? '');
    return cosign(signDocument(anna.signer, EPOCH_TYPE, { ...wire, ...value }), ben.signer);
  };
  const otherKey = edgeStream(EDGE).signer.verifierKey;
  const refused = [
    oneSigner,
    elsewhere({ edge: 'edge-2' }),
    elsewhere({ edgeKey: otherKey }),
    elsewhere({ from: { seq: 2, hash: 'ab'.repeat(32) } }),
  ];
  for (const document of refused) {
    hand(machine, document);
    await openWaitingEpoch(machine);
    expect(machine.lines.at(-1)).toContain('EPOCH_REFUSED');
    expect(existsSync(join(governanceFolders(machine.data).refused, 'epoch.note'))).toBe(true);
  }
  expect((await verified(machine)).head).toMatchObject({ epoch: 1, seq: 3 });
  expect(keptOf(machine)).toBe('');
}, 60_000);
