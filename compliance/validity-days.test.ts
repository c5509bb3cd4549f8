import { expect, test } from 'vitest';
import { countsOn } from './validity-days.ts';

const row = { from: '2020-03-02', to: '2020-03-06' };

test('both days are inside, and the days beside them are not', () => {
  expect(['2020-03-01', '2020-03-02', '2020-03-06', '2020-03-07'].map((day) => countsOn(row, day))).toEqual([
    false,
    true,
    true,
    false,
  ]);
});

test('without a day the row counts without that end', () => {
  expect(countsOn({ from: '2020-03-02' }, '9999-12-31')).toBe(true);
  expect(countsOn({ to: '2020-03-06' }, '0000-01-01')).toBe(true);
  expect(countsOn({}, '2020-03-06')).toBe(true);
});
