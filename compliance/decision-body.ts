import type { DecisionBody, DecisionRow } from '@gatehouse/shared/schema/decision.ts';
import type { Decision, GateRow } from './gate.ts';
import { figureTexts } from './verdict.ts';

/** The version of the body that decisions are recorded in now. */
const NEWEST: DecisionBody['v'] = 3;

/**
 * The decision as it is journalled; with the entries before it, it can be made again to the last byte.
 *
 * Shape: `v` is that of a decision which is on record already and is compared.
 */
export function decisionBody(decision: Decision, v: DecisionBody['v'] = NEWEST): DecisionBody {
  const { approved, order, sheet, controls, haltEpoch, facts, rows, tickets } = decision;
  return {
    v,
    order: order.id,
    outcome: approved ? 'approved' : 'refused',
    sheet,
    controls,
    haltEpoch,
    facts,
    rows: rows.map(recordedRow),
    ...(tickets.length === 0 ? {} : { tickets: [...tickets] }),
  };
}

/** A refusal is recorded whole, with its limits and its reason; anything else with what was observed. */
function recordedRow({ control, version, scope, verdict, reason, figures, limits }: GateRow): DecisionRow {
  if (verdict === 'refuse' || verdict === 'overridden') {
    return { control, version, scope, verdict, figures: { ...figureTexts(limits), ...figureTexts(figures) }, reason };
  }
  const observed = figureTexts(figures);
  return observed === undefined
    ? { control, version, scope, verdict }
    : { control, version, scope, verdict, figures: observed };
}
