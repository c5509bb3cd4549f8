import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import ExcelJS, { type CellValue, type Worksheet } from 'exceljs';
import { expect, test } from 'vitest';
import type { ReportDocument, Section } from './document.ts';
import { exampleDocument, exampleSection } from './example-document.ts';
import { renderXlsx } from './xlsx.ts';

async function readBack(document: ReportDocument): Promise<ExcelJS.Workbook> {
  const workbook = new ExcelJS.Workbook();
  await workbook.xlsx.load((await renderXlsx(document)).buffer as ArrayBuffer);
  return workbook;
}

async function sheetOf(section: Section): Promise<Worksheet> {
  const workbook = await readBack({ ...exampleDocument(0), sections: [section] });
  const sheet = workbook.worksheets[1];
  if (sheet === undefined) throw new Error('the workbook has no sheet beside its cover');
  return sheet;
}

const column = (kind: Section['columns'][number]['kind'], cells: readonly (string | null)[]): Section => {
  return { id: 's', title: 'S', columns: [{ title: 'T', kind }], rows: cells.map((cell) => [cell]), emptyText: '' };
};

async function valuesOf(section: Section): Promise<readonly CellValue[]> {
  const sheet = await sheetOf(section);
  return section.rows.map((_, index) => sheet.getCell(index + 2, 1).value);
}

test('the same report gives the same bytes, however much time has passed', async () => {
  const first = await renderXlsx(exampleDocument(40));
  await wait(2_100);
  const second = await renderXlsx(exampleDocument(40));
  expect(Buffer.compare(first, second)).toBe(0);
  const other = await renderXlsx(exampleDocument(41));
  expect(Buffer.compare(first, other)).not.toBe(0);
});

test('the bytes are the known ones, on every machine', async () => {
  const digest = createHash('sha256')
    .update(await renderXlsx(exampleDocument(40)))
    .digest('hex');
  expect(digest).toBe('5d96f8d96fd411fed2a688c46d6c5d574c759e0140090496cfd406951d6865a3');
});

test('what is read back equals what was written', async () => {
  const section = exampleSection(25);
  const sheet = await sheetOf(section);
  section.rows.forEach((row, rowIndex) => {
    row.forEach((cell, index) => {
      const { value } = sheet.getCell(rowIndex + 2, index + 1);
      const numeric = section.columns[index]?.kind === 'decimal' || section.columns[index]?.kind === 'integer';
      expect(value).toEqual(numeric && cell !== null ? Number(cell) : cell);
    });
  });
  expect(sheet.getRow(1).values).toEqual([undefined, ...section.columns.map(({ title }) => title)]);
});

test('a figure is a number that shows its scale as long as it survives, else the exact text', async () => {
  const figures = [
    '10.20',
    '-5.00',
    '123456789012.345',
    '1234567890123.4567',
    '-99999999999999999999.000000000000000001',
    'n/a',
  ];
  const sheet = await sheetOf(column('decimal', figures));
  const cells = figures.map((_, index) => sheet.getCell(index + 2, 1));
  expect(cells.map(({ value }) => value)).toEqual([10.2, -5, 123456789012.345, ...figures.slice(3)]);
  expect(cells.map(({ numFmt }) => numFmt)).toEqual(['#,##0.00', '#,##0.00', '#,##0.000', '@', '@', '@']);
});

test('integers carry no separators, so that a record number stays one', async () => {
  const sheet = await sheetOf(column('integer', ['48211', '12345678901234567']));
  expect(sheet.getCell('A2')).toMatchObject({ value: 48211, numFmt: '0' });
  expect(sheet.getCell('A3').value).toBe('12345678901234567');
});

test('a text that looks like a formula or a figure is a text, and stays one when edited', async () => {
  const texts = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '=HYPERLINK("https://example.org")', '007', '1e5', "'x"];
  const sheet = await sheetOf(column('text', texts));
  texts.forEach((text, index) => {
    const cell = sheet.getCell(index + 2, 1);
    expect(cell.type).toBe(ExcelJS.ValueType.String);
    expect(cell.value).toBe(text);
    expect(cell.numFmt).toBe('@');
  });
});

test('characters that a workbook cannot hold as they are come back', async () => {
  const texts = ['a\0b', 'line\r\nend', '_x0041_', 'Łódź Ελλάς Россия € − 😀', '  spaces  '];
  expect(await valuesOf(column('text', texts))).toEqual(texts);
});

test('the first row stays in view and filters, and an empty section says so', async () => {
  const sheet = await sheetOf(exampleSection(3));
  expect(sheet.views[0]).toMatchObject({ state: 'frozen', ySplit: 1 });
  expect(sheet.autoFilter).toBe('A1:F4');
  const empty = await sheetOf(exampleSection(0));
  expect(empty.getCell('A2').value).toBe('No positions.');
  expect(empty.autoFilter).toBeFalsy();
});

test('the cover tells what the report is, how real, and from which records', async () => {
  const workbook = await readBack(exampleDocument(1));
  const cover = workbook.getWorksheet('Cover');
  const texts = cover?.getSheetValues().flatMap((row) => (Array.isArray(row) ? row : []));
  const { provenance } = exampleDocument(1);
  expect(texts).toEqual(
    expect.arrayContaining([...Object.values(provenance), 'PAPER — DEMO', '−5.00 EUR', '1 row', '0 rows']),
  );
  expect(texts).toContain('2026-01-05T22:15:01.500000000Z');
  expect(workbook.worksheets.map(({ name }) => name)).toEqual(['Cover', 'Positions', 'Breaks', 'Equity']);
  expect(workbook.created).toEqual(new Date('2026-01-05T22:15:01Z'));
  expect(cover?.headerFooter.oddHeader).toContain('PAPER — DEMO');
});

test('a live report has no mark, and a note stands in the contents', async () => {
  const { environmentMark: _, ...live } = exampleDocument(0);
  const workbook = await readBack({ ...live, sections: [{ ...exampleSection(2), note: 'Closing prices.' }] });
  const texts = workbook
    .getWorksheet('Cover')
    ?.getSheetValues()
    .flatMap((row) => (Array.isArray(row) ? row : []));
  expect(texts).toContain('2 rows. Closing prices.');
  expect(workbook.getWorksheet('Cover')?.headerFooter.oddHeader).not.toContain('PAPER');
});

test('more rows than a sheet holds are refused with a way out', async () => {
  const row = ['x'];
  const rows = new Array<readonly string[]>(1_048_576).fill(row);
  const section: Section = { ...column('text', []), rows };
  await expect(renderXlsx({ ...exampleDocument(0), sections: [section] })).rejects.toMatchObject({
    code: 'REPORT_UNPRINTABLE',
    hint: expect.stringContaining('CSV'),
  });
});

test('a row with a missing cell stops the report', async () => {
  const ragged = { ...column('text', []), rows: [['a'], ['b', 'c']] };
  await expect(renderXlsx({ ...exampleDocument(0), sections: [ragged] })).rejects.toThrow('row 2 of section s');
  const none = { ...column('text', []), columns: [] };
  await expect(renderXlsx({ ...exampleDocument(0), sections: [none] })).rejects.toThrow('section s has no columns');
});
