import { z } from 'zod';
import {
  Count,
  DecimalText,
  HashText,
  Identifier,
  InstantText,
  OrderId,
  PriceText,
  QuantityText,
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

/** An order of the recent past, as far as the duplicate control looks at it. */
export const RecentOrder = z.strictObject({
  id: OrderId,
  algorithm: Identifier,
  instrument: Identifier,
  side: z.enum(['buy', 'sell']),
  quantity: QuantityText,
  limitPrice: PriceText.optional(),
  decidedAt: InstantText,
});

export type RecentOrder = z.output<typeof RecentOrder>;

/**
 * The facts that one decision was made on, complete enough to make it again.
 *
 * Shape:  what is not known is absent, and a control that needs it refuses.
 * Units:  `position` is signed; open quantities are what is entered and not yet done, this order excluded.
 */
export const DecisionFacts = z.strictObject({
  now: InstantText,
  haltEpoch: Count,
  reference: z.strictObject({ price: PriceText, at: InstantText, source: z.string().min(1).max(100) }).optional(),
  position: z.strictObject({ quantity: DecimalText, asOfSeq: Count }).optional(),
  open: z.strictObject({ buy: DecimalText, sell: DecimalText }).optional(),
  recent: z.strictObject({ windowMs: Count, orders: z.array(RecentOrder).max(1_000) }).optional(),
  states: z.array(z.strictObject({ scope: ScopeText, state: TradingState })).optional(),
  multiplier: DecimalText.optional(),
});

export type DecisionFacts = z.output<typeof DecisionFacts>;

/** What one control said for one scope, with the figures it compared. */
export const DecisionRow = z.strictObject({
  control: Identifier,
  version: Count,
  scope: ScopeText,
  verdict: z.enum(['pass', 'refuse', 'not-applicable', 'off']),
  reason: Sentence,
  figures: z.record(z.string(), z.string()).optional(),
});

export type DecisionRow = z.output<typeof DecisionRow>;

/**
 * All verdicts of one order, passes too, against a sheet and a control set that are named by hash.
 *
 * Source: 17 CFR 240.15c3-5(b) (controls documented and maintained); RTS 6 Art. 15 (pre-trade controls).
 */
export const DecisionBody = z.strictObject({
  v: z.literal(1),
  order: OrderId,
  outcome: z.enum(['approved', 'refused']),
  sheet: HashText,
  controls: HashText,
  facts: DecisionFacts,
  rows: z.array(DecisionRow).min(1).max(500),
});

export type DecisionBody = z.output<typeof DecisionBody>;
