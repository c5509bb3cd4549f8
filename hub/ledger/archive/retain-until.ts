import { recordClasses } from '@gatehouse/compliance/retention/classes.ts';
import type { FirmFigures } from '@gatehouse/compliance/retention/firm-figures.ts';
import { dayOf, type Instant, parseInstant } from '@gatehouse/shared/values/instant.ts';

const YEARS_MIN = 7;
const MONTHS_A_YEAR = 12;
/** No lock is longer, whatever a document says: it cannot be taken back. */
const YEARS_MAX = 30;

/**
 * For how many years the archive is locked: seven, or the longest minimum of the classes that bind the firm and of its own floor.
 *
 * Shape: what is kept as long as the firm lives, or from a later event on, is kept by the database and by new locks, not by this one.
 */
export function lockYears(figures: FirmFigures | undefined): number {
  if (figures === undefined) return YEARS_MIN;
  const { flags, exempt, floor } = figures;
  const bound = recordClasses.filter(
    (one) =>
      (one.flags.length === 0 || one.flags.some((flag) => flags.includes(flag))) &&
      !exempt.some((excepted) => excepted.class === one.id),
  );
  const minima = bound.flatMap(({ periods }) =>
    periods.map(({ minimum }) => (minimum === 'life-of-firm' ? 0 : Math.ceil(minimum / MONTHS_A_YEAR))),
  );
  return Math.min(YEARS_MAX, Math.max(YEARS_MIN, floor.years, ...minima));
}

/** The day so many years later, at its end. */
export function retainUntil(now: Instant, years: number): Instant {
  const day = dayOf(now);
  const year = Number(day.slice(0, 'YYYY'.length)) + years;
  // A leap day has no anniversary in most years; the day after it has.
  const rest = day.slice('YYYY'.length).replace('-02-29', '-03-01');
  return parseInstant(`${year}${rest}T23:59:59.000000000Z`);
}
