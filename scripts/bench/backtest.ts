import { controls } from '@gatehouse/compliance/controls/index.ts';
import { compileRules } from '@gatehouse/compliance/rule-set.ts';
import { demoSheet } from '@gatehouse/compliance/starter-sheet.ts';
import { runBacktest } from '@gatehouse/edge/backtest/backtest.ts';
import { syntheticMinuteBars } from '@gatehouse/edge/backtest/synthetic-bars.ts';
import { DEMO_DEPOSIT, DEMO_FEE_BPS, DEMO_IDENTITY } from '@gatehouse/edge/engine/demo-account.ts';
import { loadSp500, SP500_INDEX } from '@gatehouse/edge/feeds/sp500.ts';
import { emaCross } from '@gatehouse/edge/strategies/ema-cross.ts';
import { STRATEGIES } from '@gatehouse/edge/strategies/index.ts';
import { sim } from '@gatehouse/edge/venues/sim.ts';
import type { BarSeries } from '@gatehouse/shared/market/bar-series.ts';
import { lei } from '@gatehouse/shared/values/identifiers.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import type { Measurement } from './figure.ts';

const MINUTE_BARS = 1_000_000;
const FROM = parseInstant('2000-01-03T14:30:00.000000000Z');
const PERIODS = { fast: 10, slow: 20 };

/** A backtest through gate, order life and a hashed journal, against a bare loop over the same closes. */
export const backtest: Measurement = {
  figures: [{ name: 'backtest.bars_per_s', unit: 'bars/s', digits: 0, bar: '≥ 200,000' }],
  measure() {
    const minutes = syntheticMinuteBars({ instrument: SP500_INDEX.id, count: MINUTE_BARS, seed: 7, from: FROM });
    const cross = timed(() => runBacktest({ ...request(minutes), strategies: [emaCross], keep: 'hash' }));
    const bare = timed(() => bareCross(minutes.numbers.close));
    const baselineName = 'EMA cross in a bare loop, no gate, no orders, no records';
    const result = { value: MINUTE_BARS / cross, baseline: MINUTE_BARS / bare, baselineName, n: MINUTE_BARS };
    return Promise.resolve({ 'backtest.bars_per_s': result });
  },
};

/** The default bars and strategies through the same engine with every entry kept in memory. */
export async function dailyBacktestBarsPerS(): Promise<{ readonly perS: number; readonly n: number }> {
  const { bars } = await loadSp500();
  const seconds = timed(() => runBacktest({ ...request(bars), strategies: STRATEGIES, keep: 'all' }));
  return { perS: bars.length / seconds, n: bars.length };
}

function request(bars: BarSeries) {
  const sheet = demoSheet({
    id: 'bench',
    legalEntity: lei(DEMO_IDENTITY.legalEntity),
    accounts: [DEMO_IDENTITY.account],
    from: FROM,
    maker: DEMO_IDENTITY.trader,
  });
  return {
    run: 'bench',
    bars,
    instrument: SP500_INDEX,
    source: 'bench',
    rules: compileRules({ controls, sheet, sheetHash: '0'.repeat(64) }),
    identity: DEMO_IDENTITY,
    deposit: DEMO_DEPOSIT,
    connector: sim,
    feeBps: DEMO_FEE_BPS,
  };
}

/** Units: seconds. */
function timed(work: () => unknown): number {
  const from = performance.now();
  work();
  return (performance.now() - from) / 1_000;
}

function bareCross(closes: Float64Array): number {
  let fast = closes[0] ?? 0;
  let slow = fast;
  let position = 0;
  let profit = 0;
  for (let index = 1; index < closes.length; index += 1) {
    const close = closes[index] ?? 0;
    profit += position * (close - (closes[index - 1] ?? 0));
    fast += (close - fast) * (2 / (PERIODS.fast + 1));
    slow += (close - slow) * (2 / (PERIODS.slow + 1));
    position = fast > slow ? 1 : 0;
  }
  return profit;
}
