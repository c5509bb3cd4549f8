import { assert } from '@gatehouse/shared/errors.ts';
import { toMillis } from '@gatehouse/shared/values/instant.ts';
import { type Extent, type Tick, timeTicks, valueTicks } from './chart-ticks.ts';
import type { ChartSection } from './document.ts';
import { isFigure } from './figure-text.ts';
import { type Font, INK, type LineMark, type Mark, type Measure } from './marks.ts';
import { drawable } from './printed-text.ts';

const SMALL: Font = { face: 'regular', size: 7 };
const LEGEND_HEIGHT = 18;
const AXIS_HEIGHT = 14;
const AXIS_GAP = 6;
const TIME_LABEL_ROOM = 90;
/** From the middle of a letter down to the line that it stands on. Units: points. */
const HALF_LETTER = 2.5;
/** Sixteen lines look different from each other, four of them even in a copy without colours. */
const INKS = ['#1b5a9e', '#b45309', '#2f6f3a', '#6d3a93'] as const;
const DASHES: readonly Pick<LineMark, 'dash'>[] = [{}, { dash: [5, 2] }, { dash: [1.5, 1.5] }, { dash: [8, 3] }];

/** A place to draw in. Units: points. */
export interface Area {
  readonly width: number;
  readonly height: number;
}

/** A moment in milliseconds and a value. */
type Point = readonly [number, number];

/** Where the values and the moments lie in the drawing. */
interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly times: Extent;
  readonly values: Extent;
}

/**
 * The lines of a chart with axes and a legend, or undefined where there is not one point to draw.
 *
 * Units:  points from the upper left corner of the area; values become floats for drawing only.
 * Errors: `INVARIANT_BROKEN` for a value that is not a figure.
 */
export function lineChart(section: ChartSection, area: Area, measure: Measure): readonly Mark[] | undefined {
  const lines = section.series.map(({ points }) => {
    return points.map(({ at, value }): Point => {
      assert(isFigure(value), `chart ${section.id} has the value ${JSON.stringify(value)}`);
      return [toMillis(at), Number(value)];
    });
  });
  const points = lines.flat();
  if (points.length === 0) return undefined;

  const ticks = valueTicks(extent(points.map(([, value]) => value)));
  const frame: Frame = {
    left: Math.max(...ticks.map(({ label }) => measure.width(label, SMALL))) + AXIS_GAP,
    right: area.width,
    top: LEGEND_HEIGHT,
    bottom: area.height - AXIS_HEIGHT,
    times: extent(points.map(([ms]) => ms)),
    values: extent(ticks.map(({ at }) => at)),
  };
  return [
    ...legend(section, area.width, measure),
    ...ticks.flatMap((tick) => valueTick(tick, frame, measure)),
    ...timeTicks(frame.times, Math.floor((frame.right - frame.left) / TIME_LABEL_ROOM)).flatMap((tick) => {
      return timeTick(tick, frame, measure);
    }),
    ...lines.flatMap((line, index) => (line.length === 0 ? [] : [stroke(line, frame, index)])),
  ];
}

function legend({ valueTitle, series }: ChartSection, width: number, measure: Measure): readonly Mark[] {
  const y = SMALL.size + 2;
  const text = (x: number, words: string, ink: string): Mark => ({ kind: 'text', x, y, text: words, font: SMALL, ink });
  const title = drawable(valueTitle, 'regular', measure);
  const zone = 'Times in UTC';
  const marks = [text(0, title, INK.muted), text(width - measure.width(zone, SMALL), zone, INK.muted)];
  let x = measure.width(title, SMALL) + 18;
  series.forEach(({ name }, index) => {
    const shown = drawable(name, 'regular', measure);
    marks.push({
      kind: 'line',
      points: [x, y - HALF_LETTER, x + 20, y - HALF_LETTER],
      thickness: 1.25,
      ...strokeOf(index),
    });
    marks.push(text(x + 25, shown, INK.text));
    x += 25 + measure.width(shown, SMALL) + 16;
  });
  return marks;
}

function valueTick({ at, label }: Tick, frame: Frame, measure: Measure): readonly Mark[] {
  const y = yOf(at, frame);
  const x = frame.left - AXIS_GAP - measure.width(label, SMALL);
  const ink = at === 0 ? INK.rule : INK.hairline;
  return [
    { kind: 'line', points: [frame.left, y, frame.right, y], ink, thickness: 0.5 },
    { kind: 'text', x, y: y + HALF_LETTER, text: label, font: SMALL, ink: INK.muted },
  ];
}

function timeTick({ at, label }: Tick, frame: Frame, measure: Measure): readonly Mark[] {
  const x = xOf(at, frame);
  const width = measure.width(label, SMALL);
  const left = Math.min(Math.max(frame.left, x - width / 2), frame.right - width);
  return [
    { kind: 'line', points: [x, frame.bottom, x, frame.bottom + 3], ink: INK.rule, thickness: 0.5 },
    { kind: 'text', x: left, y: frame.bottom + AXIS_HEIGHT - 3, text: label, font: SMALL, ink: INK.muted },
  ];
}

function stroke(line: readonly Point[], frame: Frame, index: number): Mark {
  const placed = line.map(([ms, value]): Point => [xOf(ms, frame), yOf(value, frame)]);
  return { kind: 'line', points: thinned(placed).flat(), thickness: 1, ...strokeOf(index) };
}

/** At most four points per point of width, with every high and low kept: more cannot be seen and would only weigh. */
function thinned(points: readonly Point[]): readonly Point[] {
  const kept: Point[] = [];
  for (let start = 0; start < points.length; ) {
    const first = points[start] ?? [0, 0];
    let end = start + 1;
    while (end < points.length && Math.floor(points[end]?.[0] ?? 0) === Math.floor(first[0])) end += 1;
    const group = points.slice(start, end);
    const ys = group.map(([, y]) => y);
    const picked = new Set([0, ys.indexOf(Math.min(...ys)), ys.indexOf(Math.max(...ys)), group.length - 1]);
    kept.push(...group.filter((_, index) => picked.has(index)));
    start = end;
  }
  return kept;
}

function strokeOf(index: number): Pick<LineMark, 'ink' | 'dash'> {
  const round = Math.floor(index / INKS.length);
  return { ink: INKS[index % INKS.length] ?? INK.text, ...DASHES[(index + round) % DASHES.length] };
}

function xOf(ms: number, { left, right, times }: Frame): number {
  const span = times.to - times.from;
  return span === 0 ? (left + right) / 2 : left + ((ms - times.from) / span) * (right - left);
}

function yOf(value: number, { top, bottom, values }: Frame): number {
  return bottom - ((value - values.from) / (values.to - values.from)) * (bottom - top);
}

/** Not by spreading into `Math.min`, which fails on hundreds of thousands of numbers. */
function extent(numbers: readonly number[]): Extent {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const number of numbers) {
    from = Math.min(from, number);
    to = Math.max(to, number);
  }
  return { from, to };
}
