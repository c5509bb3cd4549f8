import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import type { Ledger } from '../ledger/append.ts';
import type { Database } from '../store/database.ts';
import { type BatchQueue, createBatchQueue, type ReceivedBatch } from './batch-queue.ts';
import { catchUpProjections } from './rebuild-projections.ts';
import { type Committed, takeBatches } from './take-batches.ts';

/** Takes batches from edges into the ledger and tells of what is durable. */
export interface Ingest {
  /** False where the queue is full; the batch is dropped, and its edge sends it again. */
  receive(edge: string, bytes: Uint8Array): boolean;
  /** Hears of each commit after it; gives back how to stop hearing. */
  onCommitted(listener: (committed: Committed) => void): () => void;
  status(): IngestStatus;
  /** Resolves when the transaction that is under way has ended, whatever came of it. */
  settled(): Promise<void>;
  /** Takes what waits, then stops taking. */
  close(): Promise<void>;
}

/** What ingest has done since its start. */
export interface IngestStatus {
  readonly waiting: number;
  readonly dropped: number;
  readonly failures: number;
  readonly entries: number;
}

/** What ingest needs. */
export interface IngestDeps {
  readonly database: Database;
  readonly ledger: Ledger;
  readonly log: (line: string) => void;
}

/** The longest pause after a failed transaction. Units: milliseconds. */
export const RETRY_PAUSE_MS_MAX = 5_000;

const RETRY_PAUSE_MS_MIN = 50;

/**
 * The loop from received batches to committed entries.
 *
 * Shape: it keeps nothing that the database does not have: a batch that could not be committed is dropped, and its edge,
 *        which heard no acknowledgement, sends it again. So several hubs can take from one broker into one database.
 */
export function createIngest(deps: IngestDeps): Ingest {
  const queue = createBatchQueue();
  const listeners = new Set<(committed: Committed) => void>();
  const totals = { failures: 0, entries: 0 };
  let step = Promise.withResolvers<void>();
  let running: Promise<void> | undefined;
  let isClosed = false;

  const tell = (committed: Committed): void => {
    totals.entries += committed.leaves === null ? 0 : committed.leaves.to - committed.leaves.from;
    for (const listener of listeners) listener(committed);
  };
  const fail = (error: unknown): void => {
    totals.failures += 1;
    deps.log(`a batch was not taken and will be sent again: ${describeError(error)}`);
  };
  const stepped = (): void => {
    step.resolve();
    step = Promise.withResolvers();
  };
  const run = async (): Promise<void> => {
    // The caller first finishes what it is doing, so that batches that came together are taken together.
    await Promise.resolve();
    await drain(deps, queue, { tell, fail, stepped, isClosed: () => isClosed });
    running = undefined;
    stepped();
  };
  const wake = (): void => {
    if (queue.length > 0) running ??= run().finally(wake);
  };
  return {
    receive: (edge, bytes) => {
      const isTaken = !isClosed && queue.push({ edge, bytes });
      wake();
      return isTaken;
    },
    onCommitted: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    settled: async () => (running === undefined ? undefined : step.promise),
    status: () => ({ waiting: queue.length, dropped: queue.dropped, ...totals }),
    close: async () => {
      isClosed = true;
      while (running !== undefined) await running;
    },
  };
}

interface Outcome {
  tell(committed: Committed): void;
  fail(error: unknown): void;
  stepped(): void;
  isClosed(): boolean;
}

async function drain(deps: IngestDeps, queue: BatchQueue, outcome: Outcome): Promise<void> {
  let pauseMs = RETRY_PAUSE_MS_MIN;
  while (queue.length > 0) {
    try {
      const committed = await takeTogetherOrAlone(deps, queue.take(), outcome);
      if (!committed) await catchUpProjections(deps.database, outcome.stepped);
      pauseMs = RETRY_PAUSE_MS_MIN;
    } catch (error) {
      outcome.fail(error);
      // What still waits is sent again to the next hub; a database that is away must not keep this one from ending.
      if (outcome.isClosed()) return;
      await pause(pauseMs);
      pauseMs = Math.min(pauseMs * 2, RETRY_PAUSE_MS_MAX);
    }
  }
}

/** False where the projections have to catch up. */
async function takeTogetherOrAlone(
  deps: IngestDeps,
  batches: readonly ReceivedBatch[],
  outcome: Outcome,
): Promise<boolean> {
  try {
    const committed = await takeBatches(deps, batches);
    outcome.tell(committed);
    return committed.isProjected;
  } catch (error) {
    const isOutside = error instanceof KitError && error.treatment.retry === 'later';
    if (isOutside || batches.length === 1) throw error;
  } finally {
    outcome.stepped();
  }
  // One batch must not keep the others from being taken.
  let isProjected = true;
  for (const batch of batches) {
    try {
      isProjected = (await takeTogetherOrAlone(deps, [batch], outcome)) && isProjected;
    } catch (error) {
      outcome.fail(error);
    }
  }
  return isProjected;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
