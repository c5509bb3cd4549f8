import type { Timers } from '@gatehouse/edge/sync/timers.ts';

/** The time of a simulated world: nothing waits, the clock goes to whatever is next. Units: milliseconds since its start. */
export interface Schedule extends Timers {
  readonly nowMs: number;
  /** Does the next thing and all that follows from it at once. */
  step(): Promise<void>;
}

interface Planned {
  readonly atMs: number;
  readonly work: () => void;
}

/** So many things may wait; more of them is a world that never comes to rest. */
const PLANNED_MAX = 100_000;

/** A schedule on which nothing is planned. Shape: what is planned for the same moment is done in the order of planning. */
export function createSchedule(): Schedule {
  const planned: Planned[] = [];
  let nowMs = 0;

  function plan(one: Planned): void {
    if (planned.length >= PLANNED_MAX) throw new Error(`more than ${PLANNED_MAX} things are planned`);
    const place = planned.findLastIndex(({ atMs }) => atMs <= one.atMs);
    planned.splice(place + 1, 0, one);
  }

  function after(ms: number, work: () => void): () => void {
    let isOff = false;
    plan({ atMs: nowMs + Math.max(0, ms), work: () => void (isOff || work()) });
    return () => {
      isOff = true;
    };
  }

  return {
    get nowMs() {
      return nowMs;
    },
    after,
    every: (ms, work) => {
      let cancel = (): void => {};
      const again = (): void => {
        cancel = after(ms, () => {
          again();
          work();
        });
      };
      again();
      return () => cancel();
    },
    step: async () => {
      const next = planned.shift();
      if (next === undefined) throw new Error('nothing is planned any more');
      nowMs = Math.max(nowMs, next.atMs);
      next.work();
      // Everything in the world is in memory, so what was started has ended when the loop comes round.
      await new Promise<void>((resolve) => setImmediate(resolve));
    },
  };
}
