import type { Cell, ColumnKind } from '@gatehouse/reports/render/document.ts';
import type { Child } from 'hono/jsx';

/** One column: `cell` is its text in a file, `show` what the page makes of it. */
export interface TableColumn<Row> {
  readonly title: string;
  readonly kind: ColumnKind;
  readonly cell: (row: Row) => Cell;
  readonly show?: (row: Row) => Child;
  /** Left out where the screen is narrow; the row's own page has it. */
  readonly isMinor?: boolean;
  /** Only in files; the row's own page shows it. */
  readonly isFileOnly?: boolean;
}

/** The columns that a page shows; files have more. */
export function onPage<Row>(columns: readonly TableColumn<Row>[]): readonly TableColumn<Row>[] {
  return columns.filter(({ isFileOnly }) => isFileOnly !== true);
}
