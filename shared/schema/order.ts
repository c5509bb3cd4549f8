import { z } from 'zod';
import {
  ClockQuality,
  CurrencyText,
  DecimalText,
  Identifier,
  InstantText,
  LeiText,
  OrderId,
  PriceText,
  QuantityText,
} from './fields.ts';

/**
 * What an order does when it becomes active.
 *
 * Shape: a stop becomes a market order once the market trades at its stop price or worse, a take-profit once it trades there or
 *        better; with `-limit` it becomes a limit order. The stop price of a trailing stop follows the best price since entry.
 */
export const OrderType = z.enum([
  'market',
  'limit',
  'stop',
  'stop-limit',
  'trailing-stop',
  'take-profit',
  'take-profit-limit',
]);
export type OrderType = z.output<typeof OrderType>;

/** How long an order stands. Shape: `gtd` stands until `expiresAt`. */
export const TimeInForce = z.enum(['day', 'gtc', 'gtd', 'ioc', 'fok']);
export type TimeInForce = z.output<typeof TimeInForce>;

/** How far a trailing stop stays behind the best price. Units: of the price, or basis points of it. */
const Trailing = z.strictObject({ by: z.enum(['price', 'bps']), distance: DecimalText });

/**
 * Orders that live together.
 *
 * Shape: in a `bracket` the entry's execution activates the two exits; of the exits of a bracket, as of the two orders of an `oco`,
 *        what one executes is taken off the other.
 */
const OrderGroup = z.strictObject({
  id: OrderId,
  kind: z.enum(['bracket', 'oco']),
  role: z.enum(['entry', 'take-profit', 'stop-loss']),
});

/** What the edge does itself because the venue cannot. Shape: it works only while the edge runs, so it is said on the order. */
export const Emulation = z.enum(['trigger', 'trailing', 'group', 'expiry']);
export type Emulation = z.output<typeof Emulation>;

/** A strategy or a person's tool, by id and version. */
export const AlgorithmRef = z.strictObject({ id: Identifier, version: z.string().regex(/^\d+\.\d+\.\d+$/) });

const STOPPED: ReadonlySet<OrderType> = new Set(['stop', 'stop-limit', 'take-profit', 'take-profit-limit']);
const STANDS: ReadonlySet<TimeInForce> = new Set(['day', 'gtc', 'gtd']);

/**
 * An order as it travels from strategy to controls, venue and hub, with all that a regulator asks from its birth.
 *
 * Shape:  immutable; an amendment is a new order whose `replaces` names the old one. People are opaque ids.
 * Units:  `quantity` in units of the instrument, `limitPrice` in `currency` per unit, `decidedAt` in nanoseconds UTC of the
 *         market's clock, with the quality of the clock that made it.
 * Errors: decoding rejects unknown keys, floats and exponents.
 * Source: RTS 6 Art. 28 and Annex II (order records); RTS 22 fields 29, 57, 59 and 62; 17 CFR 240.17a-3(a)(6); 17 CFR 242.203(b)(1).
 */
export const Order = z
  .strictObject({
    id: OrderId,
    replaces: OrderId.optional(),
    parent: OrderId.optional(),
    environment: z.enum(['paper', 'live']),
    legalEntity: LeiText,
    desk: Identifier,
    trader: Identifier,
    client: Identifier,
    account: Identifier,
    algorithm: AlgorithmRef,
    decisionMaker: Identifier,
    executingPerson: Identifier,
    capacity: z.enum(['DEAL', 'MTCH', 'AOTC']),
    instrument: Identifier,
    venue: Identifier,
    side: z.enum(['buy', 'sell']),
    shortSaleMark: z.enum(['not-a-sale', 'long', 'short', 'short-exempt']),
    type: OrderType,
    timeInForce: TimeInForce,
    quantity: QuantityText,
    /** Present for exactly the types whose name ends in `limit`. */
    limitPrice: PriceText.optional(),
    /** Present for exactly the stops and take-profits; a trailing stop carries `trailing` instead. */
    stopPrice: PriceText.optional(),
    trailing: Trailing.optional(),
    /** The end of a `gtd` order. */
    expiresAt: InstantText.optional(),
    /** A market or limit order for the venue's opening or closing auction alone. */
    auction: z.enum(['open', 'close']).optional(),
    /** The part of an iceberg that others may see. */
    displayQuantity: QuantityText.optional(),
    /** The venue refuses the order where it would execute at once. */
    postOnly: z.literal(true).optional(),
    /** The order never opens or turns a position. */
    reduceOnly: z.literal(true).optional(),
    group: OrderGroup.optional(),
    /** What of this order the edge emulates. */
    emulates: z.array(Emulation).min(1).max(4).optional(),
    currency: CurrencyText,
    /** The locate that a short sale draws on. */
    locate: Identifier.optional(),
    /** Why a sale is short exempt: the paragraph of Rule 201 that it relies on. */
    shortExemptReason: Identifier.optional(),
    /** Whom the order is dealt with, where that is known before. */
    counterparty: Identifier.optional(),
    decidedAt: InstantText,
    clock: ClockQuality,
  })
  .refine((order) => order.type.endsWith('limit') === (order.limitPrice !== undefined), {
    message: 'a limit order carries a limit price and a market order carries none',
    path: ['limitPrice'],
  })
  .refine((order) => STOPPED.has(order.type) === (order.stopPrice !== undefined), {
    message: 'a stop or take-profit carries a stop price and no other order does',
    path: ['stopPrice'],
  })
  .refine((order) => (order.type === 'trailing-stop') === (order.trailing !== undefined), {
    message: 'a trailing stop says how far it stays behind and no other order does',
    path: ['trailing'],
  })
  .refine((order) => (order.timeInForce === 'gtd') === (order.expiresAt !== undefined), {
    message: 'an order that is good till a date carries that date and no other order does',
    path: ['expiresAt'],
  })
  .refine((order) => order.auction === undefined || order.type === 'market' || order.type === 'limit', {
    message: 'only a market or a limit order is for an auction',
    path: ['auction'],
  })
  .refine((order) => order.displayQuantity === undefined || order.type.endsWith('limit'), {
    message: 'only an order with a limit shows a part of itself',
    path: ['displayQuantity'],
  })
  .refine((order) => order.postOnly === undefined || (order.type === 'limit' && STANDS.has(order.timeInForce)), {
    message: 'only a limit order that may stand is post-only',
    path: ['postOnly'],
  })
  .refine((order) => (order.side === 'buy') === (order.shortSaleMark === 'not-a-sale'), {
    message: 'a sale is marked long, short or short-exempt, and a purchase is not',
    path: ['shortSaleMark'],
  });

export type Order = z.output<typeof Order>;
