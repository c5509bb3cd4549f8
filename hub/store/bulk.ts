import type { Queries } from './database.ts';

/** How a column is sent: as text or as an integer, and what the server makes of it. */
export type ColumnType = 'text' | 'bigint' | 'jsonb' | 'bytea-hex' | 'comma-list';

/** The columns of a table that are written, each with its type. */
export type TableShape = Readonly<Record<string, ColumnType>>;

/** A row of a shape: integers are numbers, all else is text; null where there is none. */
export type RowOf<Shape extends TableShape> = {
  readonly [Name in keyof Shape]: Shape[Name] extends 'bigint' ? number | null : string | null;
};

/** Rows for one table; the names are ours, never a user's. */
export interface BulkInsert<Shape extends TableShape> {
  readonly table: string;
  readonly shape: Shape;
  readonly rows: readonly RowOf<Shape>[];
  /** What follows the rows, such as `ON CONFLICT (id) DO NOTHING`. */
  readonly onConflict?: string;
}

/** New values for rows that are there, found by their keys. */
export interface BulkUpdate<Shape extends TableShape> {
  readonly table: string;
  readonly shape: Shape;
  readonly keys: readonly (keyof Shape & string)[];
  readonly rows: readonly RowOf<Shape>[];
}

const TEXT = 25;
const INT8 = 20;

const FROM_WIRE: Readonly<Record<ColumnType, (column: string) => string>> = {
  text: (column) => column,
  bigint: (column) => column,
  jsonb: (column) => `${column}::jsonb`,
  'bytea-hex': (column) => `decode(${column}, 'hex')`,
  'comma-list': (column) => `string_to_array(${column}, ',')`,
};

/** Inserts all rows by one statement, one array for each column; returns how many went in. */
export async function insertRows<Shape extends TableShape>(tx: Queries, insert: BulkInsert<Shape>): Promise<number> {
  if (insert.rows.length === 0) return 0;
  const names = Object.keys(insert.shape);
  const values = names.map((name) => FROM_WIRE[typeOf(insert.shape, name)](`u.${name}`));
  const text = `INSERT INTO ${insert.table} (${names.join(', ')}) SELECT ${values.join(', ')} FROM ${source(insert.shape)} ${insert.onConflict ?? ''}`;
  const result = await tx.unsafe(text, parameters(tx, insert), { prepare: true });
  return result.count;
}

/** Updates all rows by one statement; returns how many were there. */
export async function updateRows<Shape extends TableShape>(tx: Queries, update: BulkUpdate<Shape>): Promise<number> {
  if (update.rows.length === 0) return 0;
  const names = Object.keys(update.shape);
  const sets = names
    .filter((name) => !update.keys.includes(name))
    .map((name) => `${name} = ${FROM_WIRE[typeOf(update.shape, name)](`u.${name}`)}`);
  const keys = update.keys.map((key) => `t.${key} = u.${key}`);
  const text = `UPDATE ${update.table} t SET ${sets.join(', ')} FROM ${source(update.shape)} WHERE ${keys.join(' AND ')}`;
  const result = await tx.unsafe(text, parameters(tx, update), { prepare: true });
  return result.count;
}

/** Texts as one array parameter. */
export function texts(tx: Queries, values: readonly (string | null)[]): ReturnType<Queries['array']> {
  return tx.array([...values], TEXT);
}

/** Integers as one array parameter. */
export function integers(tx: Queries, values: readonly number[]): ReturnType<Queries['array']> {
  return tx.array([...values], INT8);
}

function source(shape: TableShape): string {
  const names = Object.keys(shape);
  const arrays = names.map((name, index) => `$${index + 1}::${typeOf(shape, name) === 'bigint' ? 'bigint' : 'text'}[]`);
  return `unnest(${arrays.join(', ')}) AS u(${names.join(', ')})`;
}

function parameters<Shape extends TableShape>(
  tx: Queries,
  { shape, rows }: { readonly shape: Shape; readonly rows: readonly RowOf<Shape>[] },
): ReturnType<Queries['array']>[] {
  return Object.keys(shape).map((name) => {
    const values = rows.map((row) => row[name] ?? null);
    return tx.array(values, typeOf(shape, name) === 'bigint' ? INT8 : TEXT);
  });
}

function typeOf(shape: TableShape, name: string): ColumnType {
  return shape[name] ?? 'text';
}
