import { price, quantity } from '@gatehouse/shared/values/amounts.ts';
import { toText, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { fromMillis } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import {
  anOrder,
  approve,
  aRestingOrder,
  BTC_USDT,
  hears,
  openSession,
  quote,
  sessionAt,
  soon,
  startExchange,
} from './ccxt-session.ts';

test('a market order is accepted before it fills, with the exchange’s own figures', async () => {
  const session = await openSession();
  await session.submit(anOrder('O-1', { quantity: quantity('0.50') }));
  await hears(session, 'O-1 accepted', 'O-1 filled 0.5 at 101 last');
  const answer = await session.venue.query('O-1');
  expect(answer.state).toBe('filled');
  const [event] = session.events.filter(({ kind }) => kind === 'filled');
  expect(event?.kind === 'filled' ? [event.fill] : []).toEqual(answer.fills);
  // 0.1 % of what was bought, in the asset that was bought.
  expect(answer.fills.map(({ fee, feeCurrency }) => `${toText(fee)} ${feeCurrency}`)).toEqual(['0.00050000 BTC']);
});

test('an order that the gate did not make never reaches the exchange', async () => {
  const session = await openSession();
  const copy = { ...approve(anOrder('O-1')) } as never;
  await expect(async () => session.venue.submit(copy)).rejects.toThrow(/did not approve/);
  expect(session.placed('O-1')).toBe(0);
});

test('a limit order rests, fills in parts and never worse than its limit', async () => {
  const session = await openSession();
  await session.submit(aRestingOrder('O-1', { quantity: quantity('3') }));
  await hears(session, 'O-1 accepted');
  expect(await session.venue.query('O-1')).toMatchObject({ state: 'working', fills: [] });
  quote(session.emulator, '89.00', '89.50', '1');
  await soon(() => expect(session.told().length).toBeGreaterThan(1));
  expect(await session.venue.query('O-1')).toMatchObject({ state: 'part-filled' });
  quote(session.emulator, '88.00', '88.50', '50');
  await soon(() => expect(session.told().at(-1)).toMatch(/last$/));
  for (const event of session.events)
    if (event.kind === 'filled') expect(Number(toText(event.fill.price))).toBeLessThanOrEqual(90);
  const filled = session.events.flatMap((event) => (event.kind === 'filled' ? [event.fill.quantity] : []));
  expect(filled.map((one) => Number(toText(one))).reduce((a, b) => a + b)).toBe(3);
});

test('one id is one order: while it stands, after its end, and for a session that takes it back', async () => {
  const session = await openSession();
  await session.submit(anOrder('O-1'));
  await session.submit(anOrder('O-1'));
  await soon(() => expect(session.told().at(-1)).toMatch(/last$/));
  // The exchange itself would take the id again now.
  await session.submit(anOrder('O-1'));
  expect(session.placed('O-1')).toBe(1);
  await session.submit(aRestingOrder('O-2'));
  const second = await openSession({ at: session.emulator, working: [{ order: aRestingOrder('O-2'), filled: ZERO }] });
  await second.submit(aRestingOrder('O-2'));
  expect(session.placed('O-2')).toBe(1);
  expect(session.emulator.history.acceptedTwice('O-')).toEqual([]);
});

test('a cancelled order is told as such and never fills', async () => {
  const session = await openSession();
  await session.submit(aRestingOrder('O-1'));
  await session.venue.cancel('O-1');
  quote(session.emulator, '80.00', '81.00');
  await hears(session, 'O-1 accepted', 'O-1 cancelled');
  expect(await session.venue.query('O-1')).toMatchObject({ state: 'cancelled', fills: [] });
});

test('cancelling everything leaves nothing, and is no error where nothing is left', async () => {
  const session = await openSession();
  await session.submit(aRestingOrder('O-1'));
  await session.submit(aRestingOrder('O-2', { limitPrice: price('91.00') }));
  await session.venue.cancelAll();
  await soon(() => expect(session.told().filter((line) => line.endsWith('cancelled'))).toHaveLength(2));
  await session.venue.cancelAll();
  expect((await session.venue.account()).orders).toEqual([]);
});

test('a cancel that comes too late is no failure, and one of an unknown order is a refusal', async () => {
  const session = await openSession();
  await session.submit(anOrder('O-1'));
  await session.venue.cancel('O-1');
  await hears(session, 'O-1 accepted', 'O-1 filled 1 at 101 last');
  await expect(async () => session.venue.cancel('O-none')).rejects.toMatchObject({ code: 'VENUE_REFUSED' });
});

test('an id that the exchange never saw is not found', async () => {
  const session = await openSession();
  expect(await session.venue.query('O-none')).toEqual({ state: 'not-found', fills: [] });
});

test.each([
  ['only makes', { postOnly: true as const }, 'O-1 accepted'],
  ['takes what is there', { timeInForce: 'ioc' as const, limitPrice: price('101.00') }, 'O-1 filled 1 at 101 last'],
  ['goes where nothing is there', { timeInForce: 'ioc' as const }, 'O-1 expired'],
  ['is all or nothing', { timeInForce: 'fok' as const }, 'O-1 expired'],
  [
    'waits for its stop',
    { type: 'stop-limit' as const, stopPrice: price('110.00'), limitPrice: price('111.00') },
    'O-1 accepted',
  ],
])('an order that %s', async (_, changes, last) => {
  const session = await openSession();
  await session.submit(aRestingOrder('O-1', changes));
  await soon(() => expect(session.told().at(-1)).toBe(last));
});

test('a post-only order that would take is refused in the exchange’s own words', async () => {
  const session = await openSession();
  const order = aRestingOrder('O-1', { postOnly: true, limitPrice: price('102.00') });
  await expect(session.submit(order)).rejects.toMatchObject({
    code: 'VENUE_REFUSED',
    message: expect.stringMatching(/immediately match/),
  });
});

test.each([
  ['beside the step', { quantity: quantity('0.123456') }, /steps of 0.00001/],
  ['beside the tick', { limitPrice: price('90.005') }, /steps of 0.01/],
  ['of a day', { timeInForce: 'day' as const }, /stand day/],
  ['of another instrument', { instrument: 'ETH-USDT' }, /not for ETH-USDT/],
])('an order %s is refused without being sent', async (_, changes, words) => {
  const session = await openSession();
  await expect(session.submit(aRestingOrder('O-1', changes))).rejects.toMatchObject({
    code: 'VENUE_REFUSED',
    message: expect.stringMatching(words),
  });
  expect(session.placed('O-1')).toBe(0);
});

test('too little money is a refusal in the exchange’s words, and the id stays used', async () => {
  const session = await openSession();
  const order = anOrder('O-1', { quantity: quantity('100'), limitPrice: price('99999.00') });
  await expect(session.submit(order)).rejects.toMatchObject({
    code: 'VENUE_REFUSED',
    message: expect.stringMatching(/-\d{4}/),
  });
  expect(session.told()).toEqual([]);
});

test('the account shows its orders and balances, exactly, and whose they are', async () => {
  const session = await openSession();
  await session.submit(aRestingOrder('O-1', { quantity: quantity('0.50') }));
  session.emulator.placeByHand('main', {
    symbol: 'BTCUSDT',
    side: 'BUY',
    type: 'LIMIT',
    timeInForce: 'GTC',
    quantity: '1',
    price: '50',
    newClientOrderId: 'web_1',
  });
  const account = await session.venue.account();
  expect(account.orders.map(({ order, instrument, quantity: wanted }) => [order, instrument, toText(wanted)])).toEqual([
    ['O-1', BTC_USDT.id, '0.50000000'],
    [undefined, BTC_USDT.id, '1.00000000'],
  ]);
  const usdt = account.balances.find(({ asset }) => asset === 'USDT');
  expect(usdt === undefined ? [] : [toText(usdt.total), toText(usdt.inOrders)]).toEqual([
    '1000000.00000000',
    '95.00000000',
  ]);
  await soon(() => expect(session.told()).toContain('foreign'));
});

test('executions since a moment come oldest first, each once, over more than a day and more than a page', async () => {
  const emulator = await startExchange();
  const startMs = Date.now();
  for (let count = 0; count < 1_100; count += 1) {
    const parameters = {
      symbol: 'BTCUSDT',
      side: 'BUY',
      type: 'MARKET',
      quantity: '0.1',
      newClientOrderId: `O-${count}`,
    };
    emulator.placeByHand('main', parameters);
  }
  const session = await openSession({ at: emulator });
  const all = await session.venue.executions(fromMillis(startMs - 40 * 86_400_000));
  expect(all.map(({ order }) => order)).toEqual(Array.from({ length: 1_100 }, (_, count) => `O-${count}`));
  expect(new Set(all.map(({ fill }) => fill.id)).size).toBe(1_100);
  expect(await session.venue.executions(fromMillis(Date.now() + 1_000))).toEqual([]);
}, 30_000);

test('that nothing was executed for years is known by one question', async () => {
  const session = await openSession();
  const asked = (): number => session.emulator.log.requests('GET', '/api/v3/myTrades').length;
  const before = asked();
  expect(await session.venue.executions(fromMillis(Date.now() - 1_500 * 86_400_000))).toEqual([]);
  // A sweep may ask at the same time.
  expect(asked() - before).toBeLessThanOrEqual(2);
});

test('what was working when the edge died and filled meanwhile is told before the link is up', async () => {
  const first = await openSession();
  await first.submit(aRestingOrder('O-1'));
  await first.submit(aRestingOrder('O-2', { limitPrice: price('91.00') }));
  await hears(first, 'O-1 accepted', 'O-2 accepted');
  await first.venue.close();
  quote(first.emulator, '90.20', '90.50');
  const working = ['O-1', 'O-2'].map((id) => ({ order: aRestingOrder(id), filled: ZERO }));
  const second = sessionAt(first.emulator, { working });
  await second.venue.open?.();
  expect(second.told()).toEqual(['O-2 filled 1 at 91 last']);
  expect(second.events.map(({ kind }) => kind).at(-1)).toBe('link');
});

test('an order that ended so long ago that it is archived is over, without executions', async () => {
  const session = await openSession({ emulator: { queries: { archiveAfterMs: 0 } } });
  await session.submit(aRestingOrder('O-1'));
  await session.venue.cancel('O-1');
  await hears(session, 'O-1 accepted', 'O-1 cancelled');
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await session.venue.query('O-1')).toEqual({ state: 'cancelled', fills: [] });
});

test('once closed, everything is refused as not sent', async () => {
  const session = await openSession();
  await session.venue.close();
  await expect(session.submit(anOrder('O-1'))).rejects.toMatchObject({ code: 'VENUE_UNREACHABLE' });
  await expect(async () => session.venue.query('O-1')).rejects.toThrow(/closed/);
  await session.venue.cancelAll();
  expect(session.links().at(-1)).toBe('down');
  expect(session.placed('O-1')).toBe(0);
});

test('the exchange’s clock against ours is a fact with its uncertainty, and orders go through with ours an hour wrong', async () => {
  const emulator = await startExchange();
  emulator.clock.shift(3_600_000);
  const session = await openSession({ at: emulator });
  const { offsetNs = 0n, uncertaintyNs = 0n } = session.venue.clock?.() ?? {};
  const off = offsetNs + 3_600_000_000_000n;
  expect(off < 0n ? -off : off).toBeLessThanOrEqual(uncertaintyNs + 1_000_000n);
  await session.submit(anOrder('O-1'));
  await soon(() => expect(session.told().at(-1)).toMatch(/last$/));
});
