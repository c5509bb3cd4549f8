import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Decimal } from '@gatehouse/shared/values/decimal.ts';
import type { Venue, VenueEvent } from './venue.ts';

/** A case of the contract suite. Shape: a connector that cannot meet one says why; the reason is shown to people. */
export const CONTRACT_CASES = [
  'takes-only-approved-orders',
  'accepts-before-it-fills',
  'fills-market-orders-only-on-later-prices',
  'fills-limit-orders-never-worse-than-their-limit',
  'makes-one-order-of-one-id',
  'cancels-one-and-then-never-fills-it',
  'cancels-all',
  'expires-day-orders',
  'answers-queries-with-fills',
  'knows-nothing-of-foreign-ids',
  'takes-back-its-working-orders',
  'refuses-everything-once-closed',
] as const;

/** The name of a case of the contract suite. */
export type ContractCase = (typeof CONTRACT_CASES)[number];

/** An order that was at the venue when this process last ended. */
export interface WorkingOrder {
  readonly order: Order;
  readonly filled: Decimal;
}

/** What a connector is given. Shape: `working` matters to a venue that lives in our process and lost its book with it. */
export interface ConnectorDeps {
  readonly instrument: Instrument;
  /** Units: basis points of the value of a fill; the run's config states it. */
  readonly feeBps: Decimal;
  readonly working: readonly WorkingOrder[];
  readonly listener: (event: VenueEvent) => void;
}

/** A way to one or more venues. Shape: the id equals the name of its file; `fillRules` are sentences for the run's record. */
export interface Connector {
  readonly id: string;
  readonly title: string;
  readonly venues: readonly string[];
  readonly environment: 'paper' | 'live';
  readonly exemptions: Readonly<Partial<Record<ContractCase, string>>>;
  fillRules(deps: Pick<ConnectorDeps, 'instrument' | 'feeBps'>): readonly string[];
  connect(deps: ConnectorDeps): Venue;
}

/** Declares a connector; one file and one line in the registry add a venue. */
export function defineConnector(connector: Connector): Connector {
  return connector;
}
