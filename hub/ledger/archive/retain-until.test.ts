import { carefulFigures } from '@gatehouse/compliance/retention/firm-figures.ts';
import { instantText, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { lockYears, retainUntil } from './retain-until.ts';

test('a lock is seven years, and longer where the firm or a class that binds it asks for more', () => {
  const figures = carefulFigures('Demo');
  expect(lockYears(undefined)).toBe(7);
  // Blocked property of a broker-dealer is kept for ten years.
  expect(lockYears(figures)).toBe(10);
  expect(lockYears({ ...figures, floor: { years: 12, except: [] } })).toBe(12);
  expect(lockYears({ ...figures, floor: { years: 99, except: [] } })).toBe(30);
});

test('a lock ends with the day so many years later, and never a day early after a leap day', () => {
  const until = (at: string) => instantText(retainUntil(parseInstant(at), 7));
  expect(until('2026-01-05T10:00:00.000000000Z')).toBe('2033-01-05T23:59:59.000000000Z');
  expect(until('2028-02-29T10:00:00.000000000Z')).toBe('2035-03-01T23:59:59.000000000Z');
});
