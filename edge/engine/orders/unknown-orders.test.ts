import { quantity } from '@gatehouse/shared/values/amounts.ts';
import { toText } from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import { DECIDED_AT, type DeskRequest, deskOrder, startDesk } from './desk-fixture.ts';
import { type Setting, setting } from './desk-setting-fixture.ts';
import { type Fault, PLAIN } from './fault-venue-fixture.ts';
import { manualTime } from './manual-time-fixture.ts';

async function sentWith(fault: Fault, changes: Partial<DeskRequest> = {}): Promise<Setting> {
  const all = setting(changes);
  all.venue.faults.submit.push(fault);
  // What the venue says of it is lost with the answer.
  all.venue.isDeaf = true;
  all.run.propose(deskOrder());
  await all.time.settle();
  all.venue.isDeaf = false;
  return all;
}

const submits = ({ venue }: Setting): number => venue.requests.filter((one) => one.startsWith('submit')).length;

test('an order that certainly did not arrive was never sent, and the venue is not asked for it', async () => {
  const all = await sentWith('unreachable');
  expect(all.run.stateOf('O-1')).toBe('unsent');
  await all.time.advance(60_000);
  expect(all.venue.requests).toEqual(['submit O-1']);
});

test('an order that the venue refuses is rejected with the reason of the venue', async () => {
  const { run } = await sentWith('refused');
  expect(run.stateOf('O-1')).toBe('rejected');
  expect(run.entries('order').at(-1)?.reason).toContain('not wanted');
});

test('a timeout is no failure: an order whose answer was lost is asked for, found, and never sent again', async () => {
  const all = await sentWith('answer-lost');
  expect(all.run.stateOf('O-1')).toBe('unknown');
  expect(all.run.desk.unresolved()).toMatchObject([{ order: 'O-1', state: 'unknown' }]);
  await all.time.advance(199);
  expect(all.venue.requests).toEqual(['submit O-1']);
  await all.time.advance(1);
  expect(all.run.stateOf('O-1')).toBe('working');
  expect(all.run.desk.unresolved()).toEqual([]);
  expect(submits(all)).toBe(1);
});

test('an order whose answer was lost and that executed meanwhile is booked with its executions, once', async () => {
  const all = await sentWith('answer-lost');
  all.venue.isDeaf = true;
  all.venue.trade('O-1', '4');
  all.venue.isDeaf = false;
  await all.time.advance(200);
  expect(all.run.stateOf('O-1')).toBe('part-filled');
  all.venue.trade('O-1');
  await all.time.advance(60_000);
  expect(all.run.stateOf('O-1')).toBe('filled');
  expect(all.run.entries('fill').map((fill) => toText(fill.quantity))).toEqual(['4', '6']);
});

test('not-found proves nothing before the venue’s own time, and everything after it', async () => {
  const all = await sentWith('request-lost');
  await all.time.advance(1_999);
  expect(all.run.stateOf('O-1')).toBe('unknown');
  await all.time.advance(2_000);
  expect(all.run.stateOf('O-1')).toBe('unsent');
  expect(all.run.entries('order').at(-1)?.reason).toContain('neither the account nor its executions');
  expect(submits(all)).toBe(1);
});

test('an order that comes in after many a not-found is found, and only once at the venue', async () => {
  const all = await sentWith('late');
  await all.time.advance(1_500);
  expect(all.run.stateOf('O-1')).toBe('unknown');
  all.venue.isDeaf = true;
  all.venue.comeIn();
  all.venue.isDeaf = false;
  await all.time.advance(60_000);
  expect(all.run.stateOf('O-1')).toBe('working');
  expect(all.venue.live()).toEqual(['O-1']);
});

test('where queries know nothing and the account shows the order, it stands', async () => {
  const all = await sentWith('answer-lost');
  all.venue.isBlind = true;
  await all.time.advance(10_000);
  expect(all.run.stateOf('O-1')).toBe('working');
});

test('where queries know nothing and only an execution shows, it is booked and the order stays open', async () => {
  const all = await sentWith('answer-lost');
  all.venue.isBlind = true;
  all.venue.isDeaf = true;
  all.venue.trade('O-1');
  all.venue.isDeaf = false;
  await all.time.advance(10_000);
  expect(all.run.stateOf('O-1')).toBe('filled');
  expect(all.run.entries('fill')).toHaveLength(1);
});

test('without a rule of the venue not-found is never believed', async () => {
  const { notFoundIsFinalAfterMs: _, ...without } = PLAIN;
  const all = await sentWith('request-lost', { whole: without });
  await all.time.advance(3_600_000);
  expect(all.run.stateOf('O-1')).toBe('unknown');
});

test('an order that the venue had taken and no longer knows stays unknown, with one incident, and counts as open', async () => {
  const all = setting();
  all.run.propose(deskOrder());
  await all.time.settle();
  expect(all.run.stateOf('O-1')).toBe('working');
  all.venue.forget('O-1');
  await all.run.desk.resume();
  await all.time.advance(50_000);
  expect(all.run.stateOf('O-1')).toBe('unknown');
  expect(all.run.incidents().filter((code) => code === 'ORDER_LOST')).toHaveLength(1);
  expect(all.run.book.own.openOrder('O-1')?.state).toBe('unknown');
  const { account, instrument } = deskOrder();
  expect(toText(all.run.book.open(account, instrument).buy)).toBe('10');
});

test('what stays unknown is an alarm after a minute, and once an hour after that', async () => {
  const all = await sentWith('request-lost', { capabilities: { notFoundIsFinalAfterMs: 1e12 } });
  const alarms = (): number => all.run.incidents().filter((code) => code === 'ORDER_UNRESOLVED').length;
  await all.time.advance(59_000);
  expect(alarms()).toBe(0);
  await all.time.advance(61_000);
  expect(alarms()).toBe(1);
  await all.time.advance(3_400_000);
  expect(alarms()).toBe(1);
  await all.time.advance(400_000);
  expect(alarms()).toBe(2);
});

test('the questions about an order keep to their schedule and end at their bound', async () => {
  const all = await sentWith('request-lost', {
    capabilities: { notFoundIsFinalAfterMs: 1e12 },
    limits: { asksMax: 5, escalateAgainMs: 10_000_000 },
  });
  const asked: number[] = [];
  for (let ms = 0; ms < 100_000; ms += 100) {
    const before = all.venue.requests.length;
    await all.time.advance(100);
    if (all.venue.requests.length > before) asked.push(ms + 100);
  }
  expect(asked).toEqual([200, 700, 1_700, 3_700, 8_700]);
});

test('a query that never ends does not hold up the next', async () => {
  const all = await sentWith('answer-lost');
  all.venue.faults.query.push('silent');
  await all.time.advance(200 + 5_000 + 600);
  expect(all.run.stateOf('O-1')).toBe('working');
});

test('an order of which the venue says nothing at all is asked for', async () => {
  const all = setting();
  all.venue.isDeaf = true;
  all.run.propose(deskOrder());
  await all.time.settle();
  expect(all.run.stateOf('O-1')).toBe('sent');
  expect(all.run.desk.unresolved()).toEqual([]);
  await all.time.advance(5_000);
  expect(all.run.stateOf('O-1')).toBe('working');
});

test('after a restart an order that may have left just before is unknown until the venue’s time is over', async () => {
  const before = setting();
  before.venue.isDeaf = true;
  before.venue.faults.submit.push('late');
  before.run.propose(deskOrder());
  await before.time.settle();
  before.run.desk.stop();
  // The process dies before the answer, and the order is still on its way.
  const past = before.run.records.filter(({ kind }) => kind !== 'order');
  const time = manualTime();
  const run = startDesk({ venue: before.venue, time, past });
  expect(run.stateOf('O-1')).toBe('approved');
  await run.desk.resume();
  expect(run.stateOf('O-1')).toBe('approved');
  expect(run.desk.unresolved()).toMatchObject([{ order: 'O-1', answer: 'not-found' }]);
  before.venue.comeIn();
  await time.advance(60_000);
  expect(run.stateOf('O-1')).toBe('working');
  expect(before.venue.orders.size).toBe(1);
});

test('after a restart an order that never left is unsent after the venue’s time', async () => {
  const before = setting();
  before.venue.faults.submit.push('request-lost');
  before.run.propose(deskOrder());
  await before.time.settle();
  before.run.desk.stop();
  const time = manualTime();
  const run = startDesk({ venue: before.venue, time, past: before.run.records });
  expect(run.stateOf('O-1')).toBe('unknown');
  await run.desk.resume();
  await time.advance(1_900);
  expect(run.stateOf('O-1')).toBe('unknown');
  await time.advance(5_000);
  expect(run.stateOf('O-1')).toBe('unsent');
});

test('while a kill asks, a not-found of the first moment ends nothing', async () => {
  const all = await sentWith('late');
  const known = all.run.book.order('O-1');
  if (known === undefined) throw new Error('the order is open');
  all.run.desk.notFound(known, 'A kill asked.');
  expect(all.run.stateOf('O-1')).toBe('unknown');
  all.venue.comeIn();
  await all.time.advance(60_000);
  expect(all.run.stateOf('O-1')).toBe('working');
});

test('an order that counts as never sent and shows up all the same is taken back, and said', async () => {
  const all = await sentWith('late');
  await all.time.advance(60_000);
  expect(all.run.stateOf('O-1')).toBe('unsent');
  all.venue.comeIn();
  await all.time.settle();
  expect(all.venue.live()).toEqual([]);
  expect(all.run.incidents()).toContain('ORDER_IMPOSSIBLE');
});

test('an order that counts as over and stands at the venue unheard is found when the link is back', async () => {
  const all = await sentWith('late');
  await all.time.advance(60_000);
  all.venue.isDeaf = true;
  all.venue.comeIn();
  all.venue.isDeaf = false;
  expect(all.venue.live()).toEqual(['O-1']);
  await all.run.desk.resume();
  await all.time.settle();
  expect(all.venue.live()).toEqual([]);
  expect(all.run.incidents()).toContain('ORDER_REVENANT');
});

test('executions that were missed while nobody listened are fetched when the link is back, once', async () => {
  const all = setting();
  all.run.propose(deskOrder());
  await all.time.settle();
  all.venue.say({ kind: 'link', state: 'down', at: DECIDED_AT, reason: 'The cable.' });
  all.venue.isDeaf = true;
  all.venue.trade('O-1', '3');
  all.venue.isDeaf = false;
  all.venue.say({ kind: 'link', state: 'up', at: DECIDED_AT, reason: 'Plugged in.' });
  await all.time.settle();
  expect(toText(all.run.book.order('O-1')?.filled ?? quantity('0'))).toBe('3');
  all.venue.say({ kind: 'link', state: 'up', at: DECIDED_AT, reason: 'Still.' });
  await all.time.settle();
  expect(all.run.entries('fill')).toHaveLength(1);
  expect(all.run.incidents()).toEqual(['VENUE_DOWN', 'VENUE_BACK']);
});

test('a last execution that came without those before it leaves the order open until they are fetched', async () => {
  const all = setting();
  all.run.propose(deskOrder());
  await all.time.settle();
  all.venue.isDeaf = true;
  all.venue.trade('O-1', '3');
  all.venue.isDeaf = false;
  all.venue.trade('O-1');
  expect(all.run.stateOf('O-1')).toBe('part-filled');
  expect(all.run.incidents()).toEqual(['FILL_MISSING']);
  await all.time.advance(1_000);
  expect(all.run.stateOf('O-1')).toBe('filled');
  expect(all.run.entries('fill').map((fill) => toText(fill.quantity))).toEqual(['7', '3']);
});

test('nothing is left waiting once all is known', async () => {
  const all = await sentWith('answer-lost');
  await all.time.advance(60_000);
  expect(all.time.waiting).toBe(0);
  all.run.desk.stop();
});
