import { isDeepStrictEqual } from 'node:util';
import { canonicalJson, type JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { DecisionBody, type DecisionRow } from '@gatehouse/shared/schema/decision.ts';
import { encode } from '@gatehouse/shared/schema/decode.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { decisionBody } from './decision-body.ts';
import type { FactFiles } from './fact-files.ts';
import { type Decision, decide } from './gate.ts';
import type { OwnFacts } from './own-facts.ts';
import type { RuleSet } from './rule-set.ts';

/** A recorded decision with everything that it was made on. */
export interface RecordedDecision {
  readonly order: Order;
  readonly recorded: DecisionBody;
  readonly files: FactFiles;
  readonly own: OwnFacts;
  readonly rules: RuleSet;
}

/** Where a recorded decision and the one made again part. Shape: `at` is a field, or control and scope of a row. */
export interface Difference {
  readonly at: string;
  readonly recorded: string;
  readonly recomputed: string;
}

/** A decision that was made again. Shape: it is the recorded one where there is no difference. */
export interface Rejudgement {
  readonly decision: Decision;
  readonly differences: readonly Difference[];
}

const ABSENT = 'absent';
/** The fields of a body that its rows are written in; rows are told one by one. */
const ROW_FIELDS: readonly string[] = ['rows', 'scopes'];

/**
 * Makes a recorded decision again and names every difference; none is the only good answer.
 *
 * Shape: whole bodies are compared, to the last byte of their canonical JSON; rows that differ are told one by one.
 */
export function rejudge({ order, recorded, files, own, rules }: RecordedDecision): Rejudgement {
  const decision = decide({ order, facts: recorded.facts, files, own, rules });
  const recomputed = decisionBody(decision, recorded.v);
  // Equal values have equal bytes; this is the case of nearly every decision, and needs no text.
  if (isDeepStrictEqual(recorded, recomputed)) return { decision, differences: [] };
  const before = wireOf(recorded);
  const after = wireOf(recomputed);
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((at) => !ROW_FIELDS.includes(at));
  const ofFields = fields.flatMap((at) => differenceAt(at, fieldText(before[at]), fieldText(after[at])));
  return { decision, differences: [...ofFields, ...rowDifferences(recorded.rows, recomputed.rows)] };
}

type Wire = Readonly<Record<string, JsonValue>>;

function wireOf(body: DecisionBody): Wire {
  // The schema of a body holds nothing but JSON.
  return encode(DecisionBody, body) as unknown as Wire;
}

function rowDifferences(recorded: readonly DecisionRow[], recomputed: readonly DecisionRow[]): readonly Difference[] {
  const before = textsByPlace(recorded);
  const after = textsByPlace(recomputed);
  const places = new Set([...before.keys(), ...after.keys()]);
  const differences = [...places].flatMap((at) => differenceAt(at, before.get(at) ?? ABSENT, after.get(at) ?? ABSENT));
  if (differences.length > 0) return differences;
  // Equal row by row, they can still differ in their order or in a row that is there twice.
  return differenceAt('rows', `[${recorded.map(rowText).join(',')}]`, `[${recomputed.map(rowText).join(',')}]`);
}

function differenceAt(at: string, recorded: string, recomputed: string): readonly Difference[] {
  return recorded === recomputed ? [] : [{ at, recorded, recomputed }];
}

function textsByPlace(rows: readonly DecisionRow[]): ReadonlyMap<string, string> {
  return new Map(rows.map((row) => [`${row.control} ${row.scope}`, rowText(row)]));
}

/** A text is told as it is, anything else as the JSON that is compared. */
function fieldText(value: JsonValue | undefined): string {
  if (value === undefined) return ABSENT;
  return typeof value === 'string' ? value : canonicalJson(value);
}

function rowText({ control, version, scope, verdict, figures, reason }: DecisionRow): string {
  const said = reason === undefined ? [] : [reason];
  return canonicalJson([`${control}@${version}`, scope, verdict, { ...figures }, ...said]);
}
