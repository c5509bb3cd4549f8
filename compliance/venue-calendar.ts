import type { CalendarRow, SessionPhase } from '@gatehouse/shared/schema/facts/reference-data.ts';
import { addMs, dayOf, type Instant, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { dayAndTimeInZone } from '@gatehouse/shared/values/zoned-time.ts';

/** Where in its trading day a venue is. Shape: `day` is the day in the venue's zone. */
export interface CalendarAnswer {
  readonly phase: SessionPhase;
  readonly day: string;
  readonly isHoliday: boolean;
}

/** An auction that opens a session or closes it. */
export type Auction = 'open' | 'close';

/**
 * The auction of a session.
 *
 * Shape: `none` where the calendar shows no such auction on the session's day, `over` where its orders are taken no more. `entryTo` is
 *        the time of that day in the venue's zone until which they are.
 */
export type AuctionAnswer =
  | { readonly kind: 'none'; readonly day: string }
  | { readonly kind: 'over'; readonly day: string }
  | { readonly kind: 'ahead'; readonly day: string; readonly entryTo: string };

/** A venue's calendar. Shape: undefined outside the days that it covers. */
export interface VenueCalendar {
  at(time: Instant): CalendarAnswer | undefined;
  /** An auction of the session at a time; of the next one where that of the day is over or there is none. */
  auction(which: Auction, time: Instant): AuctionAnswer | undefined;
}

const NANOS_PER_SECOND = 1_000_000_000n;
const DAY_MS = 86_400_000;
/** A venue that does not open within so many days has no next session that an order could wait for. */
export const SESSION_AHEAD_DAYS_MAX = 31;

const AUCTION_PHASE: Readonly<Record<Auction, SessionPhase>> = { open: 'opening-auction', close: 'closing-auction' };

/** A part of one day. Shape: times of that day with their seconds. */
interface DayPhase {
  readonly phase: SessionPhase;
  readonly from: string;
  readonly to: string;
  readonly entryTo: string;
}

const NO_PHASES: readonly DayPhase[] = [];

/** A calendar from its row. Shape: a phase begins at its first second and ends before its last. */
export function createCalendar(row: CalendarRow): VenueCalendar {
  const holidays = new Set(row.holidays.map(({ day }) => day));
  const normal = phasesOf(row.phases);
  const short = new Map(
    row.shortDays.map(({ day, close, phases }) => [
      day,
      endedAt(padded(close), phases === undefined ? normal : phasesOf(phases)),
    ]),
  );
  let last: { readonly from: bigint; readonly to: bigint; readonly answer: CalendarAnswer | undefined } | undefined;

  function phasesOn(day: string): readonly DayPhase[] | undefined {
    if (day < row.from || day > row.to) return undefined;
    if (holidays.has(day) || !row.weekdays.includes(weekdayOf(day))) return NO_PHASES;
    return short.get(day) ?? normal;
  }

  function find(time: Instant): CalendarAnswer | undefined {
    const { day, time: clock } = dayAndTimeInZone(time, row.zone);
    const phases = phasesOn(day);
    if (phases === undefined) return undefined;
    const current = phases.find(({ from, to }) => clock >= from && clock < to);
    return { phase: current?.phase ?? 'closed', day, isHoliday: holidays.has(day) };
  }

  function auction(which: Auction, time: Instant): AuctionAnswer | undefined {
    const now = dayAndTimeInZone(time, row.zone);
    let { day } = now;
    for (let ahead = 0; ahead <= SESSION_AHEAD_DAYS_MAX; ahead += 1) {
      const phases = phasesOn(day);
      if (phases === undefined) return undefined;
      const clock = ahead === 0 ? now.time : FIRST_SECOND;
      // The day's session goes on, or is still to come.
      if (phases.some(({ phase, to }) => phase !== 'closed' && to > clock)) {
        return auctionIn(
          phases.filter(({ phase }) => phase === AUCTION_PHASE[which]),
          { day, clock },
        );
      }
      day = dayAfter(day);
    }
    return undefined;
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
    auction,
  };
}

const FIRST_SECOND = '00:00:00';

function auctionIn(
  auctions: readonly DayPhase[],
  { day, clock }: { readonly day: string; readonly clock: string },
): AuctionAnswer {
  if (auctions.length === 0) return { kind: 'none', day };
  const next = auctions.find(({ entryTo }) => clock < entryTo);
  return next === undefined ? { kind: 'over', day } : { kind: 'ahead', day, entryTo: next.entryTo };
}

function phasesOf(phases: CalendarRow['phases']): readonly DayPhase[] {
  return phases.map(({ phase, from, to, entryTo }) => {
    const [end, entryEnd] = [padded(to), padded(entryTo ?? to)];
    return { phase, from: padded(from), to: end, entryTo: earlier(entryEnd, end) };
  });
}

function endedAt(close: string, phases: readonly DayPhase[]): readonly DayPhase[] {
  return phases
    .filter(({ from }) => from < close)
    .map((phase) => ({ ...phase, to: earlier(phase.to, close), entryTo: earlier(phase.entryTo, close) }));
}

function earlier(a: string, b: string): string {
  return a < b ? a : b;
}

function dayAfter(day: string): string {
  return dayOf(addMs(parseInstant(`${day}T00:00:00Z`), DAY_MS));
}

function padded(time: string): string {
  return time.length === 5 ? `${time}:00` : time;
}

/** Monday is 1, Sunday is 7. */
function weekdayOf(day: string): number {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return weekday === 0 ? 7 : weekday;
}
