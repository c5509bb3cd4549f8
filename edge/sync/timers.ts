/** How waiting is done; whoever replays a run gives timers of its own. Units: milliseconds. */
export interface Timers {
  /** Calls once, after a time; gives back how to call it off. */
  after(ms: number, work: () => void): () => void;
  /** Calls again and again; gives back how to end it. */
  every(ms: number, work: () => void): () => void;
}

/** The timers of the system. */
export const systemTimers: Timers = {
  after: (ms, work) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
  every: (ms, work) => {
    const timer = setInterval(work, ms);
    return () => clearInterval(timer);
  },
};
