import { setImmediate as nextTurn } from 'node:timers/promises';

interface Timer {
  readonly atMs: number;
  readonly wake: () => void;
}

/** Time that passes when a test says so. Units: milliseconds. */
export interface ManualTime {
  readonly monotonicMs: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Wakes what is due on the way, each in its own time, and lets everything that follows from it happen. */
  advance(ms: number): Promise<void>;
  /** Lets everything happen that needs no time. */
  settle(): Promise<void>;
  readonly waiting: number;
}

/** So many turns let any chain of answers in these tests come to its end. */
const TURNS = 3;

/** Time that stands still at zero. */
export function manualTime(): ManualTime {
  const timers = new Set<Timer>();
  let nowMs = 0;

  async function settle(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn += 1) await nextTurn();
  }

  function sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        timers.delete(timer);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const timer: Timer = { atMs: nowMs + Math.max(0, ms), wake };
      timers.add(timer);
      if (signal.aborted) wake();
      else signal.addEventListener('abort', wake, { once: true });
    });
  }

  return {
    monotonicMs: () => nowMs,
    sleep,
    settle,
    advance: async (ms) => {
      const untilMs = nowMs + ms;
      await settle();
      for (;;) {
        const [next] = [...timers].sort((a, b) => a.atMs - b.atMs);
        if (next === undefined || next.atMs > untilMs) break;
        nowMs = Math.max(nowMs, next.atMs);
        next.wake();
        await settle();
      }
      nowMs = untilMs;
    },
    get waiting() {
      return timers.size;
    },
  };
}
