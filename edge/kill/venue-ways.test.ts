import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from './kill-fixture.ts';
import { keepVenueWay, readVenueWays } from './venue-ways.ts';

const SPOT = { connector: 'ccxt', venue: 'BINANCE', account: 'paper', settings: { symbol: 'BTC/USDT' } };

test('the newest way to each venue is kept', async () => {
  const root = temporaryFolder();
  expect(readVenueWays(root)).toEqual([]);
  await keepVenueWay(root, SPOT);
  await keepVenueWay(root, { connector: 'sim', venue: 'SIM' });
  await keepVenueWay(root, { ...SPOT, account: 'other' });
  expect(readVenueWays(root)).toEqual([
    { connector: 'sim', venue: 'SIM' },
    { ...SPOT, account: 'other' },
  ]);
});

test('ways that cannot be read are said to be so, and are made anew by the next start', async () => {
  const root = temporaryFolder();
  await keepVenueWay(root, SPOT);
  const [name = ''] = readdirSync(root);
  writeFileSync(join(root, name), '{');
  expect(() => readVenueWays(root)).toThrow(/the ways to the venues cannot be read/);
  await keepVenueWay(root, SPOT);
  expect(readVenueWays(root)).toEqual([SPOT]);
});
