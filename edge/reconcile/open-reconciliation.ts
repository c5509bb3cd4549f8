import { join } from 'node:path';
import type { Journal } from '../journal/journal-types.ts';
import { answerWithin } from './bounded-answer.ts';
import { createBreakDesk } from './break-desk.ts';
import { confirmedMarkIn } from './confirmed-mark.ts';
import { createReconcileCommands, type ReconcileCommands } from './reconcile-commands.ts';
import { createReconciler, type Reconciler, type ReconcilerDeps } from './reconciler.ts';
import { checkStatement } from './statement-check.ts';

/** What the reconciliation of an edge is put together from. */
export interface ReconciliationDeps extends Omit<ReconcilerDeps, 'mark' | 'record'> {
  /** The edge's data folder, which the confirmed moment lies in. */
  readonly root: string;
  readonly journal: Pick<Journal, 'durable'>;
  readonly newId: (prefix: string) => string;
  readonly book: ReconcilerDeps['book'] & { readonly reconciliation: ReconcilerDeps['record'] };
}

/** The reconciler of an edge, and what people may ask of it. */
export interface Reconciliation {
  readonly reconciler: Reconciler;
  readonly commands: ReconcileCommands;
}

/** A statement waits no longer than this for the venue. Units: milliseconds. */
const ANSWER_MS_MAX = 15_000;

/** Reconciliation of one account at one venue. Shape: nothing runs before its reconciler is asked or started. */
export function openReconciliation(deps: ReconciliationDeps): Reconciliation {
  const { root, journal, book, recorder, clock, connection, sleep, venue, account } = deps;
  const mark = confirmedMarkIn(join(root, `reconciled-${venue}@${account}`));
  const all: ReconcilerDeps = { ...deps, record: book.reconciliation, mark };
  const reconciler = createReconciler(all);
  const desk = createBreakDesk(deps);
  const executions = (since: Parameters<typeof connection.executions>[0]) =>
    answerWithin({ what: 'executions', msMax: ANSWER_MS_MAX, sleep }, () => connection.executions(since));
  const commands = createReconcileCommands({
    reconciler,
    desk,
    check: (text) => checkStatement(text, { ...all, executions }),
    durable: () => journal.durable(recorder.flush()),
    clock,
  });
  return { reconciler, commands };
}
