import type { ApprovedOrder } from '@gatehouse/compliance/gate.ts';
import type { Bar } from '@gatehouse/shared/market/bar.ts';
import type { Price, Quantity } from '@gatehouse/shared/values/amounts.ts';
import type { Decimal } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';

/** An execution as the venue names it. Units: `fee` in the order's currency, a cost is positive. */
export interface VenueFill {
  readonly id: string;
  readonly at: Instant;
  readonly quantity: Quantity;
  readonly price: Price;
  readonly fee: Decimal;
}

/**
 * What the venue says happened; the only way facts about orders enter the system.
 *
 * Shape: `order` is our own client order id; `at` is the venue's time.
 */
export type VenueEvent = { readonly order: string; readonly at: Instant } & (
  | { readonly kind: 'accepted'; readonly venueOrder: string }
  | { readonly kind: 'cancelled' | 'expired' | 'rejected'; readonly reason: string }
  | { readonly kind: 'filled'; readonly fill: VenueFill; readonly isLast: boolean }
);

/** What the venue knows of one client order id. */
export interface VenueOrder {
  readonly state: 'working' | 'part-filled' | 'filled' | 'cancelled' | 'rejected' | 'expired' | 'not-found';
  readonly venueOrder?: string;
  readonly fills: readonly VenueFill[];
}

/**
 * A live connection to one trading venue.
 *
 * Shape:  a request is handed over when the call returns or its promise resolves; outcomes arrive at the listener that
 *         `connect` was given, in venue order. A second submit of a client order id never makes a second order. `onBar`
 *         exists where the venue itself lives on our market data.
 * Errors: `submit` throws `INVARIANT_BROKEN` for what the gate did not make; every method throws or rejects with
 *         `VENUE_UNREACHABLE` while there is no connection.
 */
export interface Venue {
  submit(order: ApprovedOrder): Promise<void> | void;
  cancel(order: string): Promise<void> | void;
  /** Cancels every open order. Source: RTS 6 Art. 12 (kill functionality). */
  cancelAll(): Promise<void> | void;
  query(order: string): Promise<VenueOrder> | VenueOrder;
  onBar?(bar: Bar): void;
  close(): Promise<void> | void;
}
