import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { BookSnapshot } from './book-snapshot.ts';

/** How far a run came, as its entries tell. */
export type RunRecord = NonNullable<BookSnapshot['run']>;

/**
 * How far the run over market data came.
 *
 * Shape: every bar that closed before `progressAt` is done; the bar that closes at it, or during which it falls, may be half
 *        done, and `isIntended` tells which of its orders exist already.
 */
export interface RunProgress {
  readonly run: RunRecord | undefined;
  start(id: string): void;
  reach(at: Instant): void;
  intend(order: Order): void;
  complete(): void;
  isIntended(order: string): boolean;
}

/** Progress that continues from a record, or of no run yet. */
export function createRunProgress(record: RunRecord | undefined): RunProgress {
  let id = record?.id;
  let isCompleted = record?.isCompleted ?? false;
  let progressAt = record?.progressAt;
  let intentsAt = record?.intentsAt;
  const intents = new Set<string>(record?.intents);

  function reach(at: Instant): void {
    if (id !== undefined && (progressAt === undefined || at > progressAt)) progressAt = at;
  }

  return {
    get run() {
      if (id === undefined) return undefined;
      return {
        id,
        isCompleted,
        intents: [...intents],
        ...(progressAt === undefined ? {} : { progressAt }),
        ...(intentsAt === undefined ? {} : { intentsAt }),
      };
    },
    start: (next) => {
      id = next;
      isCompleted = false;
      progressAt = undefined;
      intentsAt = undefined;
      intents.clear();
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
  };
}
