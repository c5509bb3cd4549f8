import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BarSeries } from '@gatehouse/shared/market/bar-series.ts';
import { expect, test } from 'vitest';
import { loadSp500, SP500_INDEX } from '../feeds/sp500.ts';
import type { Proposal, RunningStrategy, Strategy, StrategyBar } from './define-strategy.ts';
import { STRATEGIES } from './index.ts';

const { bars } = await loadSp500();
const FLAT_VIEW = { position: 0, openQuantity: 0 };

function barOf(series: BarSeries, index: number): StrategyBar {
  const { open, high, low, close } = series.numbers;
  const at = (column: Float64Array): number => column[index] ?? Number.NaN;
  return { index, open: at(open), high: at(high), low: at(low), close: at(close), exact: series.bar(index) };
}

/** Runs over the bars as if every proposal were filled at once. */
function run(strategy: Strategy): readonly (readonly Proposal[])[] {
  const running = strategy.start({ instrument: SP500_INDEX });
  let position = 0;
  return Array.from({ length: bars.length }, (_, index) => {
    const proposals = running.onBar(barOf(bars, index), { position, openQuantity: 0 });
    for (const { side, quantity } of proposals) position += side === 'buy' ? quantity : -quantity;
    return proposals;
  });
}

function warmedUp(strategy: Strategy, count: number): RunningStrategy {
  const running = strategy.start({ instrument: SP500_INDEX });
  for (let index = 0; index < count; index += 1) running.onBar(barOf(bars, index), FLAT_VIEW);
  return running;
}

test('ids are unique', () => {
  expect(new Set(STRATEGIES.map(({ id }) => id)).size).toBe(STRATEGIES.length);
});

for (const strategy of STRATEGIES) {
  test(`${strategy.id} lies in a file of its name`, () => {
    expect(existsSync(fileURLToPath(new URL(`./${strategy.id}.ts`, import.meta.url)))).toBe(true);
  });

  test(`${strategy.id} proposes the same on the same bars, and does propose`, () => {
    const first = run(strategy);
    expect(run(strategy)).toEqual(first);
    expect(first.flat().length).toBeGreaterThan(50);
    for (const proposal of first.flat()) expect(proposal.quantity).toBeGreaterThan(0);
  });

  test(`${strategy.id} goes on after a warm-up as if it had never stopped, whatever the view was`, () => {
    for (const count of [1, 19, 20, 21, 500, 2_501]) {
      const fresh = strategy.start({ instrument: SP500_INDEX });
      for (let index = 0; index < count; index += 1)
        fresh.onBar(barOf(bars, index), { position: 70, openQuantity: index % 2 });
      const warm = warmedUp(strategy, count);
      for (let index = count; index < Math.min(count + 300, bars.length); index += 1) {
        const view = { position: index % 3, openQuantity: 0 };
        expect(warm.onBar(barOf(bars, index), view)).toEqual(fresh.onBar(barOf(bars, index), view));
      }
    }
  });

  test(`${strategy.id} proposes nothing while an order of its own is open`, () => {
    const running = strategy.start({ instrument: SP500_INDEX });
    for (let index = 0; index < bars.length; index += 1) {
      expect(running.onBar(barOf(bars, index), { position: 0, openQuantity: 1 })).toEqual([]);
    }
  });
}
