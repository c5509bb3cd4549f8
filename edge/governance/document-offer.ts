import { describeError, type ErrorCode, KitError } from '@gatehouse/shared/errors.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';

/**
 * What became of a document that somebody handed in.
 *
 * Shape: `in-force` was accepted before and changes nothing; `says` is a sentence for whoever handed it in.
 */
export interface OfferAnswer {
  readonly kind: 'accepted' | 'in-force' | 'refused';
  readonly says: string;
  readonly problems: readonly string[];
}

/** How a document is handed in. Shape: `record` puts entries on record at once, in one group. Units: `at` is wall time. */
export interface OfferContext {
  readonly at: Instant;
  record(entries: readonly EntryBody[]): void;
}

/** The longest message of an incident. Units: characters. */
const MESSAGE_LENGTH_MAX = 2_000;
const MORE_LENGTH = 30;

/** The answer to a refused document, with the incident that stays of the attempt. Errors: what is no `KitError` is our own fault. */
export function refusal(
  error: unknown,
  code: ErrorCode,
): { readonly answer: OfferAnswer; readonly incident: EntryBody } {
  if (!(error instanceof KitError) || error.code === 'INVARIANT_BROKEN') throw error;
  const problems = error.problems.length > 0 ? error.problems : [error.message];
  return {
    answer: { kind: 'refused', says: describeError(error), problems },
    incident: incidentOf(code, problems, error.hint),
  };
}

/** An incident that lists as many problems as it has room for, and says how many more there were. */
export function incidentOf(code: string, problems: readonly string[], hint: string | undefined): EntryBody {
  return {
    kind: 'incident',
    body: { v: 1, code, severity: 'alarm', message: asMessage(problems), ...(hint === undefined ? {} : { hint }) },
  };
}

function asMessage(problems: readonly string[]): string {
  const shown: string[] = [];
  let length = MORE_LENGTH;
  for (const problem of problems) {
    length += problem.length + 2;
    if (length > MESSAGE_LENGTH_MAX) break;
    shown.push(problem);
  }
  const more = problems.length - shown.length;
  if (shown.length === 0) return (problems[0] ?? 'no reason').slice(0, MESSAGE_LENGTH_MAX);
  return more === 0 ? shown.join('; ') : `${shown.join('; ')}; and ${more} more`;
}
