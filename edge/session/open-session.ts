import { KitError } from '@gatehouse/shared/errors.ts';
import { seriesOfRows } from '@gatehouse/shared/market/bar-series.ts';
import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import { toNumber } from '@gatehouse/shared/values/decimal.ts';
import type { EdgeConfig } from '../config.ts';
import { DEMO_DEPOSIT } from '../engine/demo-account.ts';
import { placeText, untilReached } from '../engine/until-reached.ts';
import { loadCsvBars } from '../feeds/csv-bars.ts';
import { loadFileBars } from '../feeds/file-bars.ts';
import { loadSp500 } from '../feeds/sp500.ts';
import type { Strategy } from '../strategies/define-strategy.ts';
import { STRATEGIES } from '../strategies/index.ts';
import type { Connector, ConnectorServices } from '../venues/define-connector.ts';
import { CONNECTORS } from '../venues/index.ts';
import { sim } from '../venues/sim.ts';
import { type ReadSession, readSessionFile, type SessionFile } from './session-file.ts';
import type { TradingSession } from './trading-session.ts';

/**
 * What this edge is to trade: what its session file says, or the default replay on the simulated venue.
 *
 * Errors: those of `readSessionFile`, of the loaders of bars; `CONFIG_INVALID` for a connector or strategy that there is not.
 */
export async function openSession(
  config: EdgeConfig,
  services: ConnectorServices,
  signal: AbortSignal = new AbortController().signal,
): Promise<TradingSession> {
  if (config.sessionFile !== undefined) return fromFile(config.sessionFile, { ...services, signal });
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

/** Time, chance and words, and what ends a wait for a venue that is down. */
type SessionServices = ConnectorServices & { readonly signal: AbortSignal };

async function fromFile(path: string, services: SessionServices): Promise<TradingSession> {
  const read = readSessionFile(path);
  const { session } = read;
  const { connector, settings, account, time, feeBps, deposit, opening, instrument } = session;
  const { assetClass, sector, price, quantityMax, isShortable } = instrument;
  const found = CONNECTORS.find(({ id }) => id === connector);
  if (found === undefined) throw unknown('connector', connector, CONNECTORS);
  requirePaper(found, settings);
  const strategies = session.strategies.map(strategyOf);
  return {
    ...(await loadPrices(found, read, services)),
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

/** Bars of a file to replay, or the venue's own, whose last ones warm up. */
async function loadPrices(
  connector: Connector,
  { session, hash }: ReadSession,
  services: SessionServices,
): Promise<Pick<TradingSession, 'loaded' | 'live' | 'market'>> {
  const { feed, settings } = session;
  const instrument = instrumentFrom(session.instrument);
  if (feed.kind === 'file') {
    const file = { path: feed.path, zone: instrument.zone, instrumentOf: () => instrument };
    return { loaded: await loadCsvBars(file) };
  }
  if (connector.feed === undefined) {
    throw new KitError('CONFIG_INVALID', `the connector ${connector.id} has no bars of its own`, {
      hint: 'Name a file of bars as the feed of the session.',
    });
  }
  const { spanMinutes } = feed;
  const onGap = ({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): void =>
    services.log(`the venue has no bars from ${new Date(fromMs).toISOString()} to ${new Date(toMs).toISOString()}`);
  const live = connector.feed({ instrument, spanMinutes, settings, services, onGap });
  const { venue, id } = instrument;
  const place = placeText({
    venue,
    traded: id,
    ...(session.account === undefined ? {} : { account: session.account }),
  });
  const history = (await untilReached(() => live.history(feed.warmUp), { ...services, place })) ?? [];
  const [first, last] = [history[0], history.at(-1)];
  if (first === undefined || last === undefined) {
    throw new KitError('VENUE_UNREACHABLE', `${place}: the venue has no closed bar`, {
      hint: 'Check the symbol in the settings of the session.',
    });
  }
  const bars = seriesOfRows(instrument.id, history);
  const notes = [`Bars of ${spanMinutes} minutes as they close; the ${bars.length} before the start warm up.`];
  const source = {
    name: connector.title,
    sha256: hash,
    rows: bars.length,
    from: first.openAt,
    to: last.closeAt,
    notes,
  };
  const market = session.time === 'wall' ? connector.market?.({ instrument, settings, services }) : undefined;
  return { loaded: { instrument, bars, source }, live, ...(market === undefined ? {} : { market }) };
}

/** A session of this kind is a demonstration: its limits are signed by keys that lie beside them. */
function requirePaper({ id, environment, environmentOf }: Connector, settings: unknown): void {
  if ((environmentOf?.(settings) ?? environment) === 'paper') return;
  throw new KitError(
    'CONFIG_INVALID',
    `the connector ${id} would trade real money under the limits of a demonstration`,
    {
      hint: 'Name a test network or an emulator in the settings of the session.',
    },
  );
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
