import { decimal, toText } from '@gatehouse/shared/values/decimal.ts';
import { addMs, ageMs, type Instant, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test, vi } from 'vitest';
import type { DepthAnswer, DepthMessage } from '../venues/ccxt/wire-forms.ts';
import { BookSync } from './book-sync.ts';

const START = parseInstant('2026-01-05T09:00:00Z');
const LIMITS = { staleMs: 5_000, heartbeatMs: 1_500 };

const row = (price: string, quantity = '1') =>
  [decimal(price), decimal(quantity)] as [ReturnType<typeof decimal>, ReturnType<typeof decimal>];
const stateOf = (lastUpdateId: number, bid = '100', ask = '101'): DepthAnswer => ({
  lastUpdateId,
  bids: [row(bid)],
  asks: [row(ask)],
});
const changeOf = (id: number, bid: string): DepthMessage => ({
  E: 0,
  s: 'BTCUSDT',
  U: id,
  u: id,
  b: [row(bid)],
  a: [],
});

/** A book at an exchange that answers as it is told to, on a clock that is moved by hand. */
function setting(first: DepthAnswer = stateOf(10)) {
  const world = { now: START, uptimeMs: 0, answer: first as DepthAnswer | Error, asked: 0 };
  const [faults, gaps, quotes]: [string[], string[], string[]] = [[], [], []];
  const book = new BookSync({
    instrument: 'BTC-USDT',
    source: 'an exchange',
    questions: {
      depth: async () => {
        world.asked += 1;
        if (world.answer instanceof Error) throw world.answer;
        return world.answer;
      },
    },
    now: () => world.now,
    stamped: () => world.now,
    monotonicMs: () => world.uptimeMs,
    pause: async () => undefined,
    limits: LIMITS,
    onQuote: ({ bid }) => quotes.push(bid === undefined ? '-' : toText(bid.price)),
    onGap: (says) => gaps.push(says),
    onFault: (says, kind) => faults.push(`${kind}: ${says}`),
  });
  const pass = (ms: number): void => {
    world.now = addMs(world.now, ms);
    world.uptimeMs += ms;
  };
  const age = (): number | undefined => {
    const at: Instant | undefined = book.quote()?.at;
    return at === undefined ? undefined : ageMs(at, world.now);
  };
  return { world, book, faults, gaps, quotes, pass, age };
}

test('a quote is as old as the newest change, and an answer that says that nothing has changed makes it young', async () => {
  const { book, pass, age, world } = setting();
  expect(book.quote()).toBeUndefined();
  await book.load();
  pass(1_400);
  book.look();
  expect([age(), world.asked]).toEqual([1_400, 1]);
  pass(100);
  book.look();
  await vi.waitFor(() => expect(age()).toBe(0));
  pass(700);
  book.take(changeOf(11, '99'));
  expect(age()).toBe(0);
});

test('a quiet book that nobody confirms is a fault before its quote is older than the limit', async () => {
  const { book, pass, world, faults, age } = setting();
  await book.load();
  world.answer = new Error('down');
  for (let beat = 1; beat <= 2; beat += 1) {
    pass(1_500);
    book.look();
    await Promise.resolve();
    expect(faults).toEqual([]);
  }
  pass(1_500);
  expect(age()).toBeLessThan(LIMITS.staleMs);
  book.look();
  expect(faults).toEqual([expect.stringContaining('stale: the book has had no change for 4500 ms, and the exchange')]);
});

test('without a beat a quote ends with its limit', async () => {
  const { book, pass } = setting();
  await book.load();
  pass(LIMITS.staleMs);
  expect(book.quote()).toBeDefined();
  pass(1);
  expect(book.quote()).toBeUndefined();
});

test('a book of which the exchange has a later state is a fault where the stream does not bring it, and none where it does', async () => {
  const late = setting();
  await late.book.load();
  late.world.answer = stateOf(12);
  late.pass(1_500);
  late.book.look();
  await vi.waitFor(() => expect(late.world.asked).toBe(2));
  late.pass(1_500);
  for (const id of [11, 12]) late.book.take(changeOf(id, '99'));
  late.pass(1_400);
  late.book.look();
  expect(late.faults).toEqual([]);

  const silent = setting();
  await silent.book.load();
  silent.world.answer = stateOf(12);
  silent.pass(1_500);
  silent.book.look();
  await vi.waitFor(() => expect(silent.world.asked).toBe(2));
  silent.pass(3_600);
  silent.book.look();
  expect(silent.faults).toEqual([expect.stringContaining('while the exchange’s book goes on')]);
});

test('a book that is another one at the same state is built anew, and nothing is quoted meanwhile', async () => {
  const { book, pass, world, gaps } = setting();
  await book.load();
  world.answer = stateOf(10, '99');
  pass(1_500);
  book.look();
  await vi.waitFor(() => expect(gaps).toEqual(['at the state 10 the exchange’s book is another one']));
  await vi.waitFor(() => expect(book.quote()?.bid).toMatchObject({ price: decimal('99') }));
});

test('a computer’s clock that is put back leaves no quote in the future', async () => {
  const { book, world, age } = setting();
  await book.load();
  world.now = addMs(world.now, -3_600_000);
  expect(age()).toBe(-3_600_000);
  book.take(changeOf(11, '99'));
  expect(age()).toBe(0);
});

test('no state that fits the changes is a failure after so many questions', async () => {
  const { book, world } = setting(stateOf(10));
  book.take(changeOf(20, '99'));
  await expect(book.load()).rejects.toMatchObject({ code: 'VENUE_UNREACHABLE' });
  expect(world.asked).toBe(5);
});

test('only what changes the best prices or their sizes is told', async () => {
  const { book, quotes } = setting();
  await book.load();
  book.take(changeOf(11, '90'));
  book.take(changeOf(12, '100.5'));
  book.take(changeOf(13, '80'));
  expect(quotes).toEqual(['100', '100.5']);
});
