import { price, quantity } from '@gatehouse/shared/values/amounts.ts';
import { toText } from '@gatehouse/shared/values/decimal.ts';
import { describe, expect, test } from 'vitest';
import { DECIDED_AT, type DeskRequest, deskOrder, startDesk } from './desk-fixture.ts';
import type { Setting } from './desk-setting-fixture.ts';
import { FaultVenue } from './fault-venue-fixture.ts';
import { manualTime } from './manual-time-fixture.ts';

const old = deskOrder({ limitPrice: price('100.00') });
const changed = deskOrder({ id: 'O-2', replaces: 'O-1', limitPrice: price('101.00') });

async function working(canAmend: boolean, changes: Partial<DeskRequest> = {}): Promise<Setting> {
  const venue = new FaultVenue(DECIDED_AT, canAmend);
  const time = manualTime();
  const run = startDesk({ venue, time, ...changes });
  run.propose(old);
  await time.settle();
  return { venue, time, run };
}

const states = ({ run }: Setting): readonly unknown[] => [run.stateOf('O-1'), run.stateOf('O-2')];

describe('where the venue changes orders in one step', () => {
  test('the new order stands where the old one stood', async () => {
    const all = await working(true);
    all.run.propose(changed);
    expect(states(all)).toEqual(['replacing', 'sent']);
    await all.time.settle();
    expect(states(all)).toEqual(['replaced', 'working']);
    expect(all.venue.requests.filter((one) => !one.startsWith('submit'))).toEqual(['amend O-2']);
  });

  test.each(['refused', 'unreachable'] as const)(
    'a change that is %s leaves the old order as it was',
    async (fault) => {
      const all = await working(true);
      all.venue.faults.amend.push(fault);
      all.run.propose(changed);
      await all.time.settle();
      expect(states(all)).toEqual(['working', fault === 'refused' ? 'rejected' : 'unsent']);
      expect(all.venue.live()).toEqual(['O-1']);
    },
  );

  test('both orders of a change whose answer was lost are found by asking', async () => {
    const all = await working(true);
    all.venue.faults.amend.push('answer-lost');
    all.venue.isDeaf = true;
    all.run.propose(changed);
    await all.time.settle();
    expect(states(all)).toEqual(['replacing', 'unknown']);
    await all.time.advance(500);
    expect(states(all)).toEqual(['replaced', 'working']);
  });

  test('executions of the old order that nobody heard of are booked when its end is found', async () => {
    const all = await working(true);
    all.venue.isDeaf = true;
    all.venue.trade('O-1', '1');
    all.run.propose(changed);
    await all.time.settle();
    all.venue.isDeaf = false;
    all.venue.trade('O-2', '2');
    await all.time.advance(10_000);
    expect(states(all)).toEqual(['replaced', 'part-filled']);
    expect(all.run.entries('fill').map(({ order, quantity: size }) => [order, toText(size)])).toEqual([
      ['O-2', '2'],
      ['O-1', '1'],
    ]);
  });

  test('a change that never came ends with the old order standing and the new one never sent', async () => {
    const all = await working(true);
    all.venue.faults.amend.push('request-lost');
    all.run.propose(changed);
    await all.time.advance(1_000);
    expect(states(all)).toEqual(['replacing', 'unknown']);
    await all.time.advance(10_000);
    expect(states(all)).toEqual(['working', 'unsent']);
  });

  test('a late execution of the old order is booked after it was replaced', async () => {
    const all = await working(true);
    all.venue.isSlow = true;
    all.venue.trade('O-1', '2');
    all.run.propose(changed);
    await all.time.settle();
    all.venue.deliver();
    expect(states(all)).toEqual(['replaced', 'working']);
    expect(all.run.entries('fill')).toHaveLength(1);
    expect(all.run.incidents()).toEqual([]);
  });

  test('a change of an order that nobody knows of is not sent', async () => {
    const venue = new FaultVenue(DECIDED_AT, true);
    const time = manualTime();
    const run = startDesk({ venue, time });
    venue.faults.submit.push('late');
    run.propose(old);
    await time.settle();
    run.propose(changed);
    expect([run.stateOf('O-1'), run.stateOf('O-2')]).toEqual(['unknown', 'unsent']);
  });

  test('a restart in the middle of a change finds both orders', async () => {
    const all = await working(true);
    all.venue.isDeaf = true;
    all.run.propose(changed);
    await all.time.settle();
    all.run.desk.stop();
    all.venue.isDeaf = false;
    const run = startDesk({ venue: all.venue, time: all.time, past: all.run.records });
    await run.desk.resume();
    await all.time.advance(10_000);
    expect([run.stateOf('O-1'), run.stateOf('O-2')]).toEqual(['replaced', 'working']);
  });
});

describe('where the venue cannot change an order', () => {
  test('the old order is over before the new one goes out', async () => {
    const all = await working(false);
    all.run.propose(changed);
    expect(states(all)).toEqual(['cancelling', 'approved']);
    await all.time.settle();
    expect(states(all)).toEqual(['cancelled', 'working']);
    expect(all.venue.requests).toEqual(['submit O-1', 'cancel O-1', 'submit O-2']);
    expect(all.venue.liveAtOnceMax).toBe(1);
  });

  test('what the old order executes on its way out is taken off the new one', async () => {
    const all = await working(false);
    all.venue.isSlow = true;
    all.run.propose(changed);
    all.venue.trade('O-1', '4');
    await all.time.settle();
    all.venue.deliver();
    all.venue.isSlow = false;
    await all.time.settle();
    all.venue.deliver();
    expect(states(all)).toEqual(['cancelled', 'unsent']);
    const [rest] = all.run.book.orders();
    expect(rest?.order.replaces).toBe('O-1');
    expect([toText(rest?.order.quantity ?? quantity('0')), rest?.state]).toEqual(['6', 'working']);
    expect(all.venue.liveAtOnceMax).toBe(1);
  });

  test('where nothing remains the new order is given up', async () => {
    const all = await working(false);
    all.venue.faults.cancel.push('late');
    all.run.propose(changed);
    all.venue.trade('O-1');
    await all.time.advance(1_000);
    expect(states(all)).toEqual(['filled', 'unsent']);
    expect(all.run.entries('order').at(-1)?.reason).toContain('nothing remains');
    expect(all.venue.live()).toEqual([]);
  });

  test('an order for more than the old one goes out for what the old one did not do', async () => {
    const all = await working(false);
    all.venue.faults.cancel.push('late');
    all.run.propose({ ...changed, quantity: quantity('15') });
    all.venue.trade('O-1');
    await all.time.advance(1_000);
    expect(all.run.book.orders().map(({ order, state }) => [toText(order.quantity), state])).toEqual([
      ['5', 'working'],
    ]);
  });

  test('an old order that the venue keeps keeps the new one from going out', async () => {
    const all = await working(false);
    all.venue.faults.cancel.push('request-lost');
    all.run.propose(changed);
    await all.time.advance(1_000);
    expect(states(all)).toEqual(['working', 'unsent']);
    expect(all.venue.live()).toEqual(['O-1']);
  });

  test('an order that waits too long for the end of the other is given up', async () => {
    const all = await working(false);
    all.venue.faults.cancel.push('request-lost');
    all.venue.faults.query.push('silent');
    all.run.propose(changed);
    await all.time.advance(4_999);
    expect(states(all)).toEqual(['cancelling', 'approved']);
    await all.time.advance(1);
    expect(states(all)).toEqual(['cancelling', 'unsent']);
  });

  test('a halt while the old order is taken back keeps the new one from going out', async () => {
    let isHalted = false;
    const all = await working(false, { maySend: () => !isHalted });
    all.run.propose(changed);
    isHalted = true;
    await all.time.settle();
    expect(states(all)).toEqual(['cancelled', 'unsent']);
    expect(all.venue.live()).toEqual([]);
  });

  test('a restart while the old order is taken back never has both live', async () => {
    const all = await working(false);
    all.venue.isSlow = true;
    all.run.propose(changed);
    await all.time.settle();
    all.venue.loseWords();
    all.run.desk.stop();
    all.venue.isSlow = false;
    const run = startDesk({ venue: all.venue, time: all.time, past: all.run.records });
    await run.desk.resume();
    await all.time.advance(10_000);
    expect([run.stateOf('O-1'), run.stateOf('O-2')]).toEqual(['cancelled', 'unsent']);
    expect(all.venue.live()).toEqual([]);
  });

  test('a second change while the first one waits is given up', async () => {
    const all = await working(false);
    all.run.propose(changed);
    all.run.propose({ ...changed, id: 'O-3' });
    await all.time.settle();
    expect([...states(all), all.run.stateOf('O-3')]).toEqual(['cancelled', 'working', 'unsent']);
  });
});
