/** A day of the Gregorian calendar, applied to all years. */
export interface CivilDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
}

/*
 * The year is counted from March, so that the leap day is its last day and months follow a pattern of 153 days in five.
 * The calendar repeats every 400 years, which have 146,097 days.
 */
const DAYS_PER_CYCLE = 146_097;
const YEARS_PER_CYCLE = 400;
const DAYS_PER_CENTURY = 36_524;
const DAYS_PER_FOUR_YEARS = 1_461;
const DAYS_PER_YEAR = 365;
const DAYS_FROM_MARCH_0000_TO_1970 = 719_468;

/** The number of a date, counted from 1970-01-01 as day 0. */
export function epochDayOfDate({ year, month, day }: CivilDate): number {
  const marchYear = month > 2 ? year : year - 1;
  const cycle = Math.floor(marchYear / YEARS_PER_CYCLE);
  const yearOfCycle = marchYear - cycle * YEARS_PER_CYCLE;
  const monthFromMarch = (month + 9) % 12;
  const dayOfYear = Math.floor((153 * monthFromMarch + 2) / 5) + day - 1;
  const leapDays = Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100);
  return cycle * DAYS_PER_CYCLE + yearOfCycle * DAYS_PER_YEAR + leapDays + dayOfYear - DAYS_FROM_MARCH_0000_TO_1970;
}

/** The date of a day counted from 1970-01-01 as day 0. */
export function dateOfEpochDay(epochDay: number): CivilDate {
  const sinceMarch0000 = epochDay + DAYS_FROM_MARCH_0000_TO_1970;
  const cycle = Math.floor(sinceMarch0000 / DAYS_PER_CYCLE);
  const dayOfCycle = sinceMarch0000 - cycle * DAYS_PER_CYCLE;
  const yearOfCycle = yearOfDayOfCycle(dayOfCycle);
  const dayOfYear =
    dayOfCycle - (yearOfCycle * DAYS_PER_YEAR + Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: cycle * YEARS_PER_CYCLE + yearOfCycle + (month > 2 ? 0 : 1),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  };
}

/** The leap days that have passed are taken out, and every year has 365 days. */
function yearOfDayOfCycle(dayOfCycle: number): number {
  const leapDays =
    Math.floor(dayOfCycle / (DAYS_PER_FOUR_YEARS - 1)) -
    Math.floor(dayOfCycle / DAYS_PER_CENTURY) +
    Math.floor(dayOfCycle / (DAYS_PER_CYCLE - 1));
  return Math.floor((dayOfCycle - leapDays) / DAYS_PER_YEAR);
}
