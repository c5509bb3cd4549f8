import { z } from 'zod';
import {
  ClockQuality,
  CurrencyText,
  Identifier,
  InstantText,
  LeiText,
  OrderId,
  PriceText,
  QuantityText,
} from './fields.ts';

/** A strategy or a person's tool, by id and version. */
export const AlgorithmRef = z.strictObject({ id: Identifier, version: z.string().regex(/^\d+\.\d+\.\d+$/) });

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
    type: z.enum(['market', 'limit']),
    timeInForce: z.enum(['day', 'gtc', 'ioc', 'fok']),
    quantity: QuantityText,
    /** Absent for a market order, present for a limit order. */
    limitPrice: PriceText.optional(),
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
  .refine((order) => (order.type === 'limit') === (order.limitPrice !== undefined), {
    message: 'a limit order carries a limit price and a market order carries none',
    path: ['limitPrice'],
  })
  .refine((order) => (order.side === 'buy') === (order.shortSaleMark === 'not-a-sale'), {
    message: 'a sale is marked long, short or short-exempt, and a purchase is not',
    path: ['shortSaleMark'],
  });

export type Order = z.output<typeof Order>;
