import { dateOfEpochDay, epochDayOfDate } from '@gatehouse/shared/values/civil-date.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dayAfter, daysBetween, fiscalYearEnd, isDay, isMonthDay, lastDayOfPeriod } from './clock.ts';

const days = fc
  .integer({
    min: epochDayOfDate({ year: 1990, month: 1, day: 1 }),
    max: epochDayOfDate({ year: 2090, month: 12, day: 31 }),
  })
  .map((epochDay) => {
    const { year, month, day } = dateOfEpochDay(epochDay);
    return `${year}-${`${month}`.padStart(2, '0')}-${`${day}`.padStart(2, '0')}`;
  });

test('a period ends on the day of the same number, which still belongs to it', () => {
  expect(lastDayOfPeriod('2026-01-05', 72, 'later')).toBe('2032-01-05');
  expect(lastDayOfPeriod('2026-01-05', 72, 'earlier')).toBe('2032-01-05');
  expect(lastDayOfPeriod('2026-12-31', 1, 'later')).toBe('2027-01-31');
  expect(lastDayOfPeriod('2026-06-15', 18, 'later')).toBe('2027-12-15');
});

test('a leap day ends a minimum on the first of March and a maximum on the last of February', () => {
  expect(lastDayOfPeriod('2024-02-29', 60, 'later')).toBe('2029-03-01');
  expect(lastDayOfPeriod('2024-02-29', 60, 'earlier')).toBe('2029-02-28');
  expect(lastDayOfPeriod('2024-02-29', 48, 'later')).toBe('2028-02-29');
  expect(lastDayOfPeriod('2024-02-29', 48, 'earlier')).toBe('2028-02-29');
  // The year 2100 has no leap day.
  expect(lastDayOfPeriod('2096-02-29', 48, 'earlier')).toBe('2100-02-28');
});

test('a month without the day moves a minimum into the next month, over the end of a year too', () => {
  expect(lastDayOfPeriod('2026-08-31', 18, 'later')).toBe('2028-03-01');
  expect(lastDayOfPeriod('2026-08-31', 18, 'earlier')).toBe('2028-02-29');
  expect(lastDayOfPeriod('2026-10-31', 1, 'later')).toBe('2026-12-01');
});

test('a later event never ends a period earlier, and a minimum never ends before a maximum of the same length', () => {
  fc.assert(
    fc.property(days, days, fc.integer({ min: 1, max: 240 }), (first, second, months) => {
      const [early, late] = [first, second].toSorted();
      for (const way of ['later', 'earlier'] as const) {
        expect(lastDayOfPeriod(early ?? first, months, way) <= lastDayOfPeriod(late ?? second, months, way)).toBe(true);
      }
      expect(lastDayOfPeriod(first, months, 'earlier') <= lastDayOfPeriod(first, months, 'later')).toBe(true);
    }),
  );
});

test('a fiscal year ends on its day, and the day itself belongs to the year that it ends', () => {
  expect(fiscalYearEnd('2026-01-05', '12-31')).toBe('2026-12-31');
  expect(fiscalYearEnd('2026-12-31', '12-31')).toBe('2026-12-31');
  expect(fiscalYearEnd('2026-07-01', '06-30')).toBe('2027-06-30');
  expect(fiscalYearEnd('2026-06-30', '06-30')).toBe('2026-06-30');
  expect(fiscalYearEnd('2026-03-01', '02-29')).toBe('2027-02-28');
  expect(fiscalYearEnd('2027-03-01', '02-29')).toBe('2028-02-29');
});

test('a day lies at most a year before the end of its fiscal year', () => {
  fc.assert(
    fc.property(days, fc.constantFrom('12-31', '06-30', '02-29', '03-31'), (day, yearEnd) => {
      const distance = daysBetween(day, fiscalYearEnd(day, yearEnd));
      expect(distance).toBeGreaterThanOrEqual(0);
      expect(distance).toBeLessThanOrEqual(366);
    }),
  );
});

test('what is no day of the calendar is refused', () => {
  expect(['2026-02-29', '2026-13-01', '2026-00-10', '26-01-01', '2026-1-1', ''].filter(isDay)).toEqual([]);
  expect(isDay('2024-02-29')).toBe(true);
  expect(['13-01', '02-30', '1-1'].filter(isMonthDay)).toEqual([]);
  expect(() => lastDayOfPeriod('2026-02-30', 12, 'later')).toThrow('the day "2026-02-30"');
  expect(() => lastDayOfPeriod('2026-02-28', 120_000, 'later')).toThrow('year');
  expect(() => fiscalYearEnd('2026-02-28', '2-28')).toThrow('fiscal year');
  expect(dayAfter('2024-02-28')).toBe('2024-02-29');
  expect(dayAfter('2026-12-31')).toBe('2027-01-01');
});
