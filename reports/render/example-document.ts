import { addMs, parseInstant } from '@gatehouse/shared/values/instant.ts';
import type { Cell, Column, ReportDocument, Section } from './document.ts';
import type { Measure } from './marks.ts';

const COLUMNS: readonly Column[] = [
  { title: 'Instrument', kind: 'text', share: 2 },
  { title: 'Quantity', kind: 'decimal' },
  { title: 'Trades', kind: 'integer' },
  { title: 'Marked at', kind: 'instant' },
  { title: 'Settles', kind: 'day' },
  { title: 'Entry', kind: 'hash' },
];

/** A typeface in which every character is half as wide as the type is high, and which draws Latin text only. */
export const FIXED_MEASURE: Measure = {
  width: (text, { size }) => Array.from(text).length * size * 0.5,
  draws: (codePoint) => codePoint < 0x2300,
};

/** A table of positions with a cell of every kind, for tests. */
export function exampleSection(rowCount: number): Section {
  return {
    id: 'positions',
    title: 'Positions',
    columns: COLUMNS,
    rows: exampleRows(rowCount),
    emptyText: 'No positions.',
  };
}

/** A report with a table, an empty table and a chart, for tests. */
export function exampleDocument(rowCount: number): ReportDocument {
  const createdAt = parseInstant('2026-01-05T22:15:01.500000000Z');
  const points = ['100.00', '99.50', '101.25'].map((value, index) => ({ at: addMs(createdAt, index * 60_000), value }));
  return {
    title: 'Daily positions',
    subtitle: 'Trading day 2026-01-05',
    entity: 'Łódź & Söhne Trading',
    environmentMark: 'PAPER — DEMO',
    createdAt,
    facts: [{ label: 'Loss of the day', value: '−5.00 EUR' }],
    sections: [
      exampleSection(rowCount),
      { id: 'breaks', title: 'Breaks', columns: [{ title: 'Break', kind: 'text' }], rows: [], emptyText: 'No breaks.' },
      {
        kind: 'chart',
        id: 'equity',
        title: 'Equity',
        valueTitle: 'EUR',
        series: [{ name: 'Firm', points }],
        emptyText: 'No equity.',
      },
    ],
    provenance: {
      recordRange: 'ledger 1 to 48211',
      dataHash: 'ab12'.repeat(16),
      codeVersion: '0.1.0',
      reportId: 'R-1',
    },
  };
}

function exampleRows(count: number): readonly (readonly Cell[])[] {
  return Array.from({ length: count }, (_, index) => [
    ['Ελληνικά Πετρέλαια', 'Газпром', 'Société Générale', '=1+1'][index % 4] ?? '',
    `${index % 2 === 0 ? '-' : ''}${index + 1}.${String(index % 100).padStart(2, '0')}`,
    index % 3 === 0 ? null : String(index),
    `2026-01-05T09:00:00.${String(index).padStart(9, '0')}Z`,
    '2026-01-07',
    index.toString(16).padStart(64, '0'),
  ]);
}
