import type { Order } from '@gatehouse/shared/schema/order.ts';
import { price } from '@gatehouse/shared/values/amounts.ts';
import { toText } from '@gatehouse/shared/values/decimal.ts';
import { describe, expect, test } from 'vitest';
import { deskOrder, startDesk, tick } from './desk-fixture.ts';
import { type Setting, see, sent, setting } from './desk-setting-fixture.ts';

describe('a bracket', () => {
  const group = { id: 'G-1', kind: 'bracket' } as const;
  const entry = deskOrder({
    id: 'E-1',
    limitPrice: price('100'),
    emulates: ['group'],
    group: { ...group, role: 'entry' },
  });
  const exit: Partial<Order> = { side: 'sell', reduceOnly: true };
  const profit = deskOrder({
    ...exit,
    id: 'P-1',
    limitPrice: price('110'),
    emulates: ['group'],
    group: { ...group, role: 'take-profit' },
  });
  const loss = deskOrder({
    ...exit,
    id: 'L-1',
    type: 'stop',
    stopPrice: price('90'),
    emulates: ['trigger', 'group'],
    group: { ...group, role: 'stop-loss' },
  });

  async function entered(): Promise<Setting> {
    const all = setting();
    for (const one of [entry, profit, loss]) all.run.propose(one);
    await all.time.settle();
    return all;
  }

  const ends = ({ run }: Setting): readonly unknown[] => ['E-1', 'P-1', 'L-1'].map((id) => run.stateOf(id));
  const position = ({ run }: Setting): string => toText(run.book.position(entry.account, entry.instrument).quantity);
  const child = ({ venue }: Setting, from: string): string =>
    [...venue.orders.values()].find(({ order }) => order.replaces === from)?.order.id ?? 'none';

  test('its exits wait for the entry: no price sends them before', async () => {
    const all = await entered();
    expect(ends(all)).toEqual(['working', 'held', 'held']);
    await see(all, tick('80'), tick('120', 2_000));
    expect(sent(all)).toEqual(['buy limit 10']);
    all.venue.trade('E-1');
    await see(all, tick('100', 3_000));
    expect(sent(all)).toEqual(['buy limit 10']);
  });

  test('its stop-loss closes what the entry made, and the take-profit ends', async () => {
    const all = await entered();
    all.venue.trade('E-1');
    await see(all, tick('89'));
    all.venue.trade(child(all, 'L-1'));
    expect(sent(all)).toEqual(['buy limit 10', 'sell market 10']);
    expect(position(all)).toBe('0');
    expect(ends(all)).toEqual(['filled', 'cancelled', 'replaced']);
    expect(all.run.book.openCount).toBe(0);
  });

  test('an exit of an entry that is executed in part takes back its rest and is for that part', async () => {
    const all = await entered();
    all.venue.trade('E-1', '4');
    await see(all, tick('89'));
    expect(ends(all)).toEqual(['cancelled', 'held', 'replaced']);
    expect(sent(all)).toEqual(['buy limit 10', 'sell market 4']);
    all.venue.trade(child(all, 'L-1'));
    expect(position(all)).toBe('0');
    expect(all.run.book.openCount).toBe(0);
  });

  test('never both exits are live: the stop-loss takes back what the take-profit sent and closes the rest', async () => {
    const all = await entered();
    all.venue.trade('E-1');
    await see(all, tick('110'));
    expect(sent(all).at(-1)).toBe('sell limit 10');
    all.venue.trade(child(all, 'P-1'), '3');
    await see(all, tick('90', 2_000));
    expect(sent(all).slice(-2)).toEqual(['sell limit 10', 'sell market 7']);
    all.venue.trade(child(all, 'L-1'));
    expect(position(all)).toBe('0');
    expect(all.run.book.openCount).toBe(0);
  });

  test('a bar that touches both closes the position once', async () => {
    const all = await entered();
    all.venue.trade('E-1');
    await see(all, tick('100', 1_000, { high: price('111'), low: price('89') }));
    await all.time.advance(10_000);
    expect(all.venue.live()).toEqual([child(all, 'L-1')]);
    all.venue.trade(child(all, 'L-1'));
    expect(position(all)).toBe('0');
  });

  test('an entry that ends without an execution ends its exits', async () => {
    const all = await entered();
    all.venue.end('E-1', 'expired');
    expect(ends(all)).toEqual(['expired', 'cancelled', 'cancelled']);
  });

  test('after a restart long after the entry its exits still know what it made', async () => {
    const all = await entered();
    all.venue.trade('E-1', '6');
    all.venue.end('E-1', 'cancelled');
    all.run.desk.stop();
    const run = startDesk({ venue: all.venue, time: all.time, past: all.run.records });
    const again = { ...all, run };
    await see(again, tick('89'));
    expect(sent(all)).toEqual(['buy limit 10', 'sell market 6']);
    all.venue.trade(child(all, 'L-1'));
    expect(position(again)).toBe('0');
    expect(run.book.openCount).toBe(0);
  });

  test('an exit that is cut short with nothing behind it is an alarm', async () => {
    const all = await entered();
    all.venue.trade('E-1');
    await see(all, tick('89'));
    all.run.desk.cancel('P-1');
    all.venue.end(child(all, 'L-1'), 'cancelled');
    expect(all.run.incidents()).toEqual(['EXIT_INCOMPLETE']);
  });

  test('an exit is marked long for what is held, and is known by the venue as an order that may stand', async () => {
    const all = await entered();
    all.venue.trade('E-1');
    await see(all, tick('89'));
    const exitOrder = all.venue.orders.get(child(all, 'L-1'))?.order;
    expect([exitOrder?.shortSaleMark, exitOrder?.reduceOnly, exitOrder?.emulates]).toEqual([
      'long',
      undefined,
      ['group'],
    ]);
  });
});

test('of two orders that cancel each other the executions together are never more than one of them', async () => {
  const all = setting();
  const group = { id: 'G-2', kind: 'oco' } as const;
  const base = { side: 'sell' } as const;
  all.run.propose(
    deskOrder({
      ...base,
      id: 'P-1',
      limitPrice: price('110'),
      emulates: ['group'],
      group: { ...group, role: 'take-profit' },
    }),
  );
  all.run.propose(
    deskOrder({
      ...base,
      id: 'L-1',
      type: 'stop',
      stopPrice: price('90'),
      emulates: ['trigger', 'group'],
      group: { ...group, role: 'stop-loss' },
    }),
  );
  await see(all, tick('110'));
  const [profit] = all.venue.live();
  all.venue.trade(profit ?? '', '4');
  await see(all, tick('85', 2_000));
  expect(sent(all)).toEqual(['sell limit 10', 'sell market 6']);
  all.venue.trade(all.venue.live()[0] ?? '');
  expect(all.run.book.openCount).toBe(0);
});
