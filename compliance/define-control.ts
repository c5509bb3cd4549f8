import { assert } from '@gatehouse/shared/errors.ts';
import type { Citation } from '@gatehouse/shared/law/acts.ts';
import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import { describeIssues } from '@gatehouse/shared/schema/decode.ts';
import { z } from 'zod';
import type { CheckInput, FactName, FileName, SeenBy, Sight } from './check-input.ts';
import type { FactsOverrides, OrderOverrides } from './examples/base.ts';
import type { FilesOverrides } from './examples/files.ts';
import type { OwnOverrides } from './examples/own.ts';
import { isPartKnown, type PartSet, partSet } from './known-parts.ts';
import { type Tighter, tighterOf } from './limit-fields.ts';
import { onlyReducing } from './only-reducing.ts';
import type { ScopeKind } from './scopes.ts';
import { type Figures, NotKnown, type ReducingOnly, refuse, type Verdict } from './verdict.ts';

export type { CheckInput, FactName, FileName } from './check-input.ts';

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

/** The same, but undefined where the verdict does not stand for every order that is alike in what the control sees. */
export type Settle = (input: CheckInput, scope: ScopeText) => Verdict | undefined;

/** A control's check by itself, for an order of which all that the control needs is known. Shape: `figures` are its limits, decoded. */
export type BareCheck = (input: CheckInput, figures: unknown, scope: ScopeText) => Verdict | ReducingOnly;

/**
 * A control with its limits.
 *
 * Shape: `limits` are the figures of the sheet as they are recorded with a refusal, `figures` the same decoded. `judge` is `check`
 *        with these figures, once it has seen that all of `parts` is known.
 */
export interface BoundControl {
  readonly judge: Judge;
  readonly settle?: Settle;
  readonly limits: Figures;
  readonly parts: PartSet;
  readonly check: BareCheck;
  readonly figures: unknown;
}

/** The outcome of putting figures of a sheet to a control. */
type Binding = ({ readonly kind: 'bound' } & BoundControl) | { readonly kind: 'refused'; readonly problems: string };

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
 *         what it refuses with `refuseBeyond`, for one order; leave it out where the law, a person's authority or a halt speaks. `looksAt` says that
 *         the check sees less than all, so that the gate need not ask it for each order.
 * Errors: a check may throw; the gate turns that into a refusal.
 * Source: RTS 6 Art. 15; 17 CFR 240.15c3-5(b), (c).
 */
export interface ControlDefinition<
  Shape extends z.core.$ZodShape,
  Needs extends FactName,
  Files extends FileName,
  Sees extends Sight,
> {
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
  readonly looksAt?: Sees;
  readonly check: (
    input: SeenBy<Sees, Needs, Files>,
    limits: z.output<LimitsSchema<Shape>>,
    scope: ScopeText,
  ) => Verdict | ReducingOnly;
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
  readonly looksAt: Sight;
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
  const Sees extends Sight = 'all',
>(definition: ControlDefinition<Shape, Needs, Files, Sees>): Control {
  const { id, version, title, question, sources, needs = [], files = [], scopes, examples } = definition;
  const { isOverridable = false, looksAt = 'all' } = definition;
  const limits = Object.entries<z.core.$ZodType>(definition.limits.shape).map((entry) => describedField(...entry));
  const bind = (figures: unknown): Binding => bindLimits(definition, figures);
  const words = { id, version, title, question, sources };
  return { ...words, needs, files, isOverridable, looksAt, scopes, limits, examples, bind };
}

function describedField(name: string, field: z.core.$ZodType): LimitField {
  const says = z.globalRegistry.get(field)?.description;
  assert(says !== undefined, `limit ${name} says what it means`);
  return { name, says, tighter: tighterOf(field) };
}

function bindLimits<Shape extends z.core.$ZodShape, Needs extends FactName, Files extends FileName, Sees extends Sight>(
  definition: ControlDefinition<Shape, Needs, Files, Sees>,
  figures: unknown,
): Binding {
  const { limits: schema, needs = [], files = [], looksAt = 'all', check } = definition;
  const decoded = z.safeDecode(schema, figures as z.input<LimitsSchema<Shape>>);
  if (!decoded.success) return { kind: 'refused', problems: describeIssues(decoded.error) };
  const limits = decoded.data;

  const names = [...needs, ...files];
  const looked = names.map((name) => ({ name, isKnown: isPartKnown[name] }));

  function look(input: CheckInput, scope: ScopeText): Verdict | ReducingOnly {
    for (const part of looked) if (!part.isKnown(input)) return refuse(`The ${wordsFor[part.name]} is not known.`);
    // The loop above has established what KnownFacts and KnownFiles claim.
    return check(input as CheckInput<Needs, Files> as SeenBy<Sees, Needs, Files>, limits, scope);
  }

  function judge(input: CheckInput, scope: ScopeText): Verdict {
    try {
      const said = look(input, scope);
      return said.kind === 'reducing-only' ? onlyReducing(input, said.why, said.figures) : said;
    } catch (error) {
      return unlessKnown(error);
    }
  }

  function settle(input: CheckInput, scope: ScopeText): Verdict | undefined {
    try {
      const said = look(input, scope);
      return said.kind === 'reducing-only' ? undefined : said;
    } catch (error) {
      return unlessKnown(error);
    }
  }
  const texts = asTexts(figures as Readonly<Record<string, unknown>>);
  const bare = { parts: partSet(names), check: check as unknown as BareCheck, figures: limits };
  const bound = { kind: 'bound', judge, limits: texts, ...bare } as const;
  return looksAt === 'all' ? bound : { ...bound, settle };
}

function unlessKnown(error: unknown): Verdict {
  if (error instanceof NotKnown) return refuse(error.message);
  throw error;
}

function asTexts(figures: Readonly<Record<string, unknown>>): Figures {
  return Object.fromEntries(Object.entries(figures).map(([name, figure]) => [name, textOf(figure)]));
}

/** A long list is told by its length; the sheet has it. */
function textOf(figure: unknown): string {
  if (!Array.isArray(figure)) return String(figure);
  return figure.length <= LISTED_MAX ? figure.join(', ') : `${figure.length} names`;
}
