import type { KillLevel, OrderState } from '@gatehouse/shared/schema/bodies.ts';
import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Price, Quantity } from '@gatehouse/shared/values/amounts.ts';
import type { Currency } from '@gatehouse/shared/values/currency.ts';
import type { Decimal } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';

/** A kill that is not released. Shape: it holds for orders that lie in all of its scopes. */
export interface ActiveHalt {
  readonly id: string;
  readonly scopes: readonly ScopeText[];
  readonly level: KillLevel;
}

/** Quantities per side. Units: of the instrument. */
export interface SideQuantities {
  readonly buy: Decimal;
  readonly sell: Decimal;
}

/**
 * The quantities that are entered and not yet done, per side.
 *
 * Shape: `held` is the part of them that waits at the edge and goes out only as a new order, judged anew; absent where nothing waits.
 */
export interface OpenQuantities extends SideQuantities {
  readonly held?: SideQuantities | undefined;
}

/** What is open now and will not count once the order that is judged is entered. Shape: on the side and at the place of `order`. */
export interface Room {
  readonly order: Order;
  readonly open: Decimal;
  /** The part of it that waits at the edge. */
  readonly held: Decimal;
}

/** An order of ours that is not over. Units: `filled` in units of the instrument. */
export interface OpenOrder {
  readonly order: Order;
  readonly state: OrderState;
  readonly filled: Decimal;
}

/**
 * An approved order of the recent past.
 *
 * Shape: `print` is that of quantity and limit price, see `termsPrint`; `further` are its other terms, see `furtherTerms`, and is
 *        absent where the records are of a time that did not keep them.
 */
export interface RecentOrder {
  readonly print: number;
  readonly decidedAt: Instant;
  readonly id: string;
  readonly algorithm: string;
  readonly instrument: string;
  readonly side: Order['side'];
  readonly quantity: Quantity;
  readonly limitPrice?: Price | undefined;
  readonly further?: string | undefined;
}

/**
 * What a scope holds and has entered in one instrument.
 *
 * Units: quantities in units; `mark` in `currency` per unit; a value is quantity × mark × multiplier.
 */
export interface InstrumentCell {
  readonly currency: Currency;
  readonly multiplier: Decimal;
  readonly position: Decimal;
  readonly openBuy: Decimal;
  readonly openSell: Decimal;
  /** The part of what is open that waits at the edge; absent where nothing does. */
  readonly held?: SideQuantities | undefined;
  /** Absent until a price was seen. */
  readonly mark: Decimal | undefined;
  readonly markAt: Instant | undefined;
}

/**
 * What a scope holds and has entered in one currency, over all instruments, at their marks.
 *
 * Shape:  per instrument, `long` counts position and open purchases, `short` position less open sales, both signed; `gross` is
 *         the larger of the two without their signs. `net` is the position alone. `pnl` is realised and unrealised since the
 *         first entry, fees taken off; `pnlAtDayStart` is what it was when the trading day began, `pnlDayPeak`
 *         the highest since then, `pnlPeak` the highest ever.
 *         `isValued` is false while an instrument that counts has no mark; the sums then mean nothing.
 * Source: 17 CFR 240.15c3-5(c)(1)(i): exposure is measured on orders entered, not on executions.
 */
export interface CurrencyTotals {
  readonly currency: Currency;
  readonly isValued: boolean;
  readonly long: Decimal;
  readonly short: Decimal;
  readonly gross: Decimal;
  readonly net: Decimal;
  readonly pnl: Decimal;
  readonly pnlAtDayStart: Decimal;
  readonly pnlDayPeak: Decimal;
  readonly pnlPeak: Decimal;
}

/** A part of a scope: the instruments of a sector, of a class, or of a tier of liquidity. */
export type InstrumentGroup = `sector:${string}` | `asset-class:${string}` | `tier:${string}`;

/**
 * Messages and trades of a scope since its trading day began.
 *
 * Shape: `messages` counts as the annex does: a new order 1, a change 2, a cancel 1; `transactions` counts orders that were
 *        executed at least in part.
 * Units: volumes in units of the instrument, added over instruments. Source: RTS 9 Art. 1, 2 and Annex.
 */
export interface OrderToTrade {
  readonly messages: number;
  readonly transactions: number;
  readonly orderVolume: Decimal;
  readonly tradeVolume: Decimal;
}

/** The last approved orders of an account in an instrument, at most a hundred. Units: `quantitySum` in units. */
export interface OrderHistory {
  readonly orders: number;
  readonly quantitySum: Decimal;
}

/** A period that ends with the moment of a decision. Units: milliseconds of market time. */
export interface Window {
  readonly now: Instant;
  readonly windowMs: number;
}

/** A signed permission to set refusals aside for one order. Shape: it fits an order whose terms are all these. */
export interface OverrideTicket {
  readonly id: string;
  readonly controls: readonly { readonly control: string; readonly scope: ScopeText }[];
  readonly to: Instant;
}

/**
 * What the records of an edge add up to, as far as controls ask; the same at the edge and wherever its records are read.
 *
 * Shape:  the order that is judged is not in it, the order that it replaces is. What is not known is undefined, and the control
 *         then refuses. `day` is the trading day of the decision; on a day after that of the last entry, what counts per day
 *         starts anew. Answers take no time that grows with the records.
 */
export interface OwnFacts {
  readonly haltEpoch: number;
  halts(): readonly ActiveHalt[] | undefined;
  /** What the order's account holds of its instrument, signed. */
  position(order: Order): Decimal | undefined;
  /** What the order's account has open in its instrument, without its `room`. */
  open(order: Order): OpenQuantities | undefined;
  /** What the order that it replaces and the others of its group count for now and will not beside it. */
  room(order: Order): readonly Room[];
  openOrder(id: string): OpenOrder | undefined;
  /** The orders of the order's own group that are open, and those that ended of late. */
  groupOf(order: Order): readonly OpenOrder[] | undefined;
  /** All open orders in an instrument, at this edge, those that wait here too. */
  openIn(instrument: string): readonly OpenOrder[] | undefined;
  /** The open orders in an instrument that are at a venue or on their way there; those of one side where it is given. */
  resting(instrument: string, side?: Order['side']): readonly OpenOrder[] | undefined;
  openCount(scope: ScopeText): number | undefined;
  /** Approved orders of the trading day. */
  ordersToday(scope: ScopeText, day: string): number | undefined;
  /** Instruments that the scope holds, has open orders in, or entered orders in on the trading day. */
  instruments(scope: ScopeText, day: string): ReadonlySet<string> | undefined;
  /** Venues where the scope has open orders or entered orders on the trading day. */
  venues(scope: ScopeText, day: string): ReadonlySet<string> | undefined;
  /** A scope that holds nothing has a cell of zeros. */
  cell(scope: ScopeText, instrument: string): InstrumentCell | undefined;
  /** One for each currency that the scope ever dealt in; with a group, exposure is the group's, profit and loss the scope's. */
  totals(scope: ScopeText, day: string, group?: InstrumentGroup): readonly CurrencyTotals[] | undefined;
  /** The time of the oldest mark among what the scope holds or has open. */
  oldestMarkAt(scope: ScopeText): Instant | 'nothing-held' | undefined;
  cash(account: string): readonly { readonly currency: Currency; readonly amount: Decimal }[] | undefined;
  /** Orders, changes and cancels that were let through in the period. */
  messages(scope: ScopeText, window: Window): number | undefined;
  /** Refusals by the gate and rejections by venues in the period. */
  rejections(scope: ScopeText, window: Window): number | undefined;
  orderToTrade(scope: ScopeText, day: string): OrderToTrade | undefined;
  /** Approved orders of an algorithm in the period, those before it was last re-enabled left out. */
  executions(algorithm: string, window: Window): number | undefined;
  history(order: Order): OrderHistory | undefined;
  /** Approved orders of the order's algorithm, instrument and side in the period. */
  recent(order: Order, window: Window): readonly RecentOrder[] | undefined;
  /** How much of a locate open and executed short sales take; what ends unexecuted gives it back. Units: of the instrument. */
  locateUsed(locate: string): Decimal | undefined;
  /** Tickets that fit the order's terms and are not used up, whatever their term. */
  tickets(order: Order): readonly OverrideTicket[];
}
