import { assert, KitError } from '@gatehouse/shared/errors.ts';
import { canonicalJson, sha256 } from '@gatehouse/shared/journal/canonical.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { AppliedRule, RuleLine, ScopedRule } from './applied-rule.ts';
import type { Control } from './define-control.ts';
import { parseScope, scopeMatcher } from './scopes.ts';
import { StandingMemory } from './standing-rows.ts';

/** The name that the gate's own row carries; no control may have it. */
export const SHEET_ROW = 'sheet';

/** What rules are compiled from. Shape: `sheetHash` is that of the signed document that the sheet was read from. */
export interface RuleSource {
  readonly controls: readonly Control[];
  readonly sheet: Sheet;
  readonly sheetHash: string;
}

/** Controls as decisions name them, with the hash of their list. */
export interface ControlSet {
  readonly hash: string;
  readonly set: readonly { readonly id: string; readonly version: number; readonly title: string }[];
}

/** A sheet in the form that the gate runs. The private field keeps anything but `compileRules` from making one. */
class CompiledRules {
  readonly sheet: Sheet;
  readonly sheetHash: string;
  readonly controlsHash: string;
  readonly #lines: readonly RuleLine[];
  readonly #overridable: ReadonlySet<string>;
  readonly standing: StandingMemory;

  constructor({ sheet, sheetHash, controls }: RuleSource, lines: readonly RuleLine[]) {
    this.sheet = sheet;
    this.sheetHash = sheetHash;
    this.controlsHash = controlSet(controls).hash;
    this.#lines = lines;
    const meetings = lines.map(meetingOf);
    this.standing = new StandingMemory((order) => meetings.flatMap((meeting) => appliedIn(meeting, order)));
    this.#overridable = new Set(lines.flatMap(({ control }) => (control.isOverridable ? [control.id] : [])));
  }

  get lines(): readonly RuleLine[] {
    return this.#lines;
  }

  isOverridable(control: string): boolean {
    return this.#overridable.has(control);
  }

  /** All lines as they meet an order, in the order of the registry. Bound: a line adds at most eight, one for each scope. */
  appliedTo(order: Order): readonly AppliedRule[] {
    return this.standing.appliedTo(order);
  }
}

/** A line with its rules as orders meet them. Shape: made once, so that all orders share them. */
interface Meeting {
  readonly rules: readonly { readonly rule: ScopedRule; readonly applied: AppliedRule }[];
  readonly withoutRule: AppliedRule;
}

function meetingOf(line: RuleLine): Meeting {
  const rules = line.kind === 'on' ? line.rules.map((rule) => ({ rule, applied: { line, rule } })) : [];
  return { rules, withoutRule: { line, rule: undefined } };
}

function appliedIn({ rules, withoutRule }: Meeting, order: Order): readonly AppliedRule[] {
  const found = rules.flatMap(({ rule, applied }) => (rule.applies(order) ? [applied] : []));
  return found.length === 0 ? [withoutRule] : found;
}

/** A sheet made ready for the gate: figures decoded once, scopes as functions. Shape: only `compileRules` makes one. */
export type RuleSet = CompiledRules;

type SheetLine = Sheet['controls'][number];
type LineOn = Extract<SheetLine, { readonly on: unknown }>;

/** What could be read of a part of the sheet, and what is wrong with it. */
interface Compiled<Value> {
  readonly values: readonly Value[];
  readonly problems: readonly string[];
}

/**
 * Makes a sheet ready for the gate, or refuses it as a whole.
 *
 * Shape:  a control that the sheet does not name is no problem here; the gate refuses every order for it.
 * Errors: `SHEET_REFUSED`, listing every problem: an unknown control or version, a figure that is unknown, missing, malformed
 *         or below zero, a line or scope given twice, a kind of scope that the control does not support, an empty term.
 */
export function compileRules(source: RuleSource): RuleSet {
  const { controls, sheet } = source;
  assertRegistry(controls);
  const lines = sheet.controls.map((line) => compileLine(line, controls));
  const problems = [
    ...(isTermEmpty(sheet) ? ['its end is not after its start'] : []),
    ...repeated(sheet.controls.map((line) => line.control)).map((id) => `it names ${id} more than once`),
    ...lines.flatMap((line) => line.problems),
  ];
  if (problems.length > 0) {
    throw new KitError('SHEET_REFUSED', `sheet ${sheet.id}: ${problems.join('; ')}`, {
      hint: 'Correct the sheet, sign it again and load it; the sheet in force stays in force.',
      problems,
    });
  }
  const named = new Map(lines.flatMap(({ values }) => values).map((line) => [line.control.id, line]));
  return new CompiledRules(
    source,
    newestOf(controls).map((control) => named.get(control.id) ?? unnamed(control)),
  );
}

/** The list of controls that decisions name by its hash. Shape: SHA-256 over the canonical JSON of `set`. */
export function controlSet(controls: readonly Control[]): ControlSet {
  const set = controls.map(({ id, version, title }) => ({ id, version, title }));
  return { hash: sha256(canonicalJson(set)).toString('hex'), set };
}

/** Whether a sheet has begun and not ended. Units: `at` is wall time; the end itself is outside. */
export function isInForce(sheet: Sheet, at: Instant): boolean {
  return at >= sheet.from && (sheet.to === undefined || at < sheet.to);
}

function assertRegistry(controls: readonly Control[]): void {
  assert(controls.length > 0, 'the registry holds at least one control');
  assert(
    repeated(controls.map(({ id, version }) => `${id}@${version}`)).length === 0,
    'a control version is listed once',
  );
  assert(!controls.some(({ id }) => id === SHEET_ROW), 'no control has the name of the gate’s own row');
}

function compileLine(line: SheetLine, controls: readonly Control[]): Compiled<RuleLine> {
  const versions = controls.filter(({ id }) => id === line.control);
  const [newest] = newestOf(versions);
  if (newest === undefined) return { values: [], problems: [`this release has no control ${line.control}`] };
  if ('off' in line) {
    return {
      values: [{ control: newest, version: newest.version, kind: 'off', reason: line.off.reason }],
      problems: [],
    };
  }
  const control = versions.find(({ version }) => version === line.version);
  if (control === undefined) {
    const known = versions.map(({ version }) => version).join(', ');
    const problem = `it names version ${line.version} of ${line.control}, and this release has ${known}`;
    return { values: [], problems: [problem] };
  }
  const { values: rules, problems } = compileScopes(line, control);
  return { values: [{ control, version: line.version, kind: 'on', rules }], problems };
}

function compileScopes(line: LineOn, control: Control): Compiled<ScopedRule> {
  const entries = line.on.map((entry) => compileScope(entry, control));
  const twice = repeated(line.on.map(({ scope }) => scope)).map(
    (scope) => `it gives ${line.control} twice for ${scope}`,
  );
  return {
    values: entries.flatMap(({ values }) => values),
    problems: [...twice, ...entries.flatMap(({ problems }) => problems)],
  };
}

function compileScope({ scope, figures }: LineOn['on'][number], control: Control): Compiled<ScopedRule> {
  const { kind } = parseScope(scope);
  const problems = control.scopes.includes(kind)
    ? []
    : [`${control.id} has no limits per ${kind}, only per ${control.scopes.join(', ')}`];

  const bound = control.bind(figures);
  if (bound.kind === 'refused') {
    return { values: [], problems: [...problems, `figures of ${control.id} for ${scope}: ${bound.problems}`] };
  }
  return {
    values: [{ ...bound, control, version: control.version, scope, applies: scopeMatcher(scope) }],
    problems,
  };
}

function unnamed(control: Control): RuleLine {
  return { control, version: control.version, kind: 'unnamed' };
}

function newestOf(controls: readonly Control[]): readonly Control[] {
  return controls.filter(({ id, version }) => !controls.some((other) => other.id === id && other.version > version));
}

function isTermEmpty({ from, to }: Sheet): boolean {
  return to !== undefined && to <= from;
}

function repeated(names: readonly string[]): readonly string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
