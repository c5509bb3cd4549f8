import { createAggregates } from '@gatehouse/compliance/aggregates/aggregates.ts';
import { seriesOfRows } from '@gatehouse/shared/market/bar-series.ts';
import type { MarksBody } from '@gatehouse/shared/schema/bodies.ts';
import { toText } from '@gatehouse/shared/values/decimal.ts';
import { addMs, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { syntheticMinuteBars } from '../backtest/synthetic-bars.ts';
import { SP500_INDEX } from '../feeds/sp500.ts';
import { runToEnd, startMemoryEdge } from './engine-fixture.ts';
import { createMarking } from './marking.ts';

const bars = syntheticMinuteBars({
  instrument: SP500_INDEX.id,
  count: 150,
  seed: 11,
  from: parseInstant('2020-03-02T14:30:00Z'),
});

function marksOf(entry: ReturnType<ReturnType<typeof createMarking>['before']>): MarksBody['marks'] {
  return entry?.kind === 'marks' ? entry.body.marks : [];
}

test('nothing is marked where nothing is held', () => {
  expect(createMarking(createAggregates()).before(bars.bar(0))).toBeUndefined();
});

test('what is held is marked with a later bar, once, and what has no bars here is carried at its last price', async () => {
  const edge = await startMemoryEdge({ bars });
  runToEnd(edge);
  const { own } = edge.book;
  const marking = createMarking(own);
  const last = bars.bar(149);
  const held = own.cell('firm', last.instrument)?.position;
  expect(held === undefined ? '0' : toText(held)).not.toBe('0');

  const closeAt = addMs(last.closeAt, 60_000);
  const price = { open: last.open, high: last.high, low: last.low, close: last.close };
  const rows = [{ openAt: last.closeAt, closeAt, day: last.day, ...price }];
  const next = marking.before(seriesOfRows(last.instrument, rows).bar(0));
  expect(marksOf(next)).toEqual([{ instrument: last.instrument, price: last.close, at: closeAt }]);
  if (next !== undefined) own.fold(next);
  expect(marking.before(seriesOfRows(last.instrument, rows).bar(0))).toBeUndefined();

  const later = addMs(closeAt, 60_000);
  const foreign = seriesOfRows('CSV-00000001', [{ openAt: closeAt, closeAt: later, day: last.day, ...price }]).bar(0);
  expect(marksOf(marking.before(foreign)).map(({ instrument, at }) => [instrument, at])).toEqual([
    ['CSV-00000001', later],
    [last.instrument, later],
  ]);
});
