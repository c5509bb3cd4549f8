import { expect, test } from 'vitest';
import { DECIDED_AT, type DeskRequest, deskOrder, startDesk } from './desk-fixture.ts';
import type { Setting } from './desk-setting-fixture.ts';
import { FaultVenue } from './fault-venue-fixture.ts';
import { manualTime } from './manual-time-fixture.ts';

async function working(changes: Partial<DeskRequest> = {}): Promise<Setting> {
  const venue = new FaultVenue(DECIDED_AT);
  const time = manualTime();
  const run = startDesk({ venue, time, ...changes });
  run.propose(deskOrder());
  await time.settle();
  expect(run.stateOf('O-1')).toBe('working');
  return { venue, time, run };
}

test('a cancel is a request: the order is open until the venue has answered', async () => {
  const { run, time } = await working();
  expect(run.desk.cancel('O-1')).toBe(true);
  expect(run.stateOf('O-1')).toBe('cancelling');
  expect(run.book.own.openOrder('O-1')?.state).toBe('cancelling');
  await time.settle();
  expect(run.pathOf('O-1')).toEqual(['sent', 'working', 'cancelling', 'cancelled']);
  expect(run.desk.cancel('O-1')).toBe(false);
});

test('the request is on record when it reaches the venue', async () => {
  const { run, venue } = await working();
  let seen: string | undefined;
  const { cancel } = venue;
  venue.cancel = (id) => {
    seen = run.stateOf(id);
    return cancel.call(venue, id);
  };
  run.desk.cancel('O-1');
  expect(seen).toBe('cancelling');
});

test('a cancel that certainly did not arrive leaves the order as it was', async () => {
  const { run, venue, time } = await working();
  venue.faults.cancel.push('unreachable');
  run.desk.cancel('O-1');
  await time.settle();
  expect(run.stateOf('O-1')).toBe('working');
  expect(venue.live()).toEqual(['O-1']);
});

test('a cancel whose answer was lost is found by asking', async () => {
  const { run, venue, time } = await working();
  venue.faults.cancel.push('answer-lost');
  venue.isDeaf = true;
  run.desk.cancel('O-1');
  await time.settle();
  expect(run.stateOf('O-1')).toBe('cancelling');
  await time.advance(200);
  expect(run.stateOf('O-1')).toBe('cancelled');
});

test('a cancel that never came leaves the order standing, as the venue says when it is asked', async () => {
  const { run, venue, time } = await working();
  venue.faults.cancel.push('request-lost');
  run.desk.cancel('O-1');
  await time.advance(200);
  expect(run.stateOf('O-1')).toBe('working');
  run.desk.cancel('O-1');
  await time.settle();
  expect(run.stateOf('O-1')).toBe('cancelled');
});

test('a refused cancel asks: the order had been executed', async () => {
  const { run, venue, time } = await working();
  venue.isDeaf = true;
  venue.trade('O-1');
  venue.isDeaf = false;
  run.desk.cancel('O-1');
  await time.advance(200);
  expect(run.stateOf('O-1')).toBe('filled');
  expect(run.entries('fill')).toHaveLength(1);
});

test('an execution that crosses the cancel is booked, and the rest is cancelled', async () => {
  const { run, venue, time } = await working();
  venue.isSlow = true;
  venue.trade('O-1', '4');
  run.desk.cancel('O-1');
  await time.settle();
  venue.deliver();
  expect(run.pathOf('O-1')).toEqual(['sent', 'working', 'cancelling', 'cancelled']);
  expect(run.entries('fill')).toHaveLength(1);
});

test('an order that is executed whole while it is asked back is filled', async () => {
  const { run, venue, time } = await working();
  venue.faults.cancel.push('late');
  run.desk.cancel('O-1');
  venue.trade('O-1');
  await time.advance(1_000);
  expect(run.stateOf('O-1')).toBe('filled');
  expect(run.incidents()).toEqual([]);
});

test('an order can be asked back before the venue has accepted it', async () => {
  const venue = new FaultVenue(DECIDED_AT);
  const time = manualTime();
  const run = startDesk({ venue, time });
  venue.isSlow = true;
  run.propose(deskOrder());
  run.desk.cancel('O-1');
  expect(run.stateOf('O-1')).toBe('cancelling');
  await time.settle();
  venue.deliver();
  await time.settle();
  expect(run.pathOf('O-1')).toEqual(['sent', 'cancelling', 'cancelled']);
});

test('an unknown order can be asked back, and stays unknown until the venue says what became of it', async () => {
  const venue = new FaultVenue(DECIDED_AT);
  const time = manualTime();
  const run = startDesk({ venue, time });
  venue.faults.submit.push('answer-lost');
  venue.isDeaf = true;
  run.propose(deskOrder());
  await time.settle();
  run.desk.cancel('O-1');
  expect(run.stateOf('O-1')).toBe('unknown');
  await time.advance(200);
  expect(run.stateOf('O-1')).toBe('cancelled');
});

test('a venue that took the request and says nothing is asked', async () => {
  const { run, venue, time } = await working();
  venue.isDeaf = true;
  run.desk.cancel('O-1');
  await time.settle();
  expect(run.stateOf('O-1')).toBe('cancelling');
  await time.advance(5_000);
  expect(run.stateOf('O-1')).toBe('cancelled');
});

test('an order that a kill took back without a request of the desk is cancelled', async () => {
  const { run, venue } = await working();
  venue.end('O-1', 'cancelled');
  expect(run.pathOf('O-1')).toEqual(['sent', 'working', 'cancelled']);
  expect(run.incidents()).toEqual([]);
});

test('a restart while an order is asked back finds what became of it', async () => {
  const { run, venue, time } = await working();
  venue.isDeaf = true;
  run.desk.cancel('O-1');
  run.flush();
  await time.settle();
  run.desk.stop();
  venue.isDeaf = false;
  const again = startDesk({ venue, time, past: run.records });
  expect(again.stateOf('O-1')).toBe('cancelling');
  await again.desk.resume();
  expect(again.stateOf('O-1')).toBe('cancelled');
});
