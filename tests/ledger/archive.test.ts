import { randomBytes } from 'node:crypto';
import { chmodSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { logInFolder, openLog } from '@gatehouse/hub/ledger/tiles/log-reader.ts';
import { openPublicLog } from '@gatehouse/hub/ledger/tiles/open-public-log.ts';
import { verifyLog } from '@gatehouse/hub/ledger/tiles/verify-log.ts';
import { inTransaction } from '@gatehouse/hub/store/database.ts';
import { signCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import { generateSigner, parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { edgeStream, filledOrder } from '../fixtures/edge-stream.ts';
import { type TestLedger, testLedger } from '../fixtures/hub-ledger.ts';
import { archiveFolder, filesIn, publisherOf } from '../fixtures/log-archive.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

const SETTINGS = {
  consolePort: 0,
  entity: 'a test',
  mqttPort: undefined,
  mqttUrl: undefined,
  localEdges: [],
  databaseUrl: undefined,
};

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

interface Firm {
  readonly hub: TestLedger;
  /** Records so many orders, six entries each. */
  trade(orders: number): Promise<void>;
}

async function firm(): Promise<Firm> {
  const { database } = await server.database();
  const hub = testLedger(database);
  const edge = edgeStream('edge-1');
  await hub.register(edge);
  let next = 1;
  const trade = async (orders: number) => {
    const drafts = Array.from({ length: orders }, () => filledOrder(`O-${next++}`)).flat();
    await hub.take(edge, edge.batch(edge.add(...drafts)));
  };
  return { hub, trade };
}

function verified({ signer }: TestLedger, folder: string) {
  return verifyLog({ log: logInFolder(folder), verifier: parseVerifierKey(signer.verifierKey) });
}

test('what the ledger holds is written out as checkpoint, tiles and bundles, and grows as the ledger does', async () => {
  const { hub, trade } = await firm();
  const folder = archiveFolder();
  const publisher = await publisherOf(hub, folder);
  await trade(10);
  expect(await publisher.publish()).toBe(61);
  expect([...filesIn(folder).keys()].sort()).toEqual(['checkpoint', 'tile/0/000.p/61', 'tile/entries/000.p/61']);
  expect(await verified(hub, folder)).toMatchObject({ entries: 61, streams: 2, findings: [] });

  await trade(40);
  expect(await publisher.publish()).toBe(301);
  expect([...filesIn(folder).keys()].sort()).toEqual([
    'checkpoint',
    'tile/0/000',
    'tile/0/001.p/45',
    'tile/1/000.p/1',
    'tile/entries/000',
    'tile/entries/001.p/45',
  ]);
  expect(await verified(hub, folder)).toMatchObject({ entries: 301, tiles: 3, findings: [] });
  if (process.platform !== 'win32') expect(statSync(join(folder, 'tile/0/000')).mode & 0o222).toBe(0);
});

test('an archive that is published again and an empty one of a grown ledger become the same bytes', async () => {
  const { hub, trade } = await firm();
  const [slow, quick] = [archiveFolder(), archiveFolder()];
  for (const orders of [1, 41, 1, 50]) {
    await trade(orders);
    // Each publication by a new process, as after a crash.
    await (await publisherOf(hub, slow)).publish();
  }
  await (await publisherOf(hub, quick)).publish();
  const full = (folder: string) => [...filesIn(folder)].filter(([path]) => !path.includes('.p/'));
  expect(full(slow)).toEqual(full(quick));
  expect((await verified(hub, slow)).findings).toEqual([]);
  expect((await verified(hub, quick)).findings).toEqual([]);
});

test('a hub without entries publishes nothing and says so', async () => {
  const { database } = await server.database();
  const hub = testLedger(database);
  const folder = archiveFolder();
  expect(await (await publisherOf(hub, folder)).publish()).toBe(0);
  expect((await verified(hub, folder)).findings).toMatchObject([{ code: 'checkpoint-missing' }]);
});

test('what was tampered with in the database never reaches the archive', async () => {
  const { hub, trade } = await firm();
  const folder = archiveFolder();
  const publisher = await publisherOf(hub, folder);
  await trade(10);
  await publisher.publish();
  await trade(10);
  const before = filesIn(folder);
  await hub.database`UPDATE ledger_leaf SET header = replace(header, '"kind":"fill"', '"kind":"cash"') WHERE leaf > 61`;
  await expect(publisher.publish()).rejects.toMatchObject({ code: 'LEDGER_MISMATCH' });
  await hub.database`DELETE FROM ledger_leaf WHERE leaf = 70`;
  await expect(publisher.publish()).rejects.toThrow('leaves between 61 and 120 are missing');
  expect(filesIn(folder)).toEqual(before);
  expect(publisher.size()).toBe(61);
});

test('a database that was set back, or has another history, is not published over the archive', async () => {
  const { hub, trade } = await firm();
  const folder = archiveFolder();
  await trade(10);
  await (await publisherOf(hub, folder)).publish();
  const other = await firm();
  await other.trade(10);
  const sameKey = { ...other.hub, signer: hub.signer };
  await expect((await publisherOf(sameKey, folder)).publish()).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });

  await hub.database`DELETE FROM checkpoint WHERE size = 61`;
  await expect((await publisherOf(hub, folder)).publish()).rejects.toThrow(
    'the ledger ends at 1, the archive holds 61',
  );
});

test('an archive that was changed is not written on', async () => {
  const { hub, trade } = await firm();
  const folder = archiveFolder();
  await trade(10);
  await (await publisherOf(hub, folder)).publish();
  const tile = join(folder, 'tile/0/000.p/61');
  chmodSync(tile, 0o644);
  writeFileSync(tile, Buffer.alloc(61 * 32, 1));
  await expect(publisherOf(hub, folder)).rejects.toThrow('do not make the log of 61');
  rmSync(tile);
  await expect(publisherOf(hub, folder)).rejects.toThrow('the archive lacks tile/0/000.p/61');
});

test('files of a dead process that never reached its checkpoint are taken as they are, or refused', async () => {
  const { hub, trade } = await firm();
  const folder = archiveFolder();
  await trade(50);
  const publisher = await publisherOf(hub, folder);
  await publisher.publish();
  // The process died between its tiles and its checkpoint: the tiles are there already.
  rmSync(join(folder, 'checkpoint'));
  const again = await publisherOf(hub, folder);
  expect(again.size()).toBe(0);
  expect(await again.publish()).toBe(301);
  expect((await verified(hub, folder)).findings).toEqual([]);

  rmSync(join(folder, 'checkpoint'));
  chmodSync(join(folder, 'tile/0/000'), 0o644);
  writeFileSync(join(folder, 'tile/0/000'), Buffer.alloc(8_192, 1));
  await expect((await publisherOf(hub, folder)).publish()).rejects.toThrow('is there with other bytes');
});

test('I14 an act of the hub is in the archive like any other entry', async () => {
  const { hub } = await firm();
  const folder = archiveFolder();
  const act = { action: 'report.made', by: 'P-officer', target: 'daily-pack' };
  const { entry } = await inTransaction(hub.database, (tx) => hub.hubStream.appendAct(tx, act));
  await (await publisherOf(hub, folder)).publish();
  expect(filesIn(folder).get('tile/entries/000.p/2')?.includes(entry.headerText)).toBe(true);
});

test('a running hub serves its log within a moment, and raises an alarm where the database contradicts the archive', async () => {
  const { hub, trade } = await firm();
  const config = { ...SETTINGS, data: archiveFolder(), publicLog: { listen: '127.0.0.1', port: 0 } };
  const { database, signer, ingest } = hub;
  const lines: string[] = [];
  const opened = await openPublicLog({
    config,
    database,
    signer,
    clock: hub.ledger.clock,
    appendAct: hub.hubStream.appendAct,
    random: (length) => randomBytes(length),
    onCommitted: (listener) => ingest.onCommitted(() => listener()),
    log: (line) => lines.push(line),
  });
  onTestFinished(() => opened?.close());
  await trade(50);
  const log = openLog(opened?.address ?? '');
  const verifier = parseVerifierKey(signer.verifierKey);
  await expect.poll(() => log.read('checkpoint').then((bytes) => `${bytes}`), { timeout: 15_000 }).toContain('\n301\n');
  expect(await verifyLog({ log, verifier })).toMatchObject({ entries: 301, findings: [] });

  const act = { action: 'report.made', by: 'P-officer', target: 'daily-pack' };
  await inTransaction(database, (tx) => hub.hubStream.appendAct(tx, act));
  await expect.poll(() => log.read('checkpoint').then((bytes) => `${bytes}`), { timeout: 15_000 }).toContain('\n302\n');
  await database`DELETE FROM checkpoint WHERE size > 60`;
  const alarms = () =>
    database`SELECT code, severity FROM alarm WHERE code = 'ARCHIVE_DIFFERS'`.then((rows) => [...rows]);
  await expect.poll(alarms, { timeout: 15_000 }).toEqual([{ code: 'ARCHIVE_DIFFERS', severity: 'alarm' }]);
  expect(lines.at(-1)).toContain('the log could not be published');
});

test('a log whose signed size is far beyond its files is read until more is missing than is listed, and no further', async () => {
  const signer = generateSigner('gatehouse.local/test');
  const size = 2 ** 40;
  const note = signCheckpoint(signer, { origin: signer.name, size, root: new Uint8Array(32) });
  let reads = 0;
  const log = {
    place: 'memory',
    read: async (path: string) => {
      reads += 1;
      return path === 'checkpoint' ? Buffer.from(note) : undefined;
    },
  };
  const found = await verifyLog({ log, verifier: parseVerifierKey(signer.verifierKey) });
  expect(found).toMatchObject({ unlisted: 1, entries: 1_001 * 256 });
  expect(found.findings).toHaveLength(1_000);
  expect(reads).toBeLessThan(3_000);
});
