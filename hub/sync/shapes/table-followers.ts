import type { TableInfo } from '../../store/shapes/table-info.ts';
import type { RowChange, TextRow, Transaction } from '../../store/shapes/transaction-collector.ts';
import { type Membership, operationsOf, type ShapeOperation } from './row-messages.ts';
import type { Shape } from './shape.ts';
import type { ColumnCondition, RowFilter, ShapeDefinition } from './shape-definition.ts';

/** Judges conditions in the database, many rows at once. */
export type MatchRows = (
  condition: { readonly table: TableInfo; readonly where: string },
  rows: readonly TextRow[],
) => Promise<readonly boolean[]>;

/** The shapes of one table, found by what a changed row holds. */
export interface TableFollowers {
  readonly shapes: ReadonlySet<Shape>;
  add(shape: Shape): void;
  delete(shape: Shape): void;
  /** What transactions are to each shape that they concern, and the shapes whose condition cannot be judged any more. */
  operations(transactions: readonly TableChanges[]): Promise<TableOperations>;
}

/** What one transaction did to one table. */
export type TableChanges = readonly RowChange[];

/** What some transactions are to the shapes of a table. Shape: one list of operations a transaction, in their order. */
export interface TableOperations {
  readonly byShape: ReadonlyMap<Shape, readonly (readonly ShapeOperation[])[]>;
  readonly failed: readonly Shape[];
}

/** An index without shapes. */
export function createTableFollowers(match: MatchRows): TableFollowers {
  const shapes = new Set<Shape>();
  const ofAllRows = new Set<Shape>();
  const conditional = new Set<Shape>();
  const byValue = createValueIndex();

  async function operations(transactions: readonly TableChanges[]): Promise<TableOperations> {
    const byShape = new Map<Shape, ShapeOperation[][]>();
    const failed: Shape[] = [];
    for (const [at, changes] of transactions.entries()) {
      for (const change of changes) {
        // A row of somebody else costs nothing.
        for (const shape of [...ofAllRows, ...byValue.find(rowsOf(change))]) {
          const { definition } = shape;
          const known = byShape.get(shape) ?? transactions.map(() => []);
          byShape.set(shape, known);
          known[at]?.push(...operationsOf(definition, change, membershipOf(definition.filter, change)));
        }
      }
    }
    await Promise.all(
      [...conditional].map(async (shape) => {
        const found = await operationsFor(shape.definition, transactions, match).catch(() => undefined);
        if (found === undefined) failed.push(shape);
        else byShape.set(shape, found);
      }),
    );
    return { byShape, failed };
  }

  return {
    shapes,
    operations,
    add: (shape) => {
      const { filter } = shape.definition;
      shapes.add(shape);
      if (filter.kind === 'all') ofAllRows.add(shape);
      if (filter.kind === 'condition') conditional.add(shape);
      byValue.add(shape);
    },
    delete: (shape) => {
      for (const set of [shapes, ofAllRows, conditional]) set.delete(shape);
      byValue.delete(shape);
    },
  };
}

/** Shapes by what a column of their rows holds. */
interface ValueIndex {
  add(shape: Shape): void;
  delete(shape: Shape): void;
  find(rows: readonly TextRow[]): ReadonlySet<Shape>;
}

function createValueIndex(): ValueIndex {
  const byColumn = new Map<string, Map<string, Set<Shape>>>();
  return {
    add: (shape) => {
      const { column, values } = firstOf(shape.definition.filter);
      for (const value of values) {
        const ofColumn = byColumn.get(column) ?? new Map<string, Set<Shape>>();
        byColumn.set(column, ofColumn);
        const found = ofColumn.get(value) ?? new Set<Shape>();
        ofColumn.set(value, found.add(shape));
      }
    },
    delete: (shape) => {
      const { column, values } = firstOf(shape.definition.filter);
      const ofColumn = byColumn.get(column);
      for (const value of values) {
        ofColumn?.get(value)?.delete(shape);
        if (ofColumn?.get(value)?.size === 0) ofColumn.delete(value);
      }
      if (ofColumn?.size === 0) byColumn.delete(column);
    },
    find: (rows) => {
      const found = new Set<Shape>();
      for (const [column, ofColumn] of byColumn) {
        for (const row of rows) {
          const value = row[column];
          if (typeof value === 'string') for (const shape of ofColumn.get(value) ?? []) found.add(shape);
        }
      }
      return found;
    },
  };
}

/** By what the rows of a shape are found; nothing where it has to look at every row. */
function firstOf(filter: RowFilter): ColumnCondition {
  const [first] = filter.kind === 'among' ? filter.conditions : [];
  return first ?? { column: '', values: [] };
}

/**
 * What transactions are to one shape: one list of operations each, in their order.
 *
 * Errors: the database's own, where a condition fails on a row.
 */
export async function operationsFor(
  definition: ShapeDefinition,
  transactions: readonly TableChanges[],
  match: MatchRows,
): Promise<ShapeOperation[][]> {
  const { filter, table } = definition;
  if (filter.kind !== 'condition') {
    return transactions.map((changes) =>
      changes.flatMap((change) => operationsOf(definition, change, membershipOf(filter, change))),
    );
  }
  const rows = transactions.flatMap((changes) => changes.flatMap(rowsOf));
  const holds = await match({ table, where: `(${filter.where})` }, rows);
  let at = 0;
  return transactions.map((changes) =>
    changes.flatMap((change) => {
      const before = change.kind !== 'insert' && holds[at++] === true;
      const after = change.kind !== 'delete' && holds[at++] === true;
      return operationsOf(definition, change, { before, after });
    }),
  );
}

/** The transaction's changes of one table. */
export function changesOf({ changes }: Transaction, oid: number): TableChanges {
  return changes.filter((change) => change.oid === oid);
}

/** The row before, then the row after, as far as the change has them. */
function rowsOf(change: RowChange): readonly TextRow[] {
  if (change.kind === 'insert') return [change.row];
  return change.kind === 'delete' ? [change.old] : [change.old, change.row];
}

/** Judges every filter but a condition, which only the database can judge. */
function membershipOf(filter: RowFilter, change: RowChange): Membership {
  const holds = (row: TextRow): boolean => {
    if (filter.kind !== 'among') return filter.kind === 'all';
    return filter.conditions.every(({ column, values }) => {
      const value = row[column];
      return typeof value === 'string' && values.includes(value);
    });
  };
  return {
    before: change.kind !== 'insert' && holds(change.old),
    after: change.kind !== 'delete' && holds(change.row),
  };
}
