/**
 * The clock that an emulated venue stamps and judges by.
 *
 * Shape: follows the wall clock plus an offset, or stands wherever the test last put it; a shift comes on top of both, so a
 *        venue whose time is wrong can be played without touching the market data.
 * Units: milliseconds since 1970-01-01 UTC.
 */
export interface VenueClock {
  now(): number;
  /** What the time would be without a shift: what the market itself goes by. */
  unshifted(): number;
  /** Moves the venue's time away from what it would be; a second call replaces the first. */
  shift(ms: number): void;
  /** From now on the clock stands where the test puts it. */
  drive(ms: number): void;
  /** Goes back to the wall clock. */
  release(): void;
}

/** A venue clock. Shape: `startMs` puts it under the test's hand from the start; otherwise it follows the wall clock. */
export function createVenueClock(options: { readonly startMs?: number; readonly offsetMs?: number } = {}): VenueClock {
  let driven = options.startMs;
  let shiftMs = options.offsetMs ?? 0;
  return {
    now: () => Math.trunc((driven ?? Date.now()) + shiftMs),
    unshifted: () => driven ?? Date.now(),
    shift(ms) {
      shiftMs = ms;
    },
    drive(ms) {
      driven = ms;
    },
    release() {
      driven = undefined;
    },
  };
}
