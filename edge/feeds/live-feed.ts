import type { Bar } from '@gatehouse/shared/market/bar.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';

/**
 * Closed bars of one instrument as they come.
 *
 * Shape:  `Bar.index` counts spans since 1970, so that it is the same after a restart. Only closed bars are given, each once, in the
 *         order of time; a gap is filled from the venue's history or said to be one.
 * Errors: `VENUE_UNREACHABLE` where the venue cannot be asked at all.
 */
export interface LiveFeed {
  /** The last closed bars, oldest first, for strategies to warm up on. */
  history(count: number): Promise<readonly Bar[]>;
  /** Bars that closed after a moment, until the signal aborts. */
  bars(after: Instant, signal: AbortSignal): AsyncIterable<Bar>;
  close(): Promise<void>;
}
