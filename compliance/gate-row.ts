import { describeError } from '@gatehouse/shared/errors.ts';
import type { RowVerdict, ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { z } from 'zod';
import type { RuleLine, ScopedRule } from './applied-rule.ts';
import type { CheckInput, Sight } from './check-input.ts';
import type { PartSet } from './known-parts.ts';
import { onlyReducing } from './only-reducing.ts';
import { type Figures, NotKnown, pass, type Remedy, refuse, type Verdict } from './verdict.ts';

const FAULT_LENGTH_MAX = 500;
const NO_LIMITS: Figures = Object.freeze({});

/**
 * What one control said for one scope.
 *
 * Shape: `figures` are what it observed, `limits` those of the sheet; both become text when the decision is written down.
 *        `isBeyondLimit` tells a limit that was exceeded from a control that could not judge.
 */
export interface GateRow {
  readonly control: string;
  readonly version: number;
  readonly scope: ScopeText;
  readonly verdict: z.output<typeof RowVerdict>;
  readonly reason: string;
  readonly figures: Figures;
  readonly limits: Figures;
  readonly remedy: Remedy | undefined;
  readonly isBeyondLimit: true | undefined;
}

/** What is the same in a row for every order: a control or the gate itself, where, and under which limits. */
interface RowSubject {
  readonly control: RowHead;
  readonly scope: ScopeText;
  readonly limits: Figures;
}

/** A row of a verdict. Shape: sixty are made for each order, so each refers to its rule and copies nothing out of it. */
class VerdictRow implements GateRow {
  readonly subject: RowSubject;
  readonly said: Verdict;

  constructor(subject: RowSubject, said: Verdict) {
    this.subject = subject;
    this.said = said;
  }

  get control(): string {
    return this.subject.control.id;
  }

  get version(): number {
    return this.subject.control.version;
  }

  get scope(): ScopeText {
    return this.subject.scope;
  }

  get limits(): Figures {
    return this.subject.limits;
  }

  get verdict(): Verdict['kind'] {
    return this.said.kind;
  }

  get reason(): string {
    return this.said.reason;
  }

  get figures(): Figures {
    return this.said.figures;
  }

  get remedy(): Remedy | undefined {
    return this.said.remedy;
  }

  get isBeyondLimit(): true | undefined {
    return this.said.isBeyondLimit;
  }
}

/** What a row is about: a control, or the gate itself. */
export interface RowHead {
  readonly id: string;
  readonly version: number;
}

/** What the gate asks controls, with what of it is not known, told once for all of them. */
export interface GateInput extends CheckInput {
  readonly absent: PartSet;
}

/** The row of one rule for one order. Shape: what cannot be judged refuses. */
export function rowOf(rule: ScopedRule, input: GateInput): GateRow {
  return new VerdictRow(rule, verdictOf(rule, input));
}

/**
 * The row of one rule for every order that is alike in what its control sees.
 *
 * Shape: undefined where the control sees more than `sight`, where it has to be asked for each order, and where it fails.
 */
export function standingRow(rule: ScopedRule, input: CheckInput, sight: Exclude<Sight, 'all'>): GateRow | undefined {
  const { control, version } = rule;
  if (control.looksAt !== sight || control.version !== version) return undefined;
  const verdict = settled(rule, input);
  if (verdict === undefined || !isVerdict(verdict)) return undefined;
  return new VerdictRow(rule, verdict);
}

/** The row of a line that has nothing to judge an order by: turned off it stands aside, otherwise it refuses. */
export function rowWithoutRule(line: RuleLine): GateRow {
  const { control } = line;
  const scope = 'firm' satisfies ScopeText;
  if (line.kind === 'off') {
    const reason = `The sheet turns this control off: ${line.reason}`;
    return withVerdict(asRow(control, { scope, limits: NO_LIMITS, verdict: pass(reason) }), 'off', reason);
  }
  const reason =
    line.kind === 'unnamed'
      ? 'The sheet does not name this control.'
      : 'The sheet has no limits of this control for any scope of this order.';
  return asRow(control, { scope, limits: NO_LIMITS, verdict: refuse(reason) });
}

/** A row from a verdict. */
export function asRow(control: RowHead, { scope, limits, verdict }: Judged): GateRow {
  return new VerdictRow({ control, scope, limits }, verdict);
}

/** The row with what the gate itself makes of it. */
export function withVerdict(row: GateRow, verdict: GateRow['verdict'], reason: string): GateRow {
  const { control, version, scope, figures, limits, remedy, isBeyondLimit } = row;
  return { control, version, scope, verdict, reason, figures, limits, remedy, isBeyondLimit };
}

/** A verdict with the scope and the limits that it was given for. */
export interface Judged {
  readonly scope: ScopeText;
  readonly limits: Figures;
  readonly verdict: Verdict;
}

/** Names what lets an order through, so that an unforeseen verdict never does. */
export function isClear({ verdict }: GateRow): boolean {
  return verdict === 'pass' || verdict === 'not-applicable' || verdict === 'off' || verdict === 'overridden';
}

function verdictOf(rule: ScopedRule, input: GateInput): Verdict {
  const { control, version, scope } = rule;
  if (control.version !== version) {
    return refuse(`The sheet was read for version ${version} of this control, and version ${control.version} runs.`);
  }
  try {
    const isAllKnown = (input.absent & rule.parts) === 0;
    const said = isAllKnown ? rule.check(input, rule.figures, scope) : rule.judge(input, scope);
    if (said.kind === 'reducing-only') return onlyReducing(input, said.why, said.figures);
    return isVerdict(said) ? said : refuse('The control gave no verdict.');
  } catch (error) {
    if (error instanceof NotKnown) return refuse(error.message);
    return refuse(`The control could not be computed: ${describeError(error).slice(0, FAULT_LENGTH_MAX)}.`);
  }
}

/** A control that fails is asked again for each order, so that each has the failure on record. */
function settled(rule: ScopedRule, input: CheckInput): Verdict | undefined {
  try {
    return rule.settle?.(input, rule.scope);
  } catch {
    return undefined;
  }
}

/** What a faulty check hands over is not trusted to be of its type. */
function isVerdict({ kind }: Verdict): boolean {
  return kind === 'pass' || kind === 'refuse' || kind === 'not-applicable';
}
