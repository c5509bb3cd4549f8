import { describeError, KitError } from '@gatehouse/shared/errors.ts';

/** How long an answer is waited for. Units: milliseconds. */
export interface Patience {
  readonly what: string;
  readonly msMax: number;
  /** Waits, or as long as nothing ends the wait; never rejects. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * An answer of the venue, waited for so long and no longer.
 *
 * Errors: those of the venue; `VENUE_SILENT` where none comes in time or it is none that can be used; `INVARIANT_BROKEN` as it is.
 */
export async function answerWithin<Answer>(
  { what, msMax, sleep }: Patience,
  ask: () => Promise<Answer> | Answer,
): Promise<Answer> {
  const over = new AbortController();
  const late = sleep(msMax, over.signal).then((): never => {
    throw new KitError('VENUE_SILENT', `no answer about ${what} within ${msMax} ms`);
  });
  // The answer may come first, and then nobody waits for the other any more.
  late.catch(() => {});
  try {
    return await Promise.race([Promise.resolve().then(ask), late]);
  } catch (cause) {
    if (isOfVenue(cause) || (cause instanceof KitError && cause.code === 'INVARIANT_BROKEN')) throw cause;
    throw new KitError('VENUE_SILENT', `no usable answer about ${what}: ${describeError(cause)}`, { cause });
  } finally {
    over.abort();
  }
}

/** What the venue or the way to it causes is told and tried again; all else is a failure of ours. */
export function isOfVenue(error: unknown): boolean {
  return error instanceof KitError && error.code.startsWith('VENUE_');
}
