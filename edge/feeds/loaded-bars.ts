import type { BarSeries } from '@gatehouse/shared/market/bar-series.ts';
import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';

/** Where bars came from, so that a reader of the run can check that it used the same ones. */
interface BarSource {
  readonly name: string;
  readonly sha256: string;
  readonly rows: number;
  readonly from: Instant;
  readonly to: Instant;
  readonly notes: readonly string[];
}

/** A whole source of bars, checked before the first one is used. */
export interface LoadedBars {
  readonly instrument: Instrument;
  readonly bars: BarSeries;
  readonly source: BarSource;
}
