import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { hubFolders } from '@gatehouse/hub/config.ts';
import { rowOpener } from '@gatehouse/hub/ledger/keys/open-row.ts';
import { openRecordKeys } from '@gatehouse/hub/ledger/keys/record-keys.ts';
import { bodyColumns } from '@gatehouse/hub/store/body-columns.ts';
import { connect, type Database } from '@gatehouse/hub/store/database.ts';
import { startPostgres } from '@gatehouse/hub/store/postgres/start-postgres.ts';
import { PROJECTED_TABLES } from '@gatehouse/hub/store/register-rows.ts';
import { type Ack, openAck } from '@gatehouse/shared/journal/ack.ts';
import { parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { EDGE } from '../fixtures/firm.ts';

/** One entry, wherever it was read. */
export interface Fact {
  readonly epoch: number;
  readonly seq: number;
  readonly hash: string;
  readonly kind: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What a firm holds on disk once it has stopped. */
export interface FirmFacts {
  /** The edge's journal, read with another engine than the edge's own. */
  readonly journal: readonly Fact[];
  /** The leaves of the edge's stream in the order of the ledger. */
  readonly ledger: readonly Fact[];
  /** Every row of every projection of the hub, as text. */
  readonly projections: Readonly<Record<string, readonly string[]>>;
}

/** Reads a stopped firm. */
export async function readFacts(data: string): Promise<FirmFacts> {
  const journal = readJournal(data);
  return withDatabase(data, async (database) => ({
    journal,
    ledger: await readLedger(database),
    projections: await readProjections(database),
  }));
}

/** The entries of a journal that was closed. */
export function readJournal(data: string): readonly Fact[] {
  const folder = join(data, 'edge', EDGE, 'journal');
  const segments = readdirSync(folder).filter((name) => /^segment-\d+\.db$/.test(name));
  return segments.sort().flatMap((name) => {
    const file = new DatabaseSync(join(folder, name), { readOnly: true });
    try {
      return file.prepare('SELECT header, hash, body FROM entry ORDER BY seq').all().map(factOf);
    } finally {
      file.close();
    }
  });
}

/** Works on the hub's own database, beside a running hub or without one. */
export async function withDatabase<T>(data: string, work: (database: Database) => Promise<T>): Promise<T> {
  const server = await startPostgres({ folder: join(data, 'pg'), log: () => {} });
  const keys = await openRecordKeys(hubFolders(data).recordKeys);
  const database = connect(server.connection, rowOpener(keys));
  try {
    return await work(database);
  } finally {
    await database.end({ timeout: 1 });
    if (!server.adopted) await server.stop();
  }
}

/** An ack that the hub of this firm signed. Errors: those of `openAck`. */
export function openFirmAck(data: string, note: string): Ack {
  return openAck(note, [parseVerifierKey(readFileSync(join(data, 'hub', 'hub.vkey'), 'utf8').trim())]);
}

/** The newest ack that the edge has kept; undefined before the first. */
export function keptAck(data: string): Ack | undefined {
  try {
    return openFirmAck(data, readFileSync(join(data, 'edge', EDGE, 'hub.ack'), 'utf8'));
  } catch {
    return undefined;
  }
}

/** What happened to each order, in the words of its entries. */
export function orderLives(facts: readonly Fact[]): ReadonlyMap<string, readonly string[]> {
  const lives = new Map<string, string[]>();
  for (const { kind, body } of facts) {
    const step = stepOf(kind, body);
    if (step === undefined) continue;
    const life = lives.get(step.order) ?? [];
    lives.set(step.order, life);
    life.push(step.word);
  }
  return lives;
}

function stepOf(kind: string, body: Fact['body']): { readonly order: string; readonly word: string } | undefined {
  if (kind === 'intent') return { order: `${(body['order'] as Readonly<Record<string, unknown>>)['id']}`, word: kind };
  const order = `${body['order']}`;
  if (kind === 'decision') return { order, word: `${body['outcome']}` };
  if (kind === 'order') return { order, word: `${body['state']}` };
  return kind === 'fill' ? { order, word: kind } : undefined;
}

async function readLedger(database: Database): Promise<readonly Fact[]> {
  const rows = await database<{ header: string; hash: string; body: string }[]>`
    SELECT ${bodyColumns(database)} FROM ledger_leaf l JOIN ledger_body b USING (leaf) WHERE l.edge = ${EDGE} ORDER BY l.leaf`;
  return rows.map(factOf);
}

async function readProjections(database: Database): Promise<FirmFacts['projections']> {
  const tables: Record<string, readonly string[]> = {};
  for (const table of PROJECTED_TABLES) {
    const rows = await database.unsafe(`SELECT to_jsonb(t)::text AS row FROM ${table} t ORDER BY 1`);
    tables[table] = rows.map(({ row }) => `${row}`);
  }
  return tables;
}

function factOf(row: Readonly<Record<string, unknown>>): Fact {
  const header = JSON.parse(`${row['header']}`) as { epoch: number; seq: number; kind: string };
  const { epoch, seq, kind } = header;
  return { epoch, seq, kind, hash: `${row['hash']}`, body: JSON.parse(`${row['body']}`) };
}
