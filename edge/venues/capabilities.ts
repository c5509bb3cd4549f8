import type { OrderType, TimeInForce } from '@gatehouse/shared/schema/order.ts';

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
  /**
   * From when on the venue's `not-found` for an order proves that it never arrived; absent where it never proves that.
   *
   * Units: milliseconds since the order was handed over; 0 for a venue in our own process.
   */
  readonly notFoundIsFinalAfterMs?: number;
}
