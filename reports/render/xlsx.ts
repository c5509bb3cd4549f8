import { KitError } from '@gatehouse/shared/errors.ts';
import { instantText, toMillis } from '@gatehouse/shared/values/instant.ts';
import ExcelJS, { type Style, type Workbook, type Worksheet } from 'exceljs';
import { tableOf } from './chart-table.ts';
import { assertWellFormed, type Cell, type Column, type ReportDocument, type Section } from './document.ts';
import { scaleOf, survivesAsNumber } from './figure-text.ts';
import { sheetNames, spreadsheetText, startOf } from './spreadsheet-text.ts';
import { withZipTimes } from './zip-times.ts';

const COVER = 'Cover';
/** Excel keeps this name for itself. */
const RESERVED_NAMES = [COVER, 'History'];
const ROWS_MAX = 1_048_575;
const WIDTH_MIN = 9;
const WIDTH_MAX = 64;
/** Excel takes a print header of at most 255 characters, codes included. */
const PRINT_TEXT_MAX = 110;
const HEADER_FILL = 'FFE8ECF1';
const MUTED = 'FF5A6472';
const A4 = 9;

type CellStyle = Partial<Style>;

/**
 * A report as an Excel workbook: a cover, then one sheet per section with its titles in the first row.
 *
 * Shape:  texts are never formulas and stay text when somebody edits them; a figure is a number that keeps its scale where
 *         15 significant digits carry it, and text where they do not; instants are text in UTC. Same document, same bytes.
 * Errors: `REPORT_UNPRINTABLE` for a section with more rows than a sheet holds.
 */
export async function renderXlsx(document: ReportDocument): Promise<Uint8Array> {
  assertWellFormed(document);
  const tables = document.sections.map(tableOf);
  for (const table of tables) assertFits(table);

  const names = sheetNames(
    tables.map(({ title }) => title),
    RESERVED_NAMES,
  );
  const workbook = new ExcelJS.Workbook();
  describe(workbook, document);
  const styles = styleBook();
  addCover(workbook, document, { tables, names });
  tables.forEach((table, index) => {
    const sheet = workbook.addWorksheet(names[index] ?? table.id);
    setUpPrinting(sheet, document);
    fillSheet(sheet, table, styles);
  });
  return withZipTimes(new Uint8Array(await workbook.xlsx.writeBuffer()), document.createdAt);
}

function assertFits({ title, rows }: Section): void {
  if (rows.length <= ROWS_MAX) return;
  throw new KitError(
    'REPORT_UNPRINTABLE',
    `section ${title} with ${rows.length} rows, where a sheet holds ${ROWS_MAX}`,
    {
      hint: 'Choose a shorter period, or export the section as CSV, which has no limit.',
    },
  );
}

function describe(workbook: Workbook, { title, subtitle, entity, createdAt, provenance }: ReportDocument): void {
  const created = new Date(toMillis(createdAt));
  workbook.title = spreadsheetText(title);
  workbook.subject = spreadsheetText(subtitle);
  workbook.creator = spreadsheetText(entity);
  workbook.lastModifiedBy = spreadsheetText(entity);
  workbook.description = spreadsheetText(`Report ${provenance.reportId}, data ${provenance.dataHash}`);
  workbook.created = created;
  workbook.modified = created;
}

interface Contents {
  readonly tables: readonly Section[];
  readonly names: readonly string[];
}

function addCover(workbook: Workbook, document: ReportDocument, { tables, names }: Contents): void {
  const sheet = workbook.addWorksheet(COVER);
  setUpPrinting(sheet, document);
  sheet.getColumn(1).width = 28;
  sheet.getColumn(2).width = 88;
  addText(sheet, [document.title], { font: { bold: true, size: 16 } });
  addText(sheet, [document.subtitle], { font: { size: 12, color: { argb: MUTED } } });
  if (document.environmentMark !== undefined) {
    addText(sheet, [document.environmentMark], { font: { bold: true, size: 12, color: { argb: 'FFB00020' } } });
  }
  addBlock(sheet, 'Report', [
    ['Entity', document.entity],
    ['Created', instantText(document.createdAt)],
    ...document.facts.map(({ label, value }): readonly [string, string] => [label, value]),
  ]);
  addBlock(
    sheet,
    'Contents',
    tables.map(({ rows, note }, index) => [names[index] ?? '', contentsLine(rows.length, note)]),
  );
  const { recordRange, dataHash, codeVersion, reportId } = document.provenance;
  addBlock(sheet, 'Provenance', [
    ['Records', recordRange],
    ['Data hash', dataHash],
    ['Made by version', codeVersion],
    ['Report', reportId],
  ]);
}

function contentsLine(rowCount: number, note: string | undefined): string {
  const count = rowCount === 1 ? '1 row' : `${rowCount} rows`;
  return note === undefined ? count : `${count}. ${note}`;
}

function addBlock(sheet: Worksheet, title: string, lines: readonly (readonly [string, string])[]): void {
  sheet.addRow([]);
  addText(sheet, [title], { font: { bold: true } });
  for (const line of lines) addText(sheet, line, {});
}

function addText(sheet: Worksheet, texts: readonly string[], style: CellStyle): void {
  const row = sheet.addRow(texts.map(spreadsheetText));
  row.eachCell((cell, column) => {
    // A long title runs over the empty cell beside it; a value wraps in its own.
    cell.style = { numFmt: '@', alignment: { vertical: 'top', wrapText: column === 2 }, ...style };
  });
}

function setUpPrinting(sheet: Worksheet, { title, environmentMark, provenance }: ReportDocument): void {
  sheet.pageSetup = { paperSize: A4, orientation: 'landscape', fitToPage: true, fitToWidth: 1, fitToHeight: 0 };
  sheet.headerFooter = {
    oddHeader: `&L${printText(title)}&R&B${printText(environmentMark ?? '')}`,
    oddFooter: `&L${printText(provenance.dataHash)}&RPage &P of &N`,
  };
}

function printText(text: string): string {
  return spreadsheetText(startOf(text, PRINT_TEXT_MAX)).replaceAll('&', '&&');
}

/** One style object per look: the writer recognises a style by its identity, which halves its time. */
interface StyleBook {
  readonly header: (column: Column) => CellStyle;
  readonly text: (column: Column) => CellStyle;
  readonly number: (column: Column, scale: number) => CellStyle;
  readonly empty: CellStyle;
}

function styleBook(): StyleBook {
  const numbers = new Map<string, CellStyle>();
  const wrapped: CellStyle = { numFmt: '@', alignment: { vertical: 'top', wrapText: true } };
  const plain: CellStyle = { numFmt: '@', alignment: { vertical: 'top' } };
  const figure: CellStyle = { numFmt: '@', alignment: { vertical: 'top', horizontal: 'right' } };
  const fill = { type: 'pattern', pattern: 'solid', fgColor: { argb: HEADER_FILL } } as const;
  const header = (horizontal: 'left' | 'right'): CellStyle => {
    return { numFmt: '@', font: { bold: true }, fill, alignment: { vertical: 'top', horizontal, wrapText: true } };
  };
  const [left, right] = [header('left'), header('right')];
  return {
    header: ({ kind }) => (isNumeric(kind) ? right : left),
    text: ({ kind }) => (isNumeric(kind) ? figure : kind === 'text' ? wrapped : plain),
    number: ({ kind }, scale) => {
      const numFmt = numberFormat(kind, scale);
      const style = numbers.get(numFmt) ?? { numFmt, alignment: { vertical: 'top' } };
      numbers.set(numFmt, style);
      return style;
    },
    empty: { numFmt: '@', font: { italic: true, color: { argb: MUTED } } },
  };
}

function isNumeric(kind: Column['kind']): boolean {
  return kind === 'decimal' || kind === 'integer';
}

function numberFormat(kind: Column['kind'], scale: number): string {
  const whole = kind === 'decimal' ? '#,##0' : '0';
  return scale === 0 ? whole : `${whole}.${'0'.repeat(scale)}`;
}

function fillSheet(sheet: Worksheet, { columns, rows, emptyText }: Section, styles: StyleBook): void {
  columns.forEach((column, index) => {
    sheet.getColumn(index + 1).width = widthOf(column, rows, index);
  });
  const header = sheet.addRow(columns.map(({ title }) => spreadsheetText(title)));
  columns.forEach((column, index) => {
    header.getCell(index + 1).style = styles.header(column);
  });
  sheet.views = [{ state: 'frozen', ySplit: 1 }];
  sheet.pageSetup.printTitlesRow = '1:1';

  for (const cells of rows) addCells(sheet, { columns, cells, styles });
  if (rows.length === 0) {
    sheet.addRow([spreadsheetText(emptyText)]).getCell(1).style = styles.empty;
    return;
  }
  sheet.autoFilter = { from: { row: 1, column: 1 }, to: { row: rows.length + 1, column: columns.length } };
}

interface RowToAdd {
  readonly columns: readonly Column[];
  readonly cells: readonly Cell[];
  readonly styles: StyleBook;
}

function addCells(sheet: Worksheet, { columns, cells, styles }: RowToAdd): void {
  const row = sheet.addRow([]);
  columns.forEach((column, index) => {
    const text = cells[index] ?? null;
    if (text === null) return;
    const cell = row.getCell(index + 1);
    if (isNumeric(column.kind) && survivesAsNumber(text)) {
      cell.value = Number(text);
      cell.style = styles.number(column, scaleOf(text));
      return;
    }
    cell.value = spreadsheetText(text);
    cell.style = styles.text(column);
  });
}

function widthOf({ title }: Column, rows: Section['rows'], index: number): number {
  let length = title.length + 3;
  for (const row of rows) length = Math.max(length, (row[index] ?? '').length + 2);
  return Math.min(WIDTH_MAX, Math.max(WIDTH_MIN, length));
}
