import type { BreakBody } from '../../schema/bodies.ts';
import type { Instant } from '../../values/instant.ts';
import { gapOf } from './break-id.ts';
import type { Comparison, Difference } from './records.ts';

/** What is on record about breaks. */
export interface KnownBreaks {
  /** Those that are not over, by their id, as their newest step has them. */
  readonly open: ReadonlyMap<string, BreakBody>;
  /** Executions that a person has put an end to, by the id of the break, with what differed then. */
  readonly settled: ReadonlyMap<string, string>;
  /** Differences that are too young to be breaks. */
  readonly waiting: ReadonlySet<string>;
}

/**
 * The steps that a comparison adds to the record of breaks.
 *
 * Shape: a difference is found once; again, under its id and with its owner, only where what differs has changed, since an explanation
 *        of another figure explains nothing. A break is resolved only where both records speak of it and agree by themselves.
 */
export function breakSteps(comparison: Comparison, known: KnownBreaks, now: Instant): readonly BreakBody[] {
  const differing = new Set(comparison.differences.map(({ id }) => id));
  const ripe = comparison.differences.filter(({ id }) => !known.waiting.has(id));
  const found = ripe.flatMap((difference) => foundStep(difference, known, now));
  const resolved = [...known.open.values()]
    .filter((open) => !differing.has(open.id) && agreesOn(open, comparison))
    .map((open) => resolvedStep(open, now));
  return [...found, ...resolved];
}

function foundStep(difference: Difference, { open, settled }: KnownBreaks, now: Instant): readonly BreakBody[] {
  const { id, gap, ours, theirs, subject, between, venue, account, key, cause } = difference;
  const before = open.get(id);
  if (before !== undefined && gapOf(before) === gap) return [];
  if (before === undefined && settled.get(id) === gap) return [];
  return [
    {
      v: 1,
      id,
      step: 'found',
      subject,
      between,
      venue,
      account,
      key,
      ours,
      theirs,
      cause,
      ...(before?.owner === undefined ? {} : { owner: before.owner }),
      since: before?.since ?? now,
      at: now,
    },
  ];
}

function agreesOn(open: BreakBody, { place, between, subjects, agreedFills }: Comparison): boolean {
  if (open.venue !== place.venue || open.account !== place.account) return false;
  if (open.between[0] !== between[0] || open.between[1] !== between[1]) return false;
  return open.subject === 'fill' ? agreedFills.has(open.key) : subjects.has(open.subject);
}

function resolvedStep(open: BreakBody, now: Instant): BreakBody {
  // A cause that a person has named says more than that the records came together.
  const cause = open.step === 'explained' && open.cause !== undefined ? open.cause : 'late-report';
  return { ...open, step: 'resolved', cause, at: now, note: 'Both records say the same now.' };
}
