import { price, quantity } from '@gatehouse/shared/values/amounts.ts';
import { expect, test } from 'vitest';
import { SP500_INDEX } from '../feeds/sp500.ts';
import { showMarket } from './market-prices.ts';
import { deskOrder, later } from './orders/desk-fixture.ts';
import { type Setting, sent, setting } from './orders/desk-setting-fixture.ts';

const stop = deskOrder({ id: 'S-1', type: 'stop', side: 'sell', stopPrice: price('90'), emulates: ['trigger'] });
const level = (at: string) => ({ price: price(at), quantity: quantity('1') });

async function waiting(): Promise<Setting> {
  const all = setting();
  all.run.propose(stop);
  return all;
}

async function hear({ run, time }: Setting, event: Parameters<typeof showMarket>[1]): Promise<void> {
  showMarket(run.desk, event, SP500_INDEX);
  run.flush();
  await time.settle();
}

const instrument = SP500_INDEX.id;
const trade = { instrument, id: '1', at: later(10), quantity: quantity('1'), aggressor: 'buy' as const };

test('a trade between two bars sets off an order that waits for its price', async () => {
  const all = await waiting();
  await hear(all, { kind: 'trade', trade: { ...trade, price: price('90.01') } });
  await hear(all, { kind: 'trade', trade: { ...trade, instrument: 'OTHER', price: price('1') } });
  expect(sent(all)).toEqual([]);
  await hear(all, { kind: 'trade', trade: { ...trade, price: price('90') } });
  expect(sent(all)).toEqual(['sell market 10']);
});

test('a sale waits for what is bid and never for what is asked', async () => {
  const all = await waiting();
  await hear(all, { kind: 'quote', quote: { instrument, at: later(10), source: 'book', ask: level('89') } });
  expect(sent(all)).toEqual([]);
  await hear(all, { kind: 'quote', quote: { instrument, at: later(20), source: 'book', bid: level('90') } });
  expect(sent(all)).toEqual(['sell market 10']);
});

test('a feed that cannot hear the market, or missed something of it, is told to the desk', async () => {
  const all = await waiting();
  await hear(all, { kind: 'link', state: 'stale', at: later(1), reason: 'nothing came' });
  await hear(all, { kind: 'gap', of: 'trades', at: later(2), says: 'trades 4 to 9' });
  all.run.desk.passTime({ now: later(3), dayOf: () => '2026-03-02', isMarketOpen: true });
  all.run.flush();
  expect(all.run.incidents()).toEqual(['MARKET_GAP', 'MARKET_SILENT']);
});
