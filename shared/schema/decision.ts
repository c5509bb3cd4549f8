import { z } from 'zod';
import {
  Count,
  DayText,
  DecimalText,
  HashText,
  Identifier,
  InstantText,
  OrderId,
  PriceText,
  Sentence,
} from './fields.ts';

/** Trading may be open, only shrinking, or stopped. */
export const TradingState = z.enum(['active', 'reducing', 'halted']);

export type TradingState = z.output<typeof TradingState>;

/** What a limit or a halt is about: `firm`, or a kind and an id such as `algorithm:ema-cross`. */
export const ScopeText = z
  .string()
  .regex(
    /^(firm|(desk|trader|client|account|algorithm|instrument|venue):[A-Za-z0-9][A-Za-z0-9._-]{0,63})$/,
    'not a scope',
  );

export type ScopeText = z.output<typeof ScopeText>;

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

/** What a control can say, and what the gate makes of it. Shape: `overridden` is a refusal that a signed ticket set aside. */
export const RowVerdict = z.enum(['pass', 'refuse', 'not-applicable', 'off', 'overridden']);

const RowFigures = z.record(z.string(), z.string());

const rowWire = z.tuple([
  z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}@\d{1,4}$/, 'not a control with its version'),
  ScopeText,
  RowVerdict,
  RowFigures.optional(),
  Sentence.optional(),
]);

/** One row as it is used. */
export interface DecisionRow {
  readonly control: string;
  readonly version: number;
  readonly scope: ScopeText;
  readonly verdict: z.output<typeof RowVerdict>;
  readonly figures?: Readonly<Record<string, string>> | undefined;
  readonly reason?: string | undefined;
}

/**
 * What one control said for one scope, as a short list: `["price-collar@1","firm","pass",{"distance":"3.00"}]`.
 *
 * Shape: figures that the control observed; a refusal also has its limits and its reason. Those of a pass stand on the sheet,
 *        and its reason follows from making the decision again.
 */
export const DecisionRow = z.codec(rowWire, z.custom<DecisionRow>(), {
  decode: ([name, scope, verdict, figures, reason]) => {
    const at = name.lastIndexOf('@');
    return {
      control: name.slice(0, at),
      version: Number(name.slice(at + 1)),
      scope,
      verdict,
      ...(figures === undefined ? {} : { figures }),
      ...(reason === undefined ? {} : { reason }),
    };
  },
  encode: ({ control, version, scope, verdict, figures, reason }): z.output<typeof rowWire> => {
    const name = `${control}@${version}`;
    if (reason !== undefined) return [name, scope, verdict, { ...figures }, reason];
    return figures === undefined ? [name, scope, verdict] : [name, scope, verdict, { ...figures }];
  },
});

/**
 * All verdicts of one order, passes too, against a sheet and a control set that are named by hash.
 *
 * Shape:  `haltEpoch` is the one that the order was judged in; `tickets` are the overrides that it used up.
 * Source: 17 CFR 240.15c3-5(b) (controls documented and maintained); RTS 6 Art. 15 (pre-trade controls).
 */
export const DecisionBody = z.strictObject({
  v: z.literal(2),
  order: OrderId,
  outcome: z.enum(['approved', 'refused']),
  sheet: HashText,
  controls: HashText,
  haltEpoch: Count,
  facts: DecisionFacts,
  rows: z.array(DecisionRow).min(1).max(1_000),
  tickets: z.array(Identifier).max(10).optional(),
});

export type DecisionBody = z.output<typeof DecisionBody>;
