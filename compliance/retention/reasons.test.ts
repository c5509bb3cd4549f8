import { expect, test } from 'vitest';
import { CLOCK_EVENTS } from './clock.ts';
import { eventDayText, periodText } from './reasons.ts';

test('periods are said as the law says them', () => {
  expect([12, 18, 72, 120].map(periodText)).toEqual(['1 year', '18 months', '6 years', '10 years']);
  expect(periodText('life-of-firm')).toBe('as long as the firm lives');
});

test('every event is said as a day of its own', () => {
  expect(new Set(CLOCK_EVENTS.map(eventDayText)).size).toBe(CLOCK_EVENTS.length);
});
