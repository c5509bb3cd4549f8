import { expect, test } from 'vitest';
import type { Measure } from './marks.ts';
import { drawable, printedCell, printedInstant } from './printed-text.ts';

const LATIN: Measure = { width: () => 0, draws: (codePoint) => codePoint < 0x250 };

test('each kind of cell is printed as people read it', () => {
  expect(printedCell(null, 'decimal')).toBe('–');
  expect(printedCell('-1234.50', 'decimal')).toBe('−1\u202f234.50');
  expect(printedCell('-1234', 'integer')).toBe('−1234');
  expect(printedCell('-1234', 'text')).toBe('-1234');
  expect(printedCell('n/a', 'decimal')).toBe('n/a');
  expect(printedCell('2026-01-05T09:00:00.000000000Z', 'instant')).toBe('2026-01-05 09:00:00Z');
  expect(printedCell('2026-01-05', 'day')).toBe('2026-01-05');
});

test.each([
  ['2026-01-05T09:00:00Z', '2026-01-05 09:00:00Z'],
  ['2026-01-05T09:00:00.5Z', '2026-01-05 09:00:00.500Z'],
  ['2026-01-05T09:00:00.000001000Z', '2026-01-05 09:00:00.000001Z'],
  ['2026-01-05T09:00:00.000000001Z', '2026-01-05 09:00:00.000000001Z'],
  ['yesterday', 'yesterday'],
])('the instant %s is printed as %s', (text, printed) => {
  expect(printedInstant(text)).toBe(printed);
});

test('a character without a picture and one that hides are spelled, all others stay', () => {
  expect(drawable('Zakłady − ó', 'regular', { ...LATIN, draws: () => true })).toBe('Zakłady − ó');
  expect(drawable('中x', 'regular', LATIN)).toBe('‹U+4E2D›x');
  expect(drawable('a\u202eb\u0007\u200b', 'regular', { ...LATIN, draws: () => true })).toBe(
    'a‹U+202E›b‹U+0007›‹U+200B›',
  );
  expect(drawable('👍', 'regular', LATIN)).toBe('‹U+1F44D›');
});

test('line ends are one line feed, tabs are spaces, and letters with their accents are one', () => {
  expect(drawable('é\r\nb\rc\td', 'regular', LATIN)).toBe('é\nb\nc d');
  expect(drawable('o\u0301', 'regular', LATIN)).toBe('ó');
});
