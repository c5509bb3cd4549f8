/**
 * The clock of an emulated venue.
 *
 * Shape: `now` is what the venue stamps on what happens: the wall clock, or wherever the test last put it. `server` is the time
 *        that the venue says it has and judges requests by; it stays on the wall clock while the market is driven, since a
 *        client cannot measure a clock that leaps with each bar, unless the clock was made to go by the market. A shift comes
 *        on top of all but `unshifted`, so a venue whose time is wrong can be played without touching the market.
 * Units: milliseconds since 1970-01-01 UTC.
 */
export interface VenueClock {
  now(): number;
  server(): number;
  /** What the time would be without a shift: what the market itself goes by. */
  unshifted(): number;
  /** Moves the venue's time away from what it would be; a second call replaces the first. */
  shift(ms: number): void;
  /** From now on the clock stands where the test puts it. */
  drive(ms: number): void;
  /** Goes back to the wall clock. */
  release(): void;
}

/** What a venue clock is made with. Shape: `startMs` puts it under the test's hand from the start. */
export interface VenueClockOptions {
  readonly startMs?: number;
  readonly offsetMs?: number;
  readonly server?: 'wall' | 'market';
}

/** A venue clock; it follows the wall clock until it is driven. */
export function createVenueClock(options: VenueClockOptions = {}): VenueClock {
  let driven = options.startMs;
  let shiftMs = options.offsetMs ?? 0;
  return {
    now: () => Math.trunc((driven ?? Date.now()) + shiftMs),
    server: () => Math.trunc((options.server === 'market' ? (driven ?? Date.now()) : Date.now()) + shiftMs),
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
