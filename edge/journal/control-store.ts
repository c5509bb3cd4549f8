import { rmSync } from 'node:fs';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { SqlConnection, SqlDriver } from './driver.ts';

/** A row of a shape: columns by name, as text. */
export type ControlRow = Readonly<Record<string, string>>;

/** A shape as it was stored last, at a moment when it was whole. */
export interface StoredShape {
  readonly handle: string;
  readonly offset: string;
  readonly rows: ReadonlyMap<string, ControlRow>;
}

/** What to store of a shape. Shape: where `isWhole`, the rows take the place of all that were there. */
export interface ShapeChange {
  readonly handle: string;
  readonly offset: string;
  readonly isWhole: boolean;
  readonly rows: ReadonlyMap<string, ControlRow>;
  readonly gone: readonly string[];
}

/** What the hub sent down, so that a restart goes on where it was. Errors: those of `sqlFailure`. */
export interface ControlStore {
  load(shape: string): StoredShape | undefined;
  /** Rows, handle and offset are stored together or not at all. */
  save(shape: string, change: ShapeChange): void;
  /** Forgets a shape; it is fetched from the start. */
  forget(shape: string): void;
  close(): void;
}

/** The file's name below an edge's data folder. */
export const CONTROL_STORE_NAME = 'control.db';

/** The form of the tables; a file of another form is made anew. */
const FORM = 1;
const BUSY_MS = 5_000;

/**
 * Opens the store of a file, the one connection to it; a file that cannot be used is thrown away, since everything in it comes again.
 *
 * Shape:  `isFresh` where nothing of an earlier run is left. What a power cut takes of the newest rows is fetched again as well, so the
 *         disk is not waited for: a slow one must not keep a kill or a price.
 * Errors: those of `sqlFailure` where no file can be made.
 */
export function openControlStore(
  path: string,
  driver: SqlDriver,
): { readonly store: ControlStore; readonly isFresh: boolean } {
  const known = usable(path, driver);
  if (known !== undefined) return { store: new FileStore(known), isFresh: false };
  for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
  const connection = prepared(path, driver);
  connection.exec(`
    CREATE TABLE shape (name TEXT PRIMARY KEY, handle TEXT NOT NULL, offset TEXT NOT NULL) STRICT;
    CREATE TABLE shape_row (shape TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (shape, key)) STRICT;
    PRAGMA user_version = ${FORM};`);
  return { store: new FileStore(connection), isFresh: true };
}

function prepared(path: string, driver: SqlDriver): SqlConnection {
  const connection = driver.open(path);
  connection.exec(`PRAGMA busy_timeout = ${BUSY_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;`);
  return connection;
}

/** The connection, where the file has the right form and is sound. */
function usable(path: string, driver: SqlDriver): SqlConnection | undefined {
  let connection: SqlConnection | undefined;
  try {
    connection = prepared(path, driver);
    const version = connection.prepare('PRAGMA user_version').get()?.['user_version'];
    const check = connection.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
    if (version === FORM && check === 'ok') return connection;
  } catch (error) {
    if (!(error instanceof KitError)) throw error;
  }
  connection?.close();
  return undefined;
}

class FileStore implements ControlStore {
  readonly #connection: SqlConnection;

  constructor(connection: SqlConnection) {
    this.#connection = connection;
  }

  load(shape: string): StoredShape | undefined {
    const head = this.#connection.prepare('SELECT handle, offset FROM shape WHERE name = ?').get(shape);
    if (head === undefined) return undefined;
    const rows = this.#connection.prepare('SELECT key, value FROM shape_row WHERE shape = ? ORDER BY key').all(shape);
    return {
      handle: `${head['handle']}`,
      offset: `${head['offset']}`,
      rows: new Map(rows.map(({ key, value }) => [`${key}`, JSON.parse(`${value}`) as ControlRow])),
    };
  }

  save(shape: string, { handle, offset, isWhole, rows, gone }: ShapeChange): void {
    this.#together(() => {
      if (isWhole) this.#connection.prepare('DELETE FROM shape_row WHERE shape = ?').run(shape);
      for (const key of gone)
        this.#connection.prepare('DELETE FROM shape_row WHERE shape = ? AND key = ?').run(shape, key);
      const put = this.#connection.prepare('INSERT OR REPLACE INTO shape_row (shape, key, value) VALUES (?, ?, ?)');
      for (const [key, row] of rows) put.run(shape, key, JSON.stringify(row));
      this.#connection
        .prepare('INSERT OR REPLACE INTO shape (name, handle, offset) VALUES (?, ?, ?)')
        .run(shape, handle, offset);
    });
  }

  forget(shape: string): void {
    this.#together(() => {
      this.#connection.prepare('DELETE FROM shape_row WHERE shape = ?').run(shape);
      this.#connection.prepare('DELETE FROM shape WHERE name = ?').run(shape);
    });
  }

  close(): void {
    this.#connection.close();
  }

  #together(work: () => void): void {
    this.#connection.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#connection.exec('COMMIT');
    } catch (error) {
      try {
        this.#connection.exec('ROLLBACK');
      } catch {
        // The engine has rolled back by itself.
      }
      throw error;
    }
  }
}
