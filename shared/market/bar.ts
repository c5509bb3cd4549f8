import type { Price } from '../values/amounts.ts';
import type { Instant } from '../values/instant.ts';

/**
 * Trading over one span of time.
 *
 * Shape: the open was known at `openAt`; high, low and close are known only at `closeAt`, which is the bar's time. `endsDay`
 *        says that the venue's calendar has no later bar on this session day.
 * Units: prices in the instrument's currency per unit; `index` counts from 0 within its source.
 */
export interface Bar {
  readonly instrument: string;
  readonly index: number;
  readonly openAt: Instant;
  readonly closeAt: Instant;
  readonly day: string;
  readonly endsDay: boolean;
  readonly open: Price;
  readonly high: Price;
  readonly low: Price;
  readonly close: Price;
}
