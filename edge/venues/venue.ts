import type { ApprovedOrder } from '@gatehouse/compliance/gate.ts';
import type { Bar } from '@gatehouse/shared/market/bar.ts';
import type { Price, Quantity } from '@gatehouse/shared/values/amounts.ts';
import type { ClockReading } from '@gatehouse/shared/values/clock.ts';
import type { Currency } from '@gatehouse/shared/values/currency.ts';
import type { Decimal } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';

/** An execution as the venue names it. Units: `fee` in `feeCurrency`, else in the order's currency; a cost is positive. */
export interface VenueFill {
  readonly id: string;
  readonly at: Instant;
  readonly quantity: Quantity;
  readonly price: Price;
  readonly fee: Decimal;
  readonly feeCurrency?: Currency;
  readonly liquidity?: 'maker' | 'taker';
}

/** How well the venue can be heard. Shape: `stale` means that the connection stands and nothing comes. */
export type LinkState = 'connecting' | 'up' | 'stale' | 'down';

/**
 * What the venue says happened to an order of ours; the only way facts about orders enter the system.
 *
 * Shape: `order` is our own client order id; `at` is the venue's time. `kept` is the refusal of a cancel or of a change, after which
 *        the order stands as before. `replaced` names the order of ours that took the place of this one. `isLast` says that the
 *        fill completes the order. `busted` and `corrected` are about an execution that was reported before.
 */
export type VenueOrderEvent = { readonly order: string; readonly at: Instant } & (
  | { readonly kind: 'accepted'; readonly venueOrder: string }
  | { readonly kind: 'cancelled' | 'expired' | 'rejected' | 'kept'; readonly reason: string }
  | { readonly kind: 'replaced'; readonly by: string }
  | { readonly kind: 'filled'; readonly fill: VenueFill; readonly isLast: boolean }
  | { readonly kind: 'busted'; readonly fill: string; readonly reason: string }
  | { readonly kind: 'corrected'; readonly fill: VenueFill; readonly reason: string }
);

/** What the venue says, about orders of ours, about itself, and about what is on our account without being ours. */
export type VenueEvent =
  | VenueOrderEvent
  | { readonly kind: 'link'; readonly state: LinkState; readonly at: Instant; readonly reason: string }
  | { readonly kind: 'foreign'; readonly at: Instant; readonly venueOrder: string; readonly says: string };

/** What the venue knows of one client order id. Shape: `filled` is what is executed in all, where the venue says so. */
export interface VenueOrder {
  readonly state:
    | 'working'
    | 'part-filled'
    | 'filled'
    | 'cancelled'
    | 'replaced'
    | 'rejected'
    | 'expired'
    | 'not-found';
  readonly venueOrder?: string;
  readonly filled?: Decimal;
  readonly fills: readonly VenueFill[];
}

/** An order that stands at the venue. Shape: `order` is our own id and absent for one that is not ours. */
export interface VenueOpenOrder {
  readonly order: string | undefined;
  readonly venueOrder: string;
  readonly instrument: string | undefined;
  readonly side: 'buy' | 'sell';
  readonly quantity: Decimal;
  readonly filled: Decimal;
}

/** What the account has of one asset. Shape: `asset` is the venue's own name of it. */
export interface VenueBalance {
  readonly asset: string;
  readonly total: Decimal;
  readonly inOrders: Decimal;
}

/** Everything that the venue holds for the account at one moment. */
export interface VenueAccount {
  readonly at: Instant;
  readonly orders: readonly VenueOpenOrder[];
  readonly balances: readonly VenueBalance[];
  /** Absent where the venue knows balances alone, as a spot exchange does. Units: signed, of the instrument. */
  readonly positions?: readonly { readonly instrument: string; readonly quantity: Decimal }[];
}

/**
 * An execution with the order that it belongs to. Shape: `order` is absent where it is not ours; `isBusted` where the venue's history
 * lists it as one that does not stand.
 */
export interface VenueExecution {
  readonly order: string | undefined;
  readonly venueOrder: string;
  readonly instrument: string | undefined;
  readonly side: 'buy' | 'sell';
  readonly fill: VenueFill;
  readonly isBusted?: boolean;
}

/**
 * A live connection to one trading venue.
 *
 * Shape:  a request is handed over when the call returns or its promise resolves; outcomes arrive at the listener that
 *         `connect` was given, in venue order. A second submit of a client order id never makes a second order. `amend` exists
 *         where the venue changes an order in place or replaces it in one step; the approved order names the old one in
 *         `replaces`. `onBar` exists where the venue itself lives on our market data. `open` exists where there is something to
 *         connect to, and must resolve before anything else is asked.
 * Errors: after `VENUE_UNREACHABLE` and `VENUE_SILENT` `open` may be called again; until it resolved, cancels and questions may work already.
 *         `submit` and `amend` throw `INVARIANT_BROKEN` for what the gate did not make. A request that certainly did not arrive
 *         throws or rejects with `VENUE_UNREACHABLE`, one that the venue certainly refused with `VENUE_REFUSED`, and one of which
 *         nobody knows with `VENUE_SILENT`; only the last leaves an order unknown.
 */
export interface Venue {
  open?(): Promise<void>;
  submit(order: ApprovedOrder): Promise<void> | void;
  amend?(order: ApprovedOrder): Promise<void> | void;
  cancel(order: string): Promise<void> | void;
  /** Cancels every open order. Source: RTS 6 Art. 12 (kill functionality). */
  cancelAll(): Promise<void> | void;
  query(order: string): Promise<VenueOrder> | VenueOrder;
  /** What the account holds and has open now, whoever made it. */
  account(): Promise<VenueAccount> | VenueAccount;
  /** Executions on the account at or after a moment, oldest first, each once. */
  executions(since: Instant): Promise<readonly VenueExecution[]> | readonly VenueExecution[];
  onBar?(bar: Bar): void;
  /** What the venue's clock says against ours, where it has one that was measured. Units: as `ClockReading`. */
  clock?(): ClockReading | undefined;
  close(): Promise<void> | void;
}
