import { KitError } from '@gatehouse/shared/errors.ts';
import type { Clock, ClockReading } from '@gatehouse/shared/values/clock.ts';
import { fromMillis, type Instant, toMillis } from '@gatehouse/shared/values/instant.ts';

/** What the exchange's clock is to ours. Units: `serverMs` is what it showed at `atMonotonicMs` of our own uptime. */
interface Fix {
  readonly serverMs: number;
  readonly atMonotonicMs: number;
  readonly roundTripMs: number;
}

/**
 * The exchange's time, kept by our own uptime, so that a jump of the computer's clock moves nothing.
 *
 * Shape: the sample with the shortest round trip counts; the exchange read its clock somewhere within it, so half of it is the uncertainty.
 */
export interface ServerTime {
  /** Takes several samples; who asks meanwhile waits for the same ones. Errors: what `ask` fails with where none came back. */
  measure(): Promise<void>;
  /** Units: milliseconds since 1970 by the exchange's clock. Errors: `VENUE_UNREACHABLE` before the first measurement. */
  nowMs(): number;
  /** The exchange's time as an instant. */
  now(): Instant;
  /** Why nothing may be signed with this time now; nothing where it may. Shape: one that was measured just now has no age. */
  fault(measured?: 'just-now'): string | undefined;
  /** Marks the fix as wrong, as the exchange said; it must be measured before anything is sent again. */
  distrust(): void;
  /** Looks at a stamp that the exchange set on a message: one from our future shows that its clock is another than we think. */
  see(stampMs: number): void;
  /** What the exchange's clock says against ours. */
  reading(): ClockReading | undefined;
}

/** What a server time is kept with. Shape: `ask` answers with the exchange's time in milliseconds. */
export interface ServerTimeDeps {
  readonly ask: () => Promise<number>;
  readonly clock: Clock;
  readonly monotonicMs: () => number;
  readonly limits: { readonly samples: number; readonly ageMsMax: number; readonly roundTripMsMax: number };
}

const NANOS_PER_MS = 1_000_000n;
/** As far ahead as the exchange itself lets a stamp of ours be. */
const AHEAD_MS = 1_000;

/** A time that nobody has measured yet. */
export function createServerTime(deps: ServerTimeDeps): ServerTime {
  return new MeasuredTime(deps);
}

class MeasuredTime implements ServerTime {
  readonly #deps: ServerTimeDeps;
  #fix: Fix | undefined;
  #isDistrusted = false;
  #measuring: Promise<void> | undefined;

  constructor(deps: ServerTimeDeps) {
    this.#deps = deps;
  }

  measure(): Promise<void> {
    this.#measuring ??= this.#takeSamples().finally(() => {
      this.#measuring = undefined;
    });
    return this.#measuring;
  }

  nowMs(): number {
    if (this.#fix !== undefined) {
      const { serverMs, atMonotonicMs } = this.#fix;
      return Math.floor(serverMs + this.#deps.monotonicMs() - atMonotonicMs);
    }
    throw new KitError('VENUE_UNREACHABLE', 'the exchange’s time is not known', {
      hint: 'Nothing can be signed before it is; the connector goes on asking by itself.',
    });
  }

  now(): Instant {
    return fromMillis(this.nowMs());
  }

  fault(measured?: 'just-now'): string | undefined {
    const { limits, monotonicMs } = this.#deps;
    if (this.#fix === undefined) return 'the exchange’s time is not known';
    if (this.#isDistrusted) return 'the exchange said that its time is another';
    const { roundTripMs, atMonotonicMs } = this.#fix;
    if (roundTripMs > limits.roundTripMsMax)
      return `the exchange’s time took ${Math.round(roundTripMs)} ms to come, more than ${limits.roundTripMsMax}`;
    const ageMs = monotonicMs() - atMonotonicMs;
    return measured === undefined && ageMs > limits.ageMsMax
      ? `the exchange’s time was measured ${Math.round(ageMs)} ms ago, more than ${limits.ageMsMax}`
      : undefined;
  }

  distrust(): void {
    this.#isDistrusted = true;
  }

  see(stampMs: number): void {
    // A message that took its time comes from the past, so that only the future speaks against us.
    if (this.#fix !== undefined && stampMs - this.nowMs() > this.#fix.roundTripMs + AHEAD_MS) this.distrust();
  }

  reading(): ClockReading | undefined {
    if (this.#fix === undefined) return undefined;
    const at = this.#deps.clock.now();
    const aheadMs = toMillis(at) - this.nowMs();
    const uncertaintyNs = BigInt(Math.ceil(this.#fix.roundTripMs / 2) + 1) * NANOS_PER_MS;
    return { at, source: 'binance', offsetNs: BigInt(aheadMs) * NANOS_PER_MS, uncertaintyNs };
  }

  async #takeSamples(): Promise<void> {
    const { ask, monotonicMs, limits } = this.#deps;
    let best: Fix | undefined;
    let failure: unknown;
    for (let sample = 0; sample < limits.samples; sample += 1) {
      const sentMs = monotonicMs();
      try {
        const serverMs = await ask();
        const heardMs = monotonicMs();
        const found = { serverMs, atMonotonicMs: (sentMs + heardMs) / 2, roundTripMs: heardMs - sentMs };
        if (best === undefined || found.roundTripMs < best.roundTripMs) best = found;
      } catch (error) {
        failure = error;
      }
    }
    if (best === undefined) throw failure;
    this.#fix = best;
    this.#isDistrusted = false;
  }
}
