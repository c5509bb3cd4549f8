/** Timers that one server owns, so that stopping it leaves none behind. */
export interface Timers {
  later(ms: number, then: () => void): void;
  every(ms: number, then: () => void): void;
  clear(): void;
}

/** No timers yet. */
export function createTimers(): Timers {
  const waiting = new Set<NodeJS.Timeout>();
  return {
    later(ms, then) {
      const timer = setTimeout(() => {
        waiting.delete(timer);
        then();
      }, ms);
      waiting.add(timer);
    },
    every(ms, then) {
      waiting.add(setInterval(then, ms));
    },
    clear() {
      for (const timer of waiting) clearTimeout(timer);
      waiting.clear();
    },
  };
}
