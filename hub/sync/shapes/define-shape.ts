import type { Database } from '../../store/database.ts';
import { ensurePublished } from '../../store/shapes/publication.ts';
import { conditionFault } from '../../store/shapes/shape-rows.ts';
import { inspectTable, type TableInfo } from '../../store/shapes/table-info.ts';
import type { NamedShape, ShapeCaller } from './named-shapes.ts';
import { rowsFor } from './named-shapes.ts';
import type { RowFilter, ShapeDefinition } from './shape-definition.ts';
import type { Reading, RequestErrors, ShapeRequest, TableRequest } from './shape-request.ts';
import { readCondition, readTableName, splitNames, unquote } from './sql-words.ts';

/** What is needed to turn a request into a definition. */
export interface DefineDeps {
  readonly database: Database;
  readonly publication: string;
}

/** How the rows are told, which every request says for itself. */
export type Telling = Pick<ShapeRequest, 'replica' | 'log'>;

/** A named shape's definition, or nothing where this database has no such table. Errors: `DATABASE_UNREACHABLE`. */
export async function defineNamed(
  deps: DefineDeps,
  { shape, caller }: { readonly shape: NamedShape; readonly caller: ShapeCaller },
  { replica, log }: Telling,
): Promise<ShapeDefinition | undefined> {
  const table = await inspectTable(deps.database, { schema: 'public', table: shape.table });
  if (table === undefined) return undefined;
  await ensurePublished(deps.database, deps.publication, table);
  return { table, columns: [...shape.columns], filter: rowsFor(shape, caller), replica, log };
}

/** A caller's own definition, checked by the database. Errors: `DATABASE_UNREACHABLE`. */
export async function defineTable(
  deps: DefineDeps,
  asked: TableRequest,
  { replica, log }: Telling,
): Promise<Reading<ShapeDefinition>> {
  const name = readTableName(asked.table);
  if (name === undefined) return wrong({ table: ['Invalid zero-length delimited identifier or malformed table name'] });
  const table = await inspectTable(deps.database, name);
  if (table === undefined) return wrong({ table: [absence(name)] });
  const columns = readColumns(asked, table);
  if (columns.kind === 'wrong') return columns;
  const filter = await readFilter(deps.database, table, asked);
  if (filter.kind === 'wrong') return filter;
  await ensurePublished(deps.database, deps.publication, table);
  return { kind: 'read', value: { table, columns: columns.value, filter: filter.value, replica, log } };
}

/** The names that a list of queryable columns, where there is one, leaves out. */
export function namesOutside(queryableColumns: string | undefined, names: Iterable<string>): readonly string[] {
  if (queryableColumns === undefined) return [];
  const open = new Set(splitNames(queryableColumns).map(unquote));
  return [...names].filter((name) => !open.has(name));
}

function absence({ schema, table }: { readonly schema: string; readonly table: string }): string {
  return `Table "${schema}"."${table}" does not exist. If the table name contains capitals or special characters you must quote it.`;
}

function readColumns({ columns: text, queryableColumns }: TableRequest, table: TableInfo): Reading<readonly string[]> {
  const known = table.columns.filter(({ isGenerated }) => !isGenerated).map(({ name }) => name);
  if (text === undefined) return { kind: 'read', value: known };
  const asked = splitNames(text).map(unquote);
  if (asked.length === 0 || asked.includes('')) return wrong({ columns: ['Invalid zero-length delimited identifier'] });
  const missing = table.keys.filter((key) => !asked.includes(key));
  if (missing.length > 0) {
    return wrong({
      columns: [`The list of columns must include all primary key columns, missing: ${missing.join(', ')}`],
    });
  }
  const generated = table.columns.filter(({ name, isGenerated }) => isGenerated && asked.includes(name));
  if (generated.length > 0) {
    const names = generated.map(({ name }) => name).join(', ');
    return wrong({ columns: [`The following columns are generated and cannot be included in a shape: ${names}`] });
  }
  const unknown = asked.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    return wrong({ columns: [`The following columns are not found on the table: ${unknown.join(', ')}`] });
  }
  const closed = namesOutside(queryableColumns, asked);
  if (closed.length > 0) return wrong({ columns: [`The following columns are not queryable: ${closed.join(', ')}`] });
  return { kind: 'read', value: known.filter((name) => asked.includes(name)) };
}

async function readFilter(database: Database, table: TableInfo, asked: TableRequest): Promise<Reading<RowFilter>> {
  if (asked.where === undefined || asked.where.trim() === '') return { kind: 'read', value: { kind: 'all' } };
  const condition = await checkedCondition(database, table, { where: asked.where, params: asked.params });
  if (condition.kind === 'wrong') return wrong({ where: condition.errors['where'] ?? [] });
  return { kind: 'read', value: { kind: 'condition', where: condition.value } };
}

/** A caller's condition with its parameters in it, after the database has said that it can judge it. */
export async function checkedCondition(
  database: Database,
  table: TableInfo,
  { where, params }: { readonly where: string; readonly params: readonly string[] },
): Promise<Reading<string>> {
  const read = readCondition(where, params);
  if (read.kind === 'refused') return wrong({ where: [read.reason] });
  const generated = table.columns.find(({ name, isGenerated }) => isGenerated && read.names.has(name));
  if (generated !== undefined) return wrong({ where: [`the column ${generated.name} is generated`] });
  const fault = await conditionFault(database, table, read.where);
  return fault === undefined ? { kind: 'read', value: read.where } : wrong({ where: [fault] });
}

function wrong(errors: RequestErrors): { readonly kind: 'wrong'; readonly errors: RequestErrors } {
  return { kind: 'wrong', errors };
}
