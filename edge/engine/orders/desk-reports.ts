import type { OrderState } from '@gatehouse/shared/schema/bodies.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Decimal } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { LinkState } from '../../venues/venue.ts';

/** An order that waits at the edge. Shape: `blocked` says why it does not go out although its price was seen. */
export interface HeldOrder {
  readonly order: Order;
  readonly stage: 'waiting' | 'triggered' | 'blocked';
  /** The best price since entry, for a trailing stop. */
  readonly best?: Decimal | undefined;
  readonly reason?: string | undefined;
}

/** How well the venue can be heard. Shape: `since` is when this state began; `isHeard` is false until it is up again. */
export interface LinkReport {
  readonly state: LinkState;
  readonly since: Instant;
  readonly reason: string;
  readonly isHeard: boolean;
}

/** An order of which nobody knows what became of it. Units: milliseconds since it was first asked for. */
export interface UnresolvedOrder {
  readonly order: string;
  readonly state: OrderState;
  readonly forMs: number;
  readonly asked: number;
  /** What the venue last said, or why it said nothing. */
  readonly answer: string;
}
