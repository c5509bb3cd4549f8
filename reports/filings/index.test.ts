import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { describe, expect, test } from 'vitest';
import type { ReportContext } from '../define-report.ts';
import { renderPdf } from '../render/pdf.ts';
import { renderXlsx } from '../render/xlsx.ts';
import { reports } from './index.ts';

const context: ReportContext = {
  entity: 'Gatehouse Demo Trading',
  period: 'Records of 2026-01-05',
  range: { first: 0, end: 6, dataHash: 'ab'.repeat(32) },
  createdAt: parseInstant('2026-01-05T15:00:00.000000000Z'),
  codeVersion: '0.1.0',
};

describe.each(reports.map((report) => [report.id, report] as const))('%s', (_, report) => {
  test.each(report.examples.map((example) => [example.name, example] as const))('%s', (_name, example) => {
    const document = report.build(example.records, context);
    for (const [id, rows] of Object.entries(example.expect)) {
      const section = document.sections.find((one) => one.id === id);
      expect(section?.kind).not.toBe('chart');
      expect(section !== undefined && 'rows' in section ? section.rows : undefined).toEqual(rows);
    }
  });

  test('reads only the kinds that it names', () => {
    const kinds = new Set(report.examples.flatMap((example) => example.records.map((record) => record.kind)));
    expect([...kinds].filter((kind) => !report.reads.includes(kind))).toEqual([]);
  });

  test('I13 the same records give the same bytes, and one changed record gives others', async () => {
    const [example] = report.examples;
    const first = await renderPdf(report.build(example.records, context));
    const again = await renderPdf(report.build(example.records, context));
    const fewer = await renderPdf(report.build(example.records.slice(0, -1), context));
    expect(Buffer.compare(first, again)).toBe(0);
    expect(Buffer.compare(first, fewer)).not.toBe(0);
    const sheet = await renderXlsx(report.build(example.records, context));
    expect(Buffer.compare(sheet, await renderXlsx(report.build(example.records, context)))).toBe(0);
  });
});

test('a refused order stands in the report with its control, reason and figures', () => {
  const [report] = reports;
  const [example] = report?.examples ?? [];
  const document = report?.build(example?.records ?? [], context);
  const refused = document?.sections.find((section) => section.id === 'refused-orders');
  expect(refused !== undefined && 'rows' in refused ? refused.rows : []).toEqual([
    [
      '2020-03-06T21:00:00.000000000Z',
      'O-2',
      'ema-cross: buy 500 SP500-INDEX at market',
      'max-order-quantity@1',
      'firm',
      'refused',
      'The quantity is above the limit.',
      'quantityMax 100, quantity 500',
    ],
  ]);
});

test('a past that was replayed twice in a day is two lines of the equity chart, each in order of time', () => {
  const [report] = reports;
  const [example] = report?.examples ?? [];
  const twice = [...(example?.records ?? []), ...(example?.records ?? [])];
  const chart = report?.build(twice, context).sections.find((section) => section.id === 'equity');
  expect(chart?.kind === 'chart' ? chart.series.map(({ name, points }) => [name, points.length]) : undefined).toEqual([
    ['paper-1', 1],
    ['paper-1, run 2 of the period', 1],
  ]);
});
