import { price } from '@gatehouse/shared/values/amounts.ts';
import { decimal } from '@gatehouse/shared/values/decimal.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { createBook } from '../book.ts';
import type { WireBody } from '../entry-wire.ts';
import { settleOrders, workingOrders } from '../resume.ts';
import { DECIDED_AT, deskOrder, startDesk, tick } from './desk-fixture.ts';
import { FaultVenue, PLAIN } from './fault-venue-fixture.ts';
import { manualTime } from './manual-time-fixture.ts';
import { isReached, type SessionReach } from './reach.ts';

const order = deskOrder({ limitPrice: price('100') });
const here: SessionReach = {
  venue: order.venue,
  account: order.account,
  through: 'ccxt/paper/first',
  instrument: order.instrument,
};
const elsewhere: readonly (readonly [string, SessionReach])[] = [
  ['pair', { ...here, instrument: 'OTHER' }],
  ['venue', { ...here, venue: 'OTHER' }],
  ['account at the venue', { ...here, through: 'ccxt/paper/second' }],
  ['environment', { ...here, through: 'ccxt/live/first' }],
];

/** The statement of a start, as it lies in the journal. */
function through(account: string): WireBody {
  const head = { v: 1, connector: 'ccxt', title: 'An exchange', environment: 'paper', venues: [order.venue], account };
  const body = { ...head, capabilities: PLAIN, exemptions: [], fillRules: [], at: instantText(DECIDED_AT) };
  return { kind: 'venue', body: JSON.stringify(body) };
}

/** What is on disk after a process with a working and a waiting order was killed. */
async function past(): Promise<readonly WireBody[]> {
  const time = manualTime();
  const run = startDesk({ venue: new FaultVenue(DECIDED_AT), time, past: [through('first')] });
  run.propose(order);
  run.propose(deskOrder({ id: 'S-1', type: 'stop', side: 'sell', stopPrice: price('90'), emulates: ['trigger'] }));
  await time.settle();
  run.desk.stop();
  return run.records;
}

test.each(elsewhere)(
  'a session in another %s asks for nothing, shows the orders and raises one alarm',
  async (_, session) => {
    const [venue, time] = [new FaultVenue(DECIDED_AT), manualTime()];
    const run = startDesk({ venue, time, past: await past(), canReach: (known) => isReached(known, session) });
    await run.desk.resume();
    await run.desk.resume();
    run.desk.see(tick('50'));
    run.flush();
    await time.advance(200_000);
    expect(venue.requests).toEqual([]);
    expect([run.stateOf('O-1'), run.stateOf('S-1')]).toEqual(['working', 'held']);
    expect(run.desk.unresolved()).toMatchObject([
      { order: 'O-1', answer: expect.stringContaining('through ccxt/paper/first') },
      { order: 'S-1' },
    ]);
    expect(run.incidents()).toEqual(['ORDERS_ELSEWHERE']);
    expect(run.desk.cancel('O-1')).toBe(false);
    expect([venue.requests, run.stateOf('O-1')]).toEqual([[], 'working']);
    const known = run.book.order('O-1');
    if (known !== undefined) run.desk.notFound(known, 'A venue that cannot know it.');
    await time.advance(200_000);
    expect([venue.requests, run.stateOf('O-1')]).toEqual([[], 'working']);
  },
);

test('the session in their own place asks for them again', async () => {
  const [venue, time] = [new FaultVenue(DECIDED_AT), manualTime()];
  const run = startDesk({ venue, time, past: await past(), canReach: (known) => isReached(known, here) });
  await run.desk.resume();
  expect(venue.requests).toEqual(['query O-1']);
  expect(run.incidents()).not.toContain('ORDERS_ELSEWHERE');
});

test('a venue in this process is neither given nor asked for orders of another place', async () => {
  const run = startDesk({ venue: new FaultVenue(DECIDED_AT), time: manualTime(), past: await past() });
  const canReach = (): boolean => false;
  expect(workingOrders(run.book, canReach)).toEqual([]);
  const asked: string[] = [];
  const query = (id: string) => {
    asked.push(id);
    return { state: 'not-found' as const, fills: [] };
  };
  await settleOrders({ book: run.book, desk: run.desk, venue: { query }, canReach });
  expect(asked).toEqual([]);
});

test('I9 through what an order went is the same after a snapshot, also for orders that come after it', async () => {
  const run = startDesk({ venue: new FaultVenue(DECIDED_AT), time: manualTime(), past: await past() });
  const again = createBook({ multiplierOf: () => decimal('1'), snapshot: run.book.snapshot() });
  expect(again.order('O-1')?.reach).toBe('ccxt/paper/first');
  again.fold({ kind: 'intent', body: { v: 1, order: deskOrder({ id: 'O-2' }) } }, DECIDED_AT);
  expect(again.order('O-2')?.reach).toBe('ccxt/paper/first');
});
