import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  addMs,
  ageMs,
  dayOf,
  epochDay,
  fromMillis,
  INSTANT_PATTERN,
  instant,
  instantText,
  isInstantText,
  parseInstant,
  toMillis,
} from './instant.ts';

const FIRST = parseInstant('0000-01-01T00:00:00Z');
const LAST = parseInstant('9999-12-31T23:59:59.999999999Z');
const anyInstant = fc.bigInt({ min: FIRST, max: LAST }).map(instant);

test.each([
  ['1970-01-01T00:00:00Z', 0n],
  ['1970-01-01T00:00:00.000000001Z', 1n],
  ['1969-12-31T23:59:59.999999999Z', -1n],
  ['1969-12-31T23:59:59Z', -1_000_000_000n],
  ['2020-03-06T16:00:00.5Z', 1_583_510_400_500_000_000n],
  ['2020-03-06T16:00:00.123456789Z', 1_583_510_400_123_456_789n],
  ['2000-02-29T00:00:00Z', 951_782_400_000_000_000n],
  ['1900-03-01T00:00:00Z', -2_203_891_200_000_000_000n],
])('%s is %d ns from 1970', (text, nanoseconds) => {
  expect(parseInstant(text)).toBe(nanoseconds);
  expect(parseInstant(instantText(instant(nanoseconds)))).toBe(nanoseconds);
});

test('an instant is always written with nine digits of a second', () => {
  expect(instantText(parseInstant('2020-03-06T16:00:00Z'))).toBe('2020-03-06T16:00:00.000000000Z');
  expect(instantText(parseInstant('2020-03-06T16:00:00.05Z'))).toBe('2020-03-06T16:00:00.050000000Z');
  expect(instantText(instant(-1n))).toBe('1969-12-31T23:59:59.999999999Z');
  expect(instantText(FIRST)).toBe('0000-01-01T00:00:00.000000000Z');
  expect(instantText(LAST)).toBe('9999-12-31T23:59:59.999999999Z');
});

test.each([
  ...['', '2020-03-06', '2020-03-06T16:00:00', '2020-03-06T16:00:00+00:00', '2020-03-06T16:00:00-05:00'],
  ...[
    '2020-03-06 16:00:00Z',
    '2020-03-06t16:00:00z',
    '2020-03-06T16:00Z',
    '2020-03-06T16:00:00.Z',
    '20-03-06T16:00:00Z',
  ],
  ...['2020-03-06T16:00:00.1234567890Z', '2020-03-06T24:00:00Z', '2020-03-06T16:60:00Z', '2016-12-31T23:59:60Z'],
  ...['2020-00-06T16:00:00Z', '2020-13-06T16:00:00Z', '2020-03-00T16:00:00Z', '2020-03-32T16:00:00Z'],
  ...['2020-04-31T00:00:00Z', '2021-02-29T00:00:00Z', '1900-02-29T00:00:00Z', '2020-02-30T00:00:00Z'],
  ...['+2020-03-06T16:00:00Z', '-0001-03-06T16:00:00Z', '12020-03-06T16:00:00Z', '2020-03-06T16:00:00Z\n'],
])('the text %j is refused', (text) => {
  expect(isInstantText(text)).toBe(false);
  expect(() => parseInstant(text)).toThrowError(expect.objectContaining({ code: 'VALUE_MALFORMED' }));
});

test.each(['2020-02-29', '2000-02-29', '0000-02-29', '2020-04-30', '2020-12-31'])('the day %s exists', (day) => {
  expect(dayOf(parseInstant(`${day}T12:00:00Z`))).toBe(day);
});

test('every instant survives the way to text and back', () => {
  fc.assert(
    fc.property(anyInstant, (at) => {
      const text = instantText(at);
      expect(INSTANT_PATTERN.test(text)).toBe(true);
      expect(parseInstant(text)).toBe(at);
    }),
  );
});

test('to the millisecond, texts are those of the runtime', () => {
  fc.assert(
    fc.property(fc.integer({ min: toMillis(FIRST), max: toMillis(LAST) }), (ms) => {
      expect(instantText(fromMillis(ms))).toBe(new Date(ms).toISOString().replace('Z', '000000Z'));
      expect(toMillis(fromMillis(ms))).toBe(ms);
    }),
  );
});

test('texts of instants sort as the instants do', () => {
  fc.assert(
    fc.property(anyInstant, anyInstant, (a, b) => {
      expect(instantText(a) < instantText(b)).toBe(a < b);
    }),
  );
});

test('an instant lies in the years 0000 to 9999', () => {
  expect(instant(FIRST)).toBe(FIRST);
  expect(instant(LAST)).toBe(LAST);
  expect(() => instant(FIRST - 1n)).toThrowError(expect.objectContaining({ code: 'VALUE_MALFORMED' }));
  expect(() => instant(LAST + 1n)).toThrow(/outside the years/);
  expect(() => addMs(LAST, 1)).toThrow(/outside the years/);
});

test('milliseconds are the whole ones that have passed', () => {
  expect(toMillis(instant(1_999_999n))).toBe(1);
  expect(toMillis(instant(2_000_000n))).toBe(2);
  expect(toMillis(instant(-1n))).toBe(-1);
  expect(toMillis(instant(-1_000_000n))).toBe(-1);
  for (const ms of [0.5, Number.NaN, Number.MAX_SAFE_INTEGER + 1]) {
    expect(() => fromMillis(ms)).toThrow(/where whole milliseconds belong/);
  }
});

test('an age never looks smaller than it is, and the future never looks like the present', () => {
  const at = parseInstant('2020-03-06T16:00:00Z');
  expect(ageMs(at, at)).toBe(0);
  expect(ageMs(at, addMs(at, 5_000))).toBe(5_000);
  expect(ageMs(at, instant(at + 5_000_000_001n))).toBe(5_001);
  expect(ageMs(at, instant(at + 1n))).toBe(1);
  expect(ageMs(instant(at + 1n), at)).toBe(-1);
  expect(ageMs(addMs(at, 3), at)).toBe(-3);
});

test('the milliseconds that are added are the age', () => {
  const modern = fc.bigInt({ min: -(10n ** 18n), max: 4n * 10n ** 18n }).map(instant);
  fc.assert(
    fc.property(modern, fc.integer({ min: -1e12, max: 1e12 }), (at, ms) => {
      expect(ageMs(at, addMs(at, ms))).toBe(ms);
    }),
  );
});

test.each([
  [1n, 1],
  [499_999n, 1],
  [500_000n, 1],
  [500_001n, 1],
  [1_000_000n, 1],
  [1_000_001n, 2],
  [8_599_999_999_999_999n, 8_600_000_000],
  [8_600_000_000_000_000n, 8_600_000_000],
  [8_600_000_000_000_001n, 8_600_000_001],
  [2n ** 53n + 1n, 9_007_199_255],
  [86_400_000_000_000_000n, 86_400_000_000],
  [86_400_000_000_000_001n, 86_400_000_001],
])('an age of %s ns is one of %s ms, rounded away from zero in both directions', (nanos, ms) => {
  const at = parseInstant('2020-03-06T16:00:00Z');
  expect(ageMs(at, instant(at + nanos))).toBe(ms);
  expect(ageMs(instant(at + nanos), at)).toBe(-ms);
});

test('an age is the quotient in whole numbers, however long it is', () => {
  const nanos = fc.oneof(fc.bigInt({ min: 0n, max: 10n ** 7n }), fc.bigInt({ min: 0n, max: 2n ** 54n }));
  fc.assert(
    fc.property(nanos, (size) => {
      const at = parseInstant('2020-03-06T16:00:00Z');
      expect(ageMs(at, instant(at + size))).toBe(Number((size + 999_999n) / 1_000_000n));
    }),
  );
});

test('a day in UTC starts at midnight, before 1970 as after', () => {
  expect(epochDay(instant(0n))).toBe(0);
  expect(epochDay(instant(-1n))).toBe(-1);
  expect(epochDay(parseInstant('1970-01-02T00:00:00Z'))).toBe(1);
  expect(epochDay(parseInstant('1970-01-01T23:59:59.999999999Z'))).toBe(0);
  expect(dayOf(instant(-1n))).toBe('1969-12-31');
  expect(dayOf(parseInstant('2020-02-29T23:59:59.999999999Z'))).toBe('2020-02-29');
});
