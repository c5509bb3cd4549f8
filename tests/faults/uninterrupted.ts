import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { controls } from '@gatehouse/compliance/controls/index.ts';
import { compileRules } from '@gatehouse/compliance/rule-set.ts';
import { sheetHash, sheetOnRecord } from '@gatehouse/compliance/sheet-document.ts';
import { runBacktest } from '@gatehouse/edge/backtest/backtest.ts';
import { DEMO_DEPOSIT, DEMO_FEE_BPS, DEMO_IDENTITY } from '@gatehouse/edge/engine/demo-account.ts';
import { runIdOf } from '@gatehouse/edge/engine/order-ids.ts';
import { loadSp500 } from '@gatehouse/edge/feeds/sp500.ts';
import { governanceFolders } from '@gatehouse/edge/governance/governance-folders.ts';
import { STRATEGIES } from '@gatehouse/edge/strategies/index.ts';
import { sim } from '@gatehouse/edge/venues/sim.ts';
import { EDGE } from '../fixtures/firm.ts';
import { type Fact, orderLives } from './firm-facts.ts';

/** What came of trading, without the times at which it was recorded. */
export interface Trading {
  readonly lives: ReadonlyMap<string, readonly string[]>;
  /** The fills as they were journalled, in their order. */
  readonly fills: readonly Fact['body'][];
}

/** What a replay of the default bars comes to that nothing interrupts, under the limit sheet of a firm. */
export async function uninterruptedTrading(data: string): Promise<Trading> {
  const { bars, instrument, source } = await loadSp500();
  const { accepted } = governanceFolders(join(data, 'edge', EDGE));
  const [name = ''] = readdirSync(accepted);
  const document = readFileSync(join(accepted, name), 'utf8');
  const { journal, entries } = runBacktest({
    run: runIdOf({ edge: EDGE, sourceHash: source.sha256, number: 1 }),
    bars,
    instrument,
    source: source.name,
    strategies: STRATEGIES,
    rules: compileRules({ controls, sheet: sheetOnRecord(document), sheetHash: sheetHash(document) }),
    identity: DEMO_IDENTITY,
    deposit: DEMO_DEPOSIT,
    connector: sim,
    feeBps: DEMO_FEE_BPS,
    keep: 'all',
  });
  const sealed = await journal.read(1, { entries, bytes: Number.MAX_SAFE_INTEGER });
  return tradingOf(
    sealed.map(({ header: { epoch, seq, kind }, hash, bodyText }) => ({
      epoch,
      seq,
      kind,
      hash,
      body: JSON.parse(bodyText),
    })),
  );
}

/** What came of trading, as entries tell it. */
export function tradingOf(entries: readonly Fact[]): Trading {
  return { lives: orderLives(entries), fills: entries.filter(({ kind }) => kind === 'fill').map(({ body }) => body) };
}
