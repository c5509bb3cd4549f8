import type { DecisionBody, DecisionRow } from '@gatehouse/shared/schema/decision.ts';
import type { Decision, GateRow } from './gate.ts';
import { figureTexts } from './verdict.ts';

/** The decision as it is journalled; with the entries before it, it can be made again to the last byte. */
export function decisionBody(decision: Decision): DecisionBody {
  const { approved, order, sheet, controls, haltEpoch, facts, rows, tickets } = decision;
  return {
    v: 2,
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
  const row = { control, version, scope, verdict };
  if (verdict === 'refuse' || verdict === 'overridden') {
    return { ...row, figures: { ...figureTexts(limits), ...figureTexts(figures) }, reason };
  }
  const observed = figureTexts(figures);
  return observed === undefined ? row : { ...row, figures: observed };
}
