import { assert } from '@gatehouse/shared/errors.ts';
import type { Citation } from '@gatehouse/shared/law/acts.ts';
import type { DecisionFacts, ScopeText } from '@gatehouse/shared/schema/decision.ts';
import { describeIssues } from '@gatehouse/shared/schema/decode.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Currency } from '@gatehouse/shared/values/currency.ts';
import { type Decimal, divide, signOf, toNumber } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { z } from 'zod';
import type { LimitField } from './define-control.ts';
import type { FactsOverrides, OrderOverrides } from './examples/base.ts';
import type { FilesOverrides } from './examples/files.ts';
import type { OwnOverrides } from './examples/own.ts';
import type { FactFiles } from './fact-files.ts';
import { tighterOf } from './limit-fields.ts';
import type { OwnFacts } from './own-facts.ts';
import type { ScopeKind } from './scopes.ts';
import { type Figures, NotKnown } from './verdict.ts';

/** What makes a breaker look: a change of the records, a price, a decision, or the start of the edge. */
export type BreakerOccasion = 'records' | 'market' | 'decision' | 'start';

/** What the market says about one instrument. */
export interface InstrumentMarket extends Pick<DecisionFacts, 'reference' | 'second' | 'volatility'> {
  readonly instrument: string;
}

/** An order that was judged, with the controls that refused it. */
export interface JudgedOrder {
  readonly order: Order;
  readonly refusedBy: readonly string[];
}

/**
 * What a breaker looks at.
 *
 * Shape: `market` is there on that occasion alone, and so is `decision`; `crashes` are the starts that no clean end came before.
 * Units: `now` is the market's time, `wallAt` and `crashes` are wall time.
 */
export interface BreakerInput {
  readonly facts: Pick<DecisionFacts, 'now' | 'wallAt' | 'day'>;
  readonly files: FactFiles;
  readonly own: OwnFacts;
  readonly currency: Currency;
  readonly crashes: readonly Instant[];
  readonly market?: InstrumentMarket;
  readonly decision?: JudgedOrder;
}

/**
 * What a breaker finds.
 *
 * Shape: `times` says how often what is measured holds the threshold, in whole numbers; `about` narrows the kill to what tripped it.
 */
export type BreakerFinding = { readonly reason: string; readonly figures: Figures } & (
  | { readonly kind: 'calm' | 'unknown' }
  | { readonly kind: 'trip'; readonly times: number; readonly about?: ScopeText }
);

/** A worked case that an officer can follow and the test runs. Shape: texts as on the wire, over the base example. */
export interface BreakerExample<FiguresText = Readonly<Record<string, unknown>>> {
  readonly name: string;
  readonly order?: OrderOverrides;
  readonly facts?: FactsOverrides;
  readonly files?: FilesOverrides;
  readonly own?: OwnOverrides;
  readonly refusedBy?: readonly string[];
  readonly crashes?: readonly string[];
  readonly limits: FiguresText;
  readonly expect: BreakerFinding['kind'];
  readonly times?: number;
}

/** A breaker with its figures fixed. Errors: those of a faulty check; what is not known is a finding. */
export type BreakerJudge = (input: BreakerInput, scope: ScopeText) => BreakerFinding;

/** The outcome of putting figures of a sheet to a breaker. Units: `unknownMsMax` in milliseconds of market time. */
type BreakerBinding =
  | { readonly kind: 'bound'; readonly judge: BreakerJudge; readonly unknownMsMax: number }
  | { readonly kind: 'refused'; readonly problems: string };

type LimitsSchema<Shape extends z.core.$ZodShape> = z.ZodObject<Shape, z.core.$strict>;
type Sources = readonly [Citation, ...Citation[]];

/**
 * How a breaker is written down; each figure says what it means with `describe`, and which way it tightens with `meta`.
 *
 * Shape:  a figure called `unknownMsMax` says how long the answer may be unknown before that itself is a reason to pause; without
 *         it the answer is always known. `scopes` are the kinds that a line of the sheet may watch.
 * Source: RTS 6 Art. 12, 15(3), 15(4), 17; 17 CFR 240.15c3-5(c)(1).
 */
export interface BreakerDefinition<Shape extends z.core.$ZodShape> {
  readonly id: string;
  readonly version: number;
  readonly title: string;
  readonly question: string;
  readonly sources: Sources;
  readonly occasion: BreakerOccasion;
  readonly scopes: readonly [ScopeKind, ...ScopeKind[]];
  readonly limits: LimitsSchema<Shape>;
  readonly check: (input: BreakerInput, limits: z.output<LimitsSchema<Shape>>, scope: ScopeText) => BreakerFinding;
  readonly examples: readonly BreakerExample<z.input<LimitsSchema<Shape>>>[];
}

/** A breaker as the edge and the printed control book know it, whatever its figures are. */
export interface Breaker {
  readonly id: string;
  readonly version: number;
  readonly title: string;
  readonly question: string;
  readonly sources: Sources;
  readonly occasion: BreakerOccasion;
  readonly scopes: readonly ScopeKind[];
  readonly limits: readonly LimitField[];
  readonly examples: readonly BreakerExample[];
  /** Reads the figures of a line of the sheet. */
  bind(figures: unknown): BreakerBinding;
}

/**
 * Makes a breaker from its definition; one file and one line in the registry add it.
 *
 * Errors: `INVARIANT_BROKEN` for a figure without a description, which no officer could read.
 */
export function defineBreaker<Shape extends z.core.$ZodShape>(definition: BreakerDefinition<Shape>): Breaker {
  const { id, version, title, question, sources, occasion, scopes, examples, limits } = definition;
  const fields = Object.entries<z.core.$ZodType>(limits.shape).map(([name, field]) => describedField(name, field));
  const bind = (figures: unknown): BreakerBinding => bindFigures(definition, figures);
  return { id, version, title, question, sources, occasion, scopes, limits: fields, examples, bind };
}

/** Nothing to act on. */
export function calm(reason: string, figures: Figures = {}): BreakerFinding {
  return { kind: 'calm', reason, figures };
}

/** The answer cannot be computed. */
export function unknown(reason: string, figures: Figures = {}): BreakerFinding {
  return { kind: 'unknown', reason, figures };
}

/** What is measured and where the border lies; the border itself trips. Shape: `words` name what is measured, in a sentence. */
export interface Measured {
  readonly words: string;
  readonly measured: Decimal;
  readonly threshold: Decimal;
  readonly figures: Figures;
  readonly about?: ScopeText;
}

/** Trips from the threshold on. Units: `threshold` above zero. Errors: `INVARIANT_BROKEN` for a threshold that always holds. */
export function judgeMeasured({ words, measured, threshold, figures, about }: Measured): BreakerFinding {
  assert(signOf(threshold) > 0, 'a breaker trips at something above zero');
  const times = toNumber(divide(measured, threshold, { scale: 0, rounding: 'floor' }));
  const all = { ...figures, measured, threshold };
  if (times < 1) return calm(`The ${words} is below its threshold.`, all);
  const reason = `The ${words} has reached its threshold.`;
  return { kind: 'trip', reason, figures: all, times, ...(about === undefined ? {} : { about }) };
}

function describedField(name: string, field: z.core.$ZodType): LimitField {
  const says = z.globalRegistry.get(field)?.description;
  assert(says !== undefined, `figure ${name} says what it means`);
  return { name, says, tighter: tighterOf(field) };
}

function bindFigures<Shape extends z.core.$ZodShape>(
  { limits: schema, check }: BreakerDefinition<Shape>,
  figures: unknown,
): BreakerBinding {
  const decoded = z.safeDecode(schema, figures as z.input<LimitsSchema<Shape>>);
  if (!decoded.success) return { kind: 'refused', problems: describeIssues(decoded.error) };
  const limits = decoded.data;
  const judge: BreakerJudge = (input, scope) => {
    try {
      return check(input, limits, scope);
    } catch (error) {
      if (error instanceof NotKnown) return unknown(error.message);
      throw error;
    }
  };
  return { kind: 'bound', judge, unknownMsMax: Unknown.parse(limits).unknownMsMax };
}

const Unknown = z.object({ unknownMsMax: z.number().default(0) });
