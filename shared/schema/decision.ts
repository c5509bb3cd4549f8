import { z } from 'zod';
import { DecisionRow } from './decision-row.ts';
import {
  Count,
  DayText,
  DecimalText,
  HashText,
  Identifier,
  InstantText,
  OrderId,
  PriceText,
  ScopeText,
} from './fields.ts';
import { fullRows, shortRows } from './short-rows.ts';

export { DecisionRow, RowVerdict } from './decision-row.ts';
export { ScopeText } from './fields.ts';

/** Trading may be open, only shrinking, or stopped. */
export const TradingState = z.enum(['active', 'reducing', 'halted']);

export type TradingState = z.output<typeof TradingState>;

const Source = z.string().min(1).max(100);

/** The best prices at which one can deal now. Shape: a side that nobody quotes is absent. */
const Quote = z.strictObject({
  bid: PriceText.optional(),
  ask: PriceText.optional(),
  at: InstantText,
  source: Source,
});

/** What the market itself says about an instrument. Units: `breakerLevel` is 0 while no market-wide breaker is on. */
const MarketStatus = z.strictObject({
  status: z.enum(['trading', 'halted', 'paused', 'limit-state']),
  band: z.strictObject({ low: PriceText, high: PriceText }).optional(),
  breakerLevel: z.int().min(0).max(3),
  at: InstantText,
  source: Source,
});

/**
 * How far the hub is.
 *
 * Shape: `leaseTo` is when the edge's lease ends, `lease` the part of a firm-wide threshold that it may use; an edge without a hub has
 *        none of them.
 */
const Contact = z.strictObject({
  kind: z.enum(['hub', 'stand-alone']),
  lastAt: InstantText.optional(),
  leaseTo: InstantText.optional(),
  lease: z.strictObject({ threshold: Identifier, version: Count, amount: DecimalText }).optional(),
});

/**
 * What the world outside the edge said when an order was judged; everything else follows from earlier entries.
 *
 * Shape:  what is not known is absent, and a control that needs it refuses. `files` names the dated files in force by the hash
 *         of their list; the files themselves are on record once.
 * Units:  `now` and the times of prices are the market's time, `wallAt`, `clock` and `contact` are wall time; `day` is the
 *         trading day of the venue. `uncertaintyNs` and `offsetNs` are nanoseconds.
 */
export const DecisionFacts = z.strictObject({
  now: InstantText,
  wallAt: InstantText,
  day: DayText,
  files: HashText,
  reference: z.strictObject({ price: PriceText, at: InstantText, source: Source }).optional(),
  /** The same price as another source has it. */
  second: z.strictObject({ price: PriceText, at: InstantText, source: Source }).optional(),
  quote: Quote.optional(),
  /** The lowest and highest reference price since `from`, of those before the reference price itself. */
  range: z.strictObject({ low: PriceText, high: PriceText, from: InstantText }).optional(),
  /** How far the price moved within the period, as a share of the price: 0.02 is two per cent. */
  volatility: z.strictObject({ value: DecimalText, windowMs: Count, at: InstantText }).optional(),
  market: MarketStatus.optional(),
  clock: z
    .strictObject({
      source: Source,
      offsetNs: z.string().regex(/^(0|-?[1-9]\d*)$/),
      uncertaintyNs: z.string().regex(/^(0|[1-9]\d*)$/),
    })
    .optional(),
  contact: Contact.optional(),
});

export type DecisionFacts = z.output<typeof DecisionFacts>;

const HEAD = {
  order: OrderId,
  outcome: z.enum(['approved', 'refused']),
  sheet: HashText,
  controls: HashText,
  haltEpoch: Count,
  facts: DecisionFacts,
  tickets: z.array(Identifier).max(10).optional(),
} as const;

const ROWS_MAX = 1_000;

/** All rows written out, as earlier releases recorded them. */
const LongWire = z.strictObject({ v: z.literal(2), ...HEAD, rows: z.array(DecisionRow).min(1).max(ROWS_MAX) });

/** Rows in their shortest form, which `short-rows.ts` reads. */
const ShortWire = z.strictObject({
  v: z.literal(3),
  ...HEAD,
  scopes: z.array(ScopeText).max(ROWS_MAX),
  rows: z.array(z.unknown()).min(1).max(ROWS_MAX),
});

const DecisionWire = z.discriminatedUnion('v', [LongWire, ShortWire]);

/** A decision as it is used, whichever version of the body it is recorded in. */
export type DecisionBody = Omit<z.output<typeof LongWire>, 'v'> & { readonly v: 2 | 3 };

/**
 * All verdicts of one order, passes too, against a sheet and a control set that are named by hash.
 *
 * Shape:  `haltEpoch` is the one that the order was judged in; `tickets` are the overrides that it used up. Version 3 differs from
 *         version 2 in how rows are written down, and in nothing that is read from it.
 * Source: 17 CFR 240.15c3-5(b) (controls documented and maintained); RTS 6 Art. 15 (pre-trade controls).
 */
export const DecisionBody = z.codec(DecisionWire, z.custom<DecisionBody>(), {
  decode: (wire, { issues }): DecisionBody => {
    if (wire.v === 2) return wire;
    const { scopes, rows: short, ...head } = wire;
    const read = fullRows(short, scopes);
    if ('rows' in read) return { ...head, rows: [...read.rows] };
    for (const message of read.problems) issues.push({ code: 'custom', message, path: ['rows'], input: short });
    return z.NEVER;
  },
  encode: ({ v, ...body }) => {
    if (v === 2) return { v, ...body };
    const { rows, scopes } = shortRows(body.rows);
    return { v, ...body, rows: [...rows], scopes: [...scopes] };
  },
});
