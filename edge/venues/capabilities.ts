import type { OrderType, TimeInForce } from '@gatehouse/shared/schema/order.ts';

/** What a venue can tell of its market as it happens. */
export type MarketDataKind = 'bars' | 'quotes' | 'books' | 'trades';

/** Something that the venue could do and that is not asked of it, with the reason that people are shown. */
export interface LeftOut {
  readonly of: 'trailing-stop' | 'bracket' | 'oco' | 'canAmend';
  readonly reason: string;
}

/** What the venue can do by itself; the edge emulates of the rest what is safe, and refuses what is left. */
export interface Capabilities {
  readonly orderTypes: readonly OrderType[];
  readonly timesInForce: readonly TimeInForce[];
  readonly auctions: readonly ('open' | 'close')[];
  readonly groups: readonly ('bracket' | 'oco')[];
  readonly canAmend: boolean;
  readonly canPostOnly: boolean;
  readonly canReduceOnly: boolean;
  readonly canShowPart: boolean;
  /** What it tells of its market; nothing where it is absent. */
  readonly marketData?: readonly MarketDataKind[];
  /** What the venue could do by itself and the edge does instead, or refuses. */
  readonly leftOut?: readonly LeftOut[];
  /**
   * From when on the venue's `not-found` for an order proves that it never arrived; absent where it never proves that.
   *
   * Units: milliseconds since the order was handed over; 0 for a venue in our own process.
   */
  readonly notFoundIsFinalAfterMs?: number;
}
