import { decisionBody } from '@gatehouse/compliance/decision-body.ts';
import { type ApprovedOrder, type Decision, decide } from '@gatehouse/compliance/gate.ts';
import type { RuleSet } from '@gatehouse/compliance/rule-set.ts';
import type { Remedy } from '@gatehouse/compliance/verdict.ts';
import type { Bar } from '@gatehouse/shared/market/bar.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Book } from './book.ts';
import { collectFacts, type FactSources } from './decision-facts.ts';
import { createMarking } from './marking.ts';
import type { Recorder } from './recorder.ts';

/** What an order is judged with. */
export interface OrderJudgeDeps {
  readonly book: Book;
  readonly recorder: Recorder;
  readonly sources: FactSources;
  /** Takes an own order back. */
  readonly cancel: (order: string) => unknown;
  /** Told of each decision, for whoever watches. */
  readonly onDecided: (decision: Decision, bar: Bar) => void;
}

/** Puts orders to the gate, and everything that was said on record. */
export interface OrderJudge {
  /** The approval of an order, or undefined where it was refused. */
  judge(order: Order, bar: Bar, rules: RuleSet): ApprovedOrder | undefined;
}

/** Stands behind the id of an order that is sent again after own orders were taken back. */
const AGAIN = 'r';

/**
 * A judge for one edge.
 *
 * Shape: where own resting orders alone stand against an order, they are cancelled as the sheet says, and what then remains of
 *        the order is judged once more, as an order of its own. A venue that answers later leaves that to the strategy.
 */
export function createOrderJudge(deps: OrderJudgeDeps): OrderJudge {
  const { book, recorder, sources } = deps;
  const marking = createMarking(book.own);

  function decideOn(order: Order, bar: Bar, rules: RuleSet): Decision {
    const marks = marking.before(bar);
    if (marks !== undefined) recorder.stage(marks);
    const facts = collectFacts(sources, order, bar);
    const decision = decide({ order, facts, files: sources.facts.files, own: book.own, rules });
    recorder.stage({ kind: 'intent', body: { v: 1, order } });
    recorder.stage({ kind: 'decision', body: decisionBody(decision) });
    deps.onDecided(decision, bar);
    return decision;
  }

  function applied({ cancel, quantity }: Remedy, order: Order): Order | undefined {
    for (const id of cancel) {
      // A cancel that fails later leaves its order open, which the next decision sees.
      const asked = deps.cancel(id);
      if (asked instanceof Promise) asked.catch(() => {});
    }
    const areGone = cancel.every((id) => book.own.openOrder(id) === undefined);
    if (quantity === undefined || !areGone) return undefined;
    return { ...order, id: `${order.id}${AGAIN}`, quantity: quantity as Order['quantity'] };
  }

  return {
    judge: (order, bar, rules) => {
      const decision = decideOn(order, bar, rules);
      const remedy = decision.approved ? undefined : onlyRemedy(decision);
      const again = remedy === undefined ? undefined : applied(remedy, order);
      return again === undefined ? decision.approval : decideOn(again, bar, rules).approval;
    },
  };
}

/** The remedy of a refusal, where nothing else stands against the order. */
function onlyRemedy({ rows }: Decision): Remedy | undefined {
  const refusals = rows.filter(({ verdict }) => verdict === 'refuse');
  const [first, ...more] = refusals;
  return more.length === 0 ? first?.remedy : undefined;
}
