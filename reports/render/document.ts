import { assert } from '@gatehouse/shared/errors.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';

/**
 * What the texts of a column are.
 *
 * Shape: `decimal` and `integer` as their values write them, `instant` in UTC as `instantText` does, `day` as
 *        `YYYY-MM-DD`, `hash` as hexadecimal or base64 text, anything else as `text`.
 */
export type ColumnKind = 'text' | 'decimal' | 'integer' | 'instant' | 'day' | 'hash';

/** One column of a table. */
export interface Column {
  readonly title: string;
  readonly kind: ColumnKind;
  /** How much of the free width the column takes beside the others; 1 where it is absent. */
  readonly share?: number;
  /** What a printed page does with too long a text: a hash is cut in its middle by default, other text wraps. */
  readonly overflow?: 'wrap' | 'cut';
}

/** The text of one cell; null where there is no value. */
export type Cell = string | null;

/** A table under a title. Shape: each row holds one cell per column. */
export interface Section {
  readonly kind?: 'table';
  readonly id: string;
  readonly title: string;
  readonly note?: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  /** What stands there when there are no rows, so that an empty table is a statement and not a gap. */
  readonly emptyText: string;
}

/** One value of a line at one moment. Shape: `value` is a decimal text. */
export interface ChartPoint {
  readonly at: Instant;
  readonly value: string;
}

/** One line of a chart. Shape: points in order of time. */
export interface ChartSeries {
  readonly name: string;
  readonly points: readonly ChartPoint[];
}

/** Lines over time, such as an equity curve: drawn on a page, a table of their figures elsewhere. */
export interface ChartSection {
  readonly kind: 'chart';
  readonly id: string;
  readonly title: string;
  readonly note?: string;
  /** What the values are, with their unit, as in `Equity, EUR`. */
  readonly valueTitle: string;
  readonly series: readonly ChartSeries[];
  readonly emptyText: string;
}

/** A statement of the title block. */
export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** What a reader needs to make the same report again and to check that it is the same. */
export interface Provenance {
  readonly recordRange: string;
  /** Hexadecimal text, printed on each page. */
  readonly dataHash: string;
  readonly codeVersion: string;
  readonly reportId: string;
}

/**
 * A report before it has a format.
 *
 * Shape: immutable; the same document gives the same bytes in every format on every machine.
 */
export interface ReportDocument {
  readonly title: string;
  readonly subtitle: string;
  /** The legal entity that the report is about. */
  readonly entity: string;
  /** Printed on each page in words, as in `PAPER — DEMO`. */
  readonly environmentMark?: string;
  readonly createdAt: Instant;
  readonly facts: readonly Fact[];
  readonly sections: readonly (Section | ChartSection)[];
  readonly provenance: Provenance;
}

/** Stops a report whose rows do not fit their columns. Errors: `INVARIANT_BROKEN`. */
export function assertWellFormed(document: ReportDocument): void {
  for (const section of document.sections) {
    if (section.kind === 'chart') continue;
    assert(section.columns.length > 0, `section ${section.id} has no columns`);
    const index = section.rows.findIndex((row) => row.length !== section.columns.length);
    assert(index < 0, `row ${index + 1} of section ${section.id} does not hold ${section.columns.length} cells`);
  }
}
