import { openLogFolder } from '@gatehouse/hub/ledger/tiles/log-folder.ts';
import { openPublisher } from '@gatehouse/hub/ledger/tiles/publish-log.ts';
import type { Database } from '@gatehouse/hub/store/database.ts';
import { headOf } from '@gatehouse/shared/journal/chain.ts';
import { signCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import { parseHeader, sealEntry } from '@gatehouse/shared/journal/entry.ts';
import { appendLeaves, EMPTY_RANGE, leafHash, rangeRoot, rangeToHex } from '@gatehouse/shared/journal/merkle.ts';
import { parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { edgeStream, filledOrder } from '../fixtures/edge-stream.ts';
import { type TestLedger, testLedger } from '../fixtures/hub-ledger.ts';
import { archiveFolder } from '../fixtures/log-archive.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';
import { seededDice } from '../fixtures/seeded-dice.ts';

// Whoever can write the database, with and without the hub's key, against verify and against the archive beside it.

const ORDERS = 8;
const SIZE = 1 + ORDERS * 6;
const EACH = Number(process.env['GATEHOUSE_TAMPERINGS'] ?? 3);
const TABLES = ['ledger_head', 'ledger_leaf', 'ledger_body', 'ledger_node', 'checkpoint', 'stream'];

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

type Dice = ReturnType<typeof seededDice>;
type Tamper = (database: Database, dice: Dice, hub: TestLedger) => Promise<unknown>;

const tamperings: Readonly<Record<string, Tamper>> = {
  'a header edited': (database, dice) =>
    database`UPDATE ledger_leaf SET header = replace(header, 'manual', 'oracle') WHERE leaf = ${1 + dice(SIZE - 1)}`,
  'a body edited': (database, dice) =>
    database`UPDATE ledger_body SET body = replace(body, '"v":', '"v": ') WHERE leaf = ${dice(SIZE)}`,
  'a salt edited': (database, dice) =>
    database`UPDATE ledger_body SET salt = '\\x000102030405060708090a0b0c0d0e0f' WHERE leaf = ${dice(SIZE)}`,
  'a column edited': (database, dice) =>
    database`UPDATE ledger_leaf SET at = '2020' || substr(at, 5) WHERE leaf = ${dice(SIZE)}`,
  'a leaf deleted': async (database, dice) => {
    const leaf = dice(SIZE);
    await database`DELETE FROM ledger_body WHERE leaf = ${leaf}`;
    await database`DELETE FROM ledger_leaf WHERE leaf = ${leaf}`;
  },
  'a body deleted': (database, dice) => database`DELETE FROM ledger_body WHERE leaf = ${dice(SIZE)}`,
  'a leaf added': (database) => database`
    INSERT INTO ledger_leaf SELECT ${SIZE}, edge, epoch, seq + 1, kind, at, hash, header FROM ledger_leaf WHERE leaf = ${SIZE - 1}`,
  'two leaves in each other’s place': async (database, dice) => {
    const [a, b] = [1 + dice(20), 22 + dice(20)];
    for (const table of ['ledger_leaf', 'ledger_body']) {
      await database.unsafe(`
        UPDATE ${table} SET leaf = -1 WHERE leaf = ${a};
        UPDATE ${table} SET leaf = ${a} WHERE leaf = ${b};
        UPDATE ${table} SET leaf = ${b} WHERE leaf = -1`);
    }
  },
  'the newest checkpoint deleted': (database) => database`DELETE FROM checkpoint WHERE size = ${SIZE}`,
  'a checkpoint in the place of another': (database, dice) => database`
    UPDATE checkpoint SET note = (SELECT note FROM checkpoint WHERE size = 1) WHERE size = ${1 + 6 * (1 + dice(ORDERS))}`,
  'a key in the place of another': (database) => database`UPDATE stream SET verifier_key = verifier_key || 'x'`,
  'set back as a whole, as by an old backup': (database, dice, hub) => resign(database, hub, 1 + 6 * dice(ORDERS)),
  'the hub’s key stolen: an edge’s history written anew': async (database, dice, hub) => {
    await rewrite(database, 1 + dice(SIZE - 1));
    await resign(database, hub, SIZE);
  },
};

/** Writes the entries of the edge from a leaf on anew, with other bodies, so that their chain holds. */
async function rewrite(database: Database, from: number): Promise<void> {
  const rows = await database<{ leaf: number; header: string; hash: string }[]>`
    SELECT leaf, header, hash FROM ledger_leaf WHERE edge = 'edge-1' ORDER BY leaf`;
  const before = rows.filter(({ leaf }) => leaf < from).at(-1);
  const first = parseHeader(rows[0]?.header ?? '');
  let head = {
    edge: 'edge-1',
    epoch: 1,
    seq: before === undefined ? 0 : parseHeader(before.header).seq,
    hash: before?.hash ?? first.prev,
  };
  for (const { leaf, header } of rows.filter((row) => row.leaf >= from)) {
    const { at, clock, kind } = parseHeader(header);
    const entry = sealEntry({ head, at: { at, clock }, kind, body: { v: 1, made: 'up' }, salt: Buffer.alloc(16, 1) });
    head = headOf(entry);
    await database`UPDATE ledger_leaf SET header = ${entry.headerText}, hash = ${entry.hash} WHERE leaf = ${leaf}`;
    await database`UPDATE ledger_body SET body = ${entry.bodyText}, salt = ${Buffer.from(entry.salt)} WHERE leaf = ${leaf}`;
  }
  await database`UPDATE stream SET hash = ${head.hash} WHERE edge = 'edge-1'`;
}

/** Cuts the ledger to a size and signs all its checkpoints with the hub's own key, so that everything fits again. */
async function resign(database: Database, { signer }: TestLedger, size: number): Promise<void> {
  await database`DELETE FROM ledger_body WHERE leaf >= ${size}`;
  await database`DELETE FROM ledger_leaf WHERE leaf >= ${size}`;
  await database`DELETE FROM checkpoint WHERE size > ${size}`;
  const rows = await database<{ header: string }[]>`SELECT header FROM ledger_leaf ORDER BY leaf`;
  const notes = await database<{ size: number }[]>`SELECT size FROM checkpoint ORDER BY size`;
  let range = EMPTY_RANGE;
  for (const { size: to } of notes) {
    range = appendLeaves(
      range,
      rows.slice(range.size, to).map(({ header }) => leafHash(header)),
    );
    const root = rangeRoot(range);
    const note = signCheckpoint(signer, { origin: signer.name, size: to, root });
    await database`UPDATE checkpoint SET note = ${note}, root = ${Buffer.from(root).toString('hex')} WHERE size = ${to}`;
  }
  const root = Buffer.from(rangeRoot(range)).toString('hex');
  await database`UPDATE ledger_head SET size = ${size}, root = ${root}, frontier = ${database.json([...rangeToHex(range)])}`;
  await database`
    UPDATE stream s SET seq = coalesce(l.seq, 0), hash = coalesce(l.hash, repeat('0', 64))
    FROM stream t LEFT JOIN LATERAL (
      SELECT seq, hash FROM ledger_leaf WHERE edge = t.edge ORDER BY leaf DESC LIMIT 1) l ON true WHERE t.edge = s.edge`;
}

async function keepTables(database: Database): Promise<() => Promise<void>> {
  for (const table of TABLES) await database.unsafe(`CREATE TABLE kept_${table} AS TABLE ${table}`);
  return async () => {
    const restore = TABLES.map((table) => `INSERT INTO ${table} SELECT * FROM kept_${table};`).join('');
    await database.unsafe(`TRUNCATE ${TABLES.join(', ')} CASCADE; ${restore}`);
  };
}

test('every change of the database is found by verify or by the archive beside it', {
  timeout: 3_600_000,
}, async () => {
  const { database } = await server.database();
  const hub = testLedger(database);
  const edge = edgeStream('edge-1');
  await hub.register(edge);
  for (let order = 1; order <= ORDERS; order += 1)
    await hub.take(edge, edge.batch(edge.add(...filledOrder(`O-${order}`))));
  const folder = archiveFolder();
  const publisher = async () =>
    openPublisher({
      database,
      verifier: parseVerifierKey(hub.signer.verifierKey),
      folder: await openLogFolder(folder),
    });
  await (await publisher()).publish();
  const restore = await keepTables(database);
  expect((await hub.verify()).findings).toEqual([]);

  const missed: string[] = [];
  for (const [name, tamper] of Object.entries(tamperings)) {
    let byVerify = 0;
    let byArchive = 0;
    for (let round = 0; round < EACH; round += 1) {
      await tamper(database, seededDice(`${name} ${round}`), hub);
      const isVerified = (await hub.verify()).findings.length === 0;
      const isPublished = await (await publisher()).publish().then(
        () => true,
        () => false,
      );
      if (!isVerified) byVerify += 1;
      if (!isPublished) byArchive += 1;
      if (isVerified && isPublished) missed.push(`${name}, round ${round}`);
      await restore();
    }
    process.stdout.write(
      `database: ${name}: ${EACH} tried, ${byVerify} found by verify, ${byArchive} by the archive\n`,
    );
  }
  expect(missed).toEqual([]);
  expect((await hub.verify()).findings).toEqual([]);
  expect(await (await publisher()).publish()).toBe(SIZE);
});
