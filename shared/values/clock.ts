import { addMs, fromMillis, type Instant } from './instant.ts';

/**
 * What a clock says, and how far it may be wrong.
 *
 * Units: `offsetNs` is what the clock is believed to be ahead of UTC, `uncertaintyNs` how far that belief may be off.
 * Source: Delegated Regulation (EU) 2025/1155, its articles on business clocks, and RTS 25 before them and in the UK
 *         (divergence from UTC has a maximum, and the traceability to UTC is documented).
 */
export interface ClockReading {
  readonly at: Instant;
  readonly source: string;
  readonly offsetNs: bigint;
  readonly uncertaintyNs: bigint;
}

/** Where the time comes from; a process owns one and everything else receives it. */
export interface Clock {
  now(): Instant;
  reading(): ClockReading;
}

/** A clock that stands still until it is told to move, for replays and tests. */
export interface ManualClock extends Clock {
  /** Moves on by whole milliseconds, or back when negative. */
  advance(ms: number): void;
  set(at: Instant): void;
}

/** A clock that shows `start` until it is moved. */
export function manualClock(start: Instant): ManualClock {
  let at = start;
  return {
    now: () => at,
    reading: () => ({ at, source: 'manual', offsetNs: 0n, uncertaintyNs: 0n }),
    advance: (ms) => {
      at = addMs(at, ms);
    },
    set: (next) => {
      at = next;
    },
  };
}

/** How far a computer's clock may be off where nobody has measured it. Units: nanoseconds. */
export const UNMEASURED_UNCERTAINTY_NS = 1_000_000_000n;

/** A clock whose distance from UTC nobody has measured, which its readings say by their width. Units: `wallMs` since 1970. */
export function unmeasuredClock({ source, wallMs }: { readonly source: string; readonly wallMs: () => number }): Clock {
  const now = () => fromMillis(wallMs());
  return { now, reading: () => ({ at: now(), source, offsetNs: 0n, uncertaintyNs: UNMEASURED_UNCERTAINTY_NS }) };
}
