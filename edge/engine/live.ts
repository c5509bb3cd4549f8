import type { Bar } from '@gatehouse/shared/market/bar.ts';
import type { BarSeries } from '@gatehouse/shared/market/bar-series.ts';
import { toNumber } from '@gatehouse/shared/values/decimal.ts';
import type { LiveFeed } from '../feeds/live-feed.ts';
import type { MarketFeed } from '../feeds/market-feed.ts';
import type { SessionRates } from '../session/session-rates.ts';
import type { StrategyBar } from '../strategies/define-strategy.ts';
import type { Engine } from './engine.ts';
import { keepUp, type ReplayDeps, type ReplayOutcome, type ReplayProgress, strategyBar } from './replay.ts';

/** What trading on bars as they come needs beside the engine. */
export interface LiveDeps extends Pick<ReplayDeps, 'book' | 'journal'> {
  readonly engine: Pick<Engine, 'onBar' | 'warmUp' | 'onMarket' | 'onTime'>;
  readonly feed: LiveFeed;
  /** Quotes and trades between the bars, where the session has them; it is closed with the session. */
  readonly market?: MarketFeed | undefined;
  /** Bars of before the start, which warm the strategies up. */
  readonly history: BarSeries;
  readonly signal: AbortSignal;
  readonly onBar: (progress: ReplayProgress) => void;
  /** Done with each bar when everything else is. */
  readonly rates?: SessionRates | undefined;
}

/** How often what ends by the clock is looked at, and whether the market is heard. Units: milliseconds. */
const CLOCK_MS = 1_000;

/**
 * Shows bars to the engine as they close, until it is told to stop.
 *
 * Shape:  what closed while the process was down warms the strategies up and is not traded: nobody could have.
 * Errors: what the feed, `Engine.onBar` and the journal fail with.
 */
export async function tradeLive(deps: LiveDeps): Promise<ReplayOutcome> {
  const { engine, feed, history, signal } = deps;
  for (let index = 0; index < history.length; index += 1) engine.warmUp(strategyBar(history, index));
  const clock = setInterval(() => engine.onTime(), CLOCK_MS);
  try {
    deps.market?.start((event) => engine.onMarket(event));
    let done = 0;
    for await (const bar of feed.bars(history.bar(history.length - 1).closeAt, signal)) {
      await engine.onBar(asStrategyBar(bar));
      done += 1;
      deps.onBar({ done, bars: done, day: bar.day });
      await deps.rates?.see(bar);
      await keepUp(deps);
    }
  } finally {
    clearInterval(clock);
    deps.market?.close();
  }
  await deps.journal.durable(deps.journal.head.seq);
  return 'interrupted';
}

/** A bar as strategies see it. */
export function asStrategyBar(exact: Bar): StrategyBar {
  const { index, open, high, low, close } = exact;
  return { index, open: toNumber(open), high: toNumber(high), low: toNumber(low), close: toNumber(close), exact };
}
