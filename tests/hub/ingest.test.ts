import { rebuildProjections } from '@gatehouse/hub/ingest/rebuild-projections.ts';
import { readBacklogs } from '@gatehouse/hub/store/catch-up-rows.ts';
import { readPreviews } from '@gatehouse/hub/store/preview-rows.ts';
import { encodeBatch } from '@gatehouse/shared/journal/batch.ts';
import { canonicalJson } from '@gatehouse/shared/journal/canonical.ts';
import { openCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import { signHead } from '@gatehouse/shared/journal/head-note.ts';
import { generateSigner, parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { depositOf, edgeStream, filledOrder, instrumentsOf, intentOf, killOf } from '../fixtures/edge-stream.ts';
import { type TestLedger, testLedger } from '../fixtures/hub-ledger.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

async function started() {
  const { database, open } = await server.database();
  const hub = testLedger(database);
  const edge = edgeStream('edge-1');
  await hub.register(edge);
  return { hub, edge, database, open };
}

async function rows(hub: TestLedger) {
  const { database } = hub;
  const [stream] = await database`SELECT * FROM stream WHERE edge = 'edge-1'`;
  const alarms = await database<{ code: string }[]>`SELECT code FROM alarm ORDER BY id`;
  const quarantined = await database`SELECT seq, reason FROM quarantine ORDER BY id`;
  const leaves = await database<{ seq: number }[]>`SELECT seq FROM ledger_leaf WHERE edge = 'edge-1' ORDER BY leaf`;
  return { stream, alarms: alarms.map(({ code }) => code), quarantined, seqs: leaves.map(({ seq }) => seq) };
}

test('I1 entries are committed in order and acknowledged with their leaves and a checkpoint that covers them', async () => {
  const { hub, edge } = await started();
  const entries = edge.add(...filledOrder('O-1'));
  const { acks } = await hub.take(edge, edge.batch(entries));
  expect(acks).toMatchObject([{ ...edge.head(), leaves: { from: 1, to: 7 } }]);
  const checkpoint = openCheckpoint(acks[0]?.checkpoint ?? '', [parseVerifierKey(hub.signer.verifierKey)]);
  expect(checkpoint.size).toBe(7);
  expect((await rows(hub)).seqs).toEqual([1, 2, 3, 4, 5, 6]);
  expect((await hub.verify()).findings).toEqual([]);
});

test('I2 a batch that comes again counts once and is acknowledged again', async () => {
  const { hub, edge } = await started();
  const batch = edge.batch(edge.add(...filledOrder('O-1')));
  await hub.take(edge, batch);
  const again = await hub.take(edge, batch, batch);
  expect(again.leaves).toBeNull();
  expect(again.acks).toMatchObject([{ seq: 6, leaves: null }]);
  expect((await rows(hub)).seqs).toHaveLength(6);
});

test('a batch that overlaps what is known is taken from the first new entry on', async () => {
  const { hub, edge } = await started();
  const entries = edge.add(...filledOrder('O-1'));
  await hub.take(edge, edge.batch(entries.slice(0, 4)));
  const { acks } = await hub.take(edge, edge.batch(entries.slice(2)));
  expect(acks).toMatchObject([{ seq: 6, leaves: { from: 5, to: 7 } }]);
});

test('nothing beyond a gap is taken, and the acknowledgement names the place before it', async () => {
  const { hub, edge } = await started();
  const entries = edge.add(...filledOrder('O-1'));
  await hub.take(edge, edge.batch(entries.slice(0, 2)));
  const { acks } = await hub.take(edge, edge.batch(entries.slice(3)));
  expect(acks).toMatchObject([{ seq: 2, leaves: null }]);
  await hub.take(edge, edge.batch(entries.slice(2)));
  expect((await rows(hub)).seqs).toEqual([1, 2, 3, 4, 5, 6]);
});

test('a kill beyond a gap is shown with an alarm, counts for nothing, and counts once when it comes in its turn', async () => {
  const { hub, edge, database } = await started();
  const [first, second, kill] = edge.add(depositOf('1000'), depositOf('5'), killOf('K-1'));
  if (first === undefined || second === undefined || kill === undefined) throw new Error('three entries were sealed');
  await hub.take(edge, edge.batch([first]));
  const ahead = await hub.take(edge, edge.batch([kill]), edge.batch([kill]));
  expect(ahead.acks).toMatchObject([{ seq: 1 }]);
  expect(ahead.alarms.map(({ code }) => code)).toEqual(['KILL_AHEAD']);
  expect(await readPreviews(database, 10)).toMatchObject([{ edge: 'edge-1', seq: 3, kind: 'kill' }]);
  expect(await database`SELECT 1 FROM kill`).toHaveLength(0);
  expect(await readBacklogs(database)).toMatchObject([{ edge: 'edge-1', taken: 1, reported: 3, left: 2 }]);

  await hub.take(edge, edge.batch([second, kill]));
  expect(await readPreviews(database, 10)).toEqual([]);
  expect(await database`SELECT 1 FROM kill`).toHaveLength(1);
  expect((await rows(hub)).seqs).toEqual([1, 2, 3]);
  expect(await readBacklogs(database)).toMatchObject([{ taken: 3, left: 0 }]);
});

test('an edge that has seen a longer ledger than there is tells of a hub that was set back', async () => {
  const { hub, edge } = await started();
  const hello = encodeBatch([], signHead(edge.signer, edge.head(), { size: 900, seq: 0 }));
  const { alarms } = await hub.take(edge, hello);
  expect(alarms.map(({ code }) => code)).toEqual(['LEDGER_SET_BACK']);
  expect((await hub.take(edge, hello)).alarms).toEqual([]);
});

test('another signed entry at a known place is a fork: both copies are kept and nothing more is taken', async () => {
  const { hub, edge } = await started();
  await hub.take(edge, edge.batch(edge.add(depositOf('1000'))));
  const clone = edge.clone();
  await hub.take(edge, edge.batch(edge.add(depositOf('5'))));
  const { acks, alarms } = await hub.take(clone, clone.batch(clone.add(depositOf('7'))));
  expect(acks).toMatchObject([{ seq: 2, hash: edge.head().hash }]);
  expect(alarms.map(({ code }) => code)).toEqual(['STREAM_FORKED']);

  const later = await hub.take(edge, edge.batch(edge.add(depositOf('9'))));
  expect(later.acks).toMatchObject([{ seq: 2 }]);
  const { stream, quarantined, seqs } = await rows(hub);
  expect(stream).toMatchObject({ status: 'quarantined', seq: 2 });
  expect(quarantined.map((copy) => copy['seq'])).toEqual([2, 2]);
  expect(seqs).toEqual([1, 2]);
});

test('an entry that follows another entry than the last known one is a fork', async () => {
  const { hub, edge } = await started();
  const clone = edge.clone();
  await hub.take(edge, edge.batch(edge.add(depositOf('5'))));
  const [, second] = clone.add(depositOf('7'), depositOf('8'));
  if (second === undefined) throw new Error('two entries were sealed');
  await hub.take(clone, clone.batch([second]));
  expect(await rows(hub)).toMatchObject({ stream: { status: 'quarantined' }, alarms: ['STREAM_FORKED'], seqs: [1] });
});

test('a hello whose signed head differs from the record is a fork', async () => {
  const { hub, edge } = await started();
  const clone = edge.clone();
  await hub.take(edge, edge.batch(edge.add(depositOf('5'))));
  clone.add(depositOf('7'));
  await hub.take(clone, clone.batch([]));
  expect(await rows(hub)).toMatchObject({ stream: { status: 'quarantined' }, alarms: ['STREAM_FORKED'] });
});

test('a foreign signature and a changed body prove nothing against the edge: kept apart, not acknowledged, taken later', async () => {
  const { hub, edge } = await started();
  const entries = edge.add(depositOf('1000'));
  const stranger = generateSigner('edge-1');
  const forged = await hub.take(edge, encodeBatch(entries, signHead(stranger, edge.head())));
  expect(forged.acks).toEqual([]);
  const changed = entries.map((entry) => ({ ...entry, bodyText: entry.bodyText.replace('1000', '9000') }));
  const damaged = await hub.take(edge, encodeBatch(changed, signHead(edge.signer, edge.head())));
  expect(damaged.acks).toEqual([]);
  expect(await rows(hub)).toMatchObject({
    alarms: ['BATCH_SUSPECT', 'BATCH_SUSPECT'],
    stream: { status: 'live' },
    seqs: [],
  });
  await hub.take(edge, encodeBatch(changed, signHead(edge.signer, edge.head())));
  expect((await rows(hub)).alarms).toHaveLength(2);

  const { acks } = await hub.take(edge, edge.batch(entries));
  expect(acks).toMatchObject([{ seq: 1 }]);
});

test('suspect copies have a small room of their own, and a signed fork is kept beside a full one', async () => {
  const { hub, edge, database } = await started();
  const clone = edge.clone();
  await hub.take(edge, edge.batch(edge.add(depositOf('1000'))));
  const stranger = edgeStream('edge-1');
  const forged = stranger.add(...Array.from({ length: 120 }, (_, index) => depositOf(`${index + 1}`)));
  await hub.take(edge, encodeBatch(forged, signHead(stranger.signer, stranger.head())));
  const kept = () => database`SELECT proof, count(*) AS copies FROM quarantine GROUP BY proof ORDER BY proof`;
  expect(await kept()).toMatchObject([{ proof: 'suspect', copies: 100 }]);
  await hub.take(clone, clone.batch(clone.add(depositOf('7'))));
  expect(await kept()).toMatchObject([
    { proof: 'signed', copies: 2 },
    { proof: 'suspect', copies: 100 },
  ]);
});

test('a batch whose entries do not lead to the signed head is kept apart', async () => {
  const { hub, edge } = await started();
  const [first, , third] = edge.add(...filledOrder('O-1'));
  if (first === undefined || third === undefined) throw new Error('six entries were sealed');
  const { acks } = await hub.take(edge, edge.batch([first, third]));
  expect(acks).toEqual([]);
  expect((await rows(hub)).quarantined).toHaveLength(2);
});

test('bytes that are no batch raise one alarm in a minute and stop nobody', async () => {
  const { hub, edge } = await started();
  const batch = edge.batch(edge.add(depositOf('1')));
  await hub.take(edge, Buffer.from('noise'), batch, Buffer.from([0xff, 0xfe]));
  await hub.take(edge, Buffer.from('noise'));
  expect(await rows(hub)).toMatchObject({ alarms: ['BATCH_UNREADABLE'], seqs: [1] });
});

test('an entry that this release cannot read is kept, acknowledged and set aside, and what follows is projected', async () => {
  const { hub, edge } = await started();
  const poison = [
    { kind: 'from-the-future', body: { v: 9 } },
    { kind: 'intent', body: { v: 1, order: 'none' } },
    { kind: 'incident', body: { v: 1, code: 'CLOCK_STEP', severity: 'notice', message: 'a\u0000b' } },
    { kind: 'act', body: { v: 1, action: 'person.made-up', by: 'P-nobody' } },
  ];
  const { acks } = await hub.take(edge, edge.batch(edge.add(...poison, depositOf('1000'))));
  expect(acks).toMatchObject([{ seq: 5 }]);
  const setAside = await hub.database`SELECT leaf FROM set_aside ORDER BY leaf`;
  expect(setAside.map(({ leaf }) => leaf)).toEqual([1, 2, 3, 4]);
  expect(await hub.database`SELECT amount FROM cash`).toEqual([{ amount: '1000' }]);
  expect((await rows(hub)).alarms).toEqual(['ENTRY_SET_ASIDE']);
});

test('keys and kinds of a newer edge are kept, acknowledged, set aside, and projected when this release reads them', async () => {
  const { hub, edge, database } = await started();
  const { body } = depositOf('1000');
  const newer = { kind: 'cash', body: { ...(body as object), note: 'Opening deposit.', colour: 'blue' } };
  const { acks } = await hub.take(
    edge,
    edge.batch(edge.add(newer, { kind: 'weather', body: { v: 1 } }, depositOf('5'))),
  );
  expect(acks).toMatchObject([{ seq: 3 }]);
  expect(await database`SELECT leaf FROM set_aside ORDER BY leaf`).toEqual([{ leaf: 1 }, { leaf: 2 }]);
  expect(await database`SELECT amount FROM cash`).toEqual([{ amount: '5' }]);
  expect((await hub.verify()).findings).toEqual([]);

  // The next release knows the kind: here it is one that this release knows, under the leaf that was set aside.
  await database`UPDATE ledger_body SET body = ${canonicalJson(body)} WHERE leaf = 1`;
  await rebuildProjections(database);
  expect(await database`SELECT leaf FROM set_aside ORDER BY leaf`).toEqual([{ leaf: 2 }]);
  expect(await database`SELECT amount FROM cash`).toEqual([{ amount: '1005' }]);
});

test('an edge that nobody registered is refused, with one alarm in a minute', async () => {
  const { hub } = await started();
  const stranger = edgeStream('edge-9');
  const batch = stranger.batch(stranger.add(depositOf('1')));
  const { acks } = await hub.take(stranger, batch, batch);
  await hub.take(stranger, batch);
  expect(acks).toEqual([]);
  expect((await rows(hub)).alarms).toEqual(['EDGE_UNKNOWN']);
});

test('an edge is known by one key for ever', async () => {
  const { hub, edge } = await started();
  expect(await hub.register(edge)).toBe(false);
  await expect(hub.register(edgeStream('edge-1'))).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(hub.register(edgeStream('hub'))).rejects.toMatchObject({ code: 'VALUE_MALFORMED' });
  const acts = await hub.database`SELECT kind, edge FROM ledger_leaf`;
  expect(acts).toEqual([{ kind: 'act', edge: 'hub' }]);
});

test('two hubs on one database take every entry once, in one order', async () => {
  const { hub, edge, open } = await started();
  const other = testLedger(open(), hub.signer);
  const second = edgeStream('edge-2');
  await hub.register(second);
  const ORDERS = 12;
  const sent = [edge, second].flatMap((stream) =>
    Array.from({ length: ORDERS }, (_, index) => ({
      edge: stream.edge,
      bytes: stream.batch(
        stream.add(...(index === 0 ? [instrumentsOf()] : []), ...filledOrder(`${stream.edge}-${index}`)),
      ),
    })),
  );
  const size = 2 + 2 * (1 + ORDERS * 6);
  for (let round = 0; round < 40; round += 1) {
    for (const { edge: name, bytes } of sent) (round % 2 === 0 ? hub : other).ingest.receive(name, bytes);
    for (const { edge: name, bytes } of sent) (round % 2 === 0 ? other : hub).ingest.receive(name, bytes);
    await settled(hub, other);
    const [head] = await hub.database<{ size: number }[]>`SELECT size FROM ledger_head`;
    if (head?.size === size) break;
  }
  const { findings, leaves } = await hub.verify();
  expect(findings).toEqual([]);
  expect(leaves).toBe(size);
  expect(await hub.database`SELECT name, value FROM tally WHERE name = 'fills'`).toEqual([
    { name: 'fills', value: 24 },
  ]);
});

test('I1 an acknowledgement that was lost with its hub is repeated by the next one on the hello of the edge', async () => {
  const { hub, edge, open } = await started();
  await hub.take(edge, edge.batch(edge.add(depositOf('1000'))));
  const next = testLedger(open(), hub.signer);
  const { acks } = await next.take(edge, edge.batch([]));
  expect(acks).toMatchObject([{ ...edge.head(), leaves: null }]);
  const [stream] = await hub.database`SELECT reported_seq FROM stream WHERE edge = 'edge-1'`;
  expect(stream).toEqual({ reported_seq: 1 });
});

test('a transaction that the server cut leaves nothing behind, and the same batch is taken when it comes again', async () => {
  const { hub, edge, open } = await started();
  const batch = edge.batch(edge.add(...filledOrder('O-1')));
  const blocker = open();
  const held = await blocker.reserve();
  await held`BEGIN`;
  await held`SELECT * FROM ledger_head FOR UPDATE`;
  hub.ingest.receive('edge-1', batch);
  await until(async () => (await hub.database`SELECT 1 FROM pg_locks WHERE NOT granted`).length > 0);
  await hub.database`
    SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()`;
  await until(() => Promise.resolve(hub.lines.length > 0));
  await held`ROLLBACK`;
  held.release();
  expect((await rows(hub)).seqs).toEqual([]);
  const { acks } = await hub.take(edge, batch);
  expect(acks).toMatchObject([{ seq: 6 }]);
});

test('a log that its last checkpoint contradicts is never appended to', async () => {
  const { hub, edge } = await started();
  await hub.database`UPDATE checkpoint SET root = ${'00'.repeat(32)}`;
  hub.ingest.receive('edge-1', edge.batch(edge.add(intentOf('O-1'))));
  await until(() => Promise.resolve(hub.lines.length > 0));
  expect(hub.lines[0]).toContain('is not what its last checkpoint signed');
  expect((await rows(hub)).seqs).toEqual([]);
});

async function settled(...hubs: readonly TestLedger[]): Promise<void> {
  await until(() => Promise.resolve(hubs.every(({ ingest }) => ingest.status().waiting === 0)));
}

async function until(claim: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await claim())) {
    if (Date.now() > end) throw new Error('the wait was too long');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
