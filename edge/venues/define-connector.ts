import type { ApprovedOrder } from '@gatehouse/compliance/gate.ts';
import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import type { Decimal } from '@gatehouse/shared/values/decimal.ts';
import type { LiveFeed } from '../feeds/live-feed.ts';
import type { MarketFeed } from '../feeds/market-feed.ts';
import type { Capabilities } from './capabilities.ts';
import type { Exemptions } from './connector-cases.ts';
import type { Venue, VenueEvent } from './venue.ts';

export type { Capabilities } from './capabilities.ts';

/** An order that was at the venue when this process last ended. */
export interface WorkingOrder {
  readonly order: Order;
  readonly filled: Decimal;
}

/** Time, chance and words, as everything outside a function of its arguments comes in. */
export interface ConnectorServices {
  readonly clock: Clock;
  readonly monotonicMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: (bytes: number) => Uint8Array;
  readonly log: (line: string) => void;
}

/** The secret of a venue account, asked for anew with each session, so that it can be changed while the edge runs. */
export interface VenueSecret {
  readonly key: string;
  readonly secret: string;
}

/** What a connector is given. Shape: `working` matters to a venue that lives in our process and lost its book with it. */
export interface ConnectorDeps {
  readonly instrument: Instrument;
  /** Units: basis points of the value of a fill; the run's config states it. */
  readonly feeBps: Decimal;
  readonly working: readonly WorkingOrder[];
  readonly listener: (event: VenueEvent) => void;
  /** Present where the connector reaches beyond this process. */
  readonly services?: ConnectorServices;
  /** The connector's part of the edge's settings, which it decodes by a schema of its own. */
  readonly settings?: unknown;
  readonly secret?: () => VenueSecret;
  /** Asked once more immediately before the wire by a venue that lets orders wait for their turn; a stop meanwhile keeps them here. */
  readonly mayStillGo?: (order: ApprovedOrder) => boolean;
}

/** What live bars of a venue are made from. Shape: no key is needed. Units: minutes; the end of a gap is not included. */
export interface FeedRequest {
  readonly instrument: Instrument;
  readonly spanMinutes: number;
  readonly settings: unknown;
  readonly services: ConnectorServices;
  /** Told of bars that the venue itself does not have. */
  readonly onGap: (gap: { readonly fromMs: number; readonly toMs: number }) => void;
}

/** What quotes, book and trades of a venue are made from. Shape: no key is needed. */
export type MarketRequest = Pick<FeedRequest, 'instrument' | 'settings' | 'services'>;

/** A way to one or more venues. Shape: the id equals the name of its file. */
export interface Connector {
  readonly id: string;
  readonly title: string;
  readonly venues: readonly string[];
  /** Whether real money moves; where that depends on the settings, `environmentOf` says it and this is the graver of the two. */
  readonly environment: 'paper' | 'live';
  environmentOf?(settings: unknown): 'paper' | 'live';
  readonly capabilities: Capabilities;
  /** Cases of the connectors' suite that it cannot meet, each with the reason that people are shown. */
  readonly exemptions: Exemptions;
  /** How orders fill there, as sentences for the run's record. */
  fillRules(deps: Pick<ConnectorDeps, 'instrument' | 'feeBps' | 'settings'>): readonly string[];
  /** Which of its records can be compared with ours; all of them where it says nothing. */
  readonly speaksOf?: readonly ('order' | 'fill' | 'position' | 'balance')[];
  /** The asset in which the venue holds what is traded, where it knows balances alone. */
  assetOf?(settings: unknown): string;
  /** Bars of the venue as they close, where it has any. Errors: `CONFIG_INVALID` for settings that it cannot use. */
  feed?(request: FeedRequest): LiveFeed;
  /** Quotes, book and trades of the venue as they come, where it gives any. Errors: as `feed`. */
  market?(request: MarketRequest): MarketFeed;
  /** Errors: `CONFIG_INVALID` for settings that it cannot use. */
  connect(deps: ConnectorDeps): Venue;
}

/** Declares a connector; one file, one line in the registry and a stage for the suite add a venue. */
export function defineConnector(connector: Connector): Connector {
  return connector;
}
