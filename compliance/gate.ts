import { assert } from '@gatehouse/shared/errors.ts';
import type { DecisionFacts } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import type { FactFiles } from './fact-files.ts';
import { asRow, type GateInput, type GateRow, isClear, rowOf, withVerdict } from './gate-row.ts';
import { absentParts } from './known-parts.ts';
import type { OverrideTicket, OwnFacts } from './own-facts.ts';
import { isInForce, type RuleSet, SHEET_ROW } from './rule-set.ts';
import type { StandingRows } from './standing-rows.ts';
import { pass, refuse } from './verdict.ts';

export type { GateRow } from './gate-row.ts';

const SHEET_HEAD = { id: SHEET_ROW, version: 1 } as const;
const COVERED: GateRow = Object.freeze(
  asRow(SHEET_HEAD, { scope: 'firm', limits: {}, verdict: pass('The sheet covers this order.') }),
);
const NO_TICKETS: readonly string[] = [];
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
  const { order, facts, own, rules } = request;
  const input = inputOf(request);
  const standing = rules.standing.standing(input);
  const rows = standing.rows.slice();
  rows[0] = sheetRow(request);
  const isClean = judgeOpen(rows, standing, input) && standing.areClear && rows[0] === COVERED;
  const used = isClean ? NO_TICKETS : setAside(rows, request);
  const approved = isClean || rows.every(isClear);
  const { sheetHash: sheet, controlsHash: controls } = rules;
  const { haltEpoch } = own;
  // A ticket is for an order that goes out; one that is refused all the same uses up none.
  if (!approved) return { approved, rows, facts, haltEpoch, order, sheet, controls, tickets: NO_TICKETS };
  const approval = new Approval(maker, request, rows.length);
  return { approved, rows, facts, haltEpoch, order, sheet, controls, tickets: used, approval };
}

function inputOf({ order, facts, files, own, rules }: DecisionRequest): GateInput {
  const input = { order, facts, files, own, currency: rules.sheet.currency, exposures: [] };
  return { ...input, absent: absentParts(input) };
}

/** Judges what does not stand, and says whether all of that lets the order through; what stands unjudged is not clear. */
function judgeOpen(rows: GateRow[], { asked }: StandingRows, input: GateInput): boolean {
  let areClear = true;
  for (let place = 0; place < asked.length; place += 1) {
    const rule = asked[place];
    if (rule === undefined) continue;
    const row = rowOf(rule, input);
    rows[place] = row;
    areClear &&= isClear(row);
  }
  return areClear;
}

function sheetRow(request: DecisionRequest): GateRow {
  const { order, facts, rules } = request;
  const { sheet } = rules;
  const isCovered =
    order.environment === sheet.environment &&
    order.legalEntity === sheet.legalEntity &&
    sheet.accounts.includes(order.account) &&
    (order.environment !== 'live' || isInForce(sheet, facts.wallAt));
  return isCovered ? COVERED : asRow(SHEET_HEAD, { scope: 'firm', limits: {}, verdict: refuse(gapsOf(request)) });
}

function gapsOf({ order, facts, rules: { sheet } }: DecisionRequest): string {
  const gaps: string[] = [];
  if (order.environment !== sheet.environment) {
    gaps.push(`The order is for ${order.environment} and the sheet for ${sheet.environment}.`);
  }
  if (order.legalEntity !== sheet.legalEntity) gaps.push('The sheet is of another legal entity.');
  if (!sheet.accounts.includes(order.account)) gaps.push(`The sheet does not cover account ${order.account}.`);
  if (order.environment === 'live' && !isInForce(sheet, facts.wallAt)) {
    gaps.push(`The sheet is not in force at ${instantText(facts.wallAt)}.`);
  }
  return gaps.join(' ');
}

/** Turns exceeded limits that a valid ticket names into overridden rows, and says which tickets that took. */
function setAside(rows: GateRow[], { order, facts, own, rules }: DecisionRequest): readonly string[] {
  const tickets = own.tickets(order).filter(({ to }) => facts.wallAt < to);
  if (tickets.length === 0) return NO_TICKETS;
  const used = new Set<string>();
  for (const [index, row] of rows.entries()) {
    if (!isRefusal(row) || row.isBeyondLimit !== true || !rules.isOverridable(row.control)) continue;
    const ticket = tickets.find((one) => isNamed(one, row));
    if (ticket === undefined) continue;
    used.add(ticket.id);
    const reason = `Ticket ${ticket.id} sets this refusal aside for this one order: ${row.reason}`;
    rows[index] = withVerdict(row, 'overridden', reason);
  }
  return [...used];
}

function isNamed({ controls }: OverrideTicket, row: GateRow): boolean {
  return controls.some(({ control, scope }) => control === row.control && scope === row.scope);
}

function isRefusal({ verdict }: GateRow): boolean {
  return verdict === 'refuse';
}
