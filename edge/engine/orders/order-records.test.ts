import { price, quantity } from '@gatehouse/shared/values/amounts.ts';
import { decimal, toText, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import type { VenueFill, VenueOrderEvent } from '../../venues/venue.ts';
import { createBook } from '../book.ts';
import { DECIDED_AT, deskOrder, later, startDesk } from './desk-fixture.ts';
import type { Setting } from './desk-setting-fixture.ts';
import { FaultVenue } from './fault-venue-fixture.ts';
import { manualTime } from './manual-time-fixture.ts';

async function working(): Promise<Setting> {
  const venue = new FaultVenue(DECIDED_AT);
  const time = manualTime();
  const run = startDesk({ venue, time });
  run.propose(deskOrder());
  await time.settle();
  return { venue, time, run };
}

function fillOf(id: string, size: string, changes: Partial<VenueFill> = {}): VenueFill {
  return { id, at: later(10), quantity: quantity(size), price: price('100'), fee: ZERO, ...changes };
}

function filled(fill: VenueFill, isLast = false): VenueOrderEvent {
  return { kind: 'filled', order: 'O-1', at: fill.at, fill, isLast };
}

test('an execution that is reported twice is booked once', async () => {
  const { venue, run } = await working();
  venue.isStuttering = true;
  venue.trade('O-1', '4');
  venue.trade('O-1');
  expect(run.entries('fill')).toHaveLength(2);
  expect(run.stateOf('O-1')).toBe('filled');
  expect(run.incidents()).toEqual([]);
});

test('an order is complete when its quantity is done, whatever the venue calls last', async () => {
  const { venue, run } = await working();
  venue.say(filled(fillOf('F-1', '10')));
  expect(run.stateOf('O-1')).toBe('filled');
});

test('what is executed beyond the order is booked, since it happened, and is an alarm', async () => {
  const { venue, run } = await working();
  venue.say(filled(fillOf('F-1', '6')));
  venue.say(filled(fillOf('F-2', '5')));
  expect(run.entries('fill')).toHaveLength(2);
  expect(run.incidents()).toEqual(['ORDER_OVERFILLED']);
  const { account, instrument } = deskOrder();
  expect(toText(run.book.position(account, instrument).quantity)).toBe('11');
});

test('an execution of nothing is an alarm and no entry', async () => {
  const { venue, run } = await working();
  venue.say(filled(fillOf('F-1', '0')));
  expect([run.entries('fill'), run.incidents()]).toEqual([[], ['FILL_IMPOSSIBLE']]);
});

test('executions after the end of an order are booked and open nothing again', async () => {
  const { venue, run } = await working();
  venue.end('O-1', 'cancelled');
  venue.say(filled(fillOf('F-1', '4')));
  expect(run.entries('fill')).toHaveLength(1);
  expect(run.stateOf('O-1')).toBe('cancelled');
  expect(run.incidents()).toEqual([]);
});

test('a fee in another currency and who made the price are kept', async () => {
  const { venue, run } = await working();
  venue.say(filled(fillOf('F-1', '4', { fee: decimal('0.01'), feeCurrency: 'EUR' as never, liquidity: 'maker' })));
  expect(run.entries('fill')[0]).toMatchObject({ feeCurrency: 'EUR', liquidity: 'maker' });
});

test('a correction names what was and what is, and the next one starts from there', async () => {
  const { venue, run } = await working();
  venue.say(filled(fillOf('F-1', '4')));
  const correct = (at: string): VenueOrderEvent => ({
    kind: 'corrected',
    order: 'O-1',
    at: later(20),
    fill: fillOf('F-1', '4', { price: price(at) }),
    reason: 'A wrong price.',
  });
  venue.say(correct('101'));
  venue.say(correct('101'));
  venue.say(correct('102'));
  const prices = run
    .entries('fill-change')
    .map(({ before, after }) => [toText(before.price), after && toText(after.price)]);
  expect(prices).toEqual([
    ['100', '101'],
    ['101', '102'],
  ]);
});

test('a bust takes an execution away once', async () => {
  const { venue, run } = await working();
  venue.say(filled(fillOf('F-1', '4')));
  const bust: VenueOrderEvent = { kind: 'busted', order: 'O-1', at: later(20), fill: 'F-1', reason: 'Off the market.' };
  venue.say(bust);
  venue.say(bust);
  expect(run.entries('fill-change')).toMatchObject([{ fill: 'F-1', change: 'bust', reason: 'Off the market.' }]);
  expect(run.incidents()).toEqual([]);
});

test('a bust or correction of an execution that is not on record changes nothing and is an alarm', async () => {
  const { venue, run } = await working();
  venue.say({ kind: 'busted', order: 'O-1', at: later(20), fill: 'F-9', reason: 'Off the market.' });
  venue.say({ kind: 'corrected', order: 'O-1', at: later(20), fill: fillOf('F-8', '1'), reason: 'Why not.' });
  expect(run.entries('fill-change')).toEqual([]);
  expect(run.incidents()).toEqual(['FILL_UNKNOWN', 'FILL_UNKNOWN']);
});

test('what is on the account and not ours is an alarm with what is known of it', async () => {
  const { venue, run } = await working();
  venue.say({ kind: 'foreign', at: later(1), venueOrder: 'V-77', says: 'bought 3' });
  const foreign = { ...filled(fillOf('F-1', '4')), order: 'O-other' };
  venue.say(foreign);
  expect(run.entries('incident').map(({ message }) => message)).toEqual([
    'On the account, and not ours: V-77: bought 3',
    'The venue reports filled for order O-other, which is not ours or too old: execution F-1 of 4 at 100.',
  ]);
  expect(run.entries('fill')).toEqual([]);
});

test('what cannot be is an alarm and changes nothing', async () => {
  const { venue, run } = await working();
  venue.trade('O-1');
  venue.say({ kind: 'rejected', order: 'O-1', at: later(30), reason: 'No.' });
  expect(run.stateOf('O-1')).toBe('filled');
  expect(run.incidents()).toEqual(['ORDER_IMPOSSIBLE']);
});

test('a venue that says that another order took the place of ours, unasked, is an alarm', async () => {
  const { venue, run } = await working();
  venue.say({ kind: 'replaced', order: 'O-1', by: 'O-2', at: later(1) });
  expect(run.stateOf('O-1')).toBe('replaced');
  expect(run.incidents()).toEqual(['ORDER_FOREIGN']);
});

test('words and names of a venue fit the records, however long or empty they are', async () => {
  const { venue, run } = await working();
  venue.say(filled(fillOf('F'.repeat(300), '4')));
  venue.say(filled(fillOf('F'.repeat(300), '4')));
  venue.say({ kind: 'cancelled', order: 'O-1', at: later(30), reason: 'x'.repeat(9_000) });
  run.propose(deskOrder({ id: 'O-2' }));
  venue.say({ kind: 'rejected', order: 'O-2', at: later(30), reason: '' });
  expect(run.entries('fill')).toHaveLength(1);
  const reasons = run.entries('order').flatMap(({ reason }) => reason ?? []);
  expect(reasons.map(({ length }) => length)).toEqual([500, 'No reason was given.'.length]);
});

test('a link that goes and comes back is said once each, however often the venue repeats it', async () => {
  const { venue, run } = await working();
  const link = (state: 'up' | 'down' | 'stale' | 'connecting', ms: number): void =>
    venue.say({ kind: 'link', state, at: later(ms), reason: 'The line.' });
  link('up', 1);
  link('stale', 2);
  link('down', 3);
  link('down', 4);
  link('connecting', 5);
  expect(run.desk.link).toMatchObject({ state: 'connecting', since: later(5), isHeard: false });
  link('up', 6);
  link('up', 7);
  expect(run.desk.link).toMatchObject({ state: 'up', since: later(6), isHeard: true });
  expect(run.incidents()).toEqual(['VENUE_DOWN', 'VENUE_BACK']);
});

test('an old execution of an order that still stands is booked once, however many others came after it', async () => {
  const { venue, time, run } = await working();
  venue.trade('O-1', '4');
  const [first] = run.entries('fill');
  if (first === undefined) throw new Error('nothing was executed');
  for (let number = 0; number < 2_100; number += 1) {
    const body = { ...first, order: 'O-other', fill: `X-${number}` };
    run.book.fold({ kind: 'fill', body }, DECIDED_AT);
  }
  venue.say({ kind: 'link', state: 'down', at: later(20), reason: 'The plug is out.' });
  venue.say({ kind: 'link', state: 'up', at: later(30), reason: 'The plug is in.' });
  await time.settle();
  expect(run.entries('fill')).toHaveLength(1);
  const continued = createBook({ multiplierOf: () => decimal('1'), snapshot: run.book.snapshot() });
  expect(continued.hasFill(first.fill)).toBe(true);
  expect(continued.hasFill('X-0')).toBe(false);
});
