import { z } from 'zod';
import {
  Count,
  CurrencyText,
  DayText,
  DecimalText,
  Identifier,
  InstantText,
  OrderId,
  PriceText,
  QuantityText,
  Sentence,
} from './fields.ts';

const v = z.literal(1);

/**
 * The venue's word that an execution did not stand, or stood differently.
 *
 * Shape:  `bust` takes the whole execution away; `correct` puts the figures here in place of the old ones. The first entry is never
 *         changed; the newest change of a fill counts.
 * Source: 17 CFR 240.17a-3(a)(1) (records of each purchase and sale as it stands).
 */
export const FillChangeBody = z.strictObject({
  v,
  fill: z.string().min(1).max(64),
  order: OrderId,
  change: z.enum(['bust', 'correct']),
  /** As the execution was before; a reader checks that the change is about what it knows. */
  before: z.strictObject({ quantity: QuantityText, price: PriceText, fee: DecimalText }),
  /** What its fee is in, where that is not the currency of the price. */
  feeCurrency: CurrencyText.optional(),
  /** As it is now; absent for a bust. */
  after: z.strictObject({ quantity: QuantityText, price: PriceText, fee: DecimalText }).optional(),
  at: InstantText,
  reason: Sentence,
});
export type FillChangeBody = z.output<typeof FillChangeBody>;

/**
 * A split, dividend or change of symbol, as it moves what an account holds.
 *
 * Shape: `at` is the moment from which it counts, the start of `exDay` at the venue. A split multiplies by `numerator / denominator` what
 *        was held before it; where it names a `lot`, what makes none is given up, and the money for that is an entry of `cash` with
 *        reason `fraction`. A dividend moves cash by itself: `perUnit` on each unit that was held before `at`, which a short position
 *        pays; an entry of `cash` with reason `dividend` is for what comes beside it. A rename moves the position to `into`. An id
 *        counts once.
 * Units: `perUnit` in `currency` per unit of the instrument.
 */
export const CorporateActionBody = z.strictObject({
  v,
  id: Identifier,
  instrument: Identifier,
  exDay: DayText,
  at: InstantText,
  source: Sentence,
  action: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('split'),
      numerator: Count.min(1),
      denominator: Count.min(1),
      /** The smallest quantity that is held after it; absent where fractions are held. */
      lot: QuantityText.optional(),
    }),
    z.strictObject({ kind: z.literal('dividend'), perUnit: DecimalText, currency: CurrencyText }),
    z.strictObject({ kind: z.literal('rename'), into: Identifier }),
  ]),
});
export type CorporateActionBody = z.output<typeof CorporateActionBody>;

/**
 * A difference between two records of the same thing, or a step towards its end.
 *
 * Shape:  `ours` and `theirs` are texts of the figure compared; each step is an entry of its own under the same `id`, the newest
 *         counts. `resolved` needs a cause; only a person or the venue's own late report resolves, nothing is made up to fit.
 * Source: RTS 6 Art. 17 (reconciliation with the records of venues, brokers and clearers); MiFID II organisational duties.
 */
export const BreakBody = z.strictObject({
  v,
  id: Identifier,
  step: z.enum(['found', 'assigned', 'explained', 'resolved']),
  subject: z.enum(['order', 'fill', 'position', 'balance']),
  between: z.tuple([z.enum(['journal', 'venue', 'statement']), z.enum(['journal', 'venue', 'statement'])]),
  venue: Identifier,
  account: Identifier,
  /** The order, fill, instrument or currency that differs. */
  key: z.string().min(1).max(100),
  ours: z.string().max(200).optional(),
  theirs: z.string().max(200).optional(),
  cause: z
    .enum([
      'missed-fill',
      'foreign-order',
      'unknown-order',
      'late-report',
      'changed-fill',
      'fee',
      'rounding',
      'corporate-action',
      'manual-trade',
      'timing',
      'not-known',
    ])
    .optional(),
  owner: Identifier.optional(),
  since: InstantText,
  at: InstantText,
  note: Sentence.optional(),
});
export type BreakBody = z.output<typeof BreakBody>;

/** A position or balance set right by a person who says why; the only way a figure changes without an execution. */
export const AdjustmentBody = z.strictObject({
  v,
  id: Identifier,
  account: Identifier,
  by: Identifier,
  reason: Sentence,
  /** The break that it ends. */
  break: Identifier.optional(),
  at: InstantText,
  change: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('position'),
      instrument: Identifier,
      currency: CurrencyText,
      quantity: DecimalText,
      /** What the change of position is worth; the cost of the position moves by it. */
      cost: DecimalText,
    }),
    z.strictObject({ kind: z.literal('cash'), currency: CurrencyText, amount: DecimalText }),
  ]),
});
export type AdjustmentBody = z.output<typeof AdjustmentBody>;

/** Money that entered or left an account other than by a fill. Units: `amount` is positive where it enters. */
export const CashBody = z.strictObject({
  v,
  account: Identifier,
  currency: CurrencyText,
  amount: DecimalText,
  reason: z.enum(['deposit', 'withdrawal', 'dividend', 'funding', 'financing', 'interest', 'fee', 'fraction']),
  at: InstantText,
  note: Sentence,
});
export type CashBody = z.output<typeof CashBody>;

/** What an account was worth at the close of a market day. Units: all sums in `currency`. */
export const ValuationBody = z.strictObject({
  v,
  account: Identifier,
  currency: CurrencyText,
  day: DayText,
  at: InstantText,
  cash: DecimalText,
  equity: DecimalText,
  realised: DecimalText,
  unrealised: DecimalText,
  fees: DecimalText,
  positions: z
    .array(
      z.strictObject({
        instrument: Identifier,
        quantity: DecimalText,
        averageCost: DecimalText,
        mark: PriceText,
        markAt: InstantText,
      }),
    )
    .max(5_000),
});
export type ValuationBody = z.output<typeof ValuationBody>;
