import type { TableInfo } from '../../store/shapes/table-info.ts';

/** A column of text that must hold one of some values. */
export interface ColumnCondition {
  readonly column: string;
  readonly values: readonly string[];
}

/**
 * Which rows belong to a shape.
 *
 * Shape: `among` has at least one condition, all must hold, and rows are found by the first; text is compared as it is
 *        stored. `condition` is checked SQL without parameters.
 */
export type RowFilter =
  | { readonly kind: 'all' }
  | { readonly kind: 'among'; readonly conditions: readonly ColumnCondition[] }
  | { readonly kind: 'condition'; readonly where: string };

/** What a shape is made of. Shape: `columns` in the table's order; every key column is among them. */
export interface ShapeDefinition {
  readonly table: TableInfo;
  readonly columns: readonly string[];
  readonly filter: RowFilter;
  readonly replica: 'default' | 'full';
  readonly log: 'full' | 'changes_only';
}

/** Equal for two definitions that give the same answers. */
export function definitionKey({ table, columns, filter, replica, log }: ShapeDefinition): string {
  return JSON.stringify([table.signature, columns, filter, replica, log]);
}

/** The filter as a condition in SQL; nothing where every row belongs to the shape. */
export function whereOf(filter: RowFilter): string | undefined {
  switch (filter.kind) {
    case 'all':
      return undefined;
    case 'condition':
      return `(${filter.where})`;
    case 'among':
      return filter.conditions.map(oneOf).join(' AND ');
  }
}

function oneOf({ column, values }: ColumnCondition): string {
  if (values.length === 0) return 'false';
  return `"${column.replaceAll('"', '""')}" IN (${values.map(quoteText).join(', ')})`;
}

/** A text as SQL takes it. Shape: right under `standard_conforming_strings`, which is on unless somebody turns it off. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
