import { assert, describeError } from '@gatehouse/shared/errors.ts';
import type { DecisionFacts, RowVerdict, ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import type { z } from 'zod';
import type { CheckInput } from './define-control.ts';
import type { FactFiles } from './fact-files.ts';
import type { OverrideTicket, OwnFacts } from './own-facts.ts';
import { type AppliedRule, isInForce, type RuleLine, type RuleSet, SHEET_ROW } from './rule-set.ts';
import { type Figures, pass, type Remedy, refuse, type Verdict } from './verdict.ts';

const SHEET_ROW_VERSION = 1;
const FAULT_LENGTH_MAX = 500;
const maker = Symbol('gate');

/** What the gate is asked: one order, what is known outside, in files and in the records, and the rules in force. */
export interface DecisionRequest {
  readonly order: Order;
  readonly facts: DecisionFacts;
  readonly files: FactFiles;
  readonly own: OwnFacts;
  readonly rules: RuleSet;
}

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

/**
 * Everything that was said about one order.
 *
 * Shape: `approval` is there exactly when `approved`; `sheet` and `controls` are the hashes of what was judged against;
 *        `tickets` are the overrides that the order used up.
 */
export interface Decision {
  readonly approved: boolean;
  readonly rows: readonly GateRow[];
  readonly facts: DecisionFacts;
  readonly haltEpoch: number;
  readonly order: Order;
  readonly sheet: string;
  readonly controls: string;
  readonly tickets: readonly string[];
  readonly approval?: ApprovedOrder;
}

/** The proof that an order passed. The private field keeps look-alikes out at compile time and at run time. */
class Approval {
  /** A frozen copy, so that what was judged is what is sent. */
  readonly order: Readonly<Order>;
  readonly haltEpoch: number;
  readonly rowCount: number;
  readonly #isGenuine = true;

  constructor(key: symbol, { order, own }: DecisionRequest, rowCount: number) {
    assert(key === maker, 'only the gate approves an order');
    this.order = Object.freeze({ ...order });
    this.haltEpoch = own.haltEpoch;
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
 *         entity and account, and for a live order the sheet's term at the wall time of the facts. A paper order may be judged in
 *         a replayed past, so for paper sheets the caller asks `isInForce` with the wall clock before it uses the rules.
 *         What cannot be answered refuses: a control that the sheet does not name, one that is on but in no scope of the
 *         order, one of another version than the sheet was read for, and one whose check throws. A signed ticket sets aside a
 *         limit that was exceeded, of a control that allows it, for the one order whose terms it names; never a refusal of a
 *         control that could not judge.
 * Source: 17 CFR 240.15c3-5(c); RTS 6 Art. 15.
 */
export function decide(request: DecisionRequest): Decision {
  const { order, facts, files, own, rules } = request;
  const input: CheckInput = { order, facts, files, own, currency: rules.sheet.currency, exposures: [] };
  const rows = [sheetRow(request)];
  for (const applied of rules.appliedTo(order)) rows.push(rowOf(applied, input));

  const used = rows.some(isRefusal) ? setAside(rows, request) : [];
  const approved = rows.every(isClear);
  const decision = {
    approved,
    rows,
    facts,
    haltEpoch: own.haltEpoch,
    order,
    sheet: rules.sheetHash,
    controls: rules.controlsHash,
    // A ticket is for an order that goes out; one that is refused all the same uses up none.
    tickets: approved ? used : [],
  };
  return approved ? { ...decision, approval: new Approval(maker, request, rows.length) } : decision;
}

function sheetRow({ order, facts, rules: { sheet } }: DecisionRequest): GateRow {
  const gaps: string[] = [];
  if (order.environment !== sheet.environment) {
    gaps.push(`The order is for ${order.environment} and the sheet for ${sheet.environment}.`);
  }
  if (order.legalEntity !== sheet.legalEntity) gaps.push('The sheet is of another legal entity.');
  if (!sheet.accounts.includes(order.account)) gaps.push(`The sheet does not cover account ${order.account}.`);
  if (order.environment === 'live' && !isInForce(sheet, facts.wallAt)) {
    gaps.push(`The sheet is not in force at ${instantText(facts.wallAt)}.`);
  }
  const verdict = gaps.length === 0 ? pass('The sheet covers this order.') : refuse(gaps.join(' '));
  return asRow({ id: SHEET_ROW, version: SHEET_ROW_VERSION }, { scope: 'firm', limits: {}, verdict });
}

function rowOf({ line, rule }: AppliedRule, input: CheckInput): GateRow {
  const { control } = line;
  if (rule !== undefined) {
    const { scope, limits } = rule;
    return asRow(control, { scope, limits, verdict: verdictOf(line, rule, input) });
  }
  const scope = 'firm' satisfies ScopeText;
  if (line.kind === 'off') {
    const reason = `The sheet turns this control off: ${line.reason}`;
    return { ...asRow(control, { scope, limits: {}, verdict: pass(reason) }), verdict: 'off' };
  }
  const reason =
    line.kind === 'unnamed'
      ? 'The sheet does not name this control.'
      : 'The sheet has no limits of this control for any scope of this order.';
  return asRow(control, { scope, limits: {}, verdict: refuse(reason) });
}

interface Judged {
  readonly scope: ScopeText;
  readonly limits: Figures;
  readonly verdict: Verdict;
}

function asRow(
  { id, version }: { readonly id: string; readonly version: number },
  { scope, limits, verdict }: Judged,
): GateRow {
  const { kind, reason, figures, remedy, isBeyondLimit } = verdict;
  return { control: id, version, scope, verdict: kind, reason, figures, limits, remedy, isBeyondLimit };
}

function verdictOf({ control, version }: RuleLine, rule: NonNullable<AppliedRule['rule']>, input: CheckInput): Verdict {
  if (control.version !== version) {
    return refuse(`The sheet was read for version ${version} of this control, and version ${control.version} runs.`);
  }
  try {
    const verdict = rule.judge(input, rule.scope);
    return isVerdict(verdict) ? verdict : refuse('The control gave no verdict.');
  } catch (error) {
    return refuse(`The control could not be computed: ${describeError(error).slice(0, FAULT_LENGTH_MAX)}.`);
  }
}

/** What a faulty check hands over is not trusted to be of its type. */
function isVerdict({ kind }: Verdict): boolean {
  return kind === 'pass' || kind === 'refuse' || kind === 'not-applicable';
}

/** Turns exceeded limits that a valid ticket names into overridden rows, and says which tickets that took. */
function setAside(rows: GateRow[], { order, facts, own, rules }: DecisionRequest): readonly string[] {
  const tickets = own.tickets(order).filter(({ to }) => facts.wallAt < to);
  const used = new Set<string>();
  for (const [index, row] of rows.entries()) {
    if (!isRefusal(row) || row.isBeyondLimit !== true || !rules.isOverridable(row.control)) continue;
    const ticket = tickets.find((one) => isNamed(one, row));
    if (ticket === undefined) continue;
    used.add(ticket.id);
    const reason = `Ticket ${ticket.id} sets this refusal aside for this one order: ${row.reason}`;
    rows[index] = { ...row, verdict: 'overridden', reason };
  }
  return [...used];
}

function isNamed({ controls }: OverrideTicket, row: GateRow): boolean {
  return controls.some(({ control, scope }) => control === row.control && scope === row.scope);
}

function isRefusal({ verdict }: GateRow): boolean {
  return verdict === 'refuse';
}

/** Names what lets an order through, so that an unforeseen verdict never does. */
function isClear({ verdict }: GateRow): boolean {
  return verdict === 'pass' || verdict === 'not-applicable' || verdict === 'off' || verdict === 'overridden';
}
