import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { backoffMs } from '../venues/ccxt/backoff.ts';
import { sleepUnless } from './edge-kill.ts';

/** What is to be reached, and with what. Shape: `place` names venue, account and instrument for people. */
export interface Reaching {
  readonly place: string;
  readonly log: (line: string) => void;
  readonly random: (bytes: number) => Uint8Array;
  readonly monotonicMs: () => number;
  readonly signal: AbortSignal;
  /** Units: milliseconds in all. */
  readonly patienceMs?: number;
}

/** So long a start waits for a venue that is down. Units: milliseconds. */
const PATIENCE_MS = 600_000;
const PAUSE_MS = { first: 1_000, most: 30_000 } as const;
const MS_PER_MINUTE = 60_000;

/** The place of a session in words. */
export function placeText(of: { readonly venue: string; readonly account?: string; readonly traded: string }): string {
  return `${of.venue}${of.account === undefined ? '' : `, account ${of.account}`}, ${of.traded}`;
}

/**
 * Does something at a venue that may be down, again and again with growing pauses, and says so each time.
 *
 * Shape:  undefined where the signal aborts first. Only a venue that cannot be reached or does not answer is tried again.
 * Errors: what `act` fails with, with the place named; once the patience is over, the last of its failures.
 */
export async function untilReached<Result>(
  act: () => Promise<Result>,
  reaching: Reaching,
): Promise<Result | undefined> {
  const { log, random, monotonicMs, signal, place, patienceMs = PATIENCE_MS } = reaching;
  const endsAtMs = monotonicMs() + patienceMs;
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      return await act();
    } catch (error) {
      if (signal.aborted) return undefined;
      const pauseMs = backoffMs(failures, PAUSE_MS, random);
      const leftMs = endsAtMs - monotonicMs() - pauseMs;
      if (!isDown(error) || leftMs <= 0) throw namedAt(place, error);
      const minutes = Math.ceil(leftMs / MS_PER_MINUTE);
      log(
        `${place}: ${describeError(error).replace(/\.$/, '')}. Tried again in ${(pauseMs / 1_000).toFixed(1)} s and for ${minutes} min at most; nothing is traded, and "gatehouse kill" works meanwhile`,
      );
      await sleepUnless(pauseMs, signal);
    }
  }
  return undefined;
}

/** A failure with the place in front of it, since its own words are those of whoever answered. */
export function namedAt(place: string, error: unknown): unknown {
  if (!(error instanceof KitError) || error.message.startsWith(place)) return error;
  const { code, message, hint, problems } = error;
  return new KitError(code, `${place}: ${message}`, {
    ...(hint === undefined ? {} : { hint }),
    problems,
    cause: error,
  });
}

function isDown(error: unknown): boolean {
  return error instanceof KitError && (error.code === 'VENUE_UNREACHABLE' || error.code === 'VENUE_SILENT');
}
