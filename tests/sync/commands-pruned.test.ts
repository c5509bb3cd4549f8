import { randomBytes } from 'node:crypto';
import { issueCommand } from '@gatehouse/hub/control/commands/issue-command.ts';
import { pruneCommands, SETTLED_MS_MIN } from '@gatehouse/hub/control/commands/prune-commands.ts';
import { rebuildProjections } from '@gatehouse/hub/ingest/rebuild-projections.ts';
import { newestCommands } from '@gatehouse/hub/store/control-rows.ts';
import { signedTextHash } from '@gatehouse/shared/governance/claimed-document.ts';
import { parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { ActBody } from '@gatehouse/shared/schema/bodies.ts';
import { openCommand } from '@gatehouse/shared/schema/control.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { addMs, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EdgeStream, edgeStream } from '../fixtures/edge-stream.ts';
import { type TestLedger, testLedger } from '../fixtures/hub-ledger.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

const KEPT = 3;
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
}, 60_000);
afterAll(() => server.stop());

interface Hub extends TestLedger {
  readonly edge: EdgeStream;
  readonly give: (count: number) => Promise<void>;
  readonly settle: (seqs: readonly number[], state?: string) => Promise<void>;
  readonly prune: (ageMs: number) => Promise<number>;
  readonly left: () => Promise<readonly number[]>;
}

async function hubWith(): Promise<Hub> {
  const { database } = await server.database();
  const hub = testLedger(database);
  const edge = edgeStream('edge-1');
  await hub.register(edge);
  const { signer, hubStream, ledger } = hub;
  const parts = { database, appendAct: hubStream.appendAct };
  const wish = { kind: 'kill', edges: ['edge-1'], scopes: ['firm'], level: 'cancel', reason: 'A drill.' } as const;
  const deps = { ...parts, clock: ledger.clock, signer, random: (length: number) => randomBytes(length) };
  const settledAt = parseInstant('2026-01-05T10:00:00Z');
  return {
    ...hub,
    edge,
    give: async (count) => {
      for (let given = 0; given < count; given += 1) {
        const { kind } = await issueCommand(deps, { personId: 'P-anna', from: '127.0.0.1' }, wish);
        expect(kind).toBe('done');
      }
    },
    settle: async (seqs, state = 'applied') => {
      const rows = await database<{ note: string; id: string; seq: number }[]>`
        SELECT note, id, seq FROM commands ORDER BY seq`;
      const answered = rows.filter(({ seq }) => seqs.includes(seq));
      const bodies = answered.map(({ note, id, seq }) => ({
        kind: 'command' as const,
        body: { v: 2, state, note: signedTextHash(note), via: 'shape', id, seq, name: 'kill', result: 'It is so.' },
      }));
      await hub.take(edge, edge.batch(edge.add(...bodies)));
      await database`UPDATE command_answer SET settled_at = '2026-01-05T10:00:00.000000000Z' WHERE settled_at IS NOT NULL`;
    },
    prune: (ageMs) => pruneCommands({ ...parts, kept: KEPT, clock: manualClock(addMs(settledAt, ageMs)) }),
    left: async () => {
      const commands = await database<{ seq: number }[]>`SELECT seq FROM commands ORDER BY seq`;
      const issues = await database<{ seq: number }[]>`SELECT seq FROM command_issue ORDER BY seq`;
      expect(issues).toEqual(commands);
      return commands.map(({ seq }) => seq);
    },
  };
}

test('commands that are settled, old and behind enough newer ones go; all others stay', async () => {
  const hub = await hubWith();
  await hub.give(8);
  await hub.settle([1, 2, 4, 5, 6, 7, 8]);
  expect(await hub.prune(SETTLED_MS_MIN)).toBe(0);
  expect(await hub.left()).toHaveLength(8);
  // Of 3 the edge has said nothing, and 6 to 8 are the newest.
  expect(await hub.prune(SETTLED_MS_MIN + 1)).toBe(4);
  expect(await hub.left()).toEqual([3, 6, 7, 8]);
  expect(await hub.prune(10 * SETTLED_MS_MIN)).toBe(0);
}, 60_000);

test('a command that an edge only received stays, and one that it refused goes', async () => {
  const hub = await hubWith();
  await hub.give(5);
  await hub.settle([1], 'received');
  await hub.settle([2], 'refused');
  await hub.prune(SETTLED_MS_MIN + 1);
  expect(await hub.left()).toEqual([1, 3, 4, 5]);
}, 60_000);

/** What acts say that was signed: by edge and command, word for word. */
async function textsOnRecord({ database }: Hub): Promise<readonly { id: string; edge: string; note: string }[]> {
  const acts = await database<{ body: string }[]>`
    SELECT body FROM ledger_body WHERE body LIKE '%"command.texts"%' ORDER BY leaf`;
  return acts.flatMap(({ body }) => {
    const { target, after } = ActBody.parse(JSON.parse(body));
    return Object.entries(after ?? {}).map(([edge, note]) => ({ id: target ?? '', edge, note }));
  });
}

test('I14 what a command said is on record word for word, by the hash that its edge answered and under the hub’s signature', async () => {
  const hub = await hubWith();
  const { database, signer } = hub;
  await hub.give(5);
  const given = await database<{ id: string; note: string }[]>`SELECT id, note FROM commands ORDER BY seq`;
  await hub.settle([1, 2, 3, 4, 5]);
  expect(await hub.prune(SETTLED_MS_MIN + 1)).toBe(2);
  const texts = await textsOnRecord(hub);
  expect(texts).toEqual(given.map(({ id, note }) => ({ id, edge: 'edge-1', note })));
  const answers = await database<
    { command_id: string; note_hash: string }[]
  >`SELECT command_id, note_hash FROM command_answer`;
  expect(answers).toHaveLength(5);
  for (const { command_id, note_hash } of answers) {
    const note = texts.find(({ id }) => id === command_id)?.note ?? '';
    expect(signedTextHash(note)).toBe(note_hash);
    const command = openCommand(note, [parseVerifierKey(signer.verifierKey)]);
    expect(command).toMatchObject({ id: command_id, kind: 'kill', level: 'cancel', scopes: ['firm'], by: 'P-anna' });
  }
}, 60_000);

test('the texts of a command for very many edges stand in several acts, each edge in one', async () => {
  const hub = await hubWith();
  const { database, signer, hubStream, ledger } = hub;
  const names = Array.from({ length: 400 }, (_, one) => `many-${one}`);
  for (const edge of names)
    await database`
    INSERT INTO stream (edge, epoch, seq, hash, verifier_key, status, registered_at)
    SELECT ${edge}, epoch, seq, hash, verifier_key, status, registered_at FROM stream WHERE edge = 'edge-1'`;
  const deps = {
    database,
    appendAct: hubStream.appendAct,
    clock: ledger.clock,
    signer,
    random: (length: number) => randomBytes(length),
  };
  const wish = {
    kind: 'kill',
    edges: names,
    scopes: ['firm'],
    level: 'cancel',
    reason: 'A drill. '.repeat(100),
  } as const;
  expect((await issueCommand(deps, { personId: 'P-anna', from: '127.0.0.1' }, wish)).kind).toBe('done');
  const texts = await textsOnRecord(hub);
  expect(texts.map(({ edge }) => edge).toSorted()).toEqual(names.toSorted());
  const [acts] = await database<
    { count: number }[]
  >`SELECT count(*) AS count FROM ledger_body WHERE body LIKE '%"command.texts"%'`;
  expect(acts?.count).toBeGreaterThan(1);
}, 60_000);

test('I14 I18 the pruning is on record, numbers go on, and the answers are folded again from the ledger', async () => {
  const hub = await hubWith();
  const { database } = hub;
  await hub.give(5);
  await hub.settle([1, 2, 3, 4, 5]);
  await hub.prune(SETTLED_MS_MIN + 1);
  await hub.give(1);
  expect(await hub.left()).toEqual([3, 4, 5, 6]);
  expect([...(await newestCommands(database, ['edge-1']))]).toEqual([['edge-1', 6]]);
  const [act] = await database<{ body: string }[]>`SELECT body FROM ledger_body WHERE body LIKE '%command.pruned%'`;
  expect(JSON.parse(act?.body ?? '')).toMatchObject({ by: 'system', after: { commands: '2' } });
  // What a command that went said stays with the act that gave it.
  const [given] = await database<{ body: string }[]>`
    SELECT body FROM ledger_body WHERE body LIKE '%command.issued%' ORDER BY leaf LIMIT 1`;
  expect(JSON.parse(given?.body ?? '')).toMatchObject({ by: 'P-anna', after: { kind: 'kill', level: 'cancel' } });
  await rebuildProjections(database);
  expect(await database`SELECT seq FROM command_answer ORDER BY seq`).toHaveLength(5);
  expect((await hub.verify()).findings).toEqual([]);
}, 60_000);
