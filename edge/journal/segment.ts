import { KitError } from '@gatehouse/shared/errors.ts';
import type { SqlConnection, SqlDriver, SqlRow, SqlStatement, SqlValue } from './driver.ts';
import { damaged } from './sql-failure.ts';

/** An entry as its row. */
export interface EntryRow {
  readonly seq: number;
  readonly headerText: string;
  readonly hash: string;
  readonly salt: Uint8Array;
  readonly bodyText: string;
}

/** How much one read may return; at least one entry is returned where there is one. */
export interface ReadBounds {
  readonly entries: number;
  readonly bytes: number;
}

/** Content that is too large for a body, by the hash that the body names. */
export interface SegmentDocument {
  readonly hash: string;
  readonly text: string;
}

/** One database file that can be read. */
export interface SegmentReader {
  read(fromSeq: number, bounds: ReadBounds): readonly EntryRow[];
  document(hash: string): string | undefined;
  /** The first and last seq; undefined where there is no entry. */
  range(): { readonly firstSeq: number; readonly lastSeq: number } | undefined;
  /** Lets go of the file without a change to it where it is sealed. */
  close(): void;
}

/** The database file that is written. Errors: every method those of `sqlFailure`; after one the segment is done for. */
export interface OpenSegment extends SegmentReader {
  /** Adds entries in one transaction, durable when it returns. */
  insert(rows: readonly EntryRow[]): void;
  /** Moves everything into the one database file, durable when it returns. */
  checkpoint(): void;
  /** Checkpoints, leaves one plain file without companions and lets go of it. */
  seal(): void;
}

const FORMAT = '1';
const READ_STEP = 64;
const TABLES = `
  CREATE TABLE entry(seq INTEGER PRIMARY KEY, header TEXT NOT NULL, hash TEXT NOT NULL, salt BLOB NOT NULL, body TEXT NOT NULL) STRICT;
  CREATE TABLE document(hash TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
  CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
`;

/** What a new segment starts with. */
export interface SegmentStart {
  readonly edge: string;
  readonly rows: readonly EntryRow[];
  readonly document?: SegmentDocument;
}

/** Makes a whole segment as one plain file, durable when it returns; its name is still to be made durable. */
export function createSegment(driver: SqlDriver, path: string, start: SegmentStart): void {
  const connection = driver.open(path);
  try {
    setPragma(connection, 'locking_mode', 'exclusive');
    setPragma(connection, 'journal_mode', 'delete');
    setFullSync(connection);
    connection.exec('BEGIN IMMEDIATE');
    connection.exec(TABLES);
    const meta = connection.prepare('INSERT INTO meta(key, value) VALUES (?, ?)');
    meta.run('format', FORMAT);
    meta.run('edge', start.edge);
    insertRows(prepareInserts(connection), start.rows);
    if (start.document !== undefined) {
      const { hash, text } = start.document;
      connection.prepare('INSERT INTO document(hash, bytes) VALUES (?, ?)').run(hash, Buffer.from(text));
    }
    connection.exec('COMMIT');
    releaseLock(connection);
  } finally {
    connection.close();
  }
}

/**
 * Opens a segment for its one writer, with every commit synced.
 *
 * Errors: `JOURNAL_LOCKED` where another connection holds it; `JOURNAL_DAMAGED` where it is of another edge or format;
 *         `DISK_FAILED` where the engine does not grant a setting.
 */
export function openSegment(driver: SqlDriver, path: string, edge: string): OpenSegment {
  const connection = driver.open(path);
  try {
    setPragma(connection, 'locking_mode', 'exclusive');
    setPragma(connection, 'journal_mode', 'wal');
    setFullSync(connection);
    checkMeta(connection, path, edge);
    return openSegmentOver(connection);
  } catch (cause) {
    connection.close();
    throw cause;
  }
}

/** Opens a segment that nobody writes any more. Errors: as `openSegment`. */
export function openSealedSegment(driver: SqlDriver, path: string, edge: string): SegmentReader {
  const connection = driver.openSealed(path);
  try {
    checkMeta(connection, path, edge);
    return readerOver(connection);
  } catch (cause) {
    connection.close();
    throw cause;
  }
}

const INSERT_ENTRY = 'INSERT INTO entry(seq, header, hash, salt, body) VALUES (?, ?, ?, ?, ?)';
/** Several rows a statement take a third less time than one. */
const ROWS_A_STATEMENT = 8;
const INSERT_ENTRIES = `${INSERT_ENTRY}${', (?, ?, ?, ?, ?)'.repeat(ROWS_A_STATEMENT - 1)}`;

function openSegmentOver(connection: SqlConnection): OpenSegment {
  const begin = connection.prepare('BEGIN IMMEDIATE');
  const commit = connection.prepare('COMMIT');
  const inserts = prepareInserts(connection);
  const checkpoint = (): void => {
    const busy = connection.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy'];
    if (busy !== 0) throw new KitError('DISK_FAILED', `the checkpoint was not complete: busy ${busy}`);
  };
  return {
    ...readerOver(connection),
    insert: (rows) => {
      begin.run();
      insertRows(inserts, rows);
      commit.run();
    },
    checkpoint,
    seal: () => {
      checkpoint();
      setPragma(connection, 'journal_mode', 'delete');
      releaseLock(connection);
      connection.close();
    },
  };
}

function readerOver(connection: SqlConnection): SegmentReader {
  const select = connection.prepare(
    'SELECT seq, header, hash, salt, body FROM entry WHERE seq >= ? ORDER BY seq LIMIT ?',
  );
  return {
    read: (fromSeq, bounds) => readRows(select, fromSeq, bounds),
    document: (hash) => {
      const bytes = connection.prepare('SELECT bytes FROM document WHERE hash = ?').get(hash)?.['bytes'];
      return bytes instanceof Uint8Array ? Buffer.from(bytes).toString('utf8') : undefined;
    },
    range: () => {
      const row = connection.prepare('SELECT min(seq) AS firstSeq, max(seq) AS lastSeq FROM entry').get();
      const { firstSeq, lastSeq } = row ?? {};
      return typeof firstSeq === 'number' && typeof lastSeq === 'number' ? { firstSeq, lastSeq } : undefined;
    },
    close: () => connection.close(),
  };
}

interface Inserts {
  readonly one: SqlStatement;
  readonly several: SqlStatement;
}

function prepareInserts(connection: SqlConnection): Inserts {
  return { one: connection.prepare(INSERT_ENTRY), several: connection.prepare(INSERT_ENTRIES) };
}

function insertRows({ one, several }: Inserts, rows: readonly EntryRow[]): void {
  const rest = rows.length % ROWS_A_STATEMENT;
  for (const row of rows.slice(0, rest)) one.run(...bindsOf(row));
  for (let at = rest; at < rows.length; at += ROWS_A_STATEMENT) {
    several.run(...rows.slice(at, at + ROWS_A_STATEMENT).flatMap(bindsOf));
  }
}

function bindsOf({ seq, headerText, hash, salt, bodyText }: EntryRow): SqlValue[] {
  return [seq, headerText, hash, salt, bodyText];
}

function readRows(select: SqlStatement, fromSeq: number, bounds: ReadBounds): readonly EntryRow[] {
  const rows: EntryRow[] = [];
  let bytes = 0;
  for (let next = fromSeq; rows.length < bounds.entries; ) {
    const found = select.all(next, Math.min(READ_STEP, bounds.entries - rows.length)).map(entryRow);
    for (const row of found) {
      bytes += row.headerText.length + row.bodyText.length;
      if (bytes > bounds.bytes && rows.length > 0) return rows;
      rows.push(row);
    }
    const last = found.at(-1);
    if (last === undefined) return rows;
    next = last.seq + 1;
  }
  return rows;
}

function entryRow(row: SqlRow): EntryRow {
  const { seq, header, hash, salt, body } = row;
  const isWhole =
    typeof seq === 'number' && typeof header === 'string' && typeof hash === 'string' && typeof body === 'string';
  if (!isWhole || !(salt instanceof Uint8Array)) throw damaged(`the row of entry ${seq} has lost its form`);
  return { seq, headerText: header, hash, salt, bodyText: body };
}

function checkMeta(connection: SqlConnection, path: string, edge: string): void {
  const rows = connection.prepare('SELECT key, value FROM meta').all();
  const meta = new Map(rows.map((row) => [row['key'], row['value']]));
  if (meta.get('format') !== FORMAT) throw damaged(`${path} is of format ${meta.get('format')}, not ${FORMAT}`);
  if (meta.get('edge') !== edge) throw damaged(`${path} is of edge ${meta.get('edge')}, not ${edge}`);
}

function setFullSync(connection: SqlConnection): void {
  connection.exec('PRAGMA synchronous=FULL');
  expectPragma(connection, 'synchronous', 2);
  if (process.platform !== 'darwin') return;
  // A plain fsync on macOS stops at the drive's cache.
  for (const name of ['fullfsync', 'checkpoint_fullfsync']) {
    connection.exec(`PRAGMA ${name}=1`);
    expectPragma(connection, name, 1);
  }
}

function setPragma(connection: SqlConnection, name: string, value: string): void {
  connection.prepare(`PRAGMA ${name}=${value}`).all();
  expectPragma(connection, name, value);
}

function expectPragma(connection: SqlConnection, name: string, value: string | number): void {
  const actual = connection.prepare(`PRAGMA ${name}`).get()?.[name];
  if (actual !== value) throw new KitError('DISK_FAILED', `the engine answers ${name}=${actual}, not ${value}`);
}

/** The engine gives its lock back at the next read in normal mode; closing alone waits for statements to be collected. */
function releaseLock(connection: SqlConnection): void {
  setPragma(connection, 'locking_mode', 'normal');
  connection.prepare('SELECT count(*) FROM meta').all();
}
