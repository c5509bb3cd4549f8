import { z } from 'zod';
import {
  AdjustmentBody,
  BreakBody,
  CashBody,
  CorporateActionBody,
  FillChangeBody,
  ValuationBody,
} from './account-bodies.ts';
import { CommandBody } from './command-bodies.ts';
import { DecisionBody, ScopeText } from './decision.ts';
import { FactsBody } from './facts-bodies.ts';
import {
  ClockQuality,
  Count,
  CurrencyText,
  DayText,
  DecimalText,
  HashText,
  Identifier,
  InstantText,
  OrderId,
  PriceText,
  QuantityText,
  Sentence,
} from './fields.ts';
import { LeaseBody } from './lease-bodies.ts';
import { AlgorithmRef, Order, OrderType, TimeInForce } from './order.ts';
import { agreesOnForms } from './short-rows.ts';
import { TriggerBody } from './trigger-bodies.ts';

export {
  AdjustmentBody,
  BreakBody,
  CashBody,
  CorporateActionBody,
  FillChangeBody,
  ValuationBody,
} from './account-bodies.ts';

export { LocalCommandBody } from './command-bodies.ts';

const v = z.literal(1);

/** An order as its decision maker wants it, before any control has seen it. */
export const IntentBody = z.strictObject({ v, order: Order });
export type IntentBody = z.output<typeof IntentBody>;

/**
 * The names of an order's states; the table of moves lies in `accounts/order-life.ts`.
 *
 * Shape: a `held` order waits at the edge for its trigger or its parent; `cancelling` and `replacing` wait for the venue's word
 *        and can still execute; a `replaced` order is over, another took its place.
 */
export const OrderState = z.enum([
  'intended',
  'refused',
  'approved',
  'unsent',
  'held',
  'sent',
  'unknown',
  'working',
  'part-filled',
  'cancelling',
  'replacing',
  'filled',
  'cancelled',
  'replaced',
  'rejected',
  'expired',
]);
export type OrderState = z.output<typeof OrderState>;

/** A change of state after the decision. Units: `at` is the market's time. */
export const OrderBody = z.strictObject({
  v,
  order: OrderId,
  state: OrderState,
  at: InstantText,
  venueOrder: z.string().min(1).max(64).optional(),
  reason: Sentence.optional(),
});
export type OrderBody = z.output<typeof OrderBody>;

/** An execution as the venue reported it. Units: `fee` in `currency`, a cost is positive. */
export const FillBody = z.strictObject({
  v,
  fill: z.string().min(1).max(64),
  order: OrderId,
  account: Identifier,
  instrument: Identifier,
  venue: Identifier,
  side: z.enum(['buy', 'sell']),
  quantity: QuantityText,
  price: PriceText,
  currency: CurrencyText,
  fee: DecimalText,
  /** Where the venue takes its fee in something else than the currency of the price. */
  feeCurrency: CurrencyText.optional(),
  /** Whether the order made the price or took it, where the venue says so. */
  liquidity: z.enum(['maker', 'taker']).optional(),
  at: InstantText,
});
export type FillBody = z.output<typeof FillBody>;

/** The start or end of a process or of a run over market data, with what a reader must know about that run. */
export const SessionBody = z.strictObject({
  v,
  event: z.enum(['edge-started', 'edge-stopped', 'run-started', 'run-resumed', 'run-completed', 'run-interrupted']),
  release: z.string().min(1).max(64),
  runtime: z.string().min(1).max(200),
  run: z
    .strictObject({
      id: Identifier,
      source: z.string().min(1).max(500),
      sourceHash: HashText,
      instrument: Identifier,
      bars: Count,
      from: InstantText,
      to: InstantText,
      fillRules: z.array(Sentence).max(60),
    })
    .optional(),
});
export type SessionBody = z.output<typeof SessionBody>;

/**
 * What the edge trades through: what the venue can do by itself, what its connector is excused from and why, and how orders fill there.
 *
 * Shape:  `exemptions` name the cases of the connectors' common suite that this one cannot meet. It is on record again where anything
 *         of it has changed, `at` apart, or another connector was used in between.
 * Units:  milliseconds since an order was handed over.
 * Source: RTS 6 Art. 6 (conformance testing with the systems of trading venues).
 */
export const VenueBody = z.strictObject({
  v,
  connector: Identifier,
  title: Sentence,
  environment: z.enum(['paper', 'live']),
  venues: z.array(Identifier).min(1).max(50),
  /** The account there, where it needs a secret. */
  account: Identifier.optional(),
  capabilities: z.strictObject({
    orderTypes: z.array(OrderType).max(20),
    timesInForce: z.array(TimeInForce).max(20),
    auctions: z.array(z.enum(['open', 'close'])).max(2),
    groups: z.array(z.enum(['bracket', 'oco'])).max(2),
    canAmend: z.boolean(),
    canPostOnly: z.boolean(),
    canReduceOnly: z.boolean(),
    canShowPart: z.boolean(),
    /** What it tells of its market as it happens. */
    marketData: z.array(Identifier).max(10).optional(),
    /** What the venue could do by itself and is not asked for, and why. */
    leftOut: z
      .array(z.strictObject({ of: Identifier, reason: Sentence }))
      .max(20)
      .optional(),
    /** From when on the venue's `not-found` proves that an order never arrived; absent where it never does. */
    notFoundIsFinalAfterMs: Count.optional(),
  }),
  exemptions: z.array(z.strictObject({ case: Identifier, reason: Sentence })).max(100),
  fillRules: z.array(Sentence).max(60),
  at: InstantText,
});
export type VenueBody = z.output<typeof VenueBody>;

/** A limit sheet that the edge accepted, as the exact signed note. */
export const LimitsBody = z.strictObject({ v, sheet: HashText, document: z.string().min(1).max(500_000) });
export type LimitsBody = z.output<typeof LimitsBody>;

const controlSetFields = {
  controls: HashText,
  set: z.array(z.strictObject({ id: Identifier, version: Count, title: Sentence })).max(500),
} as const;

/**
 * The set of controls that decisions name by hash.
 *
 * Shape:  `rowForms` is the list that the rows of these decisions name by number, so that they can be read from the record alone.
 * Errors: decoding rejects a list that says something else than this release's in a place that both have.
 */
export const ControlsBody = z.discriminatedUnion('v', [
  z.strictObject({ v, ...controlSetFields }),
  z.strictObject({
    v: z.literal(2),
    ...controlSetFields,
    rowForms: z
      .array(z.string().min(1).max(1_000))
      .max(10_000)
      .refine(agreesOnForms, 'not the row forms that this release reads decisions by'),
  }),
]);
export type ControlsBody = z.output<typeof ControlsBody>;

/** An algorithm as it was put to work. */
export const AlgorithmBody = z.strictObject({
  v,
  algorithm: AlgorithmRef,
  title: Sentence,
  parameters: z.record(z.string(), z.string()),
  codeHash: HashText,
});
export type AlgorithmBody = z.output<typeof AlgorithmBody>;

/** How far a kill goes: no new risk, all working orders back, or all positions closed as well. */
export const KillLevel = z.enum(['pause', 'cancel', 'flatten']);
export type KillLevel = z.output<typeof KillLevel>;

/**
 * Trading is stopped for every order that lies in all of the scopes; the halt epoch grows with each.
 *
 * Shape:  `id` is what a release names. `trigger` says what tripped an automatic breaker, with its figures.
 * Source: RTS 6 Art. 12 (kill functionality).
 */
export const KillBody = z.strictObject({
  v: z.literal(2),
  id: Identifier,
  scopes: z.array(ScopeText).min(1).max(8),
  level: KillLevel,
  haltEpoch: Count,
  by: Identifier,
  reason: Sentence,
  at: InstantText,
  trigger: z.strictObject({ breaker: Identifier, figures: z.record(z.string(), z.string()) }).optional(),
});
export type KillBody = z.output<typeof KillBody>;

/**
 * How far a kill has come at one venue.
 *
 * Shape: orders whose state nobody knows count as remaining; `positions` are those that a flatten still has to close there.
 * Units: milliseconds since the kill.
 */
export const KillReportBody = z.strictObject({
  v,
  kill: Identifier,
  venue: Identifier,
  sent: Count,
  acknowledged: Count,
  remaining: Count,
  unknown: Count,
  failed: Count,
  positions: Count.optional(),
  elapsedMs: Count,
  isDone: z.boolean(),
});
export type KillReportBody = z.output<typeof KillReportBody>;

/** The end of a kill, as two people signed it. Shape: `document` is the exact signed note. */
export const ReleaseBody = z.strictObject({
  v,
  kill: Identifier,
  haltEpoch: Count,
  by: z.array(Identifier).min(1).max(5),
  reason: Sentence,
  at: InstantText,
  document: z.string().min(1).max(20_000),
});
export type ReleaseBody = z.output<typeof ReleaseBody>;

/** A ticket that sets a refusal aside for one order, as the exact signed note. Source: RTS 6 Art. 15(6). */
export const OverrideBody = z.strictObject({ v, ticket: Identifier, document: z.string().min(1).max(20_000) });
export type OverrideBody = z.output<typeof OverrideBody>;

/** A version of who may sign what, as the exact signed note. */
export const TrustBody = z.strictObject({
  v,
  version: Count,
  hash: HashText,
  document: z.string().min(1).max(200_000),
});
export type TrustBody = z.output<typeof TrustBody>;

/** Prices that positions are valued at between decisions. Units: market time. */
export const MarksBody = z.strictObject({
  v,
  at: InstantText,
  day: DayText,
  marks: z
    .array(z.strictObject({ instrument: Identifier, price: PriceText, at: InstantText }))
    .min(1)
    .max(5_000),
});
export type MarksBody = z.output<typeof MarksBody>;

/** What the edge knows about its clock. */
export const ClockBody = z.strictObject({ v, clock: ClockQuality, note: Sentence });
export type ClockBody = z.output<typeof ClockBody>;

/** Something that a person must look at. */
export const IncidentBody = z.strictObject({
  v,
  code: z.string().regex(/^[A-Z][A-Z_]{2,47}$/),
  severity: z.enum(['notice', 'warning', 'alarm']),
  message: Sentence,
  hint: Sentence.optional(),
});
export type IncidentBody = z.output<typeof IncidentBody>;

/** The projections at the start of a segment, and the seal of the segment before it. */
export const SnapshotBody = z.strictObject({
  v,
  segment: Count,
  previous: z
    .strictObject({ file: z.string().max(100), sha256: HashText, bytes: Count, firstSeq: Count, lastSeq: Count })
    .optional(),
  stateHash: HashText,
  /** Inline where it fits; larger content lies beside the entries, by its hash. */
  state: z.json().optional(),
});
export type SnapshotBody = z.output<typeof SnapshotBody>;

/** An act of the hub or of one of its users; kept in stream `hub`. Shape: `by` is a person's opaque id, or `system`. */
export const ActBody = z.strictObject({
  v,
  action: z.string().regex(/^[a-z][a-z-]*(\.[a-z][a-z-]*)+$/),
  by: Identifier,
  from: z.string().max(64).optional(),
  target: z.string().max(200).optional(),
  before: z.record(z.string(), z.string()).optional(),
  after: z.record(z.string(), z.string()).optional(),
  note: Sentence.optional(),
});
export type ActBody = z.output<typeof ActBody>;

/**
 * The document by which this epoch was opened, with the entries of the epoch before that were set aside here.
 *
 * Shape: `setAside` counts what this machine wrote after the agreed place, none of which was ever acknowledged; absent where it
 *        held another history there, which was set aside whole.
 */
export const EpochBody = z.strictObject({
  v,
  epoch: Count,
  hash: HashText,
  by: z.array(Identifier).min(2).max(20),
  setAside: Count.optional(),
  document: z.string().min(1).max(20_000),
});
export type EpochBody = z.output<typeof EpochBody>;

/**
 * The kinds of entry that this release knows, each with its schema.
 *
 * Shape: a kind or key that is not here is kept in the ledger, acked and set aside, never dropped.
 */
export const bodySchemas = {
  intent: IntentBody,
  decision: DecisionBody,
  order: OrderBody,
  trigger: TriggerBody,
  fill: FillBody,
  'fill-change': FillChangeBody,
  'corporate-action': CorporateActionBody,
  break: BreakBody,
  adjustment: AdjustmentBody,
  cash: CashBody,
  valuation: ValuationBody,
  session: SessionBody,
  venue: VenueBody,
  limits: LimitsBody,
  controls: ControlsBody,
  algorithm: AlgorithmBody,
  kill: KillBody,
  'kill-report': KillReportBody,
  release: ReleaseBody,
  override: OverrideBody,
  trust: TrustBody,
  facts: FactsBody,
  marks: MarksBody,
  command: CommandBody,
  lease: LeaseBody,
  clock: ClockBody,
  incident: IncidentBody,
  epoch: EpochBody,
  snapshot: SnapshotBody,
  act: ActBody,
} as const;

/** A kind of entry that this release can read. */
export type EntryKind = keyof typeof bodySchemas;

/** A body with the kind that says how to read it. */
export type EntryBody = {
  [K in EntryKind]: { readonly kind: K; readonly body: z.output<(typeof bodySchemas)[K]> };
}[EntryKind];
