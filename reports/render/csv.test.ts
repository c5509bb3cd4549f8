import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvLines, renderCsv } from './csv.ts';
import type { Cell, ColumnKind, Section } from './document.ts';
import { exampleDocument, exampleSection } from './example-document.ts';

function oneColumn(kind: ColumnKind, cells: readonly Cell[]): Section {
  return { id: 's', title: 'S', columns: [{ title: 'T', kind }], rows: cells.map((cell) => [cell]), emptyText: '' };
}

const written = (kind: ColumnKind, cell: Cell): string => renderCsv(oneColumn(kind, [cell])).slice('T\r\n'.length, -2);

/** Reads CSV by the grammar of RFC 4180, apart from the code under test. */
function readCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [[]];
  for (const [, quoted, bare = '', end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)?.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    if (end === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

test('lines end with CR LF, the first holds the titles, and there is no byte order mark', () => {
  const text = renderCsv(exampleSection(2));
  expect(text.split('\r\n')).toHaveLength(4);
  expect(text.startsWith('Instrument,Quantity,Trades,Marked at,Settles,Entry\r\n')).toBe(true);
  expect(text.endsWith('\r\n')).toBe(true);
});

test('any text comes back as it was, but for the quote sign before a formula', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 5 }), (cells) => {
      const rows = readCsv(renderCsv(oneColumn('text', cells)));
      expect(rows.slice(1).map(([cell]) => (cell ?? '').replace(/^'(?=[=+\-@\t\r\n\0＝＋－＠])/, ''))).toEqual(cells);
    }),
  );
});

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '\0=1', '＝1', '＋1', '－1', '＠A'])(
  'a text that a spreadsheet would run is quoted: %j',
  (text) => {
    expect(readCsv(`${written('text', text)}\r\n`)).toEqual([[`'${text}`]]);
  },
);

test.each(['a=1', ' =1', '1-1', "'=1", '#N/A', '10.20'])('a text that no spreadsheet would run stays: %j', (text) => {
  expect(readCsv(`${written('text', text)}\r\n`)).toEqual([[text]]);
});

test('negative figures stay figures in columns of figures only', () => {
  expect(written('decimal', '-5.00')).toBe('-5.00');
  expect(written('integer', '-5')).toBe('-5');
  expect(written('decimal', '-5+cmd')).toBe("'-5+cmd");
  expect(written('text', '-5.00')).toBe("'-5.00");
});

test('an absent value and an empty text differ, and neither makes a blank line', () => {
  const columns = [
    { title: 'A', kind: 'text' },
    { title: 'B', kind: 'text' },
  ] as const;
  expect([...csvLines({ columns, rows: [[null, '']] })].at(-1)).toBe(',""\r\n');
  expect(written('text', null)).toBe('""');
  expect([...csvLines({ columns, rows: [['x']] })].at(-1)).toBe('x,\r\n');
});

test('header lines stand above the titles, guarded as texts are', () => {
  const text = renderCsv(oneColumn('text', []), { headerLines: ['Times are UTC', '=1, 2'] });
  expect(text).toBe(`Times are UTC\r\n"'=1, 2"\r\nT\r\n`);
});

test('rows are read one at a time as lines are taken', () => {
  let taken = 0;
  function* rows(): Generator<readonly Cell[]> {
    for (;;) {
      taken += 1;
      yield [`row ${taken}`];
    }
  }
  const lines = csvLines({ columns: [{ title: 'T', kind: 'text' }], rows: rows() });
  expect([lines.next().value, lines.next().value, lines.next().value]).toEqual(['T\r\n', 'row 1\r\n', 'row 2\r\n']);
  expect(taken).toBe(2);
});

test('a chart becomes the table of its figures', () => {
  const chart = exampleDocument(0).sections[2];
  expect(chart === undefined ? '' : renderCsv(chart).split('\r\n').slice(0, 2)).toEqual([
    'Time,Firm (EUR)',
    '2026-01-05T22:15:01.500000000Z,100.00',
  ]);
});
