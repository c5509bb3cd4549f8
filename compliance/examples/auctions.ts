import type { SessionPhase } from '@gatehouse/shared/schema/facts/reference-data.ts';
import type { Example } from '../define-control.ts';
import { exampleCalendar, type FilesOverrides } from './files.ts';

/** The limits of the control on the parts of a trading day. */
interface SessionLimits {
  readonly phases: Exclude<SessionPhase, 'closed'>[];
  readonly queuedTimesInForce: ('day' | 'gtc')[];
}

type Phases = (typeof exampleCalendar)['phases'];

const limits: SessionLimits = { phases: ['continuous'], queuedTimesInForce: [] };
const called: SessionLimits = { ...limits, phases: ['continuous', 'opening-auction', 'closing-auction'] };
const queued: SessionLimits = { ...limits, queuedTimesInForce: ['day'] };
const onOpen = { auction: 'open' } as const;
const onClose = { auction: 'close' } as const;
const at = (now: string, day = '2020-03-06') => ({ now: `${now}.000000000Z`, day });

const opening = { phase: 'opening-auction', from: '09:00', to: '09:30' } as const;
const closing = { phase: 'closing-auction', from: '16:00', to: '16:05', entryTo: '15:50' } as const;
const continuous = { phase: 'continuous', from: '09:30', to: '16:00' } as const;

/** The base calendar with other phases, and with phases of their own on its short day where they are given. */
function phased(phases: Phases, short?: Phases): FilesOverrides {
  const shortDays = exampleCalendar.shortDays.map((day) =>
    short === undefined ? day : { ...day, close: '13:05', phases: short },
  );
  return { calendars: { rows: [{ ...exampleCalendar, phases, shortDays }] } };
}

const normal: Phases = [opening, continuous, closing];
const auctions = phased(normal);

/** Examples of orders that are for an auction. Source: 17 CFR 240.15c3-5(c)(2)(i). */
export const auctionExamples: readonly Example<SessionLimits>[] = [
  {
    name: 'for the closing auction, at a venue whose calendar shows none',
    order: onClose,
    limits,
    expect: 'refuse',
  },
  { name: 'for the opening auction, at a venue whose calendar shows none', order: onOpen, limits, expect: 'refuse' },
  {
    name: 'for the closing auction, a second before its orders are taken no more',
    order: onClose,
    files: auctions,
    facts: at('2020-03-06T20:49:59'),
    limits,
    expect: 'pass',
  },
  {
    name: 'for the closing auction, at exactly the time from which its orders are taken no more',
    order: onClose,
    files: auctions,
    facts: at('2020-03-06T20:50:00'),
    limits,
    expect: 'refuse',
  },
  {
    name: 'a plain order at that time',
    files: auctions,
    facts: at('2020-03-06T20:50:00'),
    limits,
    expect: 'pass',
  },
  {
    name: 'for the opening auction, a second before its end',
    order: onOpen,
    files: auctions,
    facts: at('2020-03-06T14:29:59'),
    limits: called,
    expect: 'pass',
  },
  {
    name: 'for the opening auction, at exactly its end',
    order: onOpen,
    files: auctions,
    facts: at('2020-03-06T14:30:00'),
    limits: called,
    expect: 'refuse',
  },
  {
    name: 'for the opening auction while it is called, where the sheet permits no order then',
    order: onOpen,
    files: auctions,
    facts: at('2020-03-06T14:29:59'),
    limits,
    expect: 'refuse',
  },
  {
    name: 'for the closing auction, while the opening auction is called',
    order: onClose,
    files: auctions,
    facts: at('2020-03-06T14:29:59'),
    limits: called,
    expect: 'pass',
  },
  {
    name: 'for the closing auction at a venue with an opening auction alone',
    order: onClose,
    files: phased([opening, continuous]),
    limits,
    expect: 'refuse',
  },
  {
    name: 'for the closing auction while it is called, at a venue that takes its orders to the end',
    order: onClose,
    files: phased([continuous, { ...closing, entryTo: '16:05' }]),
    facts: at('2020-03-06T21:04:59'),
    limits: called,
    expect: 'pass',
  },
  {
    name: 'at night, for the opening auction of the next session',
    order: onOpen,
    files: auctions,
    facts: at('2020-03-07T02:00:00'),
    limits: queued,
    expect: 'pass',
  },
  {
    name: 'at night, for the opening auction of the next session, where no order may wait for that',
    order: onOpen,
    files: auctions,
    facts: at('2020-03-07T02:00:00'),
    limits,
    expect: 'refuse',
  },
  {
    name: 'at night, for an opening auction that the calendar does not show',
    order: onOpen,
    files: phased([continuous, closing]),
    facts: at('2020-03-07T02:00:00'),
    limits: queued,
    expect: 'refuse',
  },
  {
    name: 'on the evening of the last day of the calendar, for an auction beyond it',
    order: onOpen,
    files: auctions,
    facts: at('2021-01-01T02:00:00', '2020-12-31'),
    limits: queued,
    expect: 'refuse',
  },
  {
    name: 'on a short day, whose normal closing auction does not take place',
    order: onClose,
    files: auctions,
    facts: at('2020-11-27T17:00:00', '2020-11-27'),
    limits,
    expect: 'refuse',
  },
  {
    name: 'on a short day with a closing auction of its own, a second before its orders are taken no more',
    order: onClose,
    files: phased(normal, [continuous, { phase: 'closing-auction', from: '13:00', to: '13:05', entryTo: '12:50' }]),
    facts: at('2020-11-27T17:49:59', '2020-11-27'),
    limits,
    expect: 'pass',
  },
  {
    name: 'on a short day with a closing auction of its own, at exactly that time',
    order: onClose,
    files: phased(normal, [continuous, { phase: 'closing-auction', from: '13:00', to: '13:05', entryTo: '12:50' }]),
    facts: at('2020-11-27T17:50:00', '2020-11-27'),
    limits,
    expect: 'refuse',
  },
  {
    name: 'for the closing auction, but to be traded at once',
    order: { ...onClose, timeInForce: 'ioc' },
    files: auctions,
    limits,
    expect: 'refuse',
  },
  {
    name: 'for the closing auction, but all at once or not at all',
    order: { ...onClose, timeInForce: 'fok' },
    files: auctions,
    limits,
    expect: 'refuse',
  },
];
