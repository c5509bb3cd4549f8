import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toText } from '@gatehouse/shared/values/decimal.ts';
import { afterAll, expect, test } from 'vitest';
import { loadFileBars } from './file-bars.ts';
import type { LoadedBars } from './loaded-bars.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bars-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function load(...prices: readonly string[]): Promise<LoadedBars> {
  const path = join(folder, 'bars.csv');
  const rows = prices.map((price, index) => `2020-01-0${index + 2},${price},${price},${price},${price}`);
  writeFileSync(path, ['date,open,high,low,close', ...rows].join('\n'));
  return loadFileBars(path);
}

test('files of the same name with other prices are other instruments', async () => {
  const [one, other, same] = [await load('10', '11'), await load('10', '12'), await load('10', '11')];
  expect(one.instrument.id).toMatch(/^CSV-[0-9a-f]{8}$/);
  expect(one.bars.bar(0).instrument).toBe(one.instrument.id);
  expect(other.instrument.id).not.toBe(one.instrument.id);
  expect(same.instrument.id).toBe(one.instrument.id);
});

test.each([
  ['whole numbers', '12', '0.01'],
  ['a currency pair', '1.0834', '0.0001'],
  ['more digits than anything is quoted in', '1.123456789', '0.00000001'],
])('the tick of %s is as fine as the prices', async (_, price, tick) => {
  const { instrument } = await load(price);
  expect(toText(instrument.tick)).toBe(tick);
});
