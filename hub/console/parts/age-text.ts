import { figureText } from './figure-text.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** An age in the largest unit that tells enough. Units: milliseconds. */
export function ageText(age: number): string {
  if (age < 2 * SECOND_MS) return 'a moment';
  if (age < 2 * MINUTE_MS) return `${Math.floor(age / SECOND_MS)} s`;
  if (age < 2 * HOUR_MS) return `${Math.floor(age / MINUTE_MS)} min`;
  if (age < 2 * DAY_MS) return `${Math.floor(age / HOUR_MS)} h`;
  return `${figureText(`${Math.floor(age / DAY_MS)}`)} days`;
}
