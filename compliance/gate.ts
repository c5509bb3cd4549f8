import { assert, describeError } from '@gatehouse/shared/errors.ts';
import type { DecisionFacts, DecisionRow, ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import type { CheckInput } from './define-control.ts';
import { isInForce, type RuleLine, type RuleSet, type ScopedRule, SHEET_ROW } from './rule-set.ts';
import { refuse, type Verdict } from './verdict.ts';

const SHEET_ROW_VERSION = 1;
const FAULT_LENGTH_MAX = 500;
const maker = Symbol('gate');

/** What the gate is asked: one order, what is known, and the rules in force. */
export interface DecisionRequest {
  readonly order: Order;
  readonly facts: DecisionFacts;
  readonly rules: RuleSet;
}

/**
 * Everything that was said about one order.
 *
 * Shape: `approval` is there exactly when `approved`; `sheet` and `controls` are the hashes of what was judged against.
 */
export interface Decision {
  readonly approved: boolean;
  readonly rows: readonly DecisionRow[];
  readonly facts: DecisionFacts;
  readonly order: Order;
  readonly sheet: string;
  readonly controls: string;
  readonly approval?: ApprovedOrder;
}

/** The proof that an order passed. The private field keeps look-alikes out at compile time and at run time. */
class Approval {
  /** A frozen copy, so that what was judged is what is sent. */
  readonly order: Readonly<Order>;
  readonly haltEpoch: number;
  readonly rowCount: number;
  readonly #isGenuine = true;

  constructor(key: symbol, { order, facts }: DecisionRequest, rowCount: number) {
    assert(key === maker, 'only the gate approves an order');
    this.order = Object.freeze({ ...order });
    this.haltEpoch = facts.haltEpoch;
    this.rowCount = rowCount;
    Object.freeze(this);
  }

  static isGenuine(value: unknown): value is Approval {
    return typeof value === 'object' && value !== null && #isGenuine in value && value.#isGenuine;
  }
}

/** An order that every control let through, with the halt epoch it was judged in. Shape: only `decide` makes one. */
export type ApprovedOrder = Approval;

/** Whether a value is an approval of the gate itself and not a copy or a look-alike. */
export function isApproved(value: unknown): value is ApprovedOrder {
  return Approval.isGenuine(value);
}

/**
 * Judges one order by every control, in every scope of the sheet that the order lies in.
 *
 * Shape:  pure; nothing short-circuits. The first row, `sheet`, says whether the sheet covers the order: environment, legal
 *         entity and account, and for a live order the sheet's term at the time of the facts. A paper order may be judged in
 *         a replayed past, so for paper sheets the caller asks `isInForce` with the wall clock before it uses the rules.
 *         What cannot be answered refuses: a control that the sheet does not name, one that is on but in no scope of the
 *         order, one of another version than the sheet was read for, and one whose check throws. The limits of the sheet
 *         stand in each row's figures beside what the control observed.
 * Source: 17 CFR 240.15c3-5(c); RTS 6 Art. 15.
 */
export function decide(request: DecisionRequest): Decision {
  const { order, facts, rules } = request;
  const rows = [sheetRow(request)];
  for (const line of rules.lines) addRows(rows, line, request);

  const approved = rows.every(isClear);
  const decision = { approved, rows, facts, order, sheet: rules.sheetHash, controls: rules.controlsHash };
  return approved ? { ...decision, approval: new Approval(maker, request, rows.length) } : decision;
}

function sheetRow({ order, facts, rules: { sheet } }: DecisionRequest): DecisionRow {
  const gaps: string[] = [];
  if (order.environment !== sheet.environment) {
    gaps.push(`The order is for ${order.environment} and the sheet for ${sheet.environment}.`);
  }
  if (order.legalEntity !== sheet.legalEntity) gaps.push('The sheet is of another legal entity.');
  if (!sheet.accounts.includes(order.account)) gaps.push(`The sheet does not cover account ${order.account}.`);
  if (order.environment === 'live' && !isInForce(sheet, facts.now)) {
    gaps.push(`The sheet is not in force at ${instantText(facts.now)}.`);
  }
  return {
    control: SHEET_ROW,
    version: SHEET_ROW_VERSION,
    scope: 'firm',
    verdict: gaps.length === 0 ? 'pass' : 'refuse',
    reason: gaps.length === 0 ? 'The sheet covers this order.' : gaps.join(' '),
  };
}

/** Bound: a scope stands once on a line and an order lies in eight, so a line adds at most eight rows. */
function addRows(rows: DecisionRow[], line: RuleLine, input: CheckInput): void {
  if (line.kind === 'off') {
    rows.push(rowOf(line, 'off', `The sheet turns this control off: ${line.reason}`));
    return;
  }
  if (line.kind === 'unnamed') {
    rows.push(rowOf(line, 'refuse', 'The sheet does not name this control.'));
    return;
  }
  const before = rows.length;
  for (const rule of line.rules) {
    if (rule.applies(input.order)) rows.push(judgedRow(line, rule, input));
  }
  if (rows.length === before) {
    rows.push(rowOf(line, 'refuse', 'The sheet has no limits of this control for any scope of this order.'));
  }
}

function rowOf({ control }: RuleLine, verdict: 'off' | 'refuse', reason: string): DecisionRow {
  return { control: control.id, version: control.version, scope: 'firm' satisfies ScopeText, verdict, reason };
}

function judgedRow(line: RuleLine, rule: ScopedRule, input: CheckInput): DecisionRow {
  const { kind, reason, figures } = verdictOf(line, rule, input);
  return {
    control: line.control.id,
    version: line.control.version,
    scope: rule.scope,
    verdict: kind,
    reason,
    figures: { ...rule.limits, ...figures },
  };
}

function verdictOf({ control, version }: RuleLine, rule: ScopedRule, input: CheckInput): Verdict {
  if (control.version !== version) {
    return refuse(`The sheet was read for version ${version} of this control, and version ${control.version} runs.`);
  }
  try {
    const verdict = rule.judge(input);
    return isVerdict(verdict) ? verdict : refuse('The control gave no verdict.');
  } catch (error) {
    return refuse(`The control could not be computed: ${describeError(error).slice(0, FAULT_LENGTH_MAX)}.`);
  }
}

/** What a faulty check hands over is not trusted to be of its type. */
function isVerdict({ kind }: Verdict): boolean {
  return kind === 'pass' || kind === 'refuse' || kind === 'not-applicable';
}

/** Names what lets an order through, so that an unforeseen verdict never does. */
function isClear({ verdict }: DecisionRow): boolean {
  return verdict === 'pass' || verdict === 'not-applicable' || verdict === 'off';
}
