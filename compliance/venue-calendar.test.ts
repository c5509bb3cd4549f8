import { type Instant, parseInstant } from '@gatehouse/shared/values/instant.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCalendar, SESSION_AHEAD_DAYS_MAX, type VenueCalendar } from './venue-calendar.ts';

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

const withAuctions = {
  ...row,
  phases: [
    { phase: 'opening-auction' as const, from: '09:00', to: '09:30' },
    { phase: 'continuous' as const, from: '09:30', to: '16:00' },
    { phase: 'closing-auction' as const, from: '16:00', to: '16:05', entryTo: '15:50' },
  ],
};

test.each([
  ['before the day begins', 'open', '2020-03-06T12:00:00Z', { kind: 'ahead', day: '2020-03-06', entryTo: '09:30:00' }],
  [
    'a second before its orders end',
    'close',
    '2020-03-06T20:49:59Z',
    { kind: 'ahead', day: '2020-03-06', entryTo: '15:50:00' },
  ],
  ['when its orders end', 'close', '2020-03-06T20:50:00Z', { kind: 'over', day: '2020-03-06' }],
  ['once it is over and the day is not', 'open', '2020-03-06T20:50:00Z', { kind: 'over', day: '2020-03-06' }],
  ['a second before the day ends', 'close', '2020-03-06T21:04:59Z', { kind: 'over', day: '2020-03-06' }],
  [
    'when the day ends, over the weekend',
    'close',
    '2020-03-06T21:05:00Z',
    { kind: 'ahead', day: '2020-03-09', entryTo: '15:50:00' },
  ],
  [
    'before a holiday and a weekend',
    'open',
    '2020-04-09T21:00:00Z',
    { kind: 'ahead', day: '2020-04-13', entryTo: '09:30:00' },
  ],
  ['on a short day', 'close', '2020-11-27T15:00:00Z', { kind: 'none', day: '2020-11-27' }],
  [
    'on a short day, the opening',
    'open',
    '2020-11-27T14:00:00Z',
    { kind: 'ahead', day: '2020-11-27', entryTo: '09:30:00' },
  ],
] as const)('the auction of the session, %s', (_, which, at, answer) => {
  expect(createCalendar(withAuctions).auction(which, parseInstant(at))).toEqual(answer);
});

test('a short day may have phases of its own, and nothing goes on after its close', () => {
  const phases = [
    { phase: 'continuous' as const, from: '09:30', to: '13:00' },
    { phase: 'closing-auction' as const, from: '13:00', to: '13:10' },
  ];
  const shortDays = [{ day: '2020-11-27', close: '13:05', title: 'Day after Thanksgiving', phases }];
  const calendar = createCalendar({ ...withAuctions, shortDays });
  expect(phaseAt(calendar, parseInstant('2020-11-27T18:04:59Z'))).toBe('closing-auction');
  expect(phaseAt(calendar, parseInstant('2020-11-27T18:05:00Z'))).toBe('closed');
  expect(calendar.auction('close', parseInstant('2020-11-27T18:04:59Z'))).toMatchObject({
    kind: 'ahead',
    entryTo: '13:05:00',
  });
  expect(calendar.auction('open', parseInstant('2020-11-27T14:00:00Z'))).toMatchObject({ kind: 'none' });
});

test('beyond its days, and where no session comes for a month, a calendar knows of no auction', () => {
  const calendar = createCalendar(withAuctions);
  expect(calendar.auction('open', parseInstant('2020-12-31T23:00:00Z'))).toBeUndefined();
  expect(calendar.auction('open', parseInstant('1968-12-30T12:00:00Z'))).toBeUndefined();
  const closedFor = (days: number): VenueCalendar => {
    const from = Date.parse('2020-05-01T00:00:00Z');
    const holidays = Array.from({ length: days }, (_, index) => ({
      day: new Date(from + index * 86_400_000).toISOString().slice(0, 10),
      title: 'Closed',
    }));
    return createCalendar({ ...withAuctions, weekdays: [1, 2, 3, 4, 5, 6, 7], holidays });
  };
  const eve = parseInstant('2020-04-30T23:00:00Z');
  expect(closedFor(SESSION_AHEAD_DAYS_MAX - 1).auction('open', eve)).toMatchObject({
    kind: 'ahead',
    day: '2020-05-31',
  });
  expect(closedFor(SESSION_AHEAD_DAYS_MAX).auction('open', eve)).toBeUndefined();
});
