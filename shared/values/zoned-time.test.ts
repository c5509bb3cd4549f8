import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromMillis, instantText, parseInstant } from './instant.ts';
import { dayAndTimeInZone, dayInZone, instantInZone, timeInZone } from './zoned-time.ts';

const NEW_YORK = 'America/New_York';
const LONDON = 'Europe/London';

test.each([
  [NEW_YORK, '2020-03-06', '16:00:00', '2020-03-06T21:00:00.000000000Z'],
  [NEW_YORK, '2020-07-06', '16:00:00', '2020-07-06T20:00:00.000000000Z'],
  [NEW_YORK, '2020-03-06', '23:30:00.000000001', '2020-03-07T04:30:00.000000001Z'],
  [LONDON, '2020-01-02', '08:00:00', '2020-01-02T08:00:00.000000000Z'],
  [LONDON, '2020-07-02', '08:00:00', '2020-07-02T07:00:00.000000000Z'],
  [LONDON, '1969-07-02', '08:00:00', '1969-07-02T07:00:00.000000000Z'],
  ['Asia/Kathmandu', '2020-01-02', '00:00:00', '2020-01-01T18:15:00.000000000Z'],
  ['UTC', '2020-02-29', '12:00:00', '2020-02-29T12:00:00.000000000Z'],
])('in %s, %s %s is %s', (zone, day, time, expected) => {
  expect(instantText(instantInZone({ day, time, zone }))).toBe(expected);
});

test.each([
  [NEW_YORK, '2020-03-08', '01:59:59.999999999', '2020-03-08T06:59:59.999999999Z'],
  [NEW_YORK, '2020-03-08', '03:00:00', '2020-03-08T07:00:00.000000000Z'],
  [LONDON, '2020-03-29', '00:59:59.999999999', '2020-03-29T00:59:59.999999999Z'],
  [LONDON, '2020-03-29', '02:00:00', '2020-03-29T01:00:00.000000000Z'],
])('in %s, %s %s is beside the hour that clocks skip', (zone, day, time, expected) => {
  expect(instantText(instantInZone({ day, time, zone }))).toBe(expected);
});

test.each([
  [NEW_YORK, '2020-03-08', '02:00:00'],
  [NEW_YORK, '2020-03-08', '02:59:59.999999999'],
  [LONDON, '2020-03-29', '01:00:00'],
  [LONDON, '2020-03-29', '01:59:59.999999999'],
  ['Pacific/Apia', '2011-12-30', '12:00:00'],
])('in %s, %s %s was never shown and is refused', (zone, day, time) => {
  expect(() => instantInZone({ day, time, zone })).toThrow(/skip$/);
});

test.each([
  [NEW_YORK, '2020-11-01', '00:59:59', '2020-11-01T04:59:59.000000000Z'],
  [NEW_YORK, '2020-11-01', '01:00:00', '2020-11-01T05:00:00.000000000Z'],
  [NEW_YORK, '2020-11-01', '01:59:59', '2020-11-01T05:59:59.000000000Z'],
  [NEW_YORK, '2020-11-01', '02:00:00', '2020-11-01T07:00:00.000000000Z'],
  [LONDON, '2020-10-25', '00:59:59', '2020-10-24T23:59:59.000000000Z'],
  [LONDON, '2020-10-25', '01:00:00', '2020-10-25T00:00:00.000000000Z'],
  [LONDON, '2020-10-25', '01:59:59', '2020-10-25T00:59:59.000000000Z'],
  [LONDON, '2020-10-25', '02:00:00', '2020-10-25T02:00:00.000000000Z'],
])('in %s, %s %s is the earlier instant where clocks show it twice', (zone, day, time, expected) => {
  expect(instantText(instantInZone({ day, time, zone }))).toBe(expected);
});

test('a zone has its own day and time', () => {
  const at = parseInstant('2020-03-07T04:30:00.999999999Z');
  expect([dayInZone(at, NEW_YORK), timeInZone(at, NEW_YORK)]).toEqual(['2020-03-06', '23:30:00']);
  expect([dayInZone(at, LONDON), timeInZone(at, LONDON)]).toEqual(['2020-03-07', '04:30:00']);
  expect(timeInZone(parseInstant('2020-03-06T05:00:00Z'), NEW_YORK)).toBe('00:00:00');
  expect(dayInZone(parseInstant('1969-12-31T23:59:59.999999999Z'), LONDON)).toBe('1970-01-01');
});

test('what a zone shows names the same instant, or the one an hour before where it is shown twice', () => {
  const seconds = fc.integer({ min: Date.UTC(1900, 0, 2) / 1000, max: Date.UTC(2100, 0, 1) / 1000 });
  const zones = fc.constantFrom(NEW_YORK, LONDON, 'Australia/Sydney', 'Asia/Tokyo', 'America/Sao_Paulo', 'UTC');
  fc.assert(
    fc.property(seconds, zones, (second, zone) => {
      const at = fromMillis(second * 1000);
      const back = instantInZone({ day: dayInZone(at, zone), time: timeInZone(at, zone), zone });
      expect(back <= at).toBe(true);
      expect([dayInZone(back, zone), timeInZone(back, zone)]).toEqual([dayInZone(at, zone), timeInZone(at, zone)]);
      expect(dayAndTimeInZone(at, zone)).toEqual({ day: dayInZone(at, zone), time: timeInZone(at, zone) });
      expect(at - back < 2n * 3_600_000_000_000n).toBe(true);
    }),
  );
});

test.each(['Mars/Olympus', '', '+01:00', '-05:00'])('%j is no time zone', (zone) => {
  expect(() => instantInZone({ day: '2020-03-06', time: '16:00:00', zone })).toThrowError(
    expect.objectContaining({ code: 'VALUE_MALFORMED' }),
  );
  expect(() => dayInZone(parseInstant('2020-03-06T16:00:00Z'), zone)).toThrow(/a time zone named/);
});

test.each([
  ['2021-02-29', '16:00:00'],
  ['2020-03-06', '24:00:00'],
  ['2020-03-06', '16:00'],
  ['2020-03-06', '16:00:60'],
  ['20200306', '16:00:00'],
  ['1899-12-31', '16:00:00'],
])('the day %s with the time %s is refused', (day, time) => {
  expect(() => instantInZone({ day, time, zone: NEW_YORK })).toThrowError(
    expect.objectContaining({ code: 'VALUE_MALFORMED' }),
  );
});

test('zones are known from 1900 on', () => {
  expect(dayInZone(parseInstant('1900-01-01T00:00:00Z'), 'UTC')).toBe('1900-01-01');
  expect(() => dayInZone(parseInstant('1899-12-31T23:59:59.999999999Z'), 'UTC')).toThrow(/before 1900/);
});

test('more zones than are kept still show their own time', () => {
  const at = parseInstant('2020-07-06T12:00:00Z');
  const zones = Intl.supportedValuesOf('timeZone').slice(0, 100);
  const shown = zones.map((zone) => timeInZone(at, zone));
  expect(zones.length).toBeGreaterThan(64);
  expect(zones.map((zone) => timeInZone(at, zone))).toEqual(shown);
  expect(timeInZone(at, NEW_YORK)).toBe('08:00:00');
});

test.each([
  [NEW_YORK, '2020-11-01T06:00:00Z'],
  [LONDON, '2020-03-29T01:00:00Z'],
  ['Australia/Lord_Howe', '2020-04-04T15:00:00Z'],
  ['Africa/Monrovia', '1972-01-07T00:44:30Z'],
])(
  'in %s the day and time are those of the database on either side of a change, in whatever order they are asked for',
  (zone, change) => {
    const shown = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
    const changeMs = Date.parse(change);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -200_000_000, max: 200_000_000 }), { maxLength: 20 }), (offsetsMs) => {
        for (const atMs of offsetsMs.flatMap((offset) => [changeMs + offset, changeMs - 1, changeMs])) {
          const { day, time } = dayAndTimeInZone(fromMillis(atMs), zone);
          expect(`${day} ${time}`).toBe(shown.format(atMs));
        }
      }),
    );
  },
);
