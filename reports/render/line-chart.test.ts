import { addMs, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import type { ChartSection } from './document.ts';
import { FIXED_MEASURE } from './example-document.ts';
import { lineChart } from './line-chart.ts';
import type { LineMark, Mark, TextMark } from './marks.ts';

const START = parseInstant('2026-01-05T09:00:00Z');
const AREA = { width: 700, height: 200 };

function chart(lines: readonly (readonly string[])[], stepMs = 60_000): ChartSection {
  const series = lines.map((values, index) => ({
    name: `Line ${index}`,
    points: values.map((value, step) => ({ at: addMs(START, step * stepMs), value })),
  }));
  return { kind: 'chart', id: 'c', title: 'C', valueTitle: 'EUR', series, emptyText: 'None.' };
}

const draw = (section: ChartSection): readonly Mark[] => lineChart(section, AREA, FIXED_MEASURE) ?? [];
const strokes = (marks: readonly Mark[]): readonly LineMark[] => {
  return marks.filter((mark): mark is LineMark => mark.kind === 'line' && mark.thickness === 1);
};
const labels = (marks: readonly Mark[]): readonly string[] => {
  return marks.filter((mark): mark is TextMark => mark.kind === 'text').map(({ text }) => text);
};

test('lines lie inside the area, from its left axis to its right edge', () => {
  const [line] = strokes(draw(chart([['1', '3', '2']])));
  const xs = line?.points.filter((_, index) => index % 2 === 0) ?? [];
  const ys = line?.points.filter((_, index) => index % 2 === 1) ?? [];
  expect(Math.min(...xs)).toBeGreaterThan(0);
  expect(Math.max(...xs)).toBeCloseTo(AREA.width);
  expect(Math.min(...ys)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...ys)).toBeLessThanOrEqual(AREA.height);
  expect(ys[1]).toBeLessThan(ys[0] ?? 0);
});

test('negative values are labelled with a real minus', () => {
  expect(labels(draw(chart([['-1000', '1000']])))).toEqual(expect.arrayContaining(['−1\u202f000', '0', '1\u202f000']));
});

test('every high and low of a long line is kept, in far fewer points', () => {
  const values = Array.from({ length: 50_000 }, (_, index) => (index === 33_333 ? '900' : index === 7 ? '-900' : '1'));
  const [line] = strokes(draw(chart([values])));
  expect(line?.points.length).toBeLessThan(2 * 4 * AREA.width);
  const ys = line?.points.filter((_, index) => index % 2 === 1) ?? [];
  expect(new Set(ys.map((y) => y.toFixed(3))).size).toBe(3);
});

test('lines are told apart by colour and dash together', () => {
  const lines = strokes(draw(chart(Array.from({ length: 16 }, () => ['1', '2']))));
  expect(new Set(lines.map(({ ink, dash }) => `${ink} ${dash}`)).size).toBe(16);
});

test('a single point and a flat line have axes too', () => {
  expect(strokes(draw(chart([['5.00']])))).toHaveLength(1);
  expect(labels(draw(chart([['0', '0']])))).toEqual(expect.arrayContaining(['−1.0', '0.0', '1.0']));
});

test('a series without points is skipped, and without any point there is no chart', () => {
  const marks = draw(chart([[], ['1', '2']]));
  expect(strokes(marks)).toHaveLength(1);
  expect(lineChart(chart([[]]), AREA, FIXED_MEASURE)).toBeUndefined();
  expect(lineChart(chart([]), AREA, FIXED_MEASURE)).toBeUndefined();
});

test('a value that is no figure stops the report', () => {
  expect(() => draw(chart([['1e5']]))).toThrow('chart c has the value "1e5"');
});

test('a skipped series keeps the colours of the legend true', () => {
  const [line] = strokes(draw(chart([[], ['1', '2']])));
  expect(line?.ink).toBe(strokes(draw(chart([['1'], ['1', '2']])))[1]?.ink);
});
