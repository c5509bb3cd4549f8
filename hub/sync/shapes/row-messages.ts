import type { TableInfo } from '../../store/shapes/table-info.ts';
import type { RowChange, TextRow } from '../../store/shapes/transaction-collector.ts';
import type { ShapeDefinition } from './shape-definition.ts';

/** One operation of a shape's log, without its place. */
export interface ShapeOperation {
  readonly op: number;
  readonly operation: 'insert' | 'update' | 'delete';
  readonly key: string;
  readonly value: TextRow;
  readonly oldValue?: TextRow;
  readonly keyChange?: { readonly to?: string; readonly from?: string };
}

/** Where an operation stands: its transaction's id and commit position, and whether it is the last of it for this shape. */
export interface OperationPlace {
  readonly xid: number;
  readonly commitLsn: bigint;
  readonly last: boolean;
}

/** Whether the row belonged to the shape before a change, and whether it does after. */
export interface Membership {
  readonly before: boolean;
  readonly after: boolean;
}

/** A row's key as the protocol writes it: relation and key values, with the separators doubled inside names and values. */
export function rowKey({ schema, table, keys, columns }: TableInfo, row: TextRow): string {
  const parts = keys.length > 0 ? keys : columns.map(({ name }) => name).toSorted();
  const relation = [schema, table].map((name) => `"${name.replaceAll('.', '..').replaceAll('/', '//')}"`).join('.');
  const values = parts.map((name) => {
    const value = row[name] ?? null;
    return value === null ? '_' : `"${value.replaceAll('/', '//')}"`;
  });
  return [relation, ...values].join('/');
}

/** A row of a snapshot as it is sent. */
export function snapshotMessage(definition: ShapeDefinition, row: TextRow, mark?: number): string {
  const { table } = definition;
  const headers = { operation: 'insert', relation: [table.schema, table.table] };
  return JSON.stringify({
    key: rowKey(table, row),
    value: pick(row, definition.columns),
    headers: mark === undefined ? headers : { ...headers, snapshot_mark: mark },
  });
}

/** What a change is to a shape: nothing, one operation, or two where a row's key changed. */
export function operationsOf(
  definition: ShapeDefinition,
  change: RowChange,
  { before, after }: Membership,
): readonly ShapeOperation[] {
  switch (change.kind) {
    case 'insert':
      return after ? [inserted(definition, change.op, change.row)] : [];
    case 'delete':
      return before ? [deleted(definition, change.op, change.old)] : [];
    case 'update':
      if (before && after) return updated(definition, change);
      if (after) return [inserted(definition, change.op, change.row)];
      return before ? [deleted(definition, change.op, change.old)] : [];
  }
}

function inserted(definition: ShapeDefinition, op: number, row: TextRow): ShapeOperation {
  return { op, operation: 'insert', key: rowKey(definition.table, row), value: pick(row, definition.columns) };
}

function deleted({ table, columns, replica }: ShapeDefinition, op: number, old: TextRow): ShapeOperation {
  const told = replica === 'full' || table.keys.length === 0 ? columns : table.keys;
  return { op, operation: 'delete', key: rowKey(table, old), value: pick(old, told) };
}

function updated(
  definition: ShapeDefinition,
  { op, old, row }: Extract<RowChange, { kind: 'update' }>,
): readonly ShapeOperation[] {
  const { table, columns, replica } = definition;
  const from = rowKey(table, old);
  const to = rowKey(table, row);
  if (from !== to) {
    return [
      { ...deleted(definition, op, old), keyChange: { to } },
      { ...inserted(definition, op + 1, row), keyChange: { from } },
    ];
  }
  const changed = columns.filter((name) => old[name] !== row[name]);
  if (changed.length === 0) return [];
  if (replica === 'full') {
    return [{ op, operation: 'update', key: to, value: pick(row, columns), oldValue: pick(old, changed) }];
  }
  const told = columns.filter((name) => table.keys.includes(name) || changed.includes(name));
  return [{ op, operation: 'update', key: to, value: pick(row, told) }];
}

/** An operation of the log as it is sent. */
export function operationMessage({ table }: ShapeDefinition, operation: ShapeOperation, place: OperationPlace): string {
  const { key, value, oldValue, keyChange } = operation;
  return JSON.stringify({
    key,
    value,
    ...(oldValue === undefined ? {} : { old_value: oldValue }),
    headers: {
      operation: operation.operation,
      relation: [table.schema, table.table],
      ...(keyChange?.to === undefined ? {} : { key_change_to: keyChange.to }),
      ...(keyChange?.from === undefined ? {} : { key_change_from: keyChange.from }),
      txids: [place.xid],
      lsn: `${place.commitLsn}`,
      op_position: operation.op,
      ...(place.last ? { last: true } : {}),
    },
  });
}

function pick(row: TextRow, columns: readonly string[]): TextRow {
  const picked = Object.create(null) as Record<string, string | null>;
  for (const name of columns) picked[name] = row[name] ?? null;
  return picked;
}
