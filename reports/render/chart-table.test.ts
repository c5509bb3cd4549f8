import { instant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { tableOf } from './chart-table.ts';
import type { ChartSection } from './document.ts';
import { exampleSection } from './example-document.ts';

const at = (seconds: number) => instant(BigInt(seconds) * 1_000_000_000n);

const CHART: ChartSection = {
  kind: 'chart',
  id: 'equity',
  title: 'Equity',
  note: 'At mid.',
  valueTitle: 'EUR',
  series: [
    {
      name: 'Firm',
      points: [
        { at: at(2), value: '2' },
        { at: at(1), value: '1' },
      ],
    },
    {
      name: 'EUR',
      points: [
        { at: at(2), value: '20' },
        { at: at(3), value: '30' },
      ],
    },
  ],
  emptyText: 'None.',
};

test('a chart is one row per moment in order of time, with gaps where a line has no point', () => {
  const table = tableOf(CHART);
  expect(table.columns.map(({ title }) => title)).toEqual(['Time', 'Firm (EUR)', 'EUR']);
  expect(table.rows).toEqual([
    ['1970-01-01T00:00:01.000000000Z', '1', null],
    ['1970-01-01T00:00:02.000000000Z', '2', '20'],
    ['1970-01-01T00:00:03.000000000Z', null, '30'],
  ]);
  expect(table.note).toBe('At mid.');
});

test('a table stays as it is', () => {
  const table = exampleSection(2);
  expect(tableOf(table)).toBe(table);
});
