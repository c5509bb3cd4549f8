/** How fast the hub takes what waits. Units: `secondsLeft` at that pace; undefined while there is none to go by. */
export interface CatchUp {
  readonly perSecond: number;
  readonly secondsLeft: number | undefined;
}

/** Follows acknowledgements to tell a pace. */
export interface CatchUpWatch {
  reached(seq: number): void;
  now(pending: number): CatchUp;
}

/** The pace is that of so long. Units: milliseconds. */
const WINDOW_MS = 10_000;
const MARK_EVERY_MS = 500;

/** A watch on a clock that never goes back. */
export function createCatchUpWatch(monotonicMs: () => number): CatchUpWatch {
  let marks: { readonly seq: number; readonly atMs: number }[] = [];
  return {
    reached: (seq) => {
      const atMs = monotonicMs();
      const last = marks.at(-1);
      // A hub that was set back starts anew.
      if (last !== undefined && seq < last.seq) marks = [];
      const isSoon = marks.length > 1 && last !== undefined && atMs - last.atMs < MARK_EVERY_MS;
      marks = [...(isSoon ? marks.slice(0, -1) : marks), { seq, atMs: isSoon ? last.atMs : atMs }];
      marks = marks.filter((mark, index) => index >= marks.length - 2 || atMs - mark.atMs <= WINDOW_MS);
    },
    now: (pending) => {
      const first = marks[0];
      const last = marks.at(-1);
      const spanMs = first === undefined ? 0 : monotonicMs() - first.atMs;
      if (first === undefined || last === undefined || spanMs <= 0) return { perSecond: 0, secondsLeft: undefined };
      const perSecond = ((last.seq - first.seq) * 1_000) / spanMs;
      const secondsLeft = pending === 0 ? 0 : perSecond > 0 ? Math.ceil(pending / perSecond) : undefined;
      return { perSecond: Math.round(perSecond), secondsLeft };
    },
  };
}
