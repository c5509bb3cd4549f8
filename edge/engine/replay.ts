import type { BarSeries } from '@gatehouse/shared/market/bar-series.ts';
import type { Journal } from '../journal/journal-types.ts';
import type { StrategyBar } from '../strategies/define-strategy.ts';
import type { Book } from './book.ts';
import type { Engine } from './engine.ts';

/** How far a replay came. */
export interface ReplayProgress {
  readonly done: number;
  readonly bars: number;
  readonly day: string;
}

/** How a replay ended: at its last bar, or where it was told to stop. */
export type ReplayOutcome = 'completed' | 'interrupted';

/** What a replay needs beside the engine. */
export interface ReplayDeps {
  readonly engine: Pick<Engine, 'onBar' | 'warmUp'>;
  readonly book: Pick<Book, 'snapshot'>;
  readonly journal: Pick<Journal, 'head' | 'durable' | 'durableSeq' | 'wantsRoll' | 'roll'>;
  readonly bars: BarSeries;
  /** The first bar that may not be done; those before it warm the strategies up. */
  readonly from: number;
  /** How long the whole series takes; zero is as fast as it goes. Units: seconds. */
  readonly paceSeconds: number;
  readonly monotonicMs: () => number;
  /** Waits and lets everything else run; zero waits for nothing but that. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ReplayProgress) => void;
}

/** After so many bars others get their turn, so that a kill never waits for a fast replay. */
const BARS_PER_TURN = 64;

/** The longest wait in which a stop goes unnoticed. Units: milliseconds. */
const WAIT_STEP_MS = 100;

/** The most entries that may wait for the disk before the next bar is shown. */
const IN_FLIGHT_ENTRIES_MAX = 2_000;

/**
 * Shows the bars of the past to the engine, in their order and at a pace.
 *
 * Errors: what `Engine.onBar` and the journal fail with.
 */
export async function replay(deps: ReplayDeps): Promise<ReplayOutcome> {
  const { engine, bars, from } = deps;
  for (let index = 0; index < from; index += 1) engine.warmUp(strategyBar(bars, index));

  const begunMs = deps.monotonicMs();
  const stepMs = (deps.paceSeconds * 1_000) / Math.max(1, bars.length);
  for (let index = from; index < bars.length; index += 1) {
    if (deps.signal.aborted) return 'interrupted';
    const bar = strategyBar(bars, index);
    await engine.onBar(bar);
    if ((index - from) % BARS_PER_TURN === 0 || stepMs > WAIT_STEP_MS) {
      deps.onProgress({ done: index + 1, bars: bars.length, day: bar.exact.day });
      await deps.sleep(0);
    }
    await keepUp(deps);
    if (stepMs > 0) await waitUntil(begunMs + (index - from + 1) * stepMs, deps);
  }
  const last = bars.bar(bars.length - 1);
  deps.onProgress({ done: bars.length, bars: bars.length, day: last.day });
  await deps.journal.durable(deps.journal.head.seq);
  return 'completed';
}

/** A bar of a series as strategies see it. */
export function strategyBar({ numbers, bar }: BarSeries, index: number): StrategyBar {
  const { open, high, low, close } = numbers;
  return {
    index,
    open: open[index] ?? Number.NaN,
    high: high[index] ?? Number.NaN,
    low: low[index] ?? Number.NaN,
    close: close[index] ?? Number.NaN,
    exact: bar(index),
  };
}

/** In short steps, so that a stop is never far away. */
async function waitUntil(timeMs: number, { monotonicMs, sleep, signal }: ReplayDeps): Promise<void> {
  for (let restMs = timeMs - monotonicMs(); restMs >= 1 && !signal.aborted; restMs = timeMs - monotonicMs()) {
    await sleep(Math.min(restMs, WAIT_STEP_MS));
  }
}

/** Waits where the disk has fallen behind, and opens the next segment where it is time. */
export async function keepUp({ journal, book }: Pick<ReplayDeps, 'journal' | 'book'>): Promise<void> {
  if (journal.head.seq - journal.durableSeq > IN_FLIGHT_ENTRIES_MAX) await journal.durable(journal.head.seq);
  if (journal.wantsRoll) await journal.roll(book.snapshot());
}
