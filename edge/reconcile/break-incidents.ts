import type { BreakBody, IncidentBody } from '@gatehouse/shared/schema/bodies.ts';

/** Causes that a person must know of, but need not run for. */
const MINOR: ReadonlySet<BreakBody['cause']> = new Set(['rounding', 'timing', 'fee']);

/** The alarm of a break that was found just now; undefined for any other step. */
export function incidentOf(body: BreakBody): IncidentBody | undefined {
  if (body.step !== 'found') return undefined;
  return {
    v: 1,
    code: 'BREAK_FOUND',
    severity: MINOR.has(body.cause) ? 'warning' : 'alarm',
    message: `${breakWords(body)} (${body.cause ?? 'not-known'}); break ${body.id}.`,
    hint: 'Look at it with "gatehouse breaks"; no record was changed to make the two agree.',
  };
}

/** What differs, in words. */
export function breakWords({ between: [ours, theirs], subject, key, ...figures }: BreakBody): string {
  const mine = figures.ours ?? 'nothing';
  const other = figures.theirs ?? 'nothing';
  return `The ${subject} ${key} at ${figures.venue} is ${mine} in the ${ours} and ${other} in the ${theirs}`;
}
