import { controls as registry } from '@gatehouse/compliance/controls/index.ts';
import { createDecisionRecords, type DecisionCase } from '@gatehouse/compliance/decision-records.ts';
import type { Control } from '@gatehouse/compliance/define-control.ts';
import { type Rejudgement, rejudge } from '@gatehouse/compliance/rejudge.ts';
import { createRulesOnRecord, type RulesOnRecord } from '@gatehouse/compliance/rules-on-record.ts';
import type { DecisionBody } from '@gatehouse/shared/schema/decision.ts';
import type { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { type Database, inSnapshot } from '../store/database.ts';
import { type OrderHistory, readOrderHistory } from '../store/pages/order-history.ts';
import { visitEntries } from './visit-entries.ts';

/** A decision as it is recorded and, where it can be made again, with the reasons of all its rows. */
export interface ExplainedDecision {
  readonly recorded: DecisionBody;
  /** The sheet that it names, or why there is none. */
  readonly sheet: Sheet | string;
  /** What came of making it again, or why it cannot be made again. */
  readonly again: Rejudgement | string;
}

/** Everything on record about an order. Shape: without a decision that this release can read, there is none. */
export interface ExplainedOrder {
  readonly history: OrderHistory;
  readonly decided: ExplainedDecision | undefined;
}

const CUT = 'records before it were disposed of, so that it cannot be made again';

/** Says why an order was approved or refused, by making its decision again from all entries before it; undefined for an unknown order. */
export async function explainOrder(
  database: Database,
  orderId: string,
  controls: readonly Control[] = registry,
): Promise<ExplainedOrder | undefined> {
  const history = await readOrderHistory(database, orderId);
  const entry = history?.entries.find(({ kind }) => kind === 'decision');
  if (history === undefined || entry === undefined) return history && { history, decided: undefined };
  const records = createDecisionRecords();
  const rules = createRulesOnRecord(controls);
  let decided: ExplainedDecision | undefined;
  let isCut = false;
  await inSnapshot(database, (tx) => {
    const onDecision = (one: DecisionCase): void => {
      if (one.recorded.order === orderId)
        decided ??= isCut ? { ...explained(one, rules), again: CUT } : explained(one, rules);
    };
    return visitEntries(
      tx,
      {
        onEntry: (visited) => {
          rules.fold(visited.entry);
          records.take(visited.entry, onDecision);
        },
        onUnreadable: () => {},
        onDisposed: () => {
          isCut = true;
        },
      },
      { edge: entry.edge, last: entry.leaf },
    );
  });
  return { history, decided };
}

function explained({ recorded, order, files, own }: DecisionCase, rulesOnRecord: RulesOnRecord): ExplainedDecision {
  const sheet = rulesOnRecord.sheet(recorded.sheet);
  const rules = rulesOnRecord.rules(recorded);
  const obstacle = [order, files, rules].find((part) => typeof part === 'string');
  if (typeof order === 'string' || typeof files === 'string' || typeof rules === 'string') {
    return { recorded, sheet, again: String(obstacle) };
  }
  return { recorded, sheet, again: rejudge({ order, recorded, files, own, rules }) };
}
