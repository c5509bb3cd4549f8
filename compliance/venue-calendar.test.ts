import { type Instant, parseInstant } from '@gatehouse/shared/values/instant.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCalendar, type VenueCalendar } from './venue-calendar.ts';

const row = {
  venue: 'paper',
  zone: 'America/New_York',
  weekdays: [1, 2, 3, 4, 5],
  phases: [
    { phase: 'continuous' as const, from: '09:30', to: '16:00' },
    { phase: 'after-hours' as const, from: '16:00', to: '20:00:30' },
  ],
  holidays: [{ day: '2020-04-10', title: 'Good Friday' }],
  shortDays: [{ day: '2020-11-27', close: '13:00', title: 'Day after Thanksgiving' }],
  from: '1969-01-01',
  to: '2020-12-31',
};

/** Each border with the phase just before it and at it. */
const borders = [
  ['2020-03-06T14:30:00Z', 'closed', 'continuous'],
  ['2020-03-06T21:00:00Z', 'continuous', 'after-hours'],
  ['2020-03-07T01:00:30Z', 'after-hours', 'closed'],
  ['2020-11-27T18:00:00Z', 'continuous', 'closed'],
  ['1969-12-31T14:30:00Z', 'closed', 'continuous'],
] as const;

function phaseAt(calendar: VenueCalendar, time: bigint): string | undefined {
  return calendar.at(time as Instant)?.phase;
}

test.each(borders)(
  'at %s the phase goes from %s to %s, to the nanosecond, whatever was asked before',
  (at, before, after) => {
    const border = parseInstant(at);
    const calendar = createCalendar(row);
    for (let times = 0; times < 2; times += 1) {
      expect(phaseAt(calendar, border - 1n)).toBe(before);
      expect(phaseAt(calendar, border)).toBe(after);
      expect(phaseAt(calendar, border + 999_999_999n)).toBe(after);
      expect(phaseAt(calendar, border - 1n)).toBe(before);
    }
  },
);

test('a calendar that was asked before answers as a new one does', () => {
  const calendar = createCalendar(row);
  const from = parseInstant('2020-03-06T14:29:50Z');
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 20_000_000_000n }), (ns) => {
      const time = (from + ns) as Instant;
      expect(calendar.at(time)).toEqual(createCalendar(row).at(time));
    }),
  );
});

test('beyond its days a calendar says nothing, and on a holiday or a day of rest it is closed', () => {
  const calendar = createCalendar(row);
  expect(calendar.at(parseInstant('2021-01-04T16:00:00Z'))).toBeUndefined();
  expect(calendar.at(parseInstant('1968-12-31T16:00:00Z'))).toBeUndefined();
  expect(calendar.at(parseInstant('2020-04-10T16:00:00Z'))).toMatchObject({ phase: 'closed', isHoliday: true });
  const sunday = calendar.at(parseInstant('2020-03-08T16:00:00Z'));
  expect(sunday).toEqual({ phase: 'closed', day: '2020-03-08', isHoliday: false });
});
