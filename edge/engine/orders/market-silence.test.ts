import { price } from '@gatehouse/shared/values/amounts.ts';
import { dayOf } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { deskOrder, later, tick } from './desk-fixture.ts';
import { type Setting, see, setting } from './desk-setting-fixture.ts';

const stop = deskOrder({ id: 'S-1', type: 'stop', side: 'sell', stopPrice: price('90'), emulates: ['trigger'] });

async function pass({ run, time }: Setting, ms: number, isMarketOpen = true): Promise<void> {
  await time.advance(ms);
  run.desk.passTime({ now: later(time.monotonicMs()), dayOf, isMarketOpen });
  run.flush();
}

test('a market that is silent while an order waits is shown and is one alarm, and so is that it came back', async () => {
  const all = setting();
  all.run.propose(stop);
  await see(all, tick('95'));
  await pass(all, 60_000);
  expect([all.run.desk.silence, all.run.incidents()]).toEqual([undefined, []]);
  await pass(all, 1);
  await pass(all, 5_000);
  expect(all.run.incidents()).toEqual(['MARKET_SILENT']);
  expect(all.run.desk.silence).toMatch(/^No price of the market came for 65 s\./);
  await see(all, tick('95', 70_000));
  expect([all.run.desk.silence, all.run.incidents()]).toEqual([undefined, ['MARKET_SILENT', 'MARKET_BACK']]);
});

test('a market that speaks by bars is silent only after one of them did not come', async () => {
  const all = setting();
  all.run.propose(stop);
  await see(all, tick('95', 300_000, { openAt: later(1) }));
  await pass(all, 359_000);
  expect(all.run.incidents()).toEqual([]);
  await pass(all, 2_000);
  expect(all.run.incidents()).toEqual(['MARKET_SILENT']);
});

test('silence is none where nothing waits, nor where the calendar calls the market closed', async () => {
  const idle = setting();
  await pass(idle, 1);
  await pass(idle, 600_000);
  expect(idle.run.incidents()).toEqual([]);
  const closed = setting();
  closed.run.propose(stop);
  await pass(closed, 600_000, false);
  await pass(closed, 60_000);
  expect(closed.run.incidents()).toEqual([]);
  await pass(closed, 1);
  expect(closed.run.incidents()).toEqual(['MARKET_SILENT']);
});

test('a feed that says it cannot hear the market is believed at once, and what it missed for good is a warning', async () => {
  const all = setting();
  all.run.propose(stop);
  await see(all, tick('95'));
  all.run.desk.marketLost('the socket is silent');
  await pass(all, 1_000);
  expect(all.run.desk.silence).toContain('the socket is silent');
  all.run.desk.marketGap('trades 4 to 9');
  all.run.flush();
  expect(all.run.incidents()).toEqual(['MARKET_SILENT', 'MARKET_GAP']);
});
