/** What a column may hold; a `bigint` is read only where the integer is not a safe number. */
export type SqlValue = string | number | bigint | Uint8Array | null;

/** One row, by column name. */
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** A prepared statement. */
export interface SqlStatement {
  run(...binds: readonly SqlValue[]): void;
  all(...binds: readonly SqlValue[]): readonly SqlRow[];
  get(...binds: readonly SqlValue[]): SqlRow | undefined;
}

/** One connection to one database file; every bind and every failure passes `checkedConnection`. */
export interface SqlConnection {
  exec(sql: string): void;
  prepare(sql: string): SqlStatement;
  close(): void;
}

/**
 * An SQLite engine.
 *
 * Shape:  `open` is for the one writer; `openSealed` reads a file that nobody writes any more and leaves no trace.
 * Errors: see `sqlFailure`.
 */
export interface SqlDriver {
  readonly name: DriverName;
  open(path: string): SqlConnection;
  openSealed(path: string): SqlConnection;
}

/** The engines that pass the same suite; `node-sqlite` is the oracle for `libsql`. */
export type DriverName = 'libsql' | 'node-sqlite';
