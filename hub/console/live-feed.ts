/** Tells open pages that something was committed, at most `UPDATES_PER_SECOND_MAX` times a second. */
export interface LiveFeed {
  /** The way to leave again; undefined where too many pages listen already. */
  listen(listener: LiveListener): (() => void) | undefined;
  close(): void;
}

/** A page that listens. Shape: `closed` is told once, when the hub goes down. */
export interface LiveListener {
  readonly changed: () => void;
  readonly closed: () => void;
}

export const UPDATES_PER_SECOND_MAX = 4;
export const LISTENERS_MAX = 200;

const GAP_MS = 1_000 / UPDATES_PER_SECOND_MAX;

/** A feed over the hub's commits: the first is told at once, those that follow closely are told together. */
export function createLiveFeed(onCommitted: (listener: () => void) => () => void): LiveFeed {
  const listeners = new Set<LiveListener>();
  let timer: NodeJS.Timeout | undefined;
  let isWaiting = false;

  const tell = (): void => {
    isWaiting = false;
    timer = setTimeout(rest, GAP_MS);
    timer.unref();
    for (const { changed } of listeners) changed();
  };
  const rest = (): void => {
    timer = undefined;
    if (isWaiting) tell();
  };
  const stop = onCommitted(() => {
    if (timer === undefined) tell();
    else isWaiting = true;
  });

  return {
    listen(listener) {
      if (listeners.size >= LISTENERS_MAX) return undefined;
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      stop();
      clearTimeout(timer);
      for (const { closed } of [...listeners]) closed();
      listeners.clear();
    },
  };
}
