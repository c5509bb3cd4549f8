import { tableOf } from './chart-table.ts';
import type { Cell, ChartSection, Column, Section } from './document.ts';
import { isFigure } from './figure-text.ts';
import { withoutFormula } from './formula-guard.ts';

const LINE_END = '\r\n';
const EMPTY_TEXT = '""';

/** What a CSV file says above its column titles. */
export interface CsvOptions {
  /** One line each, as a single cell: the filters, the zone, the hash of the data. */
  readonly headerLines?: readonly string[];
}

/** The rows of a table that need not all be in memory. */
export interface CsvTable {
  readonly columns: readonly Column[];
  readonly rows: Iterable<readonly Cell[]>;
}

/**
 * A section as CSV text.
 *
 * Shape:  lines end with CR LF; an absent value is an empty field and an empty text is `""`; text that a spreadsheet
 *         would run as a formula starts with a quote sign. No byte order mark: it would become part of the first title
 *         for the programs that CSV is for, and people who open tables in a spreadsheet have the XLSX.
 * Source: RFC 4180.
 */
export function renderCsv(section: Section | ChartSection, options: CsvOptions = {}): string {
  return [...csvLines(tableOf(section), options)].join('');
}

/** The lines of a table as CSV, one by one and each with its line end, so that a table of any size can be streamed. */
export function* csvLines(table: CsvTable, options: CsvOptions = {}): Generator<string, void, undefined> {
  for (const line of options.headerLines ?? []) yield textField(line) + LINE_END;
  yield table.columns.map(({ title }) => textField(title)).join(',') + LINE_END;
  for (const row of table.rows) yield csvLine(table.columns, row);
}

/** One row as CSV with its line end, for rows that arrive over time. */
export function csvLine(columns: readonly Column[], row: readonly Cell[]): string {
  const line = columns.map(({ kind }, index) => field(kind, row[index] ?? null)).join(',');
  // Readers skip blank lines, so a row whose only value is absent would be lost.
  return (line === '' ? EMPTY_TEXT : line) + LINE_END;
}

function field(kind: Column['kind'], cell: Cell): string {
  if (cell === null) return '';
  if ((kind === 'decimal' || kind === 'integer') && isFigure(cell)) return cell;
  return textField(cell);
}

function textField(text: string): string {
  const safe = withoutFormula(text);
  if (safe === '') return EMPTY_TEXT;
  return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
