import { expect, test } from 'vitest';
import { dateOfEpochDay, epochDayOfDate } from './civil-date.ts';

const MS_PER_DAY = 86_400_000;

function runtimeDate(epochDay: number): { year: number; month: number; day: number } {
  const date = new Date(epochDay * MS_PER_DAY);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

test('every day of the years 1600 to 2400 is the one that the runtime names', () => {
  const first = Date.UTC(1600, 0, 1) / MS_PER_DAY;
  const last = Date.UTC(2400, 11, 31) / MS_PER_DAY;
  for (let epochDay = first; epochDay <= last; epochDay += 1) {
    const date = runtimeDate(epochDay);
    const made = dateOfEpochDay(epochDay);
    const isSame = made.year === date.year && made.month === date.month && made.day === date.day;
    if (!isSame || epochDayOfDate(date) !== epochDay) expect({ epochDay, made }).toEqual({ epochDay, made: date });
  }
  expect(dateOfEpochDay(last)).toEqual({ year: 2400, month: 12, day: 31 });
});

test.each([
  [{ year: 1970, month: 1, day: 1 }, 0],
  [{ year: 1969, month: 12, day: 31 }, -1],
  [{ year: 2000, month: 2, day: 29 }, 11_016],
  [{ year: 2000, month: 3, day: 1 }, 11_017],
  [{ year: 1900, month: 2, day: 28 }, -25_509],
  [{ year: 1900, month: 3, day: 1 }, -25_508],
  [{ year: 0, month: 1, day: 1 }, -719_528],
  [{ year: 9999, month: 12, day: 31 }, 2_932_896],
])('%o is day %d', (date, epochDay) => {
  expect(epochDayOfDate(date)).toBe(epochDay);
  expect(dateOfEpochDay(epochDay)).toEqual(date);
});
