import { expect, test } from 'vitest';
import { dayTicks, roundScale } from './chart-scale.ts';
import { figureText, keyWords, shortHash, stateWord } from './figure-text.ts';

test.each([
  ['1234567.89', '1\u2009234\u2009567.89'],
  ['-1204.55', '\u22121\u2009204.55'],
  ['999', '999'],
  ['1000', '1\u2009000'],
  ['0.123456', '0.123456'],
  ['2020-03-06', '2020-03-06'],
  ['985751.218900', '985\u2009751.2189'],
  ['124067.600000', '124\u2009067.60'],
  ['10.20', '10.20'],
  ['10.200', '10.20'],
  ['0.5', '0.5'],
])('%s reads as %s', (text, shown) => {
  expect(figureText(text)).toBe(shown);
});

test('keys read as words and hashes as their two ends', () => {
  expect(keyWords('referenceAgeMs')).toBe('reference age ms');
  expect(shortHash('0123456789abcdef0123456789abcdef')).toBe('01234567…abcdef');
});

test('states say in words what has happened and what is still open', () => {
  expect(['held', 'cancelling', 'replacing', 'replaced', 'part-filled'].map(stateWord)).toEqual([
    'held at the edge',
    'cancel asked',
    'change asked',
    'replaced',
    'part filled',
  ]);
});

test('an axis holds every value between round ticks, also where all are equal', () => {
  for (const [low, high] of [
    [1_000_000, 1_034_210.5],
    [-3, 4],
    [7, 7],
    [0, 0],
  ] as const) {
    const scale = roundScale({ low, high }, { from: 100, to: 0 }, 5);
    expect(scale.ticks.length).toBeLessThanOrEqual(7);
    expect(scale.place(low)).toBeLessThanOrEqual(100.000001);
    expect(scale.place(high)).toBeGreaterThanOrEqual(-0.000001);
  }
});

test('years are named where the days span some, months where they do not', () => {
  expect(dayTicks(['2000-01-03', '2000-06-01', '2001-01-02'], 8).map(({ label }) => label)).toEqual(['2000', '2001']);
  expect(dayTicks(['2000-01-03', '2000-02-01'], 8).map(({ label }) => label)).toEqual(['2000-01', '2000-02']);
});
