import { createAggregates } from '@gatehouse/compliance/aggregates/aggregates.ts';
import { NO_FILES } from '@gatehouse/compliance/fact-files.ts';
import { rejudge } from '@gatehouse/compliance/rejudge.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { price } from '@gatehouse/shared/values/amounts.ts';
import { decimal, toText } from '@gatehouse/shared/values/decimal.ts';
import { dayOf } from '@gatehouse/shared/values/instant.ts';
import { describe, expect, test } from 'vitest';
import { createBook } from '../book.ts';
import { fromWireBody } from '../entry-wire.ts';
import { type DeskRun, deskOrder, later, rules, startDesk, tick } from './desk-fixture.ts';
import { type Setting, see, sent, setting } from './desk-setting-fixture.ts';
import type { PriceSeen } from './triggers.ts';

const trailing = deskOrder({
  id: 'T-1',
  side: 'sell',
  type: 'trailing-stop',
  trailing: { by: 'price', distance: decimal('5') },
  emulates: ['trailing'],
});
const stop = deskOrder({ id: 'S-1', type: 'stop', side: 'sell', stopPrice: price('90'), emulates: ['trigger'] });

/** Five seconds of trading whose low came before its high, or after it; nobody knows. */
function bar(low: string, high: string, close: string, afterMs: number): PriceSeen {
  const whole = { open: price(low), low: price(low), high: price(high), close: price(close) };
  return tick(close, afterMs, { openAt: later(afterMs - 5_000), ...whole });
}

/** The process ends, and another one goes on with what it left on disk. */
function restarted(all: Setting): Setting {
  all.run.desk.stop();
  return { ...all, run: startDesk({ venue: all.venue, time: all.time, past: all.run.records }) };
}

const bestOf = (run: DeskRun): string | undefined => {
  const best = run.desk.held()[0]?.best;
  return best === undefined ? undefined : toText(best);
};

describe('a trailing stop', () => {
  test('stands after a restart exactly where it stood before', async () => {
    const before = setting();
    before.run.propose(trailing);
    await see(before, tick('100'), tick('110', 2_000), tick('107', 3_000));
    const all = restarted(before);
    expect(bestOf(all.run)).toBe('110');
    await see(all, tick('105.01', 4_000));
    expect(sent(all)).toEqual([]);
    await see(all, tick('105', 5_000));
    expect(sent(all)).toEqual(['sell market 10']);
  });

  test('is on record with each move of a tick and with no other', async () => {
    const all = setting();
    all.run.propose(trailing);
    await see(
      all,
      tick('100'),
      tick('100.009', 2_000),
      tick('99', 3_000),
      tick('100.01', 4_000),
      tick('100.01', 5_000),
    );
    expect(all.run.entries('trigger').map(({ best }) => toText(best ?? decimal('0')))).toEqual(['100', '100.01']);
  });

  test('is not moved a second time, nor set off, by a bar that is shown again after a restart', async () => {
    const before = setting();
    before.run.propose(trailing);
    await see(before, tick('100'), bar('99', '110', '108', 10_000));
    const all = restarted(before);
    await see(all, bar('99', '110', '108', 10_000));
    expect([bestOf(all.run), sent(all)]).toEqual(['110', []]);
  });

  test('is not set off by the low of a bar whose prices it followed one by one', async () => {
    const all = setting();
    all.run.propose(trailing);
    await see(all, tick('99', 6_000), tick('110', 8_000), tick('108', 9_000), bar('99', '110', '108', 10_000));
    expect(sent(all)).toEqual([]);
    await see(all, bar('105', '109', '109', 15_000));
    expect(sent(all)).toEqual(['sell market 10']);
  });

  test('moves on by the prices of the time in which nobody watched, and is not set off by them', async () => {
    const before = setting();
    before.run.propose(trailing);
    await see(before, tick('100'));
    const all = restarted(before);
    all.run.desk.see(bar('90', '120', '118', 10_000), true);
    all.run.flush();
    expect([bestOf(all.run), sent(all)]).toEqual(['120', []]);
    expect(all.run.entries('trigger').at(-1)).toMatchObject({ isReached: false });
  });
});

test('an order whose price was seen goes out after a restart, though the price came back', async () => {
  const before = setting({ isRefusing: () => true });
  before.run.propose(stop);
  await see(before, tick('90'));
  expect(before.run.entries('trigger')).toMatchObject([{ order: 'S-1', isReached: true }]);
  const all = restarted(before);
  expect(all.run.desk.held()).toMatchObject([{ stage: 'triggered' }]);
  await see(all, tick('95', 2_000));
  expect(sent(all)).toEqual(['sell market 10']);
});

test('I9 what was seen for waiting orders equals the fold of its entries, and is forgotten with the order', async () => {
  const all = setting();
  all.run.propose(trailing);
  await see(all, tick('100'), tick('104', 2_000));
  const { book } = restarted(all).run;
  expect(book.triggers.all).toEqual(all.run.book.triggers.all);
  const again = createBook({ multiplierOf: () => decimal('1'), snapshot: book.snapshot() });
  expect(again.triggers.all).toEqual(book.triggers.all);
  expect(again.snapshot()).toEqual(book.snapshot());
  all.run.desk.cancel('T-1');
  expect(all.run.book.triggers.all).toEqual([]);
});

test('I17 the decision on what a trailing stop sent comes out again from the entries of both processes', async () => {
  const before = setting();
  before.run.propose(trailing);
  await see(before, tick('100'), tick('110', 2_000));
  const all = restarted(before);
  await see(all, tick('105', 4_000));
  const own = createAggregates();
  const orders = new Map<string, Order>();
  const differences = all.run.records.flatMap(({ kind, body }) => {
    const entry = fromWireBody(kind, body);
    if (entry === undefined) return [];
    if (entry.kind === 'intent') orders.set(entry.body.order.id, entry.body.order);
    const order = entry.kind === 'decision' ? orders.get(entry.body.order) : undefined;
    const judged =
      entry.kind === 'decision' && order !== undefined
        ? [rejudge({ order, recorded: entry.body, files: NO_FILES, own, rules })]
        : [];
    own.fold(entry);
    return judged.map((one) => one.differences);
  });
  expect(differences).toEqual([[], []]);
});

describe('one side of a quote', () => {
  test.each([
    ['the bid', 'sell', 'sell market 10'],
    ['the ask', 'buy', undefined],
  ] as const)('%s sets off only orders that could deal at it', async (_, side, what) => {
    const all = setting();
    all.run.propose(stop);
    await see(all, tick('89', 1_000, { side }));
    expect(sent(all)).toEqual(what === undefined ? [] : [what]);
  });
});

describe('the clock', () => {
  const open = { dayOf, isMarketOpen: true };

  test('ends a waiting order whose time is over although no price comes', () => {
    const { run } = setting();
    run.propose({ ...stop, timeInForce: 'gtd', expiresAt: later(5_000), emulates: ['trigger', 'expiry'] });
    run.desk.passTime({ ...open, now: later(4_999) });
    expect(run.stateOf('S-1')).toBe('held');
    run.desk.passTime({ ...open, now: later(5_000) });
    expect(run.stateOf('S-1')).toBe('expired');
  });

  test('takes back an order of the day where its venue would let it stand', async () => {
    const all = setting({ capabilities: { timesInForce: ['gtc'] } });
    all.run.propose(deskOrder({ limitPrice: price('80'), timeInForce: 'day', emulates: ['expiry'] }));
    await all.time.settle();
    all.run.desk.passTime({ ...open, now: later(8 * 3_600_000) });
    expect(all.run.stateOf('O-1')).toBe('working');
    all.run.desk.passTime({ ...open, now: later(9 * 3_600_000) });
    await all.time.settle();
    expect(all.run.stateOf('O-1')).toBe('cancelled');
  });
});
