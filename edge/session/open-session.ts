import { KitError } from '@gatehouse/shared/errors.ts';
import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import { toNumber } from '@gatehouse/shared/values/decimal.ts';
import type { EdgeConfig } from '../config.ts';
import { DEMO_DEPOSIT } from '../engine/demo-account.ts';
import { loadCsvBars } from '../feeds/csv-bars.ts';
import { loadFileBars } from '../feeds/file-bars.ts';
import { loadSp500 } from '../feeds/sp500.ts';
import type { Strategy } from '../strategies/define-strategy.ts';
import { STRATEGIES } from '../strategies/index.ts';
import { CONNECTORS } from '../venues/index.ts';
import { sim } from '../venues/sim.ts';
import { readSessionFile, type SessionFile } from './session-file.ts';
import type { TradingSession } from './trading-session.ts';

/**
 * What this edge is to trade: what its session file says, or the default replay on the simulated venue.
 *
 * Errors: those of `readSessionFile`, of the loaders of bars; `CONFIG_INVALID` for a connector or strategy that there is not.
 */
export async function openSession(config: EdgeConfig): Promise<TradingSession> {
  if (config.sessionFile !== undefined) return fromFile(config.sessionFile);
  const { barsFile, feeBps } = config;
  return {
    loaded: barsFile === undefined ? await loadSp500() : await loadFileBars(barsFile),
    time: 'market',
    connector: sim,
    strategies: STRATEGIES,
    feeBps,
    deposit: DEMO_DEPOSIT,
  };
}

async function fromFile(path: string): Promise<TradingSession> {
  const { session } = readSessionFile(path);
  const { connector, settings, account, time, feeBps, deposit, opening, instrument } = session;
  const { assetClass, sector, price, quantityMax, isShortable } = instrument;
  const found = CONNECTORS.find(({ id }) => id === connector);
  if (found === undefined) throw unknown('connector', connector, CONNECTORS);
  const strategies = session.strategies.map(strategyOf);
  return {
    loaded: await loadBars(session),
    time,
    connector: found,
    strategies,
    feeBps,
    deposit,
    terms: { assetClass, sector, price, quantityMax, isShortable },
    ...(settings === undefined ? {} : { settings }),
    ...(account === undefined ? {} : { venueAccount: account }),
    ...(opening === undefined ? {} : { opening }),
  };
}

function loadBars({ feed, instrument }: SessionFile): Promise<TradingSession['loaded']> {
  if (feed.kind === 'file') {
    return loadCsvBars({ path: feed.path, zone: instrument.zone, instrumentOf: () => instrumentFrom(instrument) });
  }
  throw new KitError('CONFIG_INVALID', 'this connector has no bars of its own', { hint: 'Name a file of bars.' });
}

function instrumentFrom(given: SessionFile['instrument']): Instrument {
  const { id, title, venue, currency, tick, lot, multiplier, zone } = given;
  return { id, title, venue, currency, tick, lot, multiplier, zone };
}

function strategyOf({ id, units }: SessionFile['strategies'][number]): Strategy {
  const found = STRATEGIES.find((one) => one.id === id);
  if (found === undefined) throw unknown('strategy', id, STRATEGIES);
  const sized = found.sized?.(toNumber(units));
  if (sized !== undefined) return sized;
  throw new KitError('CONFIG_INVALID', `the strategy ${id} has no size of its own to set`, {
    hint: 'Name a strategy whose orders have a size, such as ema-cross.',
  });
}

function unknown(what: string, id: string, known: readonly { readonly id: string }[]): KitError {
  return new KitError('CONFIG_INVALID', `there is no ${what} ${id}`, {
    hint: `There are: ${known.map((one) => one.id).join(', ')}.`,
  });
}
