import { fromMillis, instantText } from '@gatehouse/shared/values/instant.ts';
import { printedFigure } from './figure-text.ts';

/** A mark on an axis. */
export interface Tick {
  readonly at: number;
  readonly label: string;
}

/** The smallest and the largest of some numbers. */
export interface Extent {
  readonly from: number;
  readonly to: number;
}

const STEPS_WANTED = 5;
/** From here on a number writes itself with an exponent. */
const FIXED_TEXT_BELOW = 1e21;
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const TIME_STEPS_MS = [
  ...[1, 2, 5, 10, 30].map((count) => count * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR_MS),
  ...[1, 2, 5, 7, 14, 30, 60, 90, 180, 365, 730, 1_825, 3_650].map((count) => count * DAY_MS),
];

/** Round values that enclose the extent, about five steps apart, written with the digits that tell them apart. */
export function valueTicks({ from, to }: Extent): readonly Tick[] {
  const margin = from === to ? Math.abs(from) / 100 || 1 : 0;
  const step = roundStep((to - from + 2 * margin) / STEPS_WANTED);
  const first = Math.floor((from - margin) / step);
  const last = Math.ceil((to + margin) / step);
  const digits = Math.max(0, -exponentOf(step));
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const at = (first + index) * step;
    return { at, label: valueLabel(at, digits) };
  });
}

function valueLabel(value: number, digits: number): string {
  const text = Math.abs(value) < FIXED_TEXT_BELOW ? value.toFixed(digits) : BigInt(value).toString();
  return printedFigure(Number(text) === 0 ? text.replace('-', '') : text, { grouped: true });
}

/** Round moments inside the extent, at most that many. Units: milliseconds since 1970, labels in UTC. */
export function timeTicks({ from, to }: Extent, ticksMax: number): readonly Tick[] {
  const step = TIME_STEPS_MS.find((ms) => Math.floor((to - from) / ms) + 1 <= ticksMax) ?? to - from + 1;
  const first = Math.ceil(from / step);
  const count = Math.max(0, Math.floor(to / step) - first + 1);
  return Array.from({ length: count }, (_, index) => {
    const at = (first + index) * step;
    return { at, label: timeLabel(at, step) };
  });
}

function timeLabel(ms: number, step: number): string {
  const text = instantText(fromMillis(ms));
  if (step >= DAY_MS) return text.slice(0, 10);
  return `${text.slice(5, 10)} ${text.slice(11, step < MINUTE_MS ? 19 : 16)}`;
}

/** The next of 1, 2 and 5 times a power of ten. */
function roundStep(least: number): number {
  const power = 10 ** exponentOf(least);
  const factor = [1, 2, 5].find((candidate) => candidate * power >= least) ?? 10;
  return factor * power;
}

/** The power of ten that leads the number; from its text, since logarithms may differ between machines. */
function exponentOf(value: number): number {
  return Number(value.toExponential().split('e')[1]);
}
