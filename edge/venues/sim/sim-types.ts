import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import type { OrderType, TimeInForce } from '@gatehouse/shared/schema/order.ts';
import type { Price, Quantity } from '@gatehouse/shared/values/amounts.ts';
import type { Decimal } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';

/** Which way an order goes. */
export type Side = 'buy' | 'sell';

/**
 * An order as an exchange sees it, without what our own records add.
 *
 * Shape: `enteredAt` is when it arrives at the exchange; it never executes on data of that moment or before. `owner` is the
 *        account, by which orders that reduce a position and orders that meet themselves are known. `executed` is what an order
 *        that is taken up again had executed before.
 * Units: as those of our own orders, `shared/schema/order.ts`.
 */
export interface SimOrder {
  readonly id: string;
  readonly owner?: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly quantity: Decimal;
  readonly limitPrice?: Decimal;
  readonly stopPrice?: Decimal;
  readonly trailing?: { readonly by: 'price' | 'bps'; readonly distance: Decimal };
  readonly displayQuantity?: Decimal;
  readonly postOnly?: boolean;
  readonly reduceOnly?: boolean;
  readonly auction?: 'open' | 'close';
  readonly expiresAt?: Instant;
  readonly enteredAt: Instant;
  readonly executed?: Decimal;
}

/** An execution. Shape: `against` names the order of this engine on the other side, where there is one. Units: `fee` is a cost. */
export interface SimFill {
  readonly id: string;
  readonly quantity: Quantity;
  readonly price: Price;
  readonly fee: Decimal;
  readonly liquidity: 'maker' | 'taker';
  readonly from: 'book' | 'trade' | 'bar' | 'auction' | 'order';
  readonly against?: string;
}

/**
 * What happened to an order, at the exchange's time.
 *
 * Shape: `kept` is a request that was refused, after which the order, if there is one, stands as before. `triggered` is a stop,
 *        take-profit or trailing stop that became active. `replaced` names itself where it was changed in place.
 */
export type SimEvent = { readonly order: string; readonly at: Instant } & (
  | { readonly kind: 'accepted' }
  | { readonly kind: 'rejected' | 'cancelled' | 'expired' | 'kept'; readonly reason: string }
  | { readonly kind: 'triggered'; readonly price: Decimal }
  | { readonly kind: 'replaced'; readonly by: string }
  | { readonly kind: 'filled'; readonly fill: SimFill; readonly isLast: boolean }
);

/** A bar as the engine takes it. Shape: with a volume, only a share of it can be executed, where the options say so. */
export interface SimBar {
  readonly openAt: Instant;
  readonly closeAt: Instant;
  readonly day: string;
  readonly endsDay: boolean;
  readonly open: Decimal;
  readonly high: Decimal;
  readonly low: Decimal;
  readonly close: Decimal;
  readonly volume?: Decimal;
}

/** Price and quantity at one place in a book. */
export interface SimLevel {
  readonly price: Decimal;
  readonly quantity: Decimal;
}

/** The best prices; a side that is absent has nobody. */
export interface SimQuote {
  readonly at: Instant;
  readonly bid?: SimLevel;
  readonly ask?: SimLevel;
}

/** A trade between others. Shape: `aggressor` is the side that took, where it is known. */
export interface SimTrade extends SimLevel {
  readonly at: Instant;
  readonly aggressor?: Side;
}

/** Changes of a book, all at once. Shape: a quantity of zero takes the level away; a snapshot replaces everything. */
export interface SimBookDelta {
  readonly at: Instant;
  readonly isSnapshot?: boolean;
  readonly levels: readonly (SimLevel & { readonly side: Side })[];
}

/** The print of an auction. Shape: without a quantity, all that the price allows is executed. */
export interface SimAuction {
  readonly at: Instant;
  readonly kind: 'open' | 'close';
  readonly price: Decimal;
  readonly quantity?: Decimal;
}

/** The state of trading. Shape: `closed` ends the day's orders. */
export interface SimSession {
  readonly at: Instant;
  readonly state: 'open' | 'halted' | 'closed';
}

/** Prices beyond which nothing trades; a bound that is absent does not bind. */
export interface SimBands {
  readonly at: Instant;
  readonly lower?: Decimal;
  readonly upper?: Decimal;
}

/**
 * How the exchange works.
 *
 * Shape: `takes` says what an incoming order may meet: `later` only data that is younger than itself, as for judging a strategy;
 *        `standing` the book as it stands, as at a real exchange. `queue` is the place of a new resting order among the others
 *        at its price. `triggers` is what stops look at. `participation` is the share of a bar's volume that can be executed;
 *        absent, a bar fills orders of any size. `ownCross` says whether orders of this engine meet each other.
 * Units: fees in basis points of the value, rounded up at `feeScale` digits.
 */
export interface EngineOptions {
  readonly instrument: Pick<Instrument, 'tick' | 'lot' | 'multiplier'>;
  readonly feeBps: { readonly maker: Decimal; readonly taker: Decimal };
  readonly feeScale?: number;
  readonly takes?: 'later' | 'standing';
  readonly queue?: 'back' | 'front';
  readonly triggers?: 'trades' | 'quotes';
  readonly participation?: Decimal;
  readonly ownCross?: boolean;
  readonly selfTrade?: 'allow' | 'expire-taker' | 'expire-maker';
  readonly whileHalted?: 'accept' | 'reject';
  readonly openOrdersMax?: number;
  /** What an owner holds when the engine starts. */
  readonly positionOf?: (owner: string) => Decimal;
}

/** A change of a working order in place. Units: `quantity` is the order's whole quantity, with what is executed. */
export interface SimAmendment {
  readonly id: string;
  readonly at: Instant;
  readonly quantity?: Decimal;
  readonly limitPrice?: Decimal;
  readonly stopPrice?: Decimal;
}

/** An order that is not over. Shape: `shown` is what others see of it in the book. */
export interface SimOpenOrder {
  readonly order: SimOrder;
  readonly executed: Decimal;
  readonly remaining: Decimal;
  readonly shown: Decimal;
  readonly phase: 'arrived' | 'resting' | 'waiting' | 'auction';
}

/** What everybody can see. Shape: best first, the engine's own orders among the others. */
export interface SimDepth {
  readonly bids: readonly SimLevel[];
  readonly asks: readonly SimLevel[];
}

/**
 * A price–time matching engine for one instrument.
 *
 * Shape: pure: what a call makes happen is what it returns, in order. It is driven by bars or by quotes, trades, book deltas and
 *        prints, not by both. An id that is open already is not entered again, and nothing is returned.
 * Errors: `INVARIANT_BROKEN` where bars are mixed with the rest.
 */
export interface MatchingEngine {
  enter(order: SimOrder): readonly SimEvent[];
  cancel(id: string, at: Instant): readonly SimEvent[];
  cancelAll(at: Instant, owner?: string): readonly SimEvent[];
  amend(amendment: SimAmendment): readonly SimEvent[];
  /** Puts a new order in the place of another in one step. Units: the new one's quantity is what it may execute itself. */
  replace(id: string, by: SimOrder): readonly SimEvent[];
  onBar(bar: SimBar): readonly SimEvent[];
  onQuote(quote: SimQuote): readonly SimEvent[];
  onTrade(trade: SimTrade): readonly SimEvent[];
  onBookDelta(delta: SimBookDelta): readonly SimEvent[];
  onAuction(auction: SimAuction): readonly SimEvent[];
  onSession(session: SimSession): readonly SimEvent[];
  onBands(bands: SimBands): readonly SimEvent[];
  /** Ends what is over by this moment; market data does so by itself. */
  onTime(at: Instant): readonly SimEvent[];
  order(id: string): SimOpenOrder | undefined;
  openOrders(): readonly SimOpenOrder[];
  depth(levels: number): SimDepth;
}
