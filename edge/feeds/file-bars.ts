import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import { fromUnits } from '@gatehouse/shared/values/decimal.ts';
import { type FoundBars, loadCsvBars } from './csv-bars.ts';
import type { LoadedBars } from './loaded-bars.ts';
import { SP500_INDEX } from './sp500.ts';

const ID_DIGITS = 8;

/** Digits behind the point of a tick: at least cents, and no more than a price is ever quoted in. */
const TICK_DIGITS = { min: 2, max: 8 } as const;

/** The bars of a user's own file. Errors: as `loadCsvBars`. */
export function loadFileBars(path: string): Promise<LoadedBars> {
  return loadCsvBars({ path, zone: SP500_INDEX.zone, instrumentOf });
}

/**
 * What the bars of a file are traded as.
 *
 * Shape: another content is another instrument, so that no position is ever valued or filled at the prices of another file;
 *        the tick is as fine as the prices of the file.
 */
function instrumentOf({ name, sha256, scale }: FoundBars): Instrument {
  const digits = Math.min(Math.max(scale, TICK_DIGITS.min), TICK_DIGITS.max);
  return {
    ...SP500_INDEX,
    id: `CSV-${sha256.slice(0, ID_DIGITS)}`,
    title: `Bars of ${name}`,
    tick: fromUnits(1n, digits),
    declared: `A demo instrument that stands for the bars of ${name}, in USD; orders exist on paper only.`,
  };
}
