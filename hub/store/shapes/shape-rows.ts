import postgres from 'postgres';
import type { Database, Queries, Transaction } from '../database.ts';
import { inSnapshot } from '../database.ts';
import { TEXT_SETTINGS } from './change-feed.ts';
import { quoteName } from './publication.ts';
import type { ColumnInfo, TableInfo } from './table-info.ts';
import type { TextRow } from './transaction-collector.ts';

/** Which transactions a snapshot sees. Shape: 64-bit transaction ids. Source: PostgreSQL manual, `pg_current_snapshot`. */
export interface Visibility {
  readonly xmin: bigint;
  readonly xmax: bigint;
  readonly running: readonly bigint[];
}

/** The moment of a snapshot, and the position in the log that it does not lie behind. */
export interface SnapshotMoment {
  readonly visibility: Visibility;
  readonly databaseLsn: bigint;
}

/** What of a table's rows is asked for. Shape: all texts are SQL that was checked before. */
export interface RowsQuery {
  readonly table: TableInfo;
  readonly where: string | undefined;
  readonly orderBy?: string | undefined;
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

const ROWS_AT_ONCE = 1_000;

/**
 * Reads as of one moment with values written as the stream of changes writes them.
 *
 * Shape:  `work` may answer that the moment is too early; the caller then asks again.
 * Errors: `DATABASE_UNREACHABLE`; the server's own for a condition that fails on a row.
 */
export function readMoment<T>(
  database: Database,
  work: (moment: SnapshotMoment, tx: Transaction) => Promise<T>,
): Promise<T> {
  return inSnapshot(database, async (tx) => {
    for (const [name, value] of Object.entries(TEXT_SETTINGS)) {
      await tx`SELECT set_config(${name}, ${value}, true)`;
    }
    const [row] = await tx<{ snapshot: string; lsn: string }[]>`
      SELECT pg_current_snapshot()::text AS snapshot, (pg_current_wal_lsn() - '0/0'::pg_lsn)::text AS lsn`;
    const moment = { visibility: visibilityOf(row?.snapshot ?? '0:0:'), databaseLsn: BigInt(row?.lsn ?? '0') };
    return work(moment, tx);
  });
}

function visibilityOf(text: string): Visibility {
  const [xmin = '0', xmax = '0', running = ''] = text.split(':');
  return {
    xmin: BigInt(xmin),
    xmax: BigInt(xmax),
    running: running === '' ? [] : running.split(',').map(BigInt),
  };
}

/** Whether a snapshot sees a transaction that the stream names by the low 32 bits of its id. */
export function seesTransaction({ xmin, xmax, running }: Visibility, xid: number): boolean {
  const whole = xmax + BigInt.asIntN(32, BigInt(xid) - xmax);
  return whole < xmin || (whole < xmax && !running.includes(whole));
}

/** The rows, a bounded number at a time. */
export async function* rowsOf(tx: Transaction, query: RowsQuery): AsyncGenerator<readonly TextRow[]> {
  const columns = query.table.columns.filter(({ isGenerated }) => !isGenerated);
  // Names of our own keep a column called "__proto__" apart from the object that carries it.
  const list = columns.map((column, at) => `${asText(column)} AS c${at}`).join(', ');
  const text = [
    `SELECT ${list === '' ? 'NULL AS none' : list} FROM ${nameOf(query.table)}`,
    query.where === undefined ? '' : `WHERE ${query.where}`,
    query.orderBy === undefined ? '' : `ORDER BY ${query.orderBy}`,
    query.limit === undefined ? '' : `LIMIT ${query.limit}`,
    query.offset === undefined ? '' : `OFFSET ${query.offset}`,
  ].join(' ');
  const pages = tx.unsafe<Record<string, string | null>[]>(text, [], { simple: false } as never).cursor(ROWS_AT_ONCE);
  for await (const page of pages) yield page.map((found) => textRow(columns, found));
}

function textRow(columns: readonly ColumnInfo[], found: Readonly<Record<string, string | null>>): TextRow {
  const row = Object.create(null) as Record<string, string | null>;
  for (const [at, { name }] of columns.entries()) row[name] = found[`c${at}`] ?? null;
  return row;
}

/** A cast strips the blanks of a padded text, which the stream keeps. */
function asText({ name, isBlankPadded }: ColumnInfo): string {
  const quoted = quoteName(name);
  return isBlankPadded ? `CASE WHEN ${quoted} IS NULL THEN NULL ELSE concat(${quoted}, '') END` : `${quoted}::text`;
}

function nameOf({ schema, table }: TableInfo): string {
  return `${quoteName(schema)}.${quoteName(table)}`;
}

/** For each row whether a checked condition holds, as PostgreSQL itself judges it. Errors: the server's own. */
export async function matchingRows(
  database: Queries,
  { table, where }: { readonly table: TableInfo; readonly where: string },
  rows: readonly TextRow[],
): Promise<readonly boolean[]> {
  if (rows.length === 0) return [];
  const columns = table.columns.filter(({ isGenerated }) => !isGenerated);
  const values = rows.map((row) => columns.map(({ name }) => row[name] ?? null));
  const list = columns.map(({ name, typeText }, at) => `(r.v ->> ${at})::${typeText} AS ${quoteName(name)}`).join(', ');
  const text = `
    SELECT coalesce((${where})::bool, false) AS holds FROM (
      SELECT r.n AS "gatehouse row number", ${list}
      FROM json_array_elements($1::text::json) WITH ORDINALITY AS r(v, n)) AS ${quoteName(table.table)}
    ORDER BY "gatehouse row number"`;
  const found = await database.unsafe<{ holds: boolean }[]>(text, [JSON.stringify(values)]);
  return found.map(({ holds }) => holds);
}

/**
 * What the server finds wrong with a condition, in its words and with the place counted from zero in `SELECT 1 WHERE …`.
 *
 * Errors: `DATABASE_UNREACHABLE`.
 */
export async function conditionFault(database: Database, table: TableInfo, where: string): Promise<string | undefined> {
  // Without the table the places are those that a caller can count; only faults of grammar are told by it.
  const grammar = await faultOf(database, `SELECT 1 WHERE ${where}`);
  if (grammar?.code === SYNTAX_ERROR) return `At location ${Number(grammar.position ?? 1) - 1}: ${grammar.message}`;
  const fault = await faultOf(database, `SELECT 1 FROM ${nameOf(table)} WHERE ${where} LIMIT 0`);
  return fault?.message;
}

const SYNTAX_ERROR = '42601';

async function faultOf(
  database: Database,
  text: string,
): Promise<{ readonly code: string; readonly message: string; readonly position?: string } | undefined> {
  try {
    await inSnapshot(database, (tx) => tx.unsafe(text, [], { simple: false } as never));
    return undefined;
  } catch (error) {
    // 42 is a fault of the statement, 22 one of a value in it, 0A what the server does not do.
    if (error instanceof postgres.PostgresError && /^(42|22|0A)/.test(error.code)) return error;
    throw error;
  }
}
