import { cite, RTS_6, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { SessionPhase } from '@gatehouse/shared/schema/facts/reference-data.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { auctionExamples } from '../examples/auctions.ts';
import { fewerIsTighter } from '../limit-fields.ts';
import type { OrderProfile } from '../order-profile.ts';
import type { Auction, VenueCalendar } from '../venue-calendar.ts';
import { type Figures, known, pass, refuse, type Verdict } from '../verdict.ts';

const PHASES_MAX = 10;
const limits = { phases: ['continuous' as const], queuedTimesInForce: [] as ('day' | 'gtc')[] };
const queued = { ...limits, queuedTimesInForce: ['day' as const] };
const at = (now: string, day = '2020-03-06') => ({ now, day });

/**
 * Refuses an order outside the parts of the trading day that the sheet permits.
 *
 * Shape:  the venue's calendar says where in its day it is at the market's time; beyond the days it covers nothing is known. While the
 *         venue is closed, holidays among it, an order may wait for the next session where the sheet permits that for its time
 *         in force; an order that must trade at once never waits. An order for an auction may be entered where an order may, as long as
 *         the calendar shows that auction in the session, or in the next one where it waits for that, and orders for it are still taken.
 * Source: 17 CFR 240.15c3-5(c)(2)(i); RTS 6 Art. 5(4)(a).
 */
export const tradingSession = defineControl({
  id: 'trading-session',
  version: 1,
  title: 'Trading session',
  question: 'Is the venue in a part of its trading day in which this order may be entered?',
  sources: [
    cite(SEC_15C3_5, '(c)(2)(i)', 'What must be so before an order is entered is checked before it is entered.'),
    cite(
      RTS_6,
      'Art. 5(4)(a)',
      'An algorithm does not behave in a way that nobody intended, at an hour that nobody intended.',
    ),
  ],
  limits: z.strictObject({
    phases: z
      .array(SessionPhase.exclude(['closed']))
      .max(PHASES_MAX)
      .describe('The parts of the trading day in which orders may be entered.')
      .meta(fewerIsTighter),
    queuedTimesInForce: z
      .array(z.enum(['day', 'gtc']))
      .max(2)
      .describe('The times in force with which an order may wait for the next session while the venue is closed.')
      .meta(fewerIsTighter),
  }),
  files: ['calendars'],
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm', 'instrument', 'venue'],
  looksAt: 'moment',

  check({ order, facts, files }, { phases, queuedTimesInForce }) {
    const calendar = known(files.calendars.of(order.venue), 'calendar of the venue');
    const { phase, isHoliday } = known(calendar.at(facts.now), 'trading day, beyond the days of the calendar,');
    const figures = { phase };
    if (phase !== 'closed' && !phases.includes(phase)) {
      return refuse(`The venue is in its ${phase} phase, in which the sheet permits no orders.`, figures);
    }
    if (phase === 'closed' && !queuedTimesInForce.some((timeInForce) => timeInForce === order.timeInForce)) {
      return refuse(isHoliday ? 'The venue is closed for a holiday.' : 'The venue is closed.', figures);
    }
    if (order.auction !== undefined) return judgeAuction(order, order.auction, { calendar, now: facts.now, figures });
    return phase === 'closed'
      ? pass('The venue is closed, and the order waits for its next session.', figures)
      : pass('The venue is in a permitted part of its day.', figures);
  },

  examples: [
    { name: 'in the middle of the day', limits, expect: 'pass' },
    { name: 'at exactly the opening', facts: at('2020-03-06T14:30:00.000000000Z'), limits, expect: 'pass' },
    { name: 'a second before the opening', facts: at('2020-03-06T14:29:59.000000000Z'), limits, expect: 'refuse' },
    { name: 'a second before the close', facts: at('2020-03-06T20:59:59.000000000Z'), limits, expect: 'pass' },
    { name: 'at exactly the close', facts: at('2020-03-06T21:00:00.000000000Z'), limits, expect: 'refuse' },
    {
      name: 'after hours, which the sheet permits',
      facts: at('2020-03-06T21:00:00.000000000Z'),
      limits: { ...limits, phases: ['continuous', 'after-hours'] },
      expect: 'pass',
    },
    { name: 'at night', facts: at('2020-03-07T02:00:00.000000000Z'), limits, expect: 'refuse' },
    {
      name: 'at night, waiting for the next session',
      facts: at('2020-03-07T02:00:00.000000000Z'),
      limits: queued,
      expect: 'pass',
    },
    {
      name: 'at night with a time in force that may not wait',
      order: { timeInForce: 'gtc' },
      facts: at('2020-03-07T02:00:00.000000000Z'),
      limits: queued,
      expect: 'refuse',
    },
    {
      name: 'at night, to be traded at once',
      order: { timeInForce: 'ioc' },
      facts: at('2020-03-07T02:00:00.000000000Z'),
      limits: queued,
      expect: 'refuse',
    },
    {
      name: 'waiting is for a closed venue only: a second before the opening',
      facts: at('2020-03-06T14:29:59.000000000Z'),
      limits: queued,
      expect: 'refuse',
    },
    { name: 'on a holiday', facts: at('2020-04-10T15:00:00.000000000Z', '2020-04-10'), limits, expect: 'refuse' },
    { name: 'on a Saturday', facts: at('2020-03-07T15:00:00.000000000Z', '2020-03-07'), limits, expect: 'refuse' },
    {
      name: 'on a short day, a second before its close',
      facts: at('2020-11-27T17:59:59.000000000Z', '2020-11-27'),
      limits,
      expect: 'pass',
    },
    {
      name: 'on a short day at exactly its close',
      facts: at('2020-11-27T18:00:00.000000000Z', '2020-11-27'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'on exactly the last day of the calendar',
      facts: at('2020-12-31T15:00:00.000000000Z', '2020-12-31'),
      limits,
      expect: 'pass',
    },
    {
      name: 'the day after the calendar ends',
      facts: at('2021-01-04T15:00:00.000000000Z', '2021-01-04'),
      limits: queued,
      expect: 'refuse',
    },
    ...auctionExamples,
    { name: 'a venue without a calendar', order: { venue: 'other' }, limits: queued, expect: 'refuse' },
    { name: 'no calendars', files: { calendars: null }, limits: queued, expect: 'refuse' },
  ],
});

/** When an order is entered that is for an auction. */
interface Entry {
  readonly calendar: VenueCalendar;
  readonly now: Instant;
  readonly figures: Figures;
}

const AT_ONCE: ReadonlySet<OrderProfile['timeInForce']> = new Set(['ioc', 'fok']);

function judgeAuction({ timeInForce }: OrderProfile, auction: Auction, { calendar, now, figures }: Entry): Verdict {
  if (AT_ONCE.has(timeInForce)) return refuse('An order that must trade at once cannot wait for an auction.', figures);
  const answer = known(calendar.auction(auction, now), 'session of the auction, beyond the days of the calendar,');
  const all = { ...figures, auctionDay: answer.day };
  const words = auction === 'open' ? 'opening auction' : 'closing auction';
  if (answer.kind === 'none') return refuse(`The calendar of the venue shows no ${words} on ${answer.day}.`, all);
  if (answer.kind === 'over') return refuse(`No more orders are taken for the ${words} of ${answer.day}.`, all);
  return pass(`The order is for the ${words} that comes.`, { ...all, entryTo: answer.entryTo });
}
