import type { AssetClass } from '@gatehouse/shared/schema/facts/reference-data.ts';
import type { Decimal } from '@gatehouse/shared/values/decimal.ts';
import type { LiveFeed } from '../feeds/live-feed.ts';
import type { LoadedBars } from '../feeds/loaded-bars.ts';
import type { MarketFeed } from '../feeds/market-feed.ts';
import type { Strategy } from '../strategies/define-strategy.ts';
import type { Connector } from '../venues/define-connector.ts';

/** Whether orders are decided at the times of the bars or at those of this computer. */
export type SessionTime = 'market' | 'wall';

/** What the limits and dated files of a paper session are made for. Units: `price` in the instrument's currency per unit. */
export interface SessionTerms {
  readonly assetClass: AssetClass;
  readonly sector: string;
  readonly price: Decimal;
  readonly quantityMax: Decimal;
  readonly isShortable: boolean;
}

/** What the account holds when a session is opened for the first time. Units: of the instrument; `cost` in its currency. */
export interface OpeningPosition {
  readonly quantity: Decimal;
  readonly cost: Decimal;
}

/**
 * What an edge trades: an instrument, at a venue, with strategies, on prices of the past or as they come.
 *
 * Shape: the bars of `loaded` are replayed; with a `live` feed they only warm the strategies up, and what closes then is traded.
 *        `terms` are absent for the default replay, whose limits are written for it.
 * Units: `deposit` in the instrument's currency, `feeBps` in basis points of a fill's value.
 */
export interface TradingSession {
  readonly loaded: LoadedBars;
  readonly live?: LiveFeed;
  /** Quotes and trades between the bars of a live feed, where the venue gives them. */
  readonly market?: MarketFeed;
  readonly time: SessionTime;
  readonly connector: Connector;
  readonly settings?: unknown;
  /** The venue account whose secret is used. */
  readonly venueAccount?: string;
  readonly strategies: readonly Strategy[];
  readonly feeBps: Decimal;
  readonly deposit: Decimal;
  readonly opening?: OpeningPosition;
  readonly terms?: SessionTerms;
}
