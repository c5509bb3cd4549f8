import { systemClock } from '@gatehouse/edge/engine/system-clock.ts';
import type { MarketLevel } from '@gatehouse/edge/feeds/market-feed.ts';
import { toText } from '@gatehouse/shared/values/decimal.ts';
import { ageMs } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { FAULT_ANSWERS } from '../emulators/binance/fault-answers.ts';
import { message, request } from '../emulators/kit/faults.ts';
import { quote, soon } from './ccxt-session.ts';
import { DEPTH, listen, STALE_MS, TRADE, textOf, trade } from './market-session.ts';

test('quotes follow the exchange’s book, with its exact texts and an age', async () => {
  const { emulator, feed, quoted, events } = await listen();
  expect(quoted()).toBe('100 101');
  quote(emulator, '100.50', '100.51', '3.25');
  await soon(() => expect(quoted()).toBe('100.5 100.51'));
  const { bid, at } = feed.quote() ?? {};
  expect(bid === undefined ? '' : toText(bid.quantity)).toBe('3.25000000');
  expect(at === undefined ? -1 : ageMs(at, systemClock().now())).toBeLessThan(1_000);
  const book = feed.book(5);
  expect(book?.asks.map(textOf)).toEqual(['100.51']);
  expect(events.filter(({ kind }) => kind === 'quote').length).toBeGreaterThanOrEqual(2);
});

test('the whole book is the exchange’s own after many changes', async () => {
  const { emulator, feed, gaps } = await listen();
  for (let step = 0; step < 60; step += 1) {
    const price = (number: number): string => `${100 + number / 100}`;
    const bids = [[price(step % 7), `${1 + (step % 3)}`]] as const;
    const asks = [[price(50 + (step % 11)), `${step % 4}`]] as const;
    emulator.advance({ kind: 'book', symbol: 'BTCUSDT', bids, asks });
  }
  const truth = async (): Promise<unknown> =>
    (await fetch(`http://127.0.0.1:${emulator.port}/api/v3/depth?symbol=BTCUSDT&limit=100`)).json();
  const { lastUpdateId, bids, asks } = (await truth()) as {
    readonly lastUpdateId: number;
    readonly bids: readonly (readonly string[])[];
    readonly asks: readonly (readonly string[])[];
  };
  await soon(() => expect(feed.book(100)?.id).toBe(`${lastUpdateId}`));
  const rows = (side: readonly MarketLevel[]) => side.map((level) => [toText(level.price), toText(level.quantity)]);
  const ours = feed.book(100);
  expect([rows(ours?.bids ?? []), rows(ours?.asks ?? [])]).toEqual([bids, asks]);
  expect(bids.length + asks.length).toBeGreaterThan(5);
  expect(gaps()).toEqual([]);
});

test('a change that is lost is found with the next one: it is said, nothing is quoted until the book is built anew', async () => {
  const { emulator, quoted, gaps, links } = await listen();
  const match = message(DEPTH);
  emulator.faults.onMessage({ kind: 'drop' }, { match, times: 1 });
  const slow = { match: request('GET', '/api/v3/depth'), times: 1 };
  emulator.faults.onRequest({ kind: 'delay-answer', ms: 300 }, slow);
  quote(emulator, '90.00', '91.00');
  quote(emulator, '80.00', '81.00');
  await soon(() => expect(gaps()).toHaveLength(1));
  expect(quoted()).toBe('unknown');
  await soon(() => expect(quoted()).toBe('80 81'));
  expect(gaps()[0]).toContain('book: after the state');
  expect(links()).toEqual(['connecting', 'up']);
});

test('a crossed book is refused and built anew', async () => {
  const { emulator, quoted, gaps, events } = await listen();
  const cross = (text: string): string => text.replace(/"b":\[.*?\],"a"/, '"b":[["500.00","1"]],"a"');
  emulator.faults.onMessage({ kind: 'replace', by: cross }, { match: message(DEPTH), times: 1 });
  quote(emulator, '99.00', '100.00');
  await soon(() => expect(gaps()).toEqual(['book: the best bid of the book is not below its best ask']));
  await soon(() => expect(quoted()).toBe('99 100'));
  const bids = events.flatMap((event) => (event.kind === 'quote' ? [textOf(event.quote.bid)] : []));
  expect(bids).not.toContain('500');
});

test.each([
  ['is cut in the middle of a message', { kind: 'cut' }],
  ['breaks', { kind: 'disconnect' }],
] as const)('a stream that %s is connected again; no trade is lost and the quote is right', async (_, fault) => {
  const { emulator, quoted, trades, isUp, gaps } = await listen();
  trade(emulator, '100.10');
  await soon(() => expect(trades()).toEqual(['100.1']));
  emulator.faults.onMessage(fault, { match: message(DEPTH), times: 1 });
  quote(emulator, '90.00', '91.00');
  trade(emulator, '90.10');
  trade(emulator, '90.20');
  quote(emulator, '95.00', '96.00');
  await isUp(2);
  trade(emulator, '95.10');
  await soon(() => expect(trades()).toEqual(['100.1', '90.1', '90.2', '95.1']));
  expect(quoted()).toBe('95 96');
  expect(gaps()).toEqual([]);
});

test('a connection that stands and says nothing is found within its limit, and nothing is quoted meanwhile', async () => {
  const { emulator, links, isUp, quoted } = await listen();
  emulator.faults.onMessage({ kind: 'mute' }, { match: message(DEPTH) });
  const mutedAt = performance.now();
  quote(emulator, '90.00', '91.00');
  await soon(() => expect(links()).toContain('stale'));
  expect(performance.now() - mutedAt).toBeLessThan(STALE_MS + 300);
  await isUp(2);
  await soon(() => expect(quoted()).toBe('90 91'));
});

test('a stream that answers and carries no changes any more is found by the number of the exchange’s book', async () => {
  const { emulator, links, isUp, quoted } = await listen();
  const dropped = emulator.faults.onMessage({ kind: 'drop' }, { match: message(DEPTH), times: 1_000 });
  const from = performance.now();
  quote(emulator, '90.00', '91.00');
  await soon(() => expect(links()).toContain('stale'));
  expect(performance.now() - from).toBeLessThan(STALE_MS * 2);
  expect(dropped.hits()).toBe(1);
  dropped.disarm();
  await isUp(2);
  await soon(() => expect(quoted()).toBe('90 91'));
});

test('a stream that carries no trades any more is found by the exchange’s tape, and they are told', async () => {
  const { emulator, links, isUp, trades } = await listen();
  const dropped = emulator.faults.onMessage({ kind: 'drop' }, { match: message(TRADE), times: 1_000 });
  trade(emulator, '100.10');
  trade(emulator, '100.20');
  await soon(() => expect(links()).toContain('stale'));
  dropped.disarm();
  await isUp(2);
  await soon(() => expect(trades()).toEqual(['100.1', '100.2']));
});

test('a quiet market stays quoted: its book is compared with the exchange’s own', async () => {
  const { feed, links, quoted } = await listen();
  const endsAt = performance.now() + STALE_MS * 2;
  let oldestMs = 0;
  while (performance.now() < endsAt) {
    const at = feed.quote()?.at;
    expect(at).toBeDefined();
    if (at !== undefined) oldestMs = Math.max(oldestMs, ageMs(at, systemClock().now()));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(oldestMs).toBeLessThan(STALE_MS);
  expect([links(), quoted()]).toEqual([['connecting', 'up'], '100 101']);
});

test('a quiet market whose exchange does not answer any more is not quoted', async () => {
  const { emulator, links, feed } = await listen();
  const answer = FAULT_ANSWERS.busy;
  emulator.faults.onRequest(
    { kind: 'error-before', answer },
    { match: ({ method }) => method === 'GET', times: 1_000 },
  );
  await soon(() => expect(links()).toContain('stale'));
  expect(feed.quote()).toBeUndefined();
});

test('trades that are lost, doubled or turned round are told once, in order and with the side that took', async () => {
  const { emulator, trades, events, gaps } = await listen();
  const match = message(TRADE);
  emulator.faults.onMessage({ kind: 'drop' }, { match, times: 1 });
  emulator.faults.onMessage({ kind: 'duplicate' }, { match, times: 2 });
  emulator.faults.onMessage({ kind: 'reorder', behind: 2 }, { match, times: 1 });
  const prices = Array.from({ length: 9 }, (_, count) => `100.${count + 1}`);
  for (const price of prices) trade(emulator, price);
  await soon(() => expect(trades()).toEqual(prices));
  expect(gaps()).toEqual([]);
  const sides = events.flatMap((event) => (event.kind === 'trade' ? [event.trade.aggressor] : []));
  expect(new Set(sides)).toEqual(new Set(['sell']));
});

test('trades that the exchange does not show any more are said to be missing', async () => {
  const { emulator, trades, gaps } = await listen();
  const row = (a: number) => ({ a, p: '100.30', q: '1', f: a, l: a, T: Date.now(), m: true, M: true });
  trade(emulator, '100.10');
  await soon(() => expect(trades()).toEqual(['100.1']));
  const skip = (text: string): string => text.replace(/"a":\d+/, '"a":4');
  emulator.faults.onMessage({ kind: 'replace', by: skip }, { match: message(TRADE), times: 1 });
  const answer = { status: 200, body: JSON.stringify([row(3)]) };
  const match = ({ path, parameters }: { readonly path: string; readonly parameters: ReadonlyMap<string, string> }) =>
    path === '/api/v3/aggTrades' && parameters.has('fromId');
  emulator.faults.onRequest({ kind: 'error-before', answer }, { match, times: 1 });
  trade(emulator, '100.40');
  await soon(() => expect(trades()).toEqual(['100.1', '100.3', '100.4']));
  expect(gaps()).toEqual(['trades: the exchange does not show its trades 2 to 2']);
});

test('what comes late is not taken for what is now', async () => {
  const { emulator, links } = await listen();
  const old = (text: string): string => text.replace(/"E":\d+/, `"E":${Date.now() - STALE_MS - 500}`);
  emulator.faults.onMessage({ kind: 'replace', by: old }, { match: message(DEPTH), times: 1 });
  quote(emulator, '90.00', '91.00');
  await soon(() => expect(links()).toContain('stale'));
});

test('a feed that is closed says nothing any more', async () => {
  const { emulator, feed, events } = await listen();
  feed.close();
  const before = events.length;
  quote(emulator, '90.00', '91.00');
  trade(emulator, '90.50');
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(events.length).toBe(before);
  expect(feed.quote()).toBeUndefined();
});
