import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Ledger, ledgerOrigin } from '@gatehouse/hub/ledger/append.ts';
import { recordEntries } from '@gatehouse/hub/ledger/record-entries.ts';
import { logInFolder } from '@gatehouse/hub/ledger/tiles/log-reader.ts';
import { proveLeaf } from '@gatehouse/hub/ledger/tiles/prove-leaf.ts';
import { verifyLog } from '@gatehouse/hub/ledger/tiles/verify-log.ts';
import { connect, type Database, inTransaction } from '@gatehouse/hub/store/database.ts';
import { migrate } from '@gatehouse/hub/store/migrate.ts';
import { startPostgres } from '@gatehouse/hub/store/postgres/start-postgres.ts';
import { systemClock } from '@gatehouse/hub/system-clock.ts';
import { assert } from '@gatehouse/shared/errors.ts';
import { genesis, headOf } from '@gatehouse/shared/journal/chain.ts';
import { signCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import { entryHash, GENESIS_HASH, headerText, type SealedEntry, sealEntry } from '@gatehouse/shared/journal/entry.ts';
import { generateSigner, parseVerifierKey, type Signer } from '@gatehouse/shared/journal/note.ts';
import {
  EMPTY_EDGE,
  edgeRoot,
  growTiles,
  partialTiles,
  type Tile,
  type TileEdge,
} from '@gatehouse/shared/journal/tile.ts';
import { CHECKPOINT_PATH, tilePath } from '@gatehouse/shared/journal/tile-path.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import type { Measured, Measurement } from './figure.ts';

const APPENDED = 40_000;
const ENTRIES_A_BATCH = 1_000;
const PROOFS = 400;
const LOG_ENTRIES = 1_000_000;
const ENTRIES_A_STEP = 4_096;
const AT = '2026-01-05T09:00:00.000000000Z';
const CLOCK = { source: 'manual', offsetNs: '0', uncertaintyNs: '0' };
const NOTE = 'a body about as long as that of a decision over six controls '.repeat(16);

/** The ledger in the database: entries in, proofs out. And a log of a million entries, verified by its files alone. */
export const ledger: Measurement = {
  figures: [
    { name: 'ledger.appends_per_s', unit: 'entries/s', digits: 0, bar: '≥ 20,000, with projections, 1,000 a commit' },
    { name: 'ledger.proofs_per_s', unit: 'proofs/s', digits: 0, bar: 'none; each with its record' },
    { name: 'ledger.log_verify_per_s', unit: 'entries/s', digits: 0, bar: '≥ 50,000 over 1,000,000 entries' },
  ],
  async measure(folder) {
    const stored = await measureDatabase(folder);
    return { ...stored, 'ledger.log_verify_per_s': await measureLog(folder) };
  },
};

async function measureDatabase(folder: string): Promise<Readonly<Record<string, Measured>>> {
  chmodSync(folder, 0o711);
  const clock = systemClock();
  const server = await startPostgres({ folder: join(folder, 'pg'), log: () => undefined });
  const database = connect(server.connection);
  try {
    await migrate(database, { now: () => instantText(clock.now()) });
    const signer = generateSigner(ledgerOrigin('bench'));
    const appendsPerS = await appendAll(database, { origin: signer.name, signer, clock });
    const bareInsertsPerS = await bareInserts(database);
    const [proofsPerS, readsPerS] = [await prove(database), await read(database)];
    const insertName = `rows/s of bare ${ENTRIES_A_BATCH}-row inserts`;
    return {
      'ledger.appends_per_s': { value: appendsPerS, baseline: bareInsertsPerS, baselineName: insertName, n: APPENDED },
      'ledger.proofs_per_s': { value: proofsPerS, baseline: readsPerS, baselineName: 'one row by its key', n: PROOFS },
    };
  } finally {
    await database.end({ timeout: 1 });
    await server.stop();
  }
}

async function appendAll(database: Database, to: Ledger): Promise<number> {
  let head = genesis('edge-1');
  const batches: SealedEntry[][] = [];
  for (let made = 0; made < APPENDED; made += ENTRIES_A_BATCH) {
    const batch: SealedEntry[] = [];
    for (let index = 0; index < ENTRIES_A_BATCH; index += 1) {
      const body = { v: 1, code: 'BENCH', severity: 'notice', message: NOTE };
      const entry = sealEntry({ head, at: { at: AT, clock: CLOCK }, kind: 'incident', body, salt: randomBytes(16) });
      head = headOf(entry);
      batch.push(entry);
    }
    batches.push(batch);
  }
  const begun = performance.now();
  for (const batch of batches) await inTransaction(database, (tx) => recordEntries(tx, to, batch));
  return perSecond(APPENDED, begun);
}

async function bareInserts(database: Database): Promise<number> {
  await database`CREATE TABLE bench_rows (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text NOT NULL)`;
  const notes = Array.from({ length: ENTRIES_A_BATCH }, () => NOTE);
  const begun = performance.now();
  for (let made = 0; made < APPENDED; made += ENTRIES_A_BATCH) {
    await database`INSERT INTO bench_rows (note) SELECT unnest(${notes}::text[])`;
  }
  return perSecond(APPENDED, begun);
}

async function prove(database: Database): Promise<number> {
  const begun = performance.now();
  for (let index = 0; index < PROOFS; index += 1) {
    const proof = await proveLeaf(database, (index * 7_919) % APPENDED);
    assert(proof?.size === APPENDED, 'each proof is under the newest checkpoint');
  }
  return perSecond(PROOFS, begun);
}

async function read(database: Database): Promise<number> {
  const begun = performance.now();
  for (let index = 0; index < PROOFS; index += 1) {
    await database`SELECT header FROM ledger_leaf WHERE leaf = ${(index * 7_919) % APPENDED}`;
  }
  return perSecond(PROOFS, begun);
}

async function measureLog(folder: string): Promise<Measured> {
  const signer = generateSigner(ledgerOrigin('bench'));
  const root = join(folder, 'log');
  const bytes = writeLog(root, signer);
  const begun = performance.now();
  const verified = await verifyLog({ log: logInFolder(root), verifier: parseVerifierKey(signer.verifierKey) });
  const value = perSecond(LOG_ENTRIES, begun);
  assert(verified.findings.length === 0 && verified.entries === LOG_ENTRIES, 'the measured log verifies');
  return { value, baseline: bareHashes(bytes), baselineName: 'bare SHA-256 of as many bytes', n: LOG_ENTRIES };
}

/** Writes a log of one chained stream; gives the length of all its entries. */
function writeLog(root: string, signer: Signer): number {
  let edge: TileEdge = EMPTY_EDGE;
  let prev = GENESIS_HASH;
  let bytes = 0;
  const write = ({ id, bytes: tile }: Tile): void => writeFile(root, tilePath(id), tile);
  while (edge.size < LOG_ENTRIES) {
    const count = Math.min(ENTRIES_A_STEP, LOG_ENTRIES - edge.size);
    const entries = Array.from({ length: count }, (_, index) => {
      const place = { edge: 'edge-1', epoch: 1, seq: edge.size + index + 1 };
      const text = headerText({ v: 1, ...place, at: AT, clock: CLOCK, kind: 'incident', bodyHash: prev, prev });
      prev = entryHash(text);
      return Buffer.from(text);
    });
    bytes += entries.reduce((sum, entry) => sum + entry.length, 0);
    edge = growTiles(edge, entries, write);
  }
  for (const tile of partialTiles(edge)) write(tile);
  const checkpoint = signCheckpoint(signer, { origin: signer.name, size: edge.size, root: edgeRoot(edge) });
  writeFile(root, CHECKPOINT_PATH, Buffer.from(checkpoint));
  return bytes;
}

function writeFile(root: string, path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), bytes);
}

/** Units: entries a second, if nothing but their hashes were to be made. */
function bareHashes(bytes: number): number {
  const entry = Buffer.alloc(Math.round(bytes / LOG_ENTRIES), 7);
  const begun = performance.now();
  for (let index = 0; index < LOG_ENTRIES; index += 1) createHash('sha256').update(entry).digest();
  return perSecond(LOG_ENTRIES, begun);
}

function perSecond(count: number, begun: number): number {
  return (count / (performance.now() - begun)) * 1_000;
}
