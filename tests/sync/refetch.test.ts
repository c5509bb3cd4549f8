import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openJournal } from '@gatehouse/edge/journal/journal.ts';
import { rebuildJournal } from '@gatehouse/edge/journal/rebuild-journal.ts';
import { askHub, type FetchedPage, type FetchOptions, fetchJournal } from '@gatehouse/edge/sync/fetch-journal.ts';
import { openLedgerWitness } from '@gatehouse/edge/sync/ledger-witness.ts';
import { createPreviews, PREVIEW_BACKLOG_MIN, PREVIEWS_PER_SECOND } from '@gatehouse/edge/sync/previews.ts';
import { startUplink } from '@gatehouse/edge/sync/uplink.ts';
import { PAGE } from '@gatehouse/hub/sync/serve-fetch.ts';
import { generateSigner, parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { edgeStream, killOf } from '../fixtures/edge-stream.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';
import { startUplinkHub, type UplinkHub } from '../fixtures/uplink-hub.ts';

// An edge that lost its journal, and a hub that has it, over real sockets and a real database.

const EDGE = 'edge-1';
const ENTRIES = 2 * PAGE.entries + 7;
const NOTE = 'a message as long as those of an ordinary day';
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-refetch-'));
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

function draft(index: number) {
  return {
    kind: 'incident',
    body: { v: 1, code: 'MADE_UP', severity: 'notice', message: `${NOTE} ${index}` },
  } as const;
}

async function staged() {
  const { database } = await server.database();
  const hub = await startUplinkHub(database);
  closers.push(hub.stop);
  const { signer } = edgeStream(EDGE);
  await hub.hub.register({ ...edgeStream(EDGE), signer });
  return { database, hub, signer };
}

function optionsFor(hub: UplinkHub, signer: FetchOptions['signer']): FetchOptions {
  const verifiers = [parseVerifierKey(hub.hub.signer.verifierKey)];
  return { url: hub.url, edge: EDGE, signer, hub: verifiers, random: () => 0, patienceMs: 5_000 };
}

function journalOptions(path: string, signer: FetchOptions['signer']) {
  return {
    folder: path,
    edge: EDGE,
    signer,
    clock: manualClock(parseInstant('2026-01-05T09:00:00Z')),
    random: (bytes: number) => new Uint8Array(bytes),
    emptyState: {},
    onNotice: () => {},
  };
}

/** Writes a journal and brings all of it to the hub. */
async function written(path: string, signer: FetchOptions['signer'], hub: UplinkHub): Promise<string> {
  const { journal } = await openJournal(journalOptions(path, signer));
  for (let index = 1; index < ENTRIES; index += 1) journal.append([draft(index)]);
  await journal.durable(journal.head.seq);
  const verifiers = [parseVerifierKey(hub.hub.signer.verifierKey)];
  const uplink = startUplink({
    ...optionsFor(hub, signer),
    journal,
    witness: await openLedgerWitness({ path: `${path}.ledger`, hub: verifiers, epoch: 1 }),
    monotonicMs: () => performance.now(),
    onAck: () => {},
    onLoss: () => {},
    onFork: () => {},
    onSetBack: () => {},
    onRefuted: () => {},
  });
  expect(await uplink.drained(30_000)).toBe(true);
  await uplink.stop();
  const { hash } = journal.head;
  await journal.close();
  return hash;
}

async function* entriesOf(pages: AsyncIterable<FetchedPage>) {
  for await (const { entries } of pages) yield entries;
}

test('I1 I11 a journal that is gone comes back whole from the hub and goes on where it ended', async () => {
  const { hub, signer, database } = await staged();
  const path = join(folder, 'whole');
  const hash = await written(path, signer, hub);
  rmSync(path, { recursive: true });
  const pages = entriesOf(fetchJournal(optionsFor(hub, signer)));
  const head = await rebuildJournal({ folder: path, edge: EDGE, signer, pages, mark: '1' });
  expect(head).toMatchObject({ seq: ENTRIES, hash });
  const { journal } = await openJournal(journalOptions(path, signer));
  expect(journal.head).toEqual(head);
  await journal.close();
  const leaves = await database`SELECT count(*) AS leaves FROM ledger_leaf WHERE edge = ${EDGE}`;
  expect(leaves).toEqual([{ leaves: ENTRIES }]);
});

test('an edge that the hub has no records of hears that, and one with another key hears nothing', async () => {
  const { hub, signer } = await staged();
  expect(await askHub(optionsFor(hub, signer), 1)).toMatchObject({ edge: EDGE, seq: 0 });
  const stranger = { ...optionsFor(hub, generateSigner(EDGE)), patienceMs: 700 };
  await expect(askHub(stranger, 1)).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' });
});

test('records whose bytes were changed at the hub, or whose body is gone, are not taken', async () => {
  const { hub, signer, database } = await staged();
  await written(join(folder, 'changed'), signer, hub);
  const all = async () => {
    for await (const _ of fetchJournal(optionsFor(hub, signer)));
  };
  const [row] = await database`SELECT leaf, body FROM ledger_body ORDER BY leaf DESC LIMIT 1`;
  await database`UPDATE ledger_body SET body = replace(body, 'ordinary', 'unusual') WHERE leaf = ${row?.['leaf']}`;
  await expect(all()).rejects.toMatchObject({ code: 'CHAIN_BROKEN' });
  await database`DELETE FROM ledger_body WHERE leaf = ${row?.['leaf']}`;
  await expect(all()).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a start that finds no broker is not kept waiting', async () => {
  const { hub, signer } = await staged();
  await hub.stop();
  const begun = performance.now();
  await expect(askHub({ ...optionsFor(hub, signer), givesUp: true }, 1)).rejects.toMatchObject({
    code: 'BROKER_UNREACHABLE',
  });
  expect(performance.now() - begun).toBeLessThan(3_000);
});

test('a kill behind a long backlog is shown ahead as a batch of its own, and an ordinary entry is not', async () => {
  const signer = generateSigner(EDGE);
  const { journal } = await openJournal(journalOptions(join(folder, 'previews'), signer));
  let nowMs = 0;
  const previews = createPreviews({ journal, monotonicMs: () => nowMs });
  expect(await previews.look(1, 1)).toEqual([]);
  const drafts = Array.from({ length: PREVIEW_BACKLOG_MIN }, (_, index) => draft(index));
  for (const one of drafts) journal.append([{ ...one, kind: 'clock', body: one.body }]);
  const { kind, body } = killOf('K-1');
  journal.append([{ kind: kind as 'kill', body }]);
  await journal.durable(journal.head.seq);
  const shown = await previews.look(journal.durableSeq, 1);
  expect(shown.map(({ header }) => header.kind)).toEqual(['kill']);
  expect(await previews.look(journal.durableSeq, 1)).toEqual([]);

  // A flood of incidents is cut to so many a second; a kill behind it is shown all the same.
  const flooded = async (): Promise<readonly string[]> => {
    for (let count = 0; count < 2 * PREVIEWS_PER_SECOND; count += 1) journal.append([draft(count)]);
    journal.append([{ kind: kind as 'kill', body }]);
    await journal.durable(journal.head.seq);
    return (await previews.look(journal.durableSeq, 1)).map(({ header }) => header.kind);
  };
  const cut = [...Array.from({ length: PREVIEWS_PER_SECOND }, () => 'incident'), 'kill'];
  expect(await flooded()).toEqual(cut);
  expect(await flooded()).toEqual(['kill']);
  nowMs += 1_000;
  expect(await flooded()).toEqual(cut);
  await journal.close();
});
