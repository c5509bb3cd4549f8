import type { Queries } from '../database.ts';

/** One column as a shape sees it. Shape: `schema` is what the protocol's schema header says about it. */
export interface ColumnInfo {
  readonly name: string;
  readonly type: number;
  /** The type as SQL names it, with its length or precision. */
  readonly typeText: string;
  readonly isBlankPadded: boolean;
  readonly isGenerated: boolean;
  readonly schema: Readonly<Record<string, string | number | boolean>>;
}

/** A table that shapes can be made of. */
export interface TableInfo {
  readonly oid: number;
  readonly schema: string;
  readonly table: string;
  /** In the table's order. */
  readonly columns: readonly ColumnInfo[];
  /** In the key's order; empty where the table has none. */
  readonly keys: readonly string[];
  /** Equal as long as the table is the same one with the same columns. */
  readonly signature: string;
}

/** A table's name, as it is stored. */
export interface TableName {
  readonly schema: string;
  readonly table: string;
}

interface ColumnRow {
  readonly oid: number;
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly type: number;
  readonly type_text: string;
  readonly type_name: string;
  readonly dims: number;
  readonly not_null: boolean;
  readonly modifier: number;
  readonly generated: boolean;
  readonly pk_index: number | null;
}

const VARIABLE_HEADER = 4;
const INTERVAL_FULL_RANGE = 0x7fff;
const INTERVAL_FULL_PRECISION = 0xffff;
/** The bits of an interval's modifier. Source: PostgreSQL, `INTERVAL_MASK` in timestamp.h. */
const INTERVAL_FIELDS: Readonly<Record<number, string>> = {
  4: 'YEAR',
  2: 'MONTH',
  8: 'DAY',
  1024: 'HOUR',
  2048: 'MINUTE',
  4096: 'SECOND',
  6: 'YEAR TO MONTH',
  1032: 'DAY TO HOUR',
  3080: 'DAY TO MINUTE',
  7176: 'DAY TO SECOND',
  3072: 'HOUR TO MINUTE',
  7168: 'HOUR TO SECOND',
  6144: 'MINUTE TO SECOND',
};

/** The table of this name, or nothing. */
export async function inspectTable(database: Queries, { schema, table }: TableName): Promise<TableInfo | undefined> {
  const rows = await database.unsafe<ColumnRow[]>(`${COLUMNS} AND n.nspname = $1 AND c.relname = $2 ${ORDER}`, [
    schema,
    table,
  ]);
  return tablesOf(rows)[0];
}

/** The tables that are left of these. */
export async function inspectTables(database: Queries, oids: readonly number[]): Promise<readonly TableInfo[]> {
  if (oids.length === 0) return [];
  return tablesOf(
    await database.unsafe<ColumnRow[]>(`${COLUMNS} AND c.oid = ANY(string_to_array($1, ',')::oid[]) ${ORDER}`, [
      oids.join(','),
    ]),
  );
}

const COLUMNS = `
  SELECT c.oid, n.nspname AS schema, c.relname AS "table", a.attname AS name, a.atttypid AS type,
    format_type(a.atttypid, a.atttypmod) AS type_text, coalesce(e.typname, t.typname) AS type_name,
    CASE WHEN e.oid IS NULL THEN 0 ELSE greatest(a.attndims, 1) END AS dims,
    a.attnotnull AS not_null, a.atttypmod AS modifier, a.attgenerated <> '' AS generated,
    array_position(i.indkey::int2[], a.attnum) AS pk_index
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
  LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
  WHERE c.relkind IN ('r', 'p')`;
const ORDER = 'ORDER BY c.oid, a.attnum';

function tablesOf(rows: readonly ColumnRow[]): readonly TableInfo[] {
  const byTable = Map.groupBy(rows, ({ oid }) => oid);
  return [...byTable.values()].flatMap((columns) => {
    const [first] = columns;
    return first === undefined ? [] : [tableOf(first, columns)];
  });
}

function tableOf({ oid, schema, table }: ColumnRow, rows: readonly ColumnRow[]): TableInfo {
  const keyRows = rows.filter((row) => row.pk_index !== null);
  const keys = keyRows.toSorted((a, b) => (a.pk_index ?? 0) - (b.pk_index ?? 0)).map(({ name }) => name);
  const columns = rows.map((row) => columnOf(row, keys.indexOf(row.name)));
  return { oid, schema, table, columns, keys, signature: JSON.stringify([oid, schema, table, columns, keys]) };
}

function columnOf(row: ColumnRow, keyAt: number): ColumnInfo {
  const { name, type, type_text: typeText, type_name: typeName, generated: isGenerated } = row;
  const schema = {
    type: typeName,
    ...(row.dims > 0 ? { dims: row.dims } : {}),
    ...modifiersOf(typeName, row.modifier),
    ...(row.not_null ? { not_null: true } : {}),
    ...(keyAt === -1 ? {} : { pk_index: keyAt }),
  };
  return { name, type, typeText, isBlankPadded: typeName === 'bpchar' && row.dims === 0, isGenerated, schema };
}

function modifiersOf(type: string, modifier: number): Readonly<Record<string, string | number>> {
  if (modifier < 0) return {};
  const bare = modifier - VARIABLE_HEADER;
  switch (type) {
    case 'varchar':
      return { max_length: bare };
    case 'bpchar':
      return { length: bare };
    case 'bit':
      return { length: modifier };
    case 'varbit':
      return { max_length: modifier };
    case 'numeric':
      // The scale has eleven bits with a sign. Source: PostgreSQL, numeric.c.
      return { precision: (bare >> 16) & 0xffff, scale: ((bare & 0x7ff) ^ 1024) - 1024 };
    case 'time':
    case 'timetz':
    case 'timestamp':
    case 'timestamptz':
      return { precision: modifier };
    case 'interval':
      return intervalModifiers(modifier);
    default:
      return { type_mod: modifier };
  }
}

function intervalModifiers(modifier: number): Readonly<Record<string, string | number>> {
  const range = (modifier >> 16) & INTERVAL_FULL_RANGE;
  const precision = modifier & INTERVAL_FULL_PRECISION;
  const fields = INTERVAL_FIELDS[range];
  return {
    ...(precision === INTERVAL_FULL_PRECISION ? {} : { precision }),
    ...(fields === undefined ? {} : { fields }),
  };
}
