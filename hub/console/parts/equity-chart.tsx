import type { EquityPoint } from '../../store/pages/overview.ts';
import { dayTicks, roundScale } from './chart-scale.ts';
import { figureText } from './figure-text.ts';

const WIDTH = 960;
const HEIGHT = 290;
const LEFT = 120;
const RIGHT = 14;
const TOP = 20;
const BOTTOM = 28;
const VALUE_TICKS_MAX = 5;
const DAY_TICKS_MAX = 8;

interface ChartProps {
  readonly points: readonly EquityPoint[];
  readonly currency: string;
  readonly account: string;
}

/** The equity of an account by market day, drawn on the server; the script adds the figures under the pointer. */
export function EquityChart({ points, currency, account }: ChartProps) {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length < 2) {
    return <p class="empty">No equity curve yet. It begins with the second market day that an edge has valued.</p>;
  }
  // Pictures are floats; the figures beside them are the exact texts of the records.
  const values = points.map(({ equity }) => Number(equity));
  const y = roundScale(
    { low: Math.min(...values), high: Math.max(...values) },
    { from: HEIGHT - BOTTOM, to: TOP },
    VALUE_TICKS_MAX,
  );
  const x = (index: number) => LEFT + (index / (points.length - 1)) * (WIDTH - LEFT - RIGHT);
  const line = values.map((value, index) => `${x(index).toFixed(1)},${y.place(value).toFixed(1)}`).join(' ');
  const title = `Equity of ${account} in ${currency}, ${first.day} to ${last.day}: from ${figureText(first.equity)} to ${figureText(last.equity)}`;
  const data = JSON.stringify(
    points.map(({ day, equity }, index) => [
      day,
      figureText(equity),
      Math.round(x(index)),
      Math.round(y.place(values[index] ?? 0)),
    ]),
  );
  return (
    <figure class="chart" data-chart={data}>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={title}>
        {y.ticks.map((tick) => (
          <g class="tick">
            <line x1={LEFT} x2={WIDTH - RIGHT} y1={y.place(tick)} y2={y.place(tick)} />
            <text x={LEFT - 8} y={y.place(tick) + 4} text-anchor="end">
              {figureText(`${tick}`)}
            </text>
          </g>
        ))}
        {dayTicks(
          points.map(({ day }) => day),
          DAY_TICKS_MAX,
        ).map(({ index, label }) => (
          <g class="tick day">
            <line x1={x(index)} x2={x(index)} y1={HEIGHT - BOTTOM} y2={HEIGHT - BOTTOM + 5} />
            <text x={x(index)} y={HEIGHT - 8} text-anchor={index === 0 ? 'start' : 'middle'}>
              {label}
            </text>
          </g>
        ))}
        <polyline class="line" points={line} />
        <g class="cursor">
          <line x1="0" x2="0" y1={TOP} y2={HEIGHT - BOTTOM} />
          <circle r="4" cx="0" cy="0" />
        </g>
      </svg>
      <figcaption>
        <span class="caption">{`${account}, equity in ${currency}`}</span>
        <output>{`${last.day}: ${figureText(last.equity)}`}</output>
      </figcaption>
    </figure>
  );
}
