import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { BookSnapshot } from './book-snapshot.ts';

/** How far a run came, as its entries tell. */
export type RunRecord = NonNullable<BookSnapshot['run']>;

/**
 * How far the runs over market data came; one of them at a time goes on.
 *
 * Shape: every bar that closed before `progressAt` is done; the bar that closes at it, or during which it falls, may be half
 *        done, and `isIntended` tells which of its orders exist already. No run is forgotten: it would make its orders again.
 */
export interface RunProgress {
  readonly run: RunRecord | undefined;
  /** The runs that stand still, in the order in which they last did something. */
  readonly earlier: readonly RunRecord[];
  /** Begins a run, or goes on with one where it was. */
  start(id: string): void;
  reach(at: Instant): void;
  intend(order: Order): void;
  complete(): void;
  isIntended(order: string): boolean;
  /** What is known of a run, whichever it is. */
  find(id: string): RunRecord | undefined;
}

/** Progress that continues from records, or of no run yet. */
export function createRunProgress(record: RunRecord | undefined, stopped: readonly RunRecord[] = []): RunProgress {
  const earlier = new Map(stopped.map((run) => [run.id, run]));
  const intents = new Set<string>();
  let id: string | undefined;
  let isCompleted = false;
  let progressAt: Instant | undefined;
  let intentsAt: Instant | undefined;

  function take(run: RunRecord): void {
    id = run.id;
    isCompleted = run.isCompleted;
    progressAt = run.progressAt;
    intentsAt = run.intentsAt;
    intents.clear();
    for (const order of run.intents) intents.add(order);
  }

  function current(): RunRecord | undefined {
    if (id === undefined) return undefined;
    return {
      id,
      isCompleted,
      intents: [...intents],
      ...(progressAt === undefined ? {} : { progressAt }),
      ...(intentsAt === undefined ? {} : { intentsAt }),
    };
  }

  function reach(at: Instant): void {
    if (id !== undefined && (progressAt === undefined || at > progressAt)) progressAt = at;
  }

  if (record !== undefined) take(record);
  return {
    get run() {
      return current();
    },
    get earlier() {
      return [...earlier.values()];
    },
    start: (next) => {
      if (next === id) return;
      const before = current();
      if (before !== undefined) earlier.set(before.id, before);
      take(earlier.get(next) ?? { id: next, isCompleted: false, intents: [] });
      earlier.delete(next);
    },
    reach,
    intend: (order) => {
      reach(order.decidedAt);
      // Only the newest bar can be half done, so older ids need not be kept.
      if (order.decidedAt !== intentsAt) intents.clear();
      intentsAt = order.decidedAt;
      intents.add(order.id);
    },
    complete: () => {
      isCompleted = true;
    },
    isIntended: (order) => intents.has(order),
    find: (wanted) => (wanted === id ? current() : earlier.get(wanted)),
  };
}
