import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import { currency } from '@gatehouse/shared/values/currency.ts';
import { decimal } from '@gatehouse/shared/values/decimal.ts';
import { loadCsvBars } from './csv-bars.ts';
import type { LoadedBars } from './loaded-bars.ts';

const FILE = 'sp500-2000.csv';

/** The instrument of the default run. Shape: an index cannot be traded, and the declaration says so. */
export const SP500_INDEX: Instrument = {
  id: 'SP500-INDEX',
  title: 'S&P 500 index',
  declared:
    'A demo instrument that stands for the level of the S&P 500; an index is not tradable, so orders exist on paper only.',
  venue: 'SIM',
  currency: currency('USD'),
  tick: decimal('0.01'),
  lot: decimal('1'),
  multiplier: decimal('1'),
  zone: 'America/New_York',
};

/** The daily bars of the S&P 500 from 2000 to 2020 that come with an installed package. Errors: as `loadCsvBars`. */
export async function loadSp500(): Promise<LoadedBars> {
  const { zone } = SP500_INDEX;
  const entry = createRequire(import.meta.url).resolve('vega-datasets');
  const loaded = await loadCsvBars({
    path: join(dirname(entry), '..', 'data', FILE),
    zone,
    instrumentOf: () => SP500_INDEX,
  });
  const { source } = loaded;
  const declared = SP500_INDEX.declared ?? SP500_INDEX.title;
  return { ...loaded, source: { ...source, name: `vega-datasets/data/${FILE}`, notes: [...source.notes, declared] } };
}
