/** Remembers when entries became durable, to say how old the oldest one is that the hub does not have. */
export interface LagWatch {
  reached(seq: number): void;
  acked(seq: number): void;
  /** Units: whole seconds, rounded down. */
  seconds(ackedSeq: number): number;
}

/** Marks are set at most so often. Units: milliseconds. */
const MARK_EVERY_MS = 250;
/** Beyond so many marks every second one is dropped: for an old backlog a rough age is enough. */
const MARKS_MAX = 1_000;

/** A watch on a clock that never goes back. */
export function createLagWatch(monotonicMs: () => number): LagWatch {
  let marks: { readonly seq: number; readonly atMs: number }[] = [];
  return {
    reached: (seq) => {
      const atMs = monotonicMs();
      const last = marks.at(-1);
      if (last !== undefined && atMs - last.atMs < MARK_EVERY_MS) return;
      if (marks.length >= MARKS_MAX) marks = marks.filter((_, index) => index % 2 === 0);
      marks.push({ seq, atMs });
    },
    acked: (seq) => {
      marks = marks.filter((mark) => mark.seq > seq);
    },
    seconds: (ackedSeq) => {
      const oldest = marks.find((mark) => mark.seq > ackedSeq);
      return oldest === undefined ? 0 : Math.floor((monotonicMs() - oldest.atMs) / 1_000);
    },
  };
}
