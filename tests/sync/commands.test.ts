import { randomBytes } from 'node:crypto';
import { deliverCommands } from '@gatehouse/hub/control/commands/deliver-commands.ts';
import {
  type CommandDeps,
  type CommandWish,
  type IssuedCommand,
  issueCommand,
} from '@gatehouse/hub/control/commands/issue-command.ts';
import type { Outcome } from '@gatehouse/hub/control/limit-work.ts';
import { beat } from '@gatehouse/hub/control/objects/heartbeats.ts';
import { publishObjects } from '@gatehouse/hub/control/objects/publish-objects.ts';
import { rebuildProjections } from '@gatehouse/hub/ingest/rebuild-projections.ts';
import { listCommands, unacknowledged } from '@gatehouse/hub/store/command-rows.ts';
import { signedTextHash } from '@gatehouse/shared/governance/claimed-document.ts';
import { cosign, parseVerifierKey, type Signer } from '@gatehouse/shared/journal/note.ts';
import { signDocument } from '@gatehouse/shared/journal/typed-note.ts';
import { openCommand, openHeartbeat, openObject, travellingHash } from '@gatehouse/shared/schema/control.ts';
import { RELEASE_TYPE } from '@gatehouse/shared/schema/governance.ts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type EdgeStream, edgeStream } from '../fixtures/edge-stream.ts';
import { type TestLedger, testLedger } from '../fixtures/hub-ledger.ts';
import { signingPerson, trustNote } from '../fixtures/limit-people.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

const ANNA = { personId: 'P-anna', from: '127.0.0.1' };
const KILL: CommandWish = { kind: 'kill', edges: 'all', scopes: ['firm'], level: 'cancel', reason: 'A drill.' };
let server: TestServer;
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  server = await startTestServer();
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

afterAll(() => server.stop());

interface Hub extends TestLedger {
  readonly deps: CommandDeps;
  readonly edges: readonly EdgeStream[];
}

async function hubWith(...names: readonly string[]): Promise<Hub> {
  const { database } = await server.database();
  const hub = testLedger(database);
  const edges = names.map(edgeStream);
  for (const edge of edges) await hub.register(edge);
  const deps = {
    database,
    appendAct: hub.hubStream.appendAct,
    clock: hub.ledger.clock,
    random: (length: number) => randomBytes(length),
    signer: hub.signer,
  };
  return { ...hub, deps, edges };
}

function given(outcome: Outcome<IssuedCommand>): IssuedCommand {
  if (outcome.kind === 'done') return outcome.value;
  throw new Error(outcome.problems.join('; '));
}

/** What an edge answers to a command. */
async function answer(hub: Hub, index: number, state: string, change: object = {}): Promise<void> {
  const edge = hub.edges[index];
  if (edge === undefined) throw new Error(`no edge ${index}`);
  const [row] = await hub.database<{ note: string; id: string; seq: number }[]>`
    SELECT note, id, seq FROM commands WHERE edge = ${edge.edge} ORDER BY seq DESC LIMIT 1`;
  if (row === undefined) throw new Error('no command');
  const body = { v: 2, state, note: signedTextHash(row.note), via: 'shape', id: row.id, seq: row.seq, name: 'kill' };
  const entries = edge.add({ kind: 'command', body: { ...body, result: `It is ${state}.`, ...change } });
  await hub.take(edge, edge.batch(entries));
}

const verifiers = ({ signer }: Hub) => [parseVerifierKey(signer.verifierKey)];

test('a kill for all edges is one act, and a signed command with a number of its own at each edge', async () => {
  const hub = await hubWith('edge-1', 'edge-2');
  const first = given(await issueCommand(hub.deps, ANNA, { ...KILL, edges: ['edge-2'] }));
  const { id, numbers } = given(await issueCommand(hub.deps, ANNA, KILL));
  expect([...numbers].sort()).toEqual([
    ['edge-1', 1],
    ['edge-2', 2],
  ]);
  const rows = await hub.database<
    { edge: string; note: string }[]
  >`SELECT edge, note FROM commands WHERE id = ${id} ORDER BY edge`;
  expect(rows.map(({ note }) => openCommand(note, verifiers(hub)))).toMatchObject([
    { edge: 'edge-1', seq: 1, id, kind: 'kill', by: 'P-anna', reason: 'A drill.' },
    { edge: 'edge-2', seq: 2, id, kind: 'kill' },
  ]);
  const acts = await hub.database<{ body: string }[]>`
    SELECT b.body FROM ledger_body b JOIN ledger_leaf l USING (leaf) WHERE l.kind = 'act' ORDER BY l.leaf DESC LIMIT 1`;
  expect(JSON.parse(acts[0]?.body ?? '')).toMatchObject({
    action: 'command.issued',
    by: 'P-anna',
    target: id,
    after: { kind: 'kill', edges: '2', numbers: 'edge-1:1 edge-2:2' },
  });
  expect(first.id).not.toBe(id);
  expect((await hub.verify()).findings).toEqual([]);
});

test('commands given at the same moment by several processes have numbers without a gap', async () => {
  const hub = await hubWith('edge-1');
  const all = await Promise.all(Array.from({ length: 8 }, () => issueCommand(hub.deps, ANNA, KILL)));
  expect(all.map((one) => given(one).numbers.get('edge-1')).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test('the hub shows which edges have not answered and since when, and what the others said', async () => {
  const hub = await hubWith('edge-1', 'edge-2');
  const { id, at } = given(await issueCommand(hub.deps, ANNA, KILL));
  expect(await unacknowledged(hub.database)).toEqual([
    { edge: 'edge-1', open: 1, since: at, oldestId: id },
    { edge: 'edge-2', open: 1, since: at, oldestId: id },
  ]);
  await answer(hub, 0, 'received', { via: 'mqtt' });
  await answer(hub, 1, 'received');
  await answer(hub, 0, 'applied');
  expect((await unacknowledged(hub.database)).map(({ edge }) => edge)).toEqual(['edge-2']);
  const seen = async () => listCommands(hub.database, { id, limit: 10 });
  expect((await seen()).map(({ edge, state, via, result }) => [edge, state, via, result])).toEqual([
    ['edge-2', 'received', 'shape', 'It is received.'],
    ['edge-1', 'applied', 'mqtt', 'It is applied.'],
  ]);
  const before = await seen();
  await rebuildProjections(hub.database);
  expect(await seen()).toEqual(before);
});

test('a hub that was set back gives no number twice that an edge has answered', async () => {
  const hub = await hubWith('edge-1');
  given(await issueCommand(hub.deps, ANNA, KILL));
  given(await issueCommand(hub.deps, ANNA, KILL));
  await answer(hub, 0, 'applied');
  await hub.database`DELETE FROM command_issue`;
  await hub.database`DELETE FROM commands`;
  expect(given(await issueCommand(hub.deps, ANNA, KILL)).numbers.get('edge-1')).toBe(3);
});

test('an edge that nobody knows is named, nothing is sent, and the attempt is on record', async () => {
  const hub = await hubWith('edge-1');
  const outcome = await issueCommand(hub.deps, ANNA, { ...KILL, edges: ['edge-1', 'edge-9'] });
  expect(outcome).toMatchObject({ kind: 'refused', problems: ['there is no edge edge-9'] });
  expect(await hub.database`SELECT * FROM commands`).toEqual([]);
  const acts = await hub.database<{ body: string }[]>`SELECT body FROM ledger_body WHERE body LIKE '%command.refused%'`;
  expect(acts).toHaveLength(1);
});

const maker = signingPerson('P-maker', 'kill-releaser');
const checker = signingPerson('P-checker', 'kill-releaser');
const trader = signingPerson('P-trader', 'override-authoriser');

function releaseBy(signers: readonly Signer[], kill: string, edge = 'edge-1'): string {
  const [first, ...more] = signers;
  if (first === undefined) throw new Error('nobody signs');
  const text = { v: 1, id: 'RL-1', kill, edge, reason: 'Looked into.', from: '2026-01-05T09:00:00.000000000Z' };
  const note = signDocument(first, RELEASE_TYPE, { ...text, to: '2026-01-06T09:00:00.000000000Z' });
  return more.reduce(cosign, note);
}

test('a release leaves the hub only with the signatures of two people who may release, for this kill and this edge', async () => {
  const hub = await hubWith('edge-1');
  const wish = (document: string): CommandWish => {
    return { kind: 'release', edges: ['edge-1'], kill: 'K-1', document, reason: 'Looked into.' };
  };
  const both = [maker.signer, checker.signer];
  const early = await issueCommand(hub.deps, ANNA, wish(releaseBy(both, 'K-1')));
  expect(early).toMatchObject({ problems: [expect.stringContaining('no trust document of edge edge-1')] });
  const document = trustNote([maker, checker, trader]);
  const [edge] = hub.edges;
  if (edge === undefined) throw new Error('no edge');
  const trust = { kind: 'trust', body: { v: 1, version: 1, hash: signedTextHash(document), document } };
  await hub.take(edge, edge.batch(edge.add(trust)));
  for (const refused of [
    releaseBy([maker.signer], 'K-1'),
    releaseBy([maker.signer, trader.signer], 'K-1'),
    releaseBy(both, 'K-2'),
    releaseBy(both, 'K-1', 'edge-2'),
    'no document',
  ]) {
    expect(await issueCommand(hub.deps, ANNA, wish(refused))).toMatchObject({ code: 'SIGNATURE_INVALID' });
  }
  expect(await hub.database`SELECT * FROM commands`).toEqual([]);
  const { numbers } = given(await issueCommand(hub.deps, ANNA, wish(releaseBy(both, 'K-1'))));
  expect(numbers.get('edge-1')).toBe(1);
});

test('a heartbeat names every current object and the newest command, signed, and its number grows', async () => {
  const hub = await hubWith('edge-1', 'edge-2');
  given(await issueCommand(hub.deps, ANNA, KILL));
  await hub.database`
    INSERT INTO control_objects (edge, kind, name, version, note, at) VALUES ('edge-1', 'lease', 'gross', 4, 'a lease', '2026')`;
  expect(await beat(hub.deps)).toBe(2);
  expect(await beat(hub.deps)).toBe(2);
  const rows = await hub.database<{ note: string }[]>`SELECT note FROM heartbeats ORDER BY edge`;
  expect(rows.map(({ note }) => openHeartbeat(note, verifiers(hub)))).toMatchObject([
    {
      edge: 'edge-1',
      seq: 2,
      commandSeq: 1,
      objects: [{ kind: 'lease', name: 'gross', version: 4, hash: travellingHash('a lease') }],
    },
    { edge: 'edge-2', seq: 2, commandSeq: 1, objects: [] },
  ]);
});

test('a trust document that one edge has reaches the others of its legal entity, once', async () => {
  const hub = await hubWith('edge-1', 'edge-2', 'edge-3');
  const root = signingPerson('root-1').signer;
  const first = trustNote([maker, checker], { root });
  const second = trustNote([maker, checker, trader], { root, version: 2, previous: signedTextHash(first) });
  const journal = async (index: number, documents: readonly string[]): Promise<void> => {
    const edge = hub.edges[index];
    if (edge === undefined) throw new Error('no edge');
    const drafts = documents.map((document, version) => {
      return { kind: 'trust', body: { v: 1, version: version + 1, hash: signedTextHash(document), document } };
    });
    await hub.take(edge, edge.batch(edge.add(...drafts)));
  };
  await journal(0, [first, second]);
  await journal(1, [first]);
  expect(await publishObjects(hub.deps)).toBe(1);
  expect(await publishObjects(hub.deps)).toBe(0);
  const rows = await hub.database<{ note: string }[]>`SELECT note FROM control_objects`;
  expect(rows.map(({ note }) => openObject(note, verifiers(hub)))).toMatchObject([
    { edge: 'edge-2', kind: 'trust', name: 'v000002', version: 2, document: second },
  ]);
});

test('a command that another process gave is sent by the broker at once, and until the edge has answered', async () => {
  const hub = await hubWith('edge-1');
  const sent: string[] = [];
  const delivery = await deliverCommands({
    database: hub.database,
    clock: hub.ledger.clock,
    publish: (edge, note) => sent.push(`${edge} ${openCommand(note, verifiers(hub)).seq}`),
    log: () => {},
    pollMs: 60_000,
  });
  closers.push(() => delivery.stop());
  given(await issueCommand(hub.deps, ANNA, KILL));
  await expect.poll(() => sent).toEqual(['edge-1 1']);
  await answer(hub, 0, 'applied');
  given(await issueCommand(hub.deps, ANNA, KILL));
  await expect.poll(() => sent).toEqual(['edge-1 1', 'edge-1 2']);
});
