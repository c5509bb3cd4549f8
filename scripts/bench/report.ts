import type { LedgerRecord } from '@gatehouse/reports/define-report.ts';
import { dailyActivity } from '@gatehouse/reports/filings/daily-activity.ts';
import { renderPdf } from '@gatehouse/reports/render/pdf.ts';
import { renderXlsx } from '@gatehouse/reports/render/xlsx.ts';
import { assert } from '@gatehouse/shared/errors.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import type { Measurement } from './figure.ts';

const POSITIONS = 1_000;

/** The daily report over a thousand positions and as many fills, drawn twice, against one call of each renderer on nothing. */
export const report: Measurement = {
  figures: [{ name: 'report.daily_pack_ms', unit: 'ms', digits: 0, bar: '≤ 2,000' }],
  async measure() {
    const full = await packMs(manyPositions());
    const empty = await packMs([]);
    const baselineName = 'the same pack over no records, once warm';
    return { 'report.daily_pack_ms': { value: full, baseline: empty, baselineName, n: POSITIONS } };
  },
};

/** Units: milliseconds for PDF and XLSX together. */
async function packMs(records: readonly LedgerRecord[]): Promise<number> {
  const from = performance.now();
  const document = dailyActivity.build(records, {
    entity: 'Bench',
    period: 'a day',
    range: { first: 0, end: records.length, dataHash: '0'.repeat(64) },
    createdAt: parseInstant('2026-01-05T15:00:00.000000000Z'),
    codeVersion: 'bench',
  });
  const files = [await renderPdf(document), await renderXlsx(document)];
  assert(
    files.every((bytes) => bytes.length > 1_000),
    'both files were drawn',
  );
  return performance.now() - from;
}

/** The records of the report's own worked case, its fill and its valuation repeated for many instruments. */
function manyPositions(): readonly LedgerRecord[] {
  const [example] = dailyActivity.examples;
  return example.records.flatMap((record): LedgerRecord[] => {
    if (record.kind === 'fill') {
      return Array.from({ length: POSITIONS }, (_, index) => ({
        ...record,
        body: { ...record.body, fill: `F-${index}` },
      }));
    }
    if (record.kind !== 'valuation') return [record];
    const held = record.body.positions;
    assert(held.length === 1, 'the worked case holds one position');
    const copies = Array.from({ length: POSITIONS }, (_, index) =>
      held.map((one) => ({ ...one, instrument: `I-${index}` })),
    );
    const positions = copies.flat();
    return [{ ...record, body: { ...record.body, positions } }];
  });
}
