import type { CalendarRow, SessionPhase } from '@gatehouse/shared/schema/facts/reference-data.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { dayAndTimeInZone } from '@gatehouse/shared/values/zoned-time.ts';

/** Where in its trading day a venue is. Shape: `day` is the day in the venue's zone. */
export interface CalendarAnswer {
  readonly phase: SessionPhase;
  readonly day: string;
  readonly isHoliday: boolean;
}

/** A venue's calendar. Shape: undefined outside the days that it covers. */
export interface VenueCalendar {
  at(time: Instant): CalendarAnswer | undefined;
}

const NANOS_PER_SECOND = 1_000_000_000n;

/** A calendar from its row. Shape: a phase begins at its first second and ends before its last. */
export function createCalendar(row: CalendarRow): VenueCalendar {
  const holidays = new Set(row.holidays.map(({ day }) => day));
  const closes = new Map(row.shortDays.map(({ day, close }) => [day, padded(close)]));
  const phases = row.phases.map(({ phase, from, to }) => ({ phase, from: padded(from), to: padded(to) }));
  let last: { readonly from: bigint; readonly to: bigint; readonly answer: CalendarAnswer | undefined } | undefined;

  function find(time: Instant): CalendarAnswer | undefined {
    const { day, time: clock } = dayAndTimeInZone(time, row.zone);
    if (day < row.from || day > row.to) return undefined;
    const isHoliday = holidays.has(day);
    if (isHoliday || !row.weekdays.includes(weekdayOf(day))) return { phase: 'closed', day, isHoliday };
    const close = closes.get(day);
    if (close !== undefined && clock >= close) return { phase: 'closed', day, isHoliday };
    const current = phases.find(({ from, to }) => clock >= from && clock < to);
    return { phase: current?.phase ?? 'closed', day, isHoliday };
  }

  return {
    at: (time) => {
      // Everything in a calendar begins and ends with a second, and a zone is slow to ask.
      if (last !== undefined && time >= last.from && time < last.to) return last.answer;
      const rest = ((time % NANOS_PER_SECOND) + NANOS_PER_SECOND) % NANOS_PER_SECOND;
      const from = time - rest;
      last = { from, to: from + NANOS_PER_SECOND, answer: find(time) };
      return last.answer;
    },
  };
}

function padded(time: string): string {
  return time.length === 5 ? `${time}:00` : time;
}

/** Monday is 1, Sunday is 7. */
function weekdayOf(day: string): number {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return weekday === 0 ? 7 : weekday;
}
