import type { DecisionBody } from '@gatehouse/shared/schema/decision.ts';
import type { Decision } from './gate.ts';

/** The decision as it is journalled, complete enough to be made again. */
export function decisionBody({ approved, order, sheet, controls, facts, rows }: Decision): DecisionBody {
  const outcome = approved ? 'approved' : 'refused';
  return { v: 1, order: order.id, outcome, sheet, controls, facts, rows: [...rows] };
}
