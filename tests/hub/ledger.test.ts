import { verifyLedger } from '@gatehouse/hub/ledger/verify.ts';
import { inTransaction } from '@gatehouse/hub/store/database.ts';
import { signCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import { generateSigner, parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { edgeStream, filledOrder } from '../fixtures/edge-stream.ts';
import { type TestLedger, testLedger } from '../fixtures/hub-ledger.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

/** A ledger of 19 leaves under four checkpoints: an act, then three orders. */
async function filled(): Promise<TestLedger> {
  const { database } = await server.database();
  const hub = testLedger(database);
  const edge = edgeStream('edge-1');
  await hub.register(edge);
  for (const id of ['O-1', 'O-2', 'O-3']) await hub.take(edge, edge.batch(edge.add(...filledOrder(id))));
  return hub;
}

async function codesAfter(tamper: (hub: TestLedger) => PromiseLike<unknown>): Promise<readonly string[]> {
  const hub = await filled();
  await tamper(hub);
  const { findings } = await hub.verify();
  return [...new Set(findings.map(({ code }) => code))].sort();
}

test('a ledger that nobody touched verifies, with its counts', async () => {
  const hub = await filled();
  const { findings, leaves, size, streams, checkpoints, root } = await hub.verify();
  expect({ findings, leaves, size, streams, checkpoints }).toEqual({
    findings: [],
    leaves: 19,
    size: 19,
    streams: 2,
    checkpoints: 4,
  });
  expect(await hub.database`SELECT root FROM ledger_head`).toEqual([{ root }]);
});

test('an empty ledger verifies', async () => {
  const { database } = await server.database();
  expect(await testLedger(database).verify()).toMatchObject({ findings: [], leaves: 0, size: 0 });
});

test('an edited header is found', async () => {
  const codes = await codesAfter(
    ({ database }) =>
      database`UPDATE ledger_leaf SET header = replace(header, '09:00:00.003', '09:00:00.004') WHERE leaf = 4`,
  );
  expect(codes).toEqual(['chain-broken', 'checkpoint-differs', 'column-differs', 'root-differs']);
});

test('a header that is not canonical any more is found', async () => {
  const codes = await codesAfter(
    ({ database }) => database`UPDATE ledger_leaf SET header = replace(header, ',', ', ') WHERE leaf = 4`,
  );
  expect(codes).toContain('header-damaged');
});

test('an edited body and a changed salt are found', async () => {
  const edited = await codesAfter(
    ({ database }) => database`UPDATE ledger_body SET body = replace(body, '1455.18', '1455.19') WHERE leaf = 5`,
  );
  expect(edited).toEqual(['body-differs']);
  const salted = await codesAfter(({ database }) => database`UPDATE ledger_body SET salt = '\\x00' WHERE leaf = 5`);
  expect(salted).toEqual(['body-differs']);
});

test('a body that was removed is found', async () => {
  expect(await codesAfter(({ database }) => database`DELETE FROM ledger_body WHERE leaf = 5`)).toEqual([
    'body-missing',
  ]);
});

test('a deleted leaf is found, in the middle and at the end', async () => {
  const remove = (leaf: number) =>
    codesAfter(async ({ database }) => {
      await database`DELETE FROM ledger_body WHERE leaf = ${leaf}`;
      await database`DELETE FROM ledger_leaf WHERE leaf = ${leaf}`;
    });
  expect(await remove(7)).toEqual(expect.arrayContaining(['chain-broken', 'leaf-missing', 'root-differs']));
  expect(await remove(18)).toEqual(expect.arrayContaining(['checkpoint-differs', 'root-differs', 'stream-differs']));
});

test('two leaves that changed places are found', async () => {
  const codes = await codesAfter(({ database }) =>
    database.unsafe(`
      UPDATE ledger_leaf SET leaf = -1 WHERE leaf = 3;
      UPDATE ledger_leaf SET leaf = 3 WHERE leaf = 4;
      UPDATE ledger_leaf SET leaf = 4 WHERE leaf = -1;
      UPDATE ledger_body SET leaf = 7 - leaf + 1000 WHERE leaf IN (3, 4);
      UPDATE ledger_body SET leaf = leaf - 1000 WHERE leaf > 1000;`),
  );
  expect(codes).toEqual(expect.arrayContaining(['chain-broken', 'root-differs']));
});

test('a column that contradicts its header is found', async () => {
  expect(await codesAfter(({ database }) => database`UPDATE ledger_leaf SET kind = 'cash' WHERE leaf = 2`)).toEqual([
    'column-differs',
  ]);
});

test('a rewritten checkpoint is found, the newest by its signature and an older one by its root', async () => {
  const forged = ({ database, ledger }: TestLedger, size: number) => {
    const note = signCheckpoint(generateSigner(ledger.origin), {
      origin: ledger.origin,
      size,
      root: Buffer.alloc(32, 7),
    });
    return database`UPDATE checkpoint SET note = ${note}, root = ${'07'.repeat(32)} WHERE size = ${size}`;
  };
  expect(await codesAfter((hub) => forged(hub, 19))).toEqual(['checkpoint-differs']);
  expect(await codesAfter((hub) => forged(hub, 7))).toEqual(['checkpoint-differs']);
  expect(await codesAfter(({ database }) => database`DELETE FROM checkpoint WHERE size = 19`)).toEqual([
    'checkpoint-differs',
  ]);
});

test('the newest checkpoint must be signed by the key of this hub', async () => {
  const { database, ledger } = await filled();
  const verifier = parseVerifierKey(generateSigner(ledger.origin).verifierKey);
  const { findings } = await verifyLedger({ database, verifier, origin: ledger.origin, elapsedMs: () => 0 });
  expect(findings.map(({ code }) => code)).toEqual(['stream-differs', 'checkpoint-differs']);
});

test('a stream that was moved and a head that was moved are found', async () => {
  expect(await codesAfter(({ database }) => database`UPDATE stream SET seq = 17 WHERE edge = 'edge-1'`)).toEqual([
    'stream-differs',
  ]);
  expect(await codesAfter(({ database }) => database`UPDATE ledger_head SET size = 20`)).toEqual(
    expect.arrayContaining(['root-differs']),
  );
});

test('a key that was swapped under a stream is found, since the ledger says which one was registered', async () => {
  const { verifierKey } = generateSigner('edge-1');
  expect(
    await codesAfter(({ database }) => database`UPDATE stream SET verifier_key = ${verifierKey} WHERE edge = 'edge-1'`),
  ).toEqual(['stream-differs']);
});

test('I14 an act is on record with what it is about, or neither is', async () => {
  const hub = await filled();
  const act = { action: 'report.made', by: 'P-officer', target: 'daily-pack', note: 'For the fifth of January.' };
  const { leaf, entry } = await inTransaction(hub.database, (tx) => hub.hubStream.appendAct(tx, act));
  expect(leaf).toBe(19);
  expect(JSON.parse(entry.bodyText)).toEqual({ v: 1, ...act });

  const undone = inTransaction(hub.database, async (tx) => {
    await hub.hubStream.appendAct(tx, act);
    throw new Error('the act itself failed');
  });
  await expect(undone).rejects.toThrow('the act itself failed');
  const acts = await hub.database`SELECT seq FROM ledger_leaf WHERE edge = 'hub' ORDER BY seq`;
  expect(acts).toEqual([{ seq: 1 }, { seq: 2 }]);
  expect((await hub.verify()).findings).toEqual([]);
});

test('acts of many transactions at once stand in one chain', async () => {
  const hub = await filled();
  const acts = Array.from({ length: 20 }, (_, index) =>
    inTransaction(hub.database, (tx) => hub.hubStream.appendAct(tx, { action: 'page.read', by: `P-${index}` })),
  );
  const leaves = (await Promise.all(acts)).map(({ leaf }) => leaf);
  expect(new Set(leaves).size).toBe(20);
  expect(await hub.verify()).toMatchObject({ findings: [], leaves: 39 });
});

test('an act without its form is refused', async () => {
  const hub = await filled();
  const act = { action: 'nonsense', by: 'P-officer' };
  await expect(inTransaction(hub.database, (tx) => hub.hubStream.appendAct(tx, act))).rejects.toMatchObject({
    code: 'MESSAGE_MALFORMED',
  });
});
