import { assert } from '@gatehouse/shared/errors.ts';
import type { Citation } from '@gatehouse/shared/law/acts.ts';
import type { DecisionFacts } from '@gatehouse/shared/schema/decision.ts';
import { describeIssues } from '@gatehouse/shared/schema/decode.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { z } from 'zod';
import type { FactsOverrides, OrderOverrides } from './examples/base.ts';
import type { ScopeKind } from './scopes.ts';
import { type Figures, refuse, type Verdict } from './verdict.ts';

/** The name of something that a decision may know. */
export type FactName = keyof DecisionFacts;

/** The facts of a decision, with those that a control needs certain to be there. */
export type KnownFacts<Needs extends FactName> = DecisionFacts & {
  readonly [Name in Needs]-?: Exclude<DecisionFacts[Name], undefined>;
};

/** What a check looks at. */
export interface CheckInput<Needs extends FactName = never> {
  readonly order: Order;
  readonly facts: KnownFacts<Needs>;
}

/** A worked case that an officer can follow and the test runs. Shape: texts as on the wire, over the base example. */
export interface Example<LimitsText = Readonly<Record<string, unknown>>> {
  readonly name: string;
  readonly order?: OrderOverrides;
  readonly facts?: FactsOverrides;
  readonly limits: LimitsText;
  readonly expect: Verdict['kind'];
}

/** A control's check with its limits fixed. */
export type Judge = (input: CheckInput) => Verdict;

/** The outcome of putting figures of a sheet to a control. Shape: `limits` are those figures as text, for the record. */
type Binding =
  | { readonly kind: 'bound'; readonly judge: Judge; readonly limits: Figures }
  | { readonly kind: 'refused'; readonly problems: string };

/** A limit by its name on the sheet, and what it means. */
interface LimitField {
  readonly name: string;
  readonly says: string;
}

type LimitsSchema<Shape extends z.core.$ZodShape> = z.ZodObject<Shape, z.core.$strict>;
type Sources = readonly [Citation, ...Citation[]];

/**
 * How a control is written down; each limit says what it means with `describe`.
 *
 * Shape:  `check` may rely on the facts that `needs` names; where one is absent the order is refused before the check.
 *         `scopes` are the kinds for which a figure makes sense; a scope selects orders and adds nothing up.
 * Errors: a check may throw; the gate turns that into a refusal.
 * Source: RTS 6 Art. 15; 17 CFR 240.15c3-5(b), (c).
 */
export interface ControlDefinition<Shape extends z.core.$ZodShape, Needs extends FactName> {
  readonly id: string;
  readonly version: number;
  readonly title: string;
  readonly question: string;
  readonly sources: Sources;
  readonly limits: LimitsSchema<Shape>;
  readonly needs?: readonly Needs[];
  readonly scopes: readonly [ScopeKind, ...ScopeKind[]];
  readonly check: (input: CheckInput<Needs>, limits: z.output<LimitsSchema<Shape>>) => Verdict;
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
  readonly scopes: readonly ScopeKind[];
  readonly limits: readonly LimitField[];
  readonly examples: readonly Example[];
  /** Reads the figures of a sheet, once for many orders. */
  bind(figures: unknown): Binding;
}

const wordsFor: Readonly<Record<FactName, string>> = {
  now: 'time',
  haltEpoch: 'halt epoch',
  reference: 'reference price',
  position: 'position',
  open: 'quantity of the open orders',
  recent: 'list of recent orders',
  states: 'trading state',
  multiplier: 'contract multiplier',
};

/**
 * Makes a control from its definition; one file and one line in the registry add it.
 *
 * Errors: `INVARIANT_BROKEN` for a limit without a description, which no officer could read.
 */
export function defineControl<Shape extends z.core.$ZodShape, const Needs extends FactName = never>(
  definition: ControlDefinition<Shape, Needs>,
): Control {
  const { id, version, title, question, sources, needs = [], scopes, limits, examples } = definition;
  const fields = Object.entries<z.core.$ZodType>(limits.shape).map(([name, field]) => describedField(name, field));
  const bind = (figures: unknown): Binding => bindLimits(definition, figures);
  return { id, version, title, question, sources, needs, scopes, limits: fields, examples, bind };
}

function describedField(name: string, field: z.core.$ZodType): LimitField {
  const says = z.globalRegistry.get(field)?.description;
  assert(says !== undefined, `limit ${name} says what it means`);
  return { name, says };
}

function bindLimits<Shape extends z.core.$ZodShape, Needs extends FactName>(
  definition: ControlDefinition<Shape, Needs>,
  figures: unknown,
): Binding {
  const { limits: schema, needs = [], check } = definition;
  const decoded = z.safeDecode(schema, figures as z.input<LimitsSchema<Shape>>);
  if (!decoded.success) return { kind: 'refused', problems: describeIssues(decoded.error) };
  const limits = decoded.data;

  function judge(input: CheckInput): Verdict {
    for (const need of needs) {
      if (input.facts[need] === undefined) return refuse(`The ${wordsFor[need]} is not known.`);
    }
    // The loop above has established what KnownFacts claims.
    return check(input as CheckInput<Needs>, limits);
  }
  return { kind: 'bound', judge, limits: asTexts(figures as Readonly<Record<string, unknown>>) };
}

function asTexts(figures: Readonly<Record<string, unknown>>): Figures {
  return Object.fromEntries(Object.entries(figures).map(([name, figure]) => [name, String(figure)]));
}
