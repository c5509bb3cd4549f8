import { KitError } from '../errors.ts';
import { type Rounding, roundedQuotient } from './rounding.ts';

export type { Rounding } from './rounding.ts';

/**
 * An exact decimal number, `units / 10^scale`; the only form of a figure that may decide anything.
 *
 * Shape: immutable; `10.2` and `10.20` are equal in value and keep their own scale.
 */
export interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

/** The scale of a result, and what happens to digits beyond it. */
export interface Precision {
  readonly scale: number;
  readonly rounding: Rounding;
}

/**
 * The text of a decimal: at most 38 digits, at most 18 of them behind the point.
 *
 * Shape: no plus sign, exponent, space or needless leading zero, and no negative zero: a value has one text per scale.
 */
export const DECIMAL_PATTERN = /^(?!-0(?:\.0+)?$)(?=-?(?:\d\.?){1,38}$)-?(?:0|[1-9]\d*)(?:\.\d{1,18})?$/;

const TEXT_SCALE_MAX = 18;
const TEXT_UNITS_LIMIT = 10n ** 38n;

/** Products add scales, so computed values may be wider than text: four of the widest can be multiplied. */
const SCALE_MAX = 72;
const POWERS: readonly bigint[] = Array.from({ length: SCALE_MAX + 1 }, (_, exponent) => 10n ** BigInt(exponent));

/** Nothing, with no digits behind the point. */
export const ZERO: Decimal = { units: 0n, scale: 0 };

/** Reads a decimal from its text and keeps the scale as written. Errors: `VALUE_MALFORMED`, see `DECIMAL_PATTERN`. */
export function decimal(text: string): Decimal {
  if (!DECIMAL_PATTERN.test(text)) {
    throw new KitError('VALUE_MALFORMED', `a decimal written as ${JSON.stringify(text)}`, {
      hint: 'Write it like -10.20: at most 38 digits, at most 18 behind the point, no exponent and no leading zeros.',
    });
  }
  const point = text.indexOf('.');
  if (point === -1) return { units: BigInt(text), scale: 0 };
  return { units: BigInt(text.slice(0, point) + text.slice(point + 1)), scale: text.length - point - 1 };
}

/** Whether the text is one that `decimal` reads. */
export function isDecimalText(text: string): boolean {
  return DECIMAL_PATTERN.test(text);
}

/** Whether `toText` writes the value in a form that `decimal` reads back: a scale of at most 18 and at most 38 digits. */
export function fitsText(value: Decimal): boolean {
  return value.scale <= TEXT_SCALE_MAX && value.units < TEXT_UNITS_LIMIT && value.units > -TEXT_UNITS_LIMIT;
}

/** The decimal `units / 10^scale`. Errors: `VALUE_MALFORMED` for a scale that is not a whole number from 0 to 72. */
export function fromUnits(units: bigint, scale: number): Decimal {
  power(scale);
  return { units, scale };
}

/** A whole number as a decimal. Errors: `VALUE_MALFORMED` for a number that is not a safe integer. */
export function fromInteger(value: bigint | number): Decimal {
  if (typeof value === 'bigint') return { units: value, scale: 0 };
  if (!Number.isSafeInteger(value)) throw new KitError('VALUE_MALFORMED', `${value} where a safe integer belongs`);
  return { units: BigInt(value), scale: 0 };
}

/**
 * The decimal that a float proposes, from the shortest text that reads back as the same float: 10.2 is `10.2`, not the
 * binary figure just below it.
 *
 * Errors: `VALUE_MALFORMED` for NaN and the infinities, and for lost digits where the rounding is `exact`.
 */
export function fromFloat(value: number, precision: Precision): Decimal {
  if (!Number.isFinite(value)) throw new KitError('VALUE_MALFORMED', `${value} where a finite number belongs`);
  const [digits = '0', exponent = '0'] = String(value).split('e');
  const [whole = '0', fraction = ''] = digits.split('.');
  const units = BigInt(whole + fraction);
  const shift = Number(exponent) - fraction.length + precision.scale;
  power(precision.scale);
  // A float reaches from 1e-324 to 1e308, far beyond the table of powers.
  const factor = 10n ** BigInt(Math.abs(shift));
  const fitted = shift >= 0 ? units * factor : roundedQuotient(units, factor, precision.rounding);
  return { units: fitted, scale: precision.scale };
}

/** The text of a decimal with all digits of its scale. Shape: `decimal` reads it back where `fitsText` holds. */
export function toText(value: Decimal): string {
  const { units, scale } = value;
  if (scale === 0) return units.toString();
  const sign = units < 0n ? '-' : '';
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** The nearest float: for statistics and charts only, never for a figure that decides or is filed. */
export function toNumber(value: Decimal): number {
  return Number(toText(value));
}

/** The same value without zeros at its end. */
export function trim(value: Decimal): Decimal {
  let { units, scale } = value;
  while (scale > 0 && units % 10n === 0n) {
    units /= 10n;
    scale -= 1;
  }
  return { units, scale };
}

/** The sum, at the larger scale of the two. */
export function add(a: Decimal, b: Decimal): Decimal {
  if (a.scale === b.scale) return { units: a.units + b.units, scale: a.scale };
  if (a.scale > b.scale) return { units: a.units + widened(b, a.scale), scale: a.scale };
  return { units: widened(a, b.scale) + b.units, scale: b.scale };
}

/** The difference `a - b`, at the larger scale of the two. */
export function subtract(a: Decimal, b: Decimal): Decimal {
  if (a.scale === b.scale) return { units: a.units - b.units, scale: a.scale };
  if (a.scale > b.scale) return { units: a.units - widened(b, a.scale), scale: a.scale };
  return { units: widened(a, b.scale) - b.units, scale: b.scale };
}

/** The sum `total + now - before`: a total of which a part has changed. Shape: at the largest scale of the three. */
export function withChange(total: Decimal, before: Decimal, now: Decimal): Decimal {
  const scale = Math.max(total.scale, before.scale, now.scale);
  return { units: unitsAt(total, scale) + unitsAt(now, scale) - unitsAt(before, scale), scale };
}

/** The exact product; its scale is the sum of both. Errors: `VALUE_MALFORMED` beyond a scale of 72. */
export function multiply(a: Decimal, b: Decimal): Decimal {
  return fromUnits(a.units * b.units, a.scale + b.scale);
}

/** The quotient `a / b`. Errors: `VALUE_MALFORMED` for a divisor of zero and for digits that `exact` would lose. */
export function divide(a: Decimal, b: Decimal, precision: Precision): Decimal {
  const { scale, rounding } = precision;
  const dividend = a.units * power(scale) * power(b.scale);
  return { units: roundedQuotient(dividend, b.units * power(a.scale), rounding), scale };
}

/** The value at another scale. Errors: `VALUE_MALFORMED` for digits that `exact` would lose. */
export function rescale(value: Decimal, precision: Precision): Decimal {
  const { scale, rounding } = precision;
  if (scale === value.scale) return value;
  const target = power(scale);
  if (scale > value.scale) return { units: widened(value, scale), scale };
  return { units: roundedQuotient(value.units, power(value.scale) / target, rounding), scale };
}

/** The sum of a list, at its largest scale; `ZERO` for an empty one. */
export function sum(values: Iterable<Decimal>): Decimal {
  let total = ZERO;
  for (const value of values) total = add(total, value);
  return total;
}

/** The order of two values, whatever their scales: -1, 0 or 1. */
export function compare(a: Decimal, b: Decimal): -1 | 0 | 1 {
  const left = a.scale >= b.scale ? a.units : widened(a, b.scale);
  const right = b.scale >= a.scale ? b.units : widened(b, a.scale);
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Whether both are the same value, whatever their scales. */
export function equal(a: Decimal, b: Decimal): boolean {
  return compare(a, b) === 0;
}

/** Whether `a` is below `b`. */
export function lessThan(a: Decimal, b: Decimal): boolean {
  return compare(a, b) < 0;
}

/** The value without its sign. */
export function absolute(value: Decimal): Decimal {
  return value.units < 0n ? negate(value) : value;
}

/** The value with the other sign. */
export function negate(value: Decimal): Decimal {
  return { units: -value.units, scale: value.scale };
}

/** The sign of the value: -1, 0 or 1. */
export function signOf(value: Decimal): -1 | 0 | 1 {
  if (value.units === 0n) return 0;
  return value.units < 0n ? -1 : 1;
}

/** Whether the value is zero. */
export function isZero(value: Decimal): boolean {
  return value.units === 0n;
}

/** The smallest of the values; the first of those where several are equal. */
export function minimum<Value extends Decimal>(
  first: Value,
  second: Value = first,
  ...others: readonly Value[]
): Value {
  let least = compare(second, first) < 0 ? second : first;
  for (const value of others) if (compare(value, least) < 0) least = value;
  return least;
}

/** The largest of the values; the first of those where several are equal. */
export function maximum<Value extends Decimal>(
  first: Value,
  second: Value = first,
  ...others: readonly Value[]
): Value {
  let most = compare(second, first) > 0 ? second : first;
  for (const value of others) if (compare(value, most) > 0) most = value;
  return most;
}

/** The units of a value at a scale that is not below its own. */
function unitsAt(value: Decimal, scale: number): bigint {
  return value.scale === scale ? value.units : widened(value, scale);
}

function widened(value: Decimal, scale: number): bigint {
  return value.units * power(scale - value.scale);
}

function power(exponent: number): bigint {
  const known = POWERS[exponent];
  if (known !== undefined) return known;
  throw new KitError('VALUE_MALFORMED', `${exponent} where a scale from 0 to ${SCALE_MAX} belongs`, {
    hint: 'Rescale the factors of a long product on the way.',
  });
}
