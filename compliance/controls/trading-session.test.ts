import { currency } from '@gatehouse/shared/values/currency.ts';
import { expect, test } from 'vitest';
import { exampleFacts, exampleOrder, type OrderOverrides } from '../examples/base.ts';
import { exampleCalendar, exampleFiles } from '../examples/files.ts';
import { exampleOwn } from '../examples/own.ts';
import type { Verdict } from '../verdict.ts';
import { tradingSession } from './trading-session.ts';

const phases = [
  { phase: 'opening-auction' as const, from: '09:00', to: '09:30' },
  { phase: 'continuous' as const, from: '09:30', to: '16:00' },
];

function judged(order: OrderOverrides, now: string): Verdict {
  const bound = tradingSession.bind({ phases: ['opening-auction', 'continuous'], queuedTimesInForce: ['day'] });
  if (bound.kind === 'refused') throw new Error(bound.problems);
  const files = exampleFiles({ calendars: { rows: [{ ...exampleCalendar, phases }] } });
  const facts = exampleFacts({ now: `${now}.000000000Z` });
  const input = { order: exampleOrder(order), facts, files, own: exampleOwn(), currency: currency('USD') };
  return bound.judge(input, 'firm');
}

test.each<[OrderOverrides, string, string]>([
  [{ auction: 'open' }, '2020-03-06T14:00:00', 'The order is for the opening auction that comes.'],
  [{ auction: 'open' }, '2020-03-06T14:30:00', 'No more orders are taken for the opening auction of 2020-03-06.'],
  [{ auction: 'close' }, '2020-03-06T14:30:00', 'The calendar of the venue shows no closing auction on 2020-03-06.'],
  [{ auction: 'open' }, '2020-03-07T02:00:00', 'The order is for the opening auction that comes.'],
  [{}, '2020-03-06T14:30:00', 'The venue is in a permitted part of its day.'],
  [{}, '2020-03-07T02:00:00', 'The venue is closed, and the order waits for its next session.'],
  [{ timeInForce: 'gtc' }, '2020-03-07T02:00:00', 'The venue is closed.'],
  [{ timeInForce: 'gtc' }, '2020-04-10T15:00:00', 'The venue is closed for a holiday.'],
])('of %o at %s the officer reads: %s', (order, now, reason) => {
  expect(judged(order, now).reason).toBe(reason);
});

test('an order for an auction is on record with the day of that auction and the end of its orders', () => {
  expect(judged({ auction: 'open' }, '2020-03-07T02:00:00').figures).toEqual({
    phase: 'closed',
    auctionDay: '2020-03-09',
    entryTo: '09:30:00',
  });
});
