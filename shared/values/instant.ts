import { KitError } from '../errors.ts';
import type { Brand } from './brand.ts';
import { dateOfEpochDay, epochDayOfDate } from './civil-date.ts';

/**
 * A moment in time.
 *
 * Shape: from the start of the year 0000 to the end of 9999, so each one has a text.
 * Units: nanoseconds since 1970-01-01T00:00:00Z, without leap seconds.
 */
export type Instant = Brand<bigint, 'Instant'>;

const NANOS_PER_MS = 1_000_000n;
const MS_IN_NANOS = 1_000_000;
/** Almost a hundred days; a millisecond more is still below 2^53. */
const SMALL_NANOS_MAX = 8_600_000_000_000_000;
const NANOS_PER_SECOND = 1_000_000_000n;
const NANOS_PER_DAY = 86_400n * NANOS_PER_SECOND;
const FIRST = BigInt(Date.UTC(-1, 12)) * NANOS_PER_MS;
const LAST = BigInt(Date.UTC(10_000, 0)) * NANOS_PER_MS - 1n;
const SECONDS_PER_DAY = 86_400;
/** The texts of 0 to 99, because half the cost of writing a time is padding. */
const TWO_DIGITS: readonly string[] = Array.from({ length: 100 }, (_, value) => `${value}`.padStart(2, '0'));
const SECONDS_LENGTH = 'YYYY-MM-DDThh:mm:ss'.length;
const FRACTION_DIGITS = 9;

/**
 * The text of an instant in UTC: `2020-03-06T16:00:00.000000000Z`, with 0 to 9 digits of a second.
 *
 * Shape: only days that exist; no leap second, no other offset than `Z`.
 */
export const INSTANT_PATTERN = instantPattern();

/** An instant from its count of nanoseconds. Errors: `VALUE_MALFORMED` outside the years 0000 to 9999. */
export function instant(nanoseconds: bigint): Instant {
  if (nanoseconds < FIRST || nanoseconds > LAST) {
    throw new KitError('VALUE_MALFORMED', `an instant ${nanoseconds} ns from 1970, outside the years 0000 to 9999`);
  }
  return nanoseconds as Instant;
}

/** Reads an instant from its text. Errors: `VALUE_MALFORMED`, see `INSTANT_PATTERN`. */
export function parseInstant(text: string): Instant {
  if (!INSTANT_PATTERN.test(text)) {
    throw new KitError('VALUE_MALFORMED', `an instant written as ${JSON.stringify(text)}`, {
      hint: 'Write it in UTC like 2020-03-06T16:00:00.000000000Z, on a day that exists and with seconds up to 59.',
    });
  }
  const part = (from: number, to: number): number => Number(text.slice(from, to));
  const day = epochDayOfDate({ year: part(0, 4), month: part(5, 7), day: part(8, 10) });
  const seconds = day * SECONDS_PER_DAY + part(11, 13) * 3600 + part(14, 16) * 60 + part(17, 19);
  const fraction = Number(text.slice(SECONDS_LENGTH + 1, -1).padEnd(FRACTION_DIGITS, '0'));
  return (BigInt(seconds) * NANOS_PER_SECOND + BigInt(fraction)) as Instant;
}

/** Whether the text is one that `parseInstant` reads. */
export function isInstantText(text: string): boolean {
  return INSTANT_PATTERN.test(text);
}

/** The text of an instant, always with nine digits of a second. */
export function instantText(at: Instant): string {
  const seconds = floorDivide(at, NANOS_PER_SECOND);
  const fraction = `${at - seconds * NANOS_PER_SECOND}`.padStart(FRACTION_DIGITS, '0');
  const day = epochDay(at);
  const ofDay = Number(seconds) - day * SECONDS_PER_DAY;
  const hours = Math.floor(ofDay / 3600);
  const minutes = Math.floor(ofDay / 60) % 60;
  return `${dayText(day)}T${twoDigits(hours)}:${twoDigits(minutes)}:${twoDigits(ofDay % 60)}.${fraction}Z`;
}

/** An instant from whole milliseconds since 1970. Errors: `VALUE_MALFORMED` for a number that is not a safe integer. */
export function fromMillis(ms: number): Instant {
  return instant(nanosOfMs(ms));
}

/** The whole milliseconds since 1970, rounded to the earlier one. */
export function toMillis(at: Instant): number {
  return Number(floorDivide(at, NANOS_PER_MS));
}

/**
 * How much older the first instant is; negative when it is the later one.
 *
 * Units: whole milliseconds, rounded away from zero, so that no age looks smaller than it is and no instant from the
 *        future looks like the present.
 */
export function ageMs(earlier: Instant, later: Instant): number {
  const nanos = later - earlier;
  const rounded = Number(nanos);
  // What is not above it was not rounded.
  if (Math.abs(rounded) <= SMALL_NANOS_MAX) return smallAgeMs(rounded);
  const outward = nanos < 0n ? nanos - NANOS_PER_MS + 1n : nanos + NANOS_PER_MS - 1n;
  return Number(outward / NANOS_PER_MS);
}

/** The age of a whole number of nanoseconds below 2^53: the quotient may be rounded, the product that sets it right is exact. */
function smallAgeMs(nanos: number): number {
  const size = Math.abs(nanos);
  let ms = Math.round(size / MS_IN_NANOS);
  if (ms * MS_IN_NANOS < size) ms += 1;
  return nanos < 0 ? -ms : ms;
}

/** The instant that many milliseconds later, or earlier when negative. Errors: `VALUE_MALFORMED` for part of one. */
export function addMs(at: Instant, ms: number): Instant {
  return instant(at + nanosOfMs(ms));
}

/** The day in UTC, as `YYYY-MM-DD`. */
export function dayOf(at: Instant): string {
  return dayText(epochDay(at));
}

/** The number of the day in UTC, counted from 1970-01-01 as day 0. */
export function epochDay(at: Instant): number {
  return Number(floorDivide(at, NANOS_PER_DAY));
}

function dayText(epochDay: number): string {
  const { year, month, day } = dateOfEpochDay(epochDay);
  return `${twoDigits(Math.floor(year / 100))}${twoDigits(year % 100)}-${twoDigits(month)}-${twoDigits(day)}`;
}

function twoDigits(value: number): string {
  return TWO_DIGITS[value] ?? `${value}`;
}

function nanosOfMs(ms: number): bigint {
  if (!Number.isSafeInteger(ms)) throw new KitError('VALUE_MALFORMED', `${ms} where whole milliseconds belong`);
  return BigInt(ms) * NANOS_PER_MS;
}

function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const towardsZero = dividend / divisor;
  return dividend < 0n && towardsZero * divisor !== dividend ? towardsZero - 1n : towardsZero;
}

function instantPattern(): RegExp {
  const leapYear = '(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)';
  const shortDays = '(?:0[1-9]|1\\d|2[0-8])';
  const anyYear = `\\d{4}-(?:02-${shortDays}|(?:0[13-9]|1[0-2])-(?:${shortDays}|29|30)|(?:0[13578]|1[02])-31)`;
  const time = '(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d';
  return new RegExp(`^(?:${leapYear}-02-29|${anyYear})T${time}(?:\\.\\d{1,9})?Z$`);
}
