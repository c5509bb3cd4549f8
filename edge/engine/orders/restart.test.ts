import { price } from '@gatehouse/shared/values/amounts.ts';
import { toText } from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import { DECIDED_AT, type DeskRun, deskOrder, later, startDesk } from './desk-fixture.ts';
import { FaultVenue } from './fault-venue-fixture.ts';
import { type ManualTime, manualTime } from './manual-time-fixture.ts';

interface Setting {
  readonly venue: FaultVenue;
  readonly time: ManualTime;
  run: DeskRun;
}

const first = deskOrder({ limitPrice: price('100') });

async function working(): Promise<Setting> {
  const venue = new FaultVenue(DECIDED_AT);
  const time = manualTime();
  const run = startDesk({ venue, time });
  run.propose(first);
  await time.settle();
  return { venue, time, run };
}

/** The process ends, something may happen at the venue, and another process starts on its records. */
async function restarted(all: Setting, meanwhile: () => void = () => {}): Promise<number> {
  all.run.desk.stop();
  all.venue.isDeaf = true;
  meanwhile();
  all.venue.isDeaf = false;
  const before = all.run.records.length;
  all.run = startDesk({ ...all, past: [...all.run.records] });
  await all.run.desk.resume();
  await all.time.advance(60_000);
  return all.run.records.length - before;
}

const held = ({ run }: Setting): string => toText(run.book.position(first.account, first.instrument).quantity);

test('a restart makes nothing up: what is held and what works is as before, and nothing is written', async () => {
  const all = await working();
  all.venue.trade('O-1', '4');
  for (let count = 0; count < 3; count += 1) {
    expect(await restarted(all)).toBe(0);
    expect([held(all), all.run.stateOf('O-1')]).toEqual(['4', 'part-filled']);
  }
  expect(all.venue.live()).toEqual(['O-1']);
});

test('a restart drops no working order because its executions do not add up to the position', async () => {
  const all = await working();
  all.venue.trade('O-1', '4');
  await restarted(all, () => {
    // The venue has lost the record of an execution that we booked.
    const side = all.venue.orders.get('O-1');
    if (side !== undefined) side.fills = [];
  });
  expect([held(all), all.run.stateOf('O-1')]).toEqual(['4', 'part-filled']);
});

test('executions that the venue repeats after a restart are booked once', async () => {
  const all = await working();
  all.venue.trade('O-1', '4');
  await restarted(all);
  const [fill] = all.venue.orders.get('O-1')?.fills ?? [];
  if (fill === undefined) throw new Error('there was an execution');
  for (let count = 0; count < 3; count += 1) {
    all.venue.say({ kind: 'filled', order: 'O-1', at: later(5), fill, isLast: false });
  }
  expect([all.run.entries('fill').length, held(all)]).toEqual([1, '4']);
});

test('what was executed while no process ran is booked once, with its own time and price', async () => {
  const all = await working();
  await restarted(all, () => {
    all.venue.trade('O-1', '4', '99.50');
    all.venue.trade('O-1', undefined, '99.00');
  });
  expect(all.run.entries('fill').map((fill) => [toText(fill.quantity), toText(fill.price)])).toEqual([
    ['4', '99.50'],
    ['6', '99.00'],
  ]);
  expect([held(all), all.run.stateOf('O-1')]).toEqual(['10', 'filled']);
});

test('an order that somebody took back by hand while no process ran is over', async () => {
  const all = await working();
  await restarted(all, () => all.venue.end('O-1', 'cancelled'));
  expect([held(all), all.run.stateOf('O-1')]).toEqual(['0', 'cancelled']);
});

test('an order that was entered and not executed is no position', async () => {
  const all = await working();
  await restarted(all);
  expect(held(all)).toBe('0');
  expect(toText(all.run.book.open(first.account, first.instrument).buy)).toBe('10');
});

test('orders that nobody heard of do not pile up at the venue: as many as were sent, each once', async () => {
  const all = await working();
  for (let count = 2; count <= 7; count += 1) {
    all.venue.faults.submit.push('answer-lost');
    all.venue.isDeaf = true;
    all.run.propose(deskOrder({ id: `O-${count}`, limitPrice: price('100') }));
    await all.time.settle();
  }
  await restarted(all);
  expect(all.run.book.orders().map(({ order, state }) => [order.id, state])).toEqual(
    [1, 2, 3, 4, 5, 6, 7].map((count) => [`O-${count}`, 'working']),
  );
  for (let count = 1; count <= 7; count += 1) all.run.desk.cancel(`O-${count}`);
  await all.time.settle();
  expect(all.venue.live()).toEqual([]);
  expect(all.venue.requests.filter((one) => one.startsWith('submit'))).toHaveLength(7);
});

test('a nightly reset of the venue ends nothing: it goes and comes back, and every order is asked for', async () => {
  const all = await working();
  for (let night = 1; night <= 3; night += 1) {
    all.venue.say({ kind: 'link', state: 'down', at: later(night * 1_000), reason: 'The nightly reset.' });
    all.venue.faults.query.push('unreachable');
    await all.time.advance(600_000);
    all.venue.say({ kind: 'link', state: 'up', at: later(night * 1_000 + 500), reason: 'Signed in again.' });
    await all.time.advance(1_000);
  }
  expect(all.run.stateOf('O-1')).toBe('working');
  expect(all.run.incidents()).toEqual([1, 2, 3].flatMap(() => ['VENUE_DOWN', 'VENUE_BACK']));
  all.venue.trade('O-1');
  expect(all.run.stateOf('O-1')).toBe('filled');
});

test('a connection that stands and is silent is said to be lost, once', async () => {
  const all = await working();
  for (let count = 1; count <= 5; count += 1) {
    all.venue.say({ kind: 'link', state: 'stale', at: later(count), reason: 'Nothing came for 5 s.' });
  }
  expect(all.run.incidents()).toEqual(['VENUE_DOWN']);
  expect(all.run.desk.link).toMatchObject({ state: 'stale', since: later(1), isHeard: false });
});
