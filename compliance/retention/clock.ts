import { KitError } from '@gatehouse/shared/errors.ts';
import { dateOfEpochDay, epochDayOfDate } from '@gatehouse/shared/values/civil-date.ts';

/**
 * What starts the clock of a record.
 *
 * Shape: `made` and `fiscal-year-end` follow from the record's own day; every other one is an event that a person puts on record.
 */
export const CLOCK_EVENTS = [
  'made',
  'fiscal-year-end',
  'end-of-use',
  'account-closed',
  'relationship-ended',
  'unblocked',
  'filed',
] as const;

/** One of the events that start a clock. */
export type ClockEvent = (typeof CLOCK_EVENTS)[number];

/** The events that somebody has to put on record. */
export const GIVEN_EVENTS = ['end-of-use', 'account-closed', 'relationship-ended', 'unblocked', 'filed'] as const;

/** One of the events that somebody has to put on record. */
export type GivenEvent = (typeof GIVEN_EVENTS)[number];

/** Which way a day is moved that the month does not have: a minimum ends later, a maximum earlier. */
export type MissingDay = 'later' | 'earlier';

const DAY_PATTERN = /^(\d{4})-(\d{2})-(\d{2})$/;
const MONTH_DAY_PATTERN = /^(\d{2})-(\d{2})$/;
const MONTHS_A_YEAR = 12;
const YEAR_MAX = 9_999;

/**
 * The last day of a period of months that an event starts.
 *
 * Shape:  the day of the same number that many months later, which still belongs to the period. Where that month has no such day,
 *         a minimum ends on the first of the next month, and a maximum on the last of that one.
 * Units:  days as `YYYY-MM-DD`.
 * Errors: `VALUE_MALFORMED` for what is no day, or one beyond the year 9999.
 * Source: Regulation (EEC, Euratom) No 1182/71 Art. 3(2)(c), for the maximum.
 */
export function lastDayOfPeriod(event: string, months: number, missingDay: MissingDay): string {
  const { year, month, day } = dateOf(event);
  const count = year * MONTHS_A_YEAR + (month - 1) + months;
  const target = { year: Math.floor(count / MONTHS_A_YEAR), month: (count % MONTHS_A_YEAR) + 1 };
  const last = lastDayOfMonth(target.year, target.month);
  if (day <= last) return dayText({ ...target, day });
  return missingDay === 'earlier' ? dayText({ ...target, day: last }) : dayText(firstOfNext(target));
}

/**
 * The end of the fiscal year that a day lies in; the day itself where it is one.
 *
 * Units:  `yearEnd` as `MM-DD`; `02-29` is the last of February in each year.
 * Errors: `VALUE_MALFORMED` for what is no day.
 */
export function fiscalYearEnd(day: string, yearEnd: string): string {
  const { year } = dateOf(day);
  const ends = [year, year + 1].map((one) => yearEndIn(one, yearEnd));
  return ends.find((end) => end >= day) ?? day;
}

/** The day after another. Errors: `VALUE_MALFORMED` for what is no day. */
export function dayAfter(day: string): string {
  return dayText(dateOfEpochDay(epochDayOfDate(dateOf(day)) + 1));
}

/** How many days lie between two days; negative where the second is earlier. Errors: `VALUE_MALFORMED` for what is no day. */
export function daysBetween(first: string, second: string): number {
  return epochDayOfDate(dateOf(second)) - epochDayOfDate(dateOf(first));
}

/** Whether a text is a day of the calendar. */
export function isDay(text: string): boolean {
  const [, year, month, day] = DAY_PATTERN.exec(text) ?? [];
  if (year === undefined) return false;
  return dayText(dateOfEpochDay(epochDayOfDate({ year: +year, month: Number(month), day: Number(day) }))) === text;
}

/** Whether a text is a day of each year. */
export function isMonthDay(text: string): boolean {
  return MONTH_DAY_PATTERN.test(text) && isDay(`2024-${text}`);
}

function yearEndIn(year: number, yearEnd: string): string {
  const [, month, day] = MONTH_DAY_PATTERN.exec(yearEnd) ?? [];
  if (!isMonthDay(yearEnd)) throw new KitError('VALUE_MALFORMED', `the end of a fiscal year "${yearEnd}"`);
  return dayText({ year, month: Number(month), day: Math.min(Number(day), lastDayOfMonth(year, Number(month))) });
}

interface MonthOfYear {
  readonly year: number;
  readonly month: number;
}

function firstOfNext({ year, month }: MonthOfYear) {
  return month === MONTHS_A_YEAR ? { year: year + 1, month: 1, day: 1 } : { year, month: month + 1, day: 1 };
}

function lastDayOfMonth(year: number, month: number): number {
  return dateOfEpochDay(epochDayOfDate(firstOfNext({ year, month })) - 1).day;
}

function dateOf(day: string) {
  if (!isDay(day)) throw new KitError('VALUE_MALFORMED', `the day "${day}"`, { hint: 'A day is written YYYY-MM-DD.' });
  const [year = '', month = '', date = ''] = day.split('-');
  return { year: Number(year), month: Number(month), day: Number(date) };
}

function dayText({ year, month, day }: MonthOfYear & { readonly day: number }): string {
  if (year > YEAR_MAX) throw new KitError('VALUE_MALFORMED', `a day in the year ${year}`);
  const two = (value: number) => `${value}`.padStart(2, '0');
  return `${`${year}`.padStart(4, '0')}-${two(month)}-${two(day)}`;
}
