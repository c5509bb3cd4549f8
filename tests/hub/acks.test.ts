import { fetchNodes } from '@gatehouse/hub/ledger/fetch-nodes.ts';
import { createNodeMemory } from '@gatehouse/hub/ledger/node-memory.ts';
import { proveToEdge } from '@gatehouse/hub/ledger/prove-to-edge.ts';
import { publishAcks } from '@gatehouse/hub/sync/acks.ts';
import { type Ack, type AckProof, openAck } from '@gatehouse/shared/journal/ack.ts';
import { auditAck, NOTHING_SEEN, type Witnessed } from '@gatehouse/shared/journal/ack-audit.ts';
import { encodeBatch } from '@gatehouse/shared/journal/batch.ts';
import { headOf } from '@gatehouse/shared/journal/chain.ts';
import { openCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import type { SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import { type SeenLedger, signHead } from '@gatehouse/shared/journal/head-note.ts';
import { appendLeaves, EMPTY_RANGE, leafHash, rangeRoot } from '@gatehouse/shared/journal/merkle.ts';
import { headerLeaves } from '@gatehouse/shared/journal/merkle-runs.ts';
import { parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { depositOf, type EdgeStream, edgeStream } from '../fixtures/edge-stream.ts';
import { type TestLedger, testLedger } from '../fixtures/hub-ledger.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

/** An edge that remembers what it has seen, without a network. */
interface Watcher {
  readonly edge: EdgeStream;
  readonly entries: SealedEntry[];
  seen: Witnessed;
}

async function started(...names: readonly string[]) {
  const { database } = await server.database();
  const hub = testLedger(database);
  const watchers = names.map((name): Watcher => ({ edge: edgeStream(name), entries: [], seen: NOTHING_SEEN }));
  for (const { edge } of watchers) await hub.register(edge);
  return { hub, database, watchers };
}

function send({ edge, entries }: Watcher, count: number, seen: SeenLedger): Buffer {
  const added = edge.add(...Array.from({ length: count }, (_, index) => depositOf(`${index + 1}`)));
  entries.push(...added);
  const last = entries.at(-1);
  const { size, seq } = seen;
  return encodeBatch(added, signHead(edge.signer, last === undefined ? edge.head() : headOf(last), { size, seq }));
}

function audit(watcher: Watcher, ack: Ack, hub: TestLedger) {
  const { proof } = ack;
  if (proof === undefined) throw new Error('an acknowledgement without a proof');
  const checkpoint = openCheckpoint(ack.checkpoint, [parseVerifierKey(hub.signer.verifierKey)]);
  const leaves = headerLeaves(watcher.entries.slice(proof.base.seq, proof.to));
  return auditAck({ ack, proof, checkpoint, known: watcher.seen, leaves });
}

async function proven(hub: TestLedger, watcher: Watcher, count: number): Promise<AckProof> {
  const { acks } = await hub.take(watcher.edge, send(watcher, count, watcher.seen));
  const [ack] = acks;
  if (ack === undefined) throw new Error('the batch was acknowledged');
  const proof = await proveToEdge(hub.database, { ...ack, base: watcher.seen });
  const found = audit(watcher, { ...ack, proof }, hub);
  expect(found.kind).toBe('proven');
  if (found.kind === 'proven') watcher.seen = found.seen;
  return proof;
}

test('each edge sees its own entries proven in a ledger that only grew, whatever others put between them', async () => {
  const { hub, database, watchers } = await started('edge-1', 'edge-2');
  for (const count of [1, 300, 7, 258]) for (const watcher of watchers) await proven(hub, watcher, count);
  expect(watchers.map(({ seen }) => seen.seq)).toEqual([566, 566]);
  // 1,134 leaves: four subtrees of 256, two of 512, one of 1,024.
  expect(await database`SELECT level, count(*) AS nodes FROM ledger_node GROUP BY level ORDER BY level`).toEqual([
    { level: 8, nodes: 4 },
    { level: 9, nodes: 2 },
    { level: 10, nodes: 1 },
  ]);
});

test('entries that were never proven are proven in one answer, as runs', async () => {
  const { hub, watchers } = await started('edge-1', 'edge-2');
  const [first, second] = watchers;
  if (first === undefined || second === undefined) return;
  for (const count of [3, 4, 5]) {
    await hub.take(first.edge, send(first, count, NOTHING_SEEN));
    await hub.take(second.edge, send(second, 2, NOTHING_SEEN));
  }
  const { runs, to } = await proven(hub, first, 0);
  expect({ runs: runs.map(({ count }) => count), to }).toEqual({ runs: [3, 4, 5], to: 12 });
});

test('subtrees that a ledger of an earlier release lacks are made when a proof needs them, the same as those stored', async () => {
  const { hub, database, watchers } = await started('edge-1');
  const [watcher] = watchers;
  if (watcher === undefined) return;
  await proven(hub, watcher, 600);
  await proven(hub, watcher, 700);
  const stored = await database`SELECT level, place, hash FROM ledger_node WHERE level > 8 ORDER BY level, place`;
  await database`DELETE FROM ledger_node`;
  const read = await fetchNodes(database, [{ level: 10, index: 0 }]);
  expect(Buffer.from(read(10, 0)).toString('hex')).toBe(stored.at(-1)?.['hash']);
  expect(await database`SELECT level, place, hash FROM ledger_node WHERE level = 10`).toEqual(stored.slice(-1));
  await proven(hub, watcher, 1);
});

test('what is remembered of earlier proofs spares reading leaves and changes no proof, however little is kept', async () => {
  const { hub, database, watchers } = await started('edge-1', 'edge-2', 'edge-3');
  const memories = [createNodeMemory(), createNodeMemory(3)];
  for (const count of [1, 40, 3, 90, 2, 200, 1, 1, 17]) {
    for (const watcher of watchers) {
      const before = watcher.seen;
      const bare = await proven(hub, watcher, count);
      const { seq, size } = watcher.seen;
      const request = { edge: watcher.edge.edge, epoch: 1, seq, size, base: before };
      for (const memory of memories) expect(await proveToEdge(database, request, memory)).toEqual(bare);
    }
  }
  const [watcher] = watchers;
  const { seq = 0, size = 0 } = watcher?.seen ?? {};
  await database`DELETE FROM ledger_leaf WHERE leaf >= 512`;
  const request = { edge: 'edge-1', epoch: 1, seq, size, base: { size: 512, seq } };
  await expect(proveToEdge(database, request)).rejects.toMatchObject({ code: 'LEDGER_MISMATCH' });
  expect((await proveToEdge(database, request, memories[0])).consistency).not.toEqual([]);
});

test('a leaf that was removed from the database proves nothing any more, and no acknowledgement is sent', async () => {
  const { hub, database, watchers } = await started('edge-1');
  const [watcher] = watchers;
  if (watcher === undefined) return;
  await proven(hub, watcher, 5);
  await database`DELETE FROM ledger_leaf WHERE leaf = 0`;
  const request = { edge: 'edge-1', epoch: 1, seq: 5, size: 6, base: NOTHING_SEEN };
  await expect(proveToEdge(database, request)).rejects.toMatchObject({ code: 'LEDGER_MISMATCH' });
});

test('a leaf that was exchanged in the database is refuted by an edge that saw the ledger before', async () => {
  const { hub, database, watchers } = await started('edge-1', 'edge-2');
  const [watcher, other] = watchers;
  if (watcher === undefined || other === undefined) return;
  await proven(hub, other, 2);
  await proven(hub, watcher, 5);
  // Whoever rewrites the database also signs anew: leaf, frontier and checkpoints fit each other again.
  await database`UPDATE ledger_leaf SET header = replace(header, 'edge-2', 'edge-3') WHERE leaf = 3`;
  const leaves = await database<{ header: string }[]>`SELECT header FROM ledger_leaf ORDER BY leaf`;
  const range = appendLeaves(
    EMPTY_RANGE,
    leaves.map(({ header }) => leafHash(header)),
  );
  const known = await proveToEdge(database, { edge: 'edge-1', epoch: 1, seq: 5, size: range.size, base: watcher.seen });
  const { edge, entries } = watcher;
  const root = rangeRoot(range);
  const found = auditAck({
    ack: { ...edge.head(), leaves: null, checkpoint: '' },
    proof: known,
    checkpoint: { origin: 'test', size: range.size, root },
    known: watcher.seen,
    leaves: headerLeaves(entries.slice(known.base.seq, known.to)),
  });
  expect(found.kind).toBe('refuted');
});

test('with many batches on their way each proof leads on from the one before, and a hello gets what it asks for', async () => {
  const { hub, database, watchers } = await started('edge-1');
  const [watcher] = watchers;
  if (watcher === undefined) return;
  const sent: Ack[] = [];
  const verifiers = [parseVerifierKey(hub.signer.verifierKey)];
  const stop = publishAcks({
    ingest: hub.ingest,
    signer: hub.signer,
    prove: (request) => proveToEdge(database, request),
    publish: (_topic, note) => sent.push(openAck(note, verifiers)),
    log: (line) => expect.fail(line),
  });
  for (let round = 1; round <= 3; round += 1) {
    await hub.take(watcher.edge, send(watcher, 4, NOTHING_SEEN));
    await until(() => sent.length === round);
  }
  for (const ack of sent) {
    const found = audit(watcher, ack, hub);
    expect(found.kind).toBe('proven');
    if (found.kind === 'proven') watcher.seen = found.seen;
  }
  expect(sent.map(({ proof }) => proof?.base.seq)).toEqual([0, 4, 8]);

  watcher.seen = NOTHING_SEEN;
  await hub.take(watcher.edge, send(watcher, 0, NOTHING_SEEN));
  await until(() => sent.length === 4);
  expect(sent.at(-1)?.proof?.base).toEqual({ size: 0, seq: 0 });
  stop();
});

test('an edge of an earlier release is acknowledged in the form that it knows', async () => {
  const { hub, watchers } = await started('edge-1');
  const [watcher] = watchers;
  if (watcher === undefined) return;
  const notes: string[] = [];
  publishAcks({
    ingest: hub.ingest,
    signer: hub.signer,
    prove: () => Promise.reject(new Error('nobody asked for a proof')),
    publish: (_topic, note) => notes.push(note),
    log: (line) => expect.fail(line),
  });
  const { edge } = watcher;
  await hub.take(edge, edge.batch(edge.add(depositOf('1'))));
  expect(notes.map((note) => note.split('\n')[0])).toEqual(['gatehouse/ack/v1']);
});

test('a hub that was set back behind what an edge has seen proves from the beginning', async () => {
  const { hub, database, watchers } = await started('edge-1');
  const [watcher] = watchers;
  if (watcher === undefined) return;
  await proven(hub, watcher, 5);
  const request = { edge: 'edge-1', epoch: 1, seq: 5, size: 6, base: { size: 9_000, seq: 4 } };
  expect((await proveToEdge(database, request)).base).toEqual({ size: 0, seq: 0 });
});

async function until(claim: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!claim() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(claim()).toBe(true);
}
