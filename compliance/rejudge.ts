import { canonicalJson } from '@gatehouse/shared/journal/canonical.ts';
import type { DecisionBody, DecisionRow } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { decisionBody as bodyOf } from './decision-body.ts';
import { decide } from './gate.ts';
import type { RuleSet } from './rule-set.ts';

/** A recorded decision with the order and the rules that it names. */
export interface RecordedDecision {
  readonly order: Order;
  readonly decisionBody: DecisionBody;
  readonly rules: RuleSet;
}

/** Where a recorded decision and the one made again part. Shape: `at` is a field, or control and scope of a row. */
export interface Difference {
  readonly at: string;
  readonly recorded: string;
  readonly recomputed: string;
}

const ABSENT = 'absent';

/**
 * Makes a recorded decision again from its own facts and names every difference; none is the only good answer.
 *
 * Shape: rows are compared as canonical JSON, to the last byte and in their order.
 */
export function rejudge({ order, decisionBody: recorded, rules }: RecordedDecision): readonly Difference[] {
  const recomputed = bodyOf(decide({ order, facts: recorded.facts, rules }));
  const fields = (['order', 'sheet', 'controls', 'outcome'] as const).flatMap((at) =>
    differenceAt(at, recorded[at], recomputed[at]),
  );
  return [...fields, ...rowDifferences(recorded.rows, recomputed.rows)];
}

function rowDifferences(recorded: readonly DecisionRow[], recomputed: readonly DecisionRow[]): readonly Difference[] {
  const before = textsByPlace(recorded);
  const after = textsByPlace(recomputed);
  const places = new Set([...before.keys(), ...after.keys()]);
  const differences = [...places].flatMap((at) => differenceAt(at, before.get(at) ?? ABSENT, after.get(at) ?? ABSENT));
  if (differences.length > 0) return differences;
  // Equal row by row, they can still differ in their order or in a row that is there twice.
  return differenceAt('rows', textOf(recorded), textOf(recomputed));
}

function differenceAt(at: string, recorded: string, recomputed: string): readonly Difference[] {
  return recorded === recomputed ? [] : [{ at, recorded, recomputed }];
}

function textsByPlace(rows: readonly DecisionRow[]): ReadonlyMap<string, string> {
  return new Map(rows.map((row) => [`${row.control} ${row.scope}`, rowText(row)]));
}

function textOf(rows: readonly DecisionRow[]): string {
  return `[${rows.map(rowText).join(',')}]`;
}

function rowText({ figures, ...row }: DecisionRow): string {
  return canonicalJson(figures === undefined ? row : { ...row, figures });
}
