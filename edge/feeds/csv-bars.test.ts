import { KitError } from '@gatehouse/shared/errors.ts';
import { toText } from '@gatehouse/shared/values/decimal.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { CSV_PROBLEMS_MAX, loadCsvBars, parseCsvBars } from './csv-bars.ts';
import type { LoadedBars } from './loaded-bars.ts';
import { loadSp500, SP500_INDEX } from './sp500.ts';

const FILE = { path: '/data/bars.csv', zone: SP500_INDEX.zone, instrumentOf: () => SP500_INDEX };
const HEADER = 'Date,Open,High,Low,Close,Volume';

function parse(...lines: readonly string[]): LoadedBars {
  return parseCsvBars(Buffer.from(lines.join('\n')), FILE);
}

function problemsOf(...lines: readonly string[]): string {
  try {
    parse(...lines);
  } catch (error) {
    if (error instanceof KitError && error.code === 'FILE_MALFORMED') return error.message;
    throw error;
  }
  return '';
}

test('the default source holds 5,105 days of the S&P 500, exactly as written', async () => {
  const { bars, source } = await loadSp500();
  expect(source.rows).toBe(5_105);
  expect(bars.length).toBe(5_105);
  expect(source.sha256).toMatch(/^[0-9a-f]{64}$/);
  const first = bars.bar(0);
  expect(toText(first.low)).toBe('1438.359985');
  expect(toText(first.open)).toBe('1469.250000');
  expect(instantText(first.openAt)).toBe('2000-01-03T14:30:00.000000000Z');
  expect(instantText(source.to)).toBe('2020-04-17T20:00:00.000000000Z');
  expect(source.notes.join(' ')).toMatch(/09:30:00 and close 16:00:00 in America\/New_York.*not tradable/);
});

test('columns are found by name in any order, with other columns, carriage returns and a byte order mark', () => {
  const { bars } = parse('\uFEFFclose,extra,LOW,high,open,timestamp\r', '2,x,1,3,1.5,2020-01-02T15:00:00Z\r', '');
  expect(bars.length).toBe(1);
  expect([bars.numbers.open[0], bars.numbers.high[0], bars.numbers.low[0], bars.numbers.close[0]]).toEqual([
    1.5, 3, 1, 2,
  ]);
});

test('a time is the close of its bar, which opens after the bar before closed', () => {
  const { bars } = parse('time,open,high,low,close', '2020-01-02T15:00:00Z,1,1,1,1', '2020-01-02T15:01:00Z,1,1,1,1');
  expect(bars.bar(1).openAt).toBe(bars.bar(0).closeAt + 1n);
  expect(bars.bar(1).day).toBe('2020-01-02');
});

test.each([
  ['an empty file', ['']],
  ['a missing column', ['date,open,high,low', '2020-01-02,1,1,1'], 'line 1: no column named close'],
  ['a column twice', ['date,time,open,high,low,close'], 'line 1: 2 columns named date or time'],
  ['no bars', [HEADER], 'line 2'],
  ['a bad number', [HEADER, '2020-01-02,1,1,1,abc,0'], 'line 2, column close: "abc" is not a decimal number'],
  ['an exponent', [HEADER, '2020-01-02,1e3,1,1,1,0'], 'column open'],
  ['high below low', [HEADER, '2020-01-02,1,1,2,1,0'], 'column high: the high is below the low'],
  ['a close outside', [HEADER, '2020-01-02,2,3,1,3.01,0'], 'column close: the close lies outside'],
  ['an open outside', [HEADER, '2020-01-02,0.99,3,1,2,0'], 'column open: the open lies outside'],
  ['a price of zero', [HEADER, '2020-01-02,0,3,1,2,0'], 'column open: 0 is not above zero'],
  ['a price below zero', [HEADER, '2020-01-02,1,3,-1,2,0'], 'column low: -1 is not above zero'],
  ['a time twice', [HEADER, '2020-01-02,1,1,1,1,0', '2020-01-02,1,1,1,1,0'], 'line 3, column 1: the time repeats'],
  [
    'a time that runs back',
    [HEADER, '2020-01-03,1,1,1,1,0', '2020-01-02,1,1,1,1,0'],
    'line 3, column 1: the time is earlier',
  ],
  ['a time without a zone', [HEADER, '2020-01-02T15:00:00,1,1,1,1,0'], 'has no zone'],
  ['a day that does not exist', [HEADER, '2021-02-29,1,1,1,1,0'], 'neither a day'],
  ['days and times mixed', [HEADER, '2020-01-02,1,1,1,1,0', '2020-01-03T15:00:00Z,1,1,1,1,0'], 'while the lines above'],
  [
    'a price of more than 64 bits beside prices with many digits',
    [HEADER, '2020-01-02,1,10,1,1.000000000000000001,0', '2020-01-03,9,10,9,9,0'],
    'line 2, column high: 10 is too large beside prices with 18 digits',
  ],
  ['a missing cell', [HEADER, '2020-01-02,1,1,1,1'], 'line 2: 5 cells under 6 columns'],
])('%s is refused, with file, line and column', (_name, lines, problem = 'bars.csv') => {
  const message = problemsOf(...lines);
  expect(message).toMatch(/^bars\.csv: /);
  expect(message).toContain(problem);
});

test('a bar on the border of its range is taken', () => {
  expect(parse(HEADER, '2020-01-02,1,3,1,3,0', '2020-01-03,2,2,2,2,0').bars.length).toBe(2);
});

test('all problems are listed at once, up to the bound', () => {
  expect(problemsOf(HEADER, 'x,1,1,1,y,0', '2020-01-02,0,1,1,1,0').split('; ')).toHaveLength(3);
  const many = Array.from({ length: 50 }, () => 'x,1,1,1,1,0');
  expect(problemsOf(HEADER, ...many).split('; ')).toHaveLength(CSV_PROBLEMS_MAX + 2 - 1);
});

test('a file that is not there says so', async () => {
  await expect(loadCsvBars({ ...FILE, path: '/nowhere/bars.csv' })).rejects.toThrow(/cannot be read/);
});
