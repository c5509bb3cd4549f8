import { wireBytes } from '@gatehouse/shared/journal/batch.ts';
import type { SealedEntry } from '@gatehouse/shared/journal/entry.ts';

/** A batch that is on its way. Units: `bytes` of its encoding. */
export interface SentBatch {
  readonly first: number;
  readonly last: number;
  readonly bytes: number;
}

/**
 * How long a batch may be: what the broker says that it takes, and less where connections end over the same batch.
 *
 * Shape: a broker of MQTT 3.1.1 says nothing and hangs up, so the batch that was first on its way is held to have done it.
 */
export interface BatchBound {
  /** The first of these entries that fit a batch; none where the first alone is too long. */
  fitting(entries: readonly SealedEntry[]): readonly SealedEntry[];
  /** Whether a lone entry that no broker takes waits for its next attempt. */
  readonly isHeld: boolean;
  /** A connection began. Shape: undefined where the broker does not say how long a packet may be. */
  opened(packetBytesMax: number | undefined): void;
  /** Whether one batch may be on its way at a time, since one of those that were on their way ended a connection. */
  readonly isCautious: boolean;
  /** A connection ended while this batch was the first on its way, and nothing was sent beyond the number. */
  closed(batch: SentBatch, sentSeq: number): void;
  /** The entry with this number is too long by itself. */
  tooLong(seq: number, bytes: number): void;
  /** Everything up to here is acknowledged. */
  reached(seq: number): void;
}

/** What a bound works with. Shape: `onTooLong` hears once of each entry that cannot be sent, in words. */
export interface BatchBoundDeps {
  readonly batchBytes: number;
  readonly monotonicMs: () => number;
  readonly onTooLong: (message: string) => void;
}

/** So many connections in a row that end over one batch, and it is halved. */
export const CLOSES_MAX = 2;
/** So many over one entry alone, and it is held: a network that comes and goes ends connections too, and holding costs time. */
export const CLOSES_ALONE_MAX = 6;
/** How long an entry that cannot be sent waits at first, and at most. Units: milliseconds. */
export const HOLD_MS_MIN = 60_000;
export const HOLD_MS_MAX = 600_000;
/** After so long without another cut a longer batch is tried. Units: milliseconds. */
export const LONGER_AFTER_MS = 600_000;

/** What a packet has besides its entries: topic, frame, the first line of the batch and its signed head. Units: bytes. */
const OVERHEAD_BYTES = 4_096;

/** A bound that has seen nothing yet. */
export function createBatchBound({ batchBytes, monotonicMs, onTooLong }: BatchBoundDeps): BatchBound {
  let packetBytes = Number.POSITIVE_INFINITY;
  let learned = batchBytes;
  let changedMs = monotonicMs();
  let over: { readonly first: number; closes: number } | undefined;
  let cautiousTo = 0;
  let held: { readonly seq: number; untilMs: number; holdMs: number } | undefined;

  function hold(seq: number, message: string): void {
    over = undefined;
    const isSame = held?.seq === seq;
    const holdMs = isSame ? Math.min(HOLD_MS_MAX, 2 * (held?.holdMs ?? 0)) : HOLD_MS_MIN;
    held = { seq, holdMs, untilMs: monotonicMs() + holdMs };
    if (!isSame) onTooLong(message);
  }

  function room(): number {
    if (learned < batchBytes && monotonicMs() - changedMs >= LONGER_AFTER_MS) {
      learned = Math.min(batchBytes, 2 * learned);
      changedMs = monotonicMs();
    }
    return Math.min(learned, packetBytes - OVERHEAD_BYTES);
  }

  return {
    get isHeld() {
      return held !== undefined && monotonicMs() < held.untilMs;
    },
    get isCautious() {
      return cautiousTo > 0;
    },
    fitting: (entries) => {
      const most = room();
      let [count, bytes] = [0, 0];
      for (const entry of entries) {
        bytes += wireBytes(entry);
        if (bytes > most) break;
        count += 1;
      }
      // Where the broker does not say what it takes, one entry is always tried.
      const isTried = count === 0 && bytes <= packetBytes - OVERHEAD_BYTES;
      return entries.slice(0, isTried ? 1 : count);
    },
    opened: (given) => {
      packetBytes = given ?? Number.POSITIVE_INFINITY;
    },
    closed: ({ first, last, bytes }, sentSeq) => {
      cautiousTo = Math.max(cautiousTo, sentSeq);
      over = over?.first === first ? over : { first, closes: 0 };
      over.closes += 1;
      const isAlone = first === last;
      if (over.closes < (isAlone ? CLOSES_ALONE_MAX : CLOSES_MAX)) return;
      changedMs = monotonicMs();
      if (isAlone) {
        return hold(first, `the connection to the broker ends whenever entry ${first}, ${bytes} bytes alone, is sent`);
      }
      over = undefined;
      learned = Math.max(1, Math.floor(Math.min(learned, bytes) / 2));
    },
    tooLong: (seq, bytes) =>
      hold(seq, `the broker takes packets of ${packetBytes} bytes, and entry ${seq} alone has ${bytes}`),
    reached: (seq) => {
      if (seq >= cautiousTo) cautiousTo = 0;
      if (over !== undefined && seq >= over.first) over = undefined;
      if (held !== undefined && seq >= held.seq) held = undefined;
    },
  };
}
