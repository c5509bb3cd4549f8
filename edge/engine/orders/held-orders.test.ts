import type { Order } from '@gatehouse/shared/schema/order.ts';
import { price } from '@gatehouse/shared/values/amounts.ts';
import { decimal, toText } from '@gatehouse/shared/values/decimal.ts';
import { describe, expect, test } from 'vitest';
import { deskOrder, later, startDesk, tick } from './desk-fixture.ts';
import { see, sent, setting } from './desk-setting-fixture.ts';

const stop = deskOrder({
  id: 'S-1',
  type: 'stop',
  side: 'sell',
  stopPrice: price('90'),
  emulates: ['trigger'],
});

describe('an order that waits for its price', () => {
  test('is held at the edge, says so, and goes out as a new order that the gate judges', async () => {
    const all = setting();
    all.run.propose(stop);
    expect(all.run.stateOf('S-1')).toBe('held');
    expect(all.run.entries('order')[0]?.reason).toContain('emulates its trigger');
    await see(all, tick('90.01'));
    expect(sent(all)).toEqual([]);
    await see(all, tick('90.00', 2_000));
    expect(sent(all)).toEqual(['sell market 10']);
    expect(all.run.stateOf('S-1')).toBe('replaced');
    const [child] = all.run.book.orders();
    expect([child?.order.replaces, child?.order.parent, child?.state]).toEqual(['S-1', 'S-1', 'working']);
    expect(all.run.entries('decision').map(({ order }) => order)).toEqual(['S-1', child?.order.id]);
  });

  test('goes out at the first price after a jump over its trigger', async () => {
    const all = setting();
    all.run.propose(stop);
    await see(all, tick('95'), tick('12', 2_000));
    expect(sent(all)).toEqual(['sell market 10']);
  });

  test('does not hear prices from before its decision', async () => {
    const all = setting();
    all.run.propose(stop);
    await see(all, tick('80', 0), tick('95', 1, { openAt: later(-1_000), low: price('80') }));
    expect(sent(all)).toEqual([]);
    await see(all, tick('95', 2, { openAt: later(1), low: price('80') }));
    expect(sent(all)).toEqual(['sell market 10']);
  });

  test.each([
    ['a stop to buy', { type: 'stop', side: 'buy', stopPrice: price('110') }, '109', '110', 'buy market 10'],
    [
      'a take-profit to sell',
      { type: 'take-profit', side: 'sell', stopPrice: price('110') },
      '109',
      '110',
      'sell market 10',
    ],
    ['a take-profit to buy', { type: 'take-profit', side: 'buy', stopPrice: price('90') }, '91', '90', 'buy market 10'],
    [
      'a stop-limit to sell',
      { type: 'stop-limit', side: 'sell', stopPrice: price('90'), limitPrice: price('89') },
      '91',
      '89.50',
      'sell limit 10',
    ],
  ] as const)('%s goes out at its price and not before', async (_, changes, before, at, what) => {
    const all = setting();
    all.run.propose(deskOrder({ id: 'S-1', emulates: ['trigger'], ...changes }));
    await see(all, tick(before));
    expect(sent(all)).toEqual([]);
    await see(all, tick(at, 2_000));
    expect(sent(all)).toEqual([what]);
  });

  test('goes out once, however often its price is seen', async () => {
    const all = setting();
    all.venue.isSlow = true;
    all.run.propose(stop);
    await see(all, tick('90'), tick('89', 2_000), tick('88', 3_000));
    all.venue.deliver();
    await see(all, tick('87', 4_000));
    expect(sent(all)).toEqual(['sell market 10']);
  });

  test('is there after a restart, and a price that jumped meanwhile sends it', async () => {
    const all = setting();
    all.run.propose(stop);
    all.run.desk.stop();
    const run = startDesk({ venue: all.venue, time: all.time, past: all.run.records });
    expect(run.desk.held()).toMatchObject([{ order: { id: 'S-1' }, stage: 'waiting' }]);
    await run.desk.resume();
    expect(all.venue.requests).toEqual([]);
    await see({ ...all, run }, tick('50'));
    expect(sent(all)).toEqual(['sell market 10']);
  });

  test('does not go out again after a restart while what took its place may be at the venue', async () => {
    const all = setting();
    all.run.propose(stop);
    all.venue.faults.submit.push('late');
    await see(all, tick('90'));
    expect(all.run.stateOf('S-1')).toBe('held');
    all.run.desk.stop();
    const run = startDesk({ venue: all.venue, time: all.time, past: all.run.records });
    await run.desk.resume();
    await see({ ...all, run }, tick('89', 2_000));
    expect(all.venue.requests.filter((one) => one.startsWith('submit'))).toHaveLength(1);
    all.venue.comeIn();
    await all.time.advance(60_000);
    expect(sent(all)).toEqual(['sell market 10']);
    expect(run.stateOf('S-1')).toBe('replaced');
  });

  test('stays, with an alarm, where the gate does not let it through', async () => {
    const all = setting({ isRefusing: () => true });
    all.run.propose(stop);
    await see(all, tick('90'), tick('89', 2_000));
    expect(all.run.stateOf('S-1')).toBe('held');
    expect(all.run.desk.held()).toMatchObject([{ stage: 'blocked', reason: expect.stringContaining('gate') }]);
    expect(all.run.incidents()).toEqual(['TRIGGER_REFUSED']);
    expect(all.run.book.own.openOrder('S-1')?.state).toBe('held');
  });

  test('waits where a halt came between the gate and the wire, and goes out once it is over', async () => {
    let isHalted = false;
    const all = setting({ maySend: () => !isHalted });
    all.run.propose(stop);
    isHalted = true;
    await see(all, tick('90'));
    expect(all.run.stateOf('S-1')).toBe('held');
    expect(all.run.incidents()).toEqual(['TRIGGER_UNSENT']);
    isHalted = false;
    await all.time.advance(1_000);
    await see(all, tick('95', 2_000));
    expect(sent(all)).toEqual(['sell market 10']);
  });

  test('stays, with an alarm, where the venue rejects it, and does not try again by itself', async () => {
    const all = setting();
    all.run.propose(stop);
    all.venue.faults.submit.push('refused');
    await see(all, tick('90'), tick('89', 2_000));
    expect(all.run.stateOf('S-1')).toBe('held');
    expect(all.run.desk.held()).toMatchObject([{ stage: 'blocked' }]);
    expect(all.run.incidents()).toEqual(['TRIGGER_REFUSED']);
    expect(all.venue.requests).toHaveLength(1);
  });

  test('tries again with a later price where it did not get out', async () => {
    const all = setting();
    all.run.propose(stop);
    all.venue.faults.submit.push('unreachable');
    await see(all, tick('90'), tick('90', 1_500));
    expect(all.venue.requests).toHaveLength(1);
    await all.time.advance(1_000);
    await see(all, tick('95', 3_000));
    expect(sent(all)).toEqual(['sell market 10']);
  });

  test('is cancelled here, and no venue hears of it', async () => {
    const all = setting();
    all.run.propose(stop);
    expect(all.run.desk.cancel('S-1')).toBe(true);
    await see(all, tick('50'));
    expect(all.run.stateOf('S-1')).toBe('cancelled');
    expect(all.venue.requests).toEqual([]);
  });

  test('gives way to another one that replaces it', async () => {
    const all = setting();
    all.run.propose(stop);
    all.run.propose({ ...stop, id: 'S-2', replaces: 'S-1', stopPrice: price('80') });
    expect([all.run.stateOf('S-1'), all.run.stateOf('S-2')]).toEqual(['replaced', 'held']);
    await see(all, tick('85'));
    expect(sent(all)).toEqual([]);
  });

  test('is not taken where it does not say what is emulated', () => {
    const all = setting();
    const { emulates: _, ...silent } = stop;
    all.run.propose(silent);
    expect(all.run.stateOf('S-1')).toBe('unsent');
  });
});

describe('a trailing stop', () => {
  const trailing = deskOrder({
    id: 'T-1',
    type: 'trailing-stop',
    side: 'sell',
    trailing: { by: 'price', distance: decimal('5') },
    emulates: ['trailing'],
  });

  test('follows the best price and never goes back', async () => {
    const all = setting();
    all.run.propose(trailing);
    await see(all, tick('100'), tick('110', 2_000), tick('105.01', 3_000));
    expect(sent(all)).toEqual([]);
    expect(all.run.desk.held().map(({ best }) => best && toText(best))).toEqual(['110']);
    await see(all, tick('105', 4_000));
    expect(sent(all)).toEqual(['sell market 10']);
  });

  test('in basis points, for a purchase, stays above the lowest price', async () => {
    const all = setting();
    const bps = { by: 'bps', distance: decimal('100') } as const;
    all.run.propose({ ...trailing, side: 'buy', shortSaleMark: 'not-a-sale', trailing: bps });
    await see(all, tick('100'), tick('90', 2_000), tick('90.89', 3_000));
    expect(sent(all)).toEqual([]);
    await see(all, tick('90.90', 4_000));
    expect(sent(all)).toEqual(['buy market 10']);
  });

  test('takes up its best price after a restart from prices of the past, which send nothing', async () => {
    const all = setting();
    all.run.propose(trailing);
    all.run.desk.stop();
    const run = startDesk({ venue: all.venue, time: all.time, past: all.run.records });
    for (const past of [tick('100'), tick('120', 2_000), tick('110', 3_000)]) run.desk.see(past, true);
    expect(sent(all)).toEqual([]);
    await see({ ...all, run }, tick('114', 4_000));
    expect(sent(all)).toEqual(['sell market 10']);
  });
});

describe('an order with an end', () => {
  test('that stands at the venue is taken back at its time', async () => {
    const all = setting();
    const until: Partial<Order> = { timeInForce: 'gtd', expiresAt: later(5_000), emulates: ['expiry'] };
    all.run.propose(deskOrder({ ...until, limitPrice: price('100') }));
    await see(all, tick('101', 4_999));
    expect(all.run.stateOf('O-1')).toBe('working');
    await see(all, tick('101', 5_000));
    expect(all.run.stateOf('O-1')).toBe('cancelled');
  });

  test('that is for the day and stands at a venue without such orders is taken back with the day', async () => {
    const all = setting({ capabilities: { timesInForce: ['gtc'] } });
    all.run.propose(deskOrder({ timeInForce: 'day', limitPrice: price('100'), emulates: ['expiry'] }));
    await all.time.settle();
    await see(all, tick('101', 4_000));
    expect(all.run.stateOf('O-1')).toBe('working');
    await see(all, tick('101', 5_000, { endsDay: true }));
    expect(all.run.stateOf('O-1')).toBe('cancelled');
  });

  test('that is held ends here, by its time or with the day', async () => {
    const all = setting();
    all.run.propose({ ...stop, timeInForce: 'gtd', expiresAt: later(5_000), emulates: ['trigger', 'expiry'] });
    all.run.propose({ ...stop, id: 'S-2', timeInForce: 'day' });
    await see(all, tick('100', 5_000));
    expect([all.run.stateOf('S-1'), all.run.stateOf('S-2')]).toEqual(['expired', 'held']);
    await see(all, tick('100', 6_000, { endsDay: true }));
    expect(all.run.stateOf('S-2')).toBe('expired');
  });
});
