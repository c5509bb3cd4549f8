import { assert } from '@gatehouse/shared/errors.ts';
import type { Citation } from '@gatehouse/shared/law/acts.ts';
import type { DecisionFacts, ScopeText } from '@gatehouse/shared/schema/decision.ts';
import { describeIssues } from '@gatehouse/shared/schema/decode.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Currency } from '@gatehouse/shared/values/currency.ts';
import { z } from 'zod';
import type { FactsOverrides, OrderOverrides } from './examples/base.ts';
import type { FilesOverrides } from './examples/files.ts';
import type { OwnOverrides } from './examples/own.ts';
import type { FactFiles } from './fact-files.ts';
import { type Tighter, tighterOf } from './limit-fields.ts';
import type { OwnFacts } from './own-facts.ts';
import type { ScopeKind } from './scopes.ts';
import type { WorkedExposure } from './valuation.ts';
import { type Figures, NotKnown, refuse, type Verdict } from './verdict.ts';

/** The name of something outside that a decision may know. */
export type FactName = Exclude<keyof DecisionFacts, 'now' | 'wallAt' | 'day' | 'files'>;

/** The kind of a dated file that a decision may use. */
export type FileName = Exclude<keyof FactFiles, 'hash'>;

/** The facts of a decision, with those that a control needs certain to be there. */
export type KnownFacts<Needs extends FactName> = DecisionFacts & {
  readonly [Name in Needs]-?: Exclude<DecisionFacts[Name], undefined>;
};

/** The dated files of a decision, with those that a control needs certain to be there. */
export type KnownFiles<Needs extends FileName> = FactFiles & {
  readonly [Name in Needs]-?: Exclude<FactFiles[Name], undefined>;
};

/**
 * What a check looks at.
 *
 * Shape: `currency` is the firm's own, in which values are compared. `exposures` is room for what several controls of this one
 *        decision work out alike; only `exposureAfter` uses it, and without it each control works for itself.
 */
export interface CheckInput<Needs extends FactName = never, Files extends FileName = never> {
  readonly order: Order;
  readonly facts: KnownFacts<Needs>;
  readonly files: KnownFiles<Files>;
  readonly own: OwnFacts;
  readonly currency: Currency;
  readonly exposures?: WorkedExposure[];
}

/**
 * A worked case that an officer can follow and the test runs.
 *
 * Shape: texts as on the wire, over the base example; `scope` is the first kind of the control's scopes where none is given.
 */
export interface Example<LimitsText = Readonly<Record<string, unknown>>> {
  readonly name: string;
  readonly order?: OrderOverrides;
  readonly facts?: FactsOverrides;
  readonly files?: FilesOverrides;
  readonly own?: OwnOverrides;
  readonly scope?: ScopeText;
  readonly limits: LimitsText;
  readonly expect: Verdict['kind'];
}

/** A control's check with its limits fixed. */
export type Judge = (input: CheckInput, scope: ScopeText) => Verdict;

/** The outcome of putting figures of a sheet to a control. Shape: `limits` are those figures as they are recorded with a refusal. */
type Binding =
  | { readonly kind: 'bound'; readonly judge: Judge; readonly limits: Figures }
  | { readonly kind: 'refused'; readonly problems: string };

/** A limit by its name on the sheet, what it means, and which way it tightens where the control says so. */
export interface LimitField {
  readonly name: string;
  readonly says: string;
  readonly tighter: Tighter | undefined;
}

type LimitsSchema<Shape extends z.core.$ZodShape> = z.ZodObject<Shape, z.core.$strict>;
const LISTED_MAX = 10;

type Sources = readonly [Citation, ...Citation[]];

/**
 * How a control is written down; each limit says what it means with `describe`, and which way it tightens with `meta`.
 *
 * Shape:  `check` may rely on the facts and files that `needs` and `files` name; where one is absent the order is refused before
 *         the check. `scopes` are the kinds for which a figure makes sense. A control on an aggregate asks `own` for the scope that
 *         it is given; any other takes the scope as a selection of orders. `isOverridable` says that a signed ticket may set aside
 *         what it refuses with `refuseBeyond`, for one order; leave it out where the law, a person's authority or a halt speaks.
 * Errors: a check may throw; the gate turns that into a refusal.
 * Source: RTS 6 Art. 15; 17 CFR 240.15c3-5(b), (c).
 */
export interface ControlDefinition<Shape extends z.core.$ZodShape, Needs extends FactName, Files extends FileName> {
  readonly id: string;
  readonly version: number;
  readonly title: string;
  readonly question: string;
  readonly sources: Sources;
  readonly limits: LimitsSchema<Shape>;
  readonly needs?: readonly Needs[];
  readonly files?: readonly Files[];
  readonly scopes: readonly [ScopeKind, ...ScopeKind[]];
  readonly isOverridable?: boolean;
  readonly check: (input: CheckInput<Needs, Files>, limits: z.output<LimitsSchema<Shape>>, scope: ScopeText) => Verdict;
  readonly examples: readonly Example<z.input<LimitsSchema<Shape>>>[];
}

/** A control as the gate and the printed control book know it, whatever its limits are. */
export interface Control {
  readonly id: string;
  readonly version: number;
  readonly title: string;
  readonly question: string;
  readonly sources: Sources;
  readonly needs: readonly FactName[];
  readonly files: readonly FileName[];
  readonly isOverridable: boolean;
  readonly scopes: readonly ScopeKind[];
  readonly limits: readonly LimitField[];
  readonly examples: readonly Example[];
  /** Reads the figures of a sheet, once for many orders. */
  bind(figures: unknown): Binding;
}

const wordsFor: Readonly<Record<FactName | FileName, string>> = {
  reference: 'reference price',
  second: 'price of the second source',
  quote: 'quote',
  range: 'range of reference prices',
  volatility: 'volatility',
  market: 'status of the market',
  clock: 'error of the clock',
  contact: 'last contact with the hub',
  instruments: 'file of instruments',
  calendars: 'file of calendars',
  rates: 'file of exchange rates',
  liquidity: 'file of liquidity',
  margins: 'file of margin rates',
  portfolio: 'file of portfolio figures',
  marketStatus: 'file of market states',
  restrictions: 'restricted list',
  personRestrictions: 'list of people restricted in a name',
  sanctions: 'compiled sanctions list',
  locates: 'file of locates',
  shortSale: 'file of short-sale states',
  entitlements: 'file of entitlements',
};

/**
 * Makes a control from its definition; one file and one line in the registry add it.
 *
 * Errors: `INVARIANT_BROKEN` for a limit without a description, which no officer could read.
 */
export function defineControl<
  Shape extends z.core.$ZodShape,
  const Needs extends FactName = never,
  const Files extends FileName = never,
>(definition: ControlDefinition<Shape, Needs, Files>): Control {
  const { id, version, title, question, sources, needs = [], files = [], scopes, limits, examples } = definition;
  const { isOverridable = false } = definition;
  const fields = Object.entries<z.core.$ZodType>(limits.shape).map(([name, field]) => describedField(name, field));
  const bind = (figures: unknown): Binding => bindLimits(definition, figures);
  return { id, version, title, question, sources, needs, files, isOverridable, scopes, limits: fields, examples, bind };
}

function describedField(name: string, field: z.core.$ZodType): LimitField {
  const says = z.globalRegistry.get(field)?.description;
  assert(says !== undefined, `limit ${name} says what it means`);
  return { name, says, tighter: tighterOf(field) };
}

function bindLimits<Shape extends z.core.$ZodShape, Needs extends FactName, Files extends FileName>(
  definition: ControlDefinition<Shape, Needs, Files>,
  figures: unknown,
): Binding {
  const { limits: schema, needs = [], files = [], check } = definition;
  const decoded = z.safeDecode(schema, figures as z.input<LimitsSchema<Shape>>);
  if (!decoded.success) return { kind: 'refused', problems: describeIssues(decoded.error) };
  const limits = decoded.data;

  function judge(input: CheckInput, scope: ScopeText): Verdict {
    for (const need of needs) {
      if (input.facts[need] === undefined) return refuse(`The ${wordsFor[need]} is not known.`);
    }
    for (const file of files) {
      if (input.files[file] === undefined) return refuse(`The ${wordsFor[file]} is not known.`);
    }
    try {
      // The loops above have established what KnownFacts and KnownFiles claim.
      return check(input as CheckInput<Needs, Files>, limits, scope);
    } catch (error) {
      if (error instanceof NotKnown) return refuse(error.message);
      throw error;
    }
  }
  return { kind: 'bound', judge, limits: asTexts(figures as Readonly<Record<string, unknown>>) };
}

function asTexts(figures: Readonly<Record<string, unknown>>): Figures {
  return Object.fromEntries(Object.entries(figures).map(([name, figure]) => [name, textOf(figure)]));
}

/** A long list is told by its length; the sheet has it. */
function textOf(figure: unknown): string {
  if (!Array.isArray(figure)) return String(figure);
  return figure.length <= LISTED_MAX ? figure.join(', ') : `${figure.length} names`;
}
