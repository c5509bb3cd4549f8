import { decimal } from '@gatehouse/shared/values/decimal.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { DEMO_DEPOSIT, DEMO_IDENTITY } from '../engine/demo-account.ts';
import { demoRules } from '../engine/engine-fixture.ts';
import { SP500_INDEX } from '../feeds/sp500.ts';
import { emaCross } from '../strategies/ema-cross.ts';
import { sim } from '../venues/sim.ts';
import { type BacktestResult, runBacktest } from './backtest.ts';
import { syntheticMinuteBars } from './synthetic-bars.ts';

const COUNT = 20_000;

function run(seed: number, feeBps = '0.5'): BacktestResult {
  return runBacktest({
    run: 'R1-00000000',
    bars: syntheticMinuteBars({
      instrument: SP500_INDEX.id,
      count: COUNT,
      seed,
      from: parseInstant('2010-01-04T14:30:00Z'),
    }),
    instrument: SP500_INDEX,
    source: 'synthetic',
    strategies: [emaCross],
    rules: demoRules(),
    identity: DEMO_IDENTITY,
    deposit: DEMO_DEPOSIT,
    connector: sim,
    feeBps: decimal(feeBps),
    keep: 'hash',
  });
}

test('equal requests give equal hashes, and any difference gives another one', () => {
  const { hash, tally, entries } = run(7);
  expect(tally['fills']).toBeGreaterThan(50);
  expect(entries).toBeGreaterThan(500);
  expect(run(7).hash).toBe(hash);
  expect(run(8).hash).not.toBe(hash);
  expect(run(7, '0.6').hash).not.toBe(hash);
});

test('a backtest values the account on every day and says how its orders were filled', () => {
  const { valuation, fillRules } = run(7);
  expect(fillRules.join(' ')).toMatch(/opens after its decision.*The fee is 0\.5 bps/);
  expect(valuation?.day).toBe('2010-02-24');
});
