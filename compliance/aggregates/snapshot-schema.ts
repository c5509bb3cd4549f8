import { KillLevel, OrderState } from '@gatehouse/shared/schema/bodies.ts';
import { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import { AssetClass } from '@gatehouse/shared/schema/facts/reference-data.ts';
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
} from '@gatehouse/shared/schema/fields.ts';
import { Override } from '@gatehouse/shared/schema/governance.ts';
import { type Decimal, fromUnits } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';

/**
 * A decimal with as many digits as sums of products have, which are more than a price or a quantity may have.
 *
 * Shape: without zeros at its end, so that equal values have one text.
 */
export const ExactText = z
  .string()
  .max(200)
  .regex(/^(?!-0$)-?(?:0|[1-9]\d*)(?:\.\d{0,71}[1-9])?$/, 'not an exact decimal')
  .transform((text): Decimal => {
    const [whole = '', fraction = ''] = text.split('.');
    return fromUnits(BigInt(whole + fraction), fraction.length);
  });

/** An order without what it has in common with others. Shape: `template` is the place of that in the list of templates. */
const OwnTerms = z.tuple([Count, z.record(z.string(), z.json())]);

const EnteredOrder = z.tuple([...OwnTerms.def.items, OrderState, DecimalText, OrderId.or(z.null())]);

const InstrumentEntry = z.strictObject({
  id: Identifier,
  terms: z
    .strictObject({ currency: CurrencyText, multiplier: DecimalText, sector: Identifier, assetClass: AssetClass })
    .optional(),
  tier: Identifier.optional(),
  dealtIn: z.union([z.literal('several'), CurrencyText]).optional(),
  mark: z.tuple([PriceText, InstantText]).optional(),
});

const DayNamesEntry = z.tuple([DayText, z.array(Identifier)]);

const ScopeEntry = z.strictObject({
  scope: ScopeText,
  day: DayText.optional(),
  /** Instrument, position, flow and fees. */
  cells: z.array(z.tuple([Identifier, ExactText, ExactText, ExactText])),
  /** Currency, peak, start and peak of the day, start and peak of the day before. */
  ledgers: z.array(z.tuple([CurrencyText, ExactText, ExactText, ExactText, ExactText, ExactText])),
  /** Currency and fees of executions whose price was in another one; absent where there are none. */
  otherFees: z.array(z.tuple([CurrencyText, ExactText])).optional(),
  /** Day, orders, messages, transactions, volume of orders and of trades. */
  counts: z.array(z.tuple([DayText, Count, Count, Count, ExactText, ExactText])),
  venues: z.array(DayNamesEntry),
  instruments: z.array(DayNamesEntry),
});

/** Nanoseconds since the entry before, the number of the place, and the weight. */
const LogEntry = z.tuple([Count, Count, Count]);
const Log = z.strictObject({
  knownFrom: InstantText.optional(),
  from: InstantText.optional(),
  entries: z.array(LogEntry),
});

const Run = z.strictObject({ id: Identifier, at: InstantText.optional(), day: DayText.optional() });

const RecentEntry = z.tuple([
  OrderId,
  Identifier,
  Identifier,
  z.enum(['buy', 'sell']),
  QuantityText,
  // Null first: the text of a price is asked of whatever comes to it.
  z.null().or(PriceText),
  InstantText,
  // Absent where an older release wrote it.
  z.string().max(200).optional(),
]);

/**
 * Everything that aggregates remember, as one document.
 *
 * Shape: lists are sorted where their order means nothing, and otherwise in the order in which things came, so that equal
 *        aggregates have equal snapshots. What follows from the rest is left out. Rows that there are many of are lists without
 *        names. `places` are desk, trader, client, account, algorithm, instrument and venue.
 */
export const AggregatesSnapshot = z.strictObject({
  v: z.literal(1),
  halts: z.strictObject({
    epoch: Count,
    active: z.array(z.strictObject({ id: Identifier, scopes: z.array(ScopeText), level: KillLevel })),
    isFull: z.boolean(),
  }),
  runs: z.strictObject({ current: Run.optional(), earlier: z.array(Run) }),
  days: z.strictObject({ day: DayText.optional(), earlierDay: DayText.optional(), unknownTo: DayText.optional() }),
  templates: z.array(z.record(z.string(), z.json())),
  intents: z.array(OwnTerms),
  open: z.array(EnteredOrder),
  ended: z.array(EnteredOrder),
  hasTiers: z.boolean(),
  instruments: z.array(InstrumentEntry),
  scopes: z.array(ScopeEntry),
  strays: z.array(Identifier),
  cash: z.array(z.tuple([Identifier, CurrencyText, ExactText])),
  unvalued: z.array(z.tuple([Identifier, Identifier, CurrencyText, ExactText])),
  /** Absent where no corporate action and no adjustment was ever told. */
  done: z.array(z.string()).optional(),
  places: z.array(z.tuple([Identifier, Identifier, Identifier, Identifier, Identifier, Identifier, Identifier])),
  messages: Log,
  rejections: Log,
  executions: Log,
  recent: z.strictObject({ knownFrom: InstantText.optional(), orders: z.array(RecentEntry) }),
  histories: z.array(z.tuple([Identifier, Identifier, z.array(QuantityText)])),
  locates: z.array(z.tuple([Identifier, ExactText])),
  tickets: z.strictObject({ open: z.array(Override), used: z.array(Identifier) }),
});

/** The same as trusted values. */
export type AggregatesSnapshot = z.output<typeof AggregatesSnapshot>;
