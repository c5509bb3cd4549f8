/** Bytes that came for an edge. */
export interface ReceivedBatch {
  readonly edge: string;
  readonly bytes: Uint8Array;
}

/** Batches that wait for the next transaction. */
export interface BatchQueue {
  /** False where the queue is full: the batch is dropped, and its edge sends it again. */
  push(batch: ReceivedBatch): boolean;
  /** Takes the oldest batches, as many as one transaction may hold. */
  take(): readonly ReceivedBatch[];
  readonly length: number;
  readonly dropped: number;
}

/** How much may wait. Units: bytes. */
export const QUEUE_BYTES_MAX = 64 * 1024 * 1024;

/** How many batches may wait. */
export const QUEUE_BATCHES_MAX = 4_096;

/** How much one transaction takes. Units: bytes. */
export const TAKE_BYTES_MAX = 8 * 1024 * 1024;

/** How many batches one transaction takes. */
export const TAKE_BATCHES_MAX = 256;

/** A queue that never grows beyond its bounds. */
export function createBatchQueue(): BatchQueue {
  let waiting: ReceivedBatch[] = [];
  let waitingBytes = 0;
  let dropped = 0;
  return {
    push: (batch) => {
      const isFull = waiting.length >= QUEUE_BATCHES_MAX || waitingBytes + batch.bytes.length > QUEUE_BYTES_MAX;
      if (isFull) {
        dropped += 1;
        return false;
      }
      waiting.push(batch);
      waitingBytes += batch.bytes.length;
      return true;
    },
    take: () => {
      const count = takeable(waiting);
      const taken = waiting.slice(0, count);
      waiting = waiting.slice(count);
      waitingBytes -= bytesOf(taken);
      return taken;
    },
    get length() {
      return waiting.length;
    },
    get dropped() {
      return dropped;
    },
  };
}

/** At least one, whatever its size. */
function takeable(waiting: readonly ReceivedBatch[]): number {
  let bytes = 0;
  for (const [index, batch] of waiting.slice(0, TAKE_BATCHES_MAX).entries()) {
    bytes += batch.bytes.length;
    if (index > 0 && bytes > TAKE_BYTES_MAX) return index;
  }
  return Math.min(waiting.length, TAKE_BATCHES_MAX);
}

function bytesOf(batches: readonly ReceivedBatch[]): number {
  return batches.reduce((sum, { bytes }) => sum + bytes.length, 0);
}
