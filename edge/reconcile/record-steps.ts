import { breakSteps } from '@gatehouse/shared/accounts/reconcile/break-steps.ts';
import type { Comparison } from '@gatehouse/shared/accounts/reconcile/records.ts';
import type { BreakBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import type { Recorder } from '../engine/recorder.ts';
import type { OwnRecords } from './account-records.ts';
import { incidentOf } from './break-incidents.ts';

/** Where steps are recorded. */
export interface StepRecords extends Pick<OwnRecords, 'book' | 'record'> {
  readonly recorder: Pick<Recorder, 'stage' | 'flush'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Puts on record what a comparison adds to the breaks, with the alarm of each new one. Shape: those that wait are no breaks yet. */
export function recordSteps(
  { book, record, recorder, clock }: StepRecords,
  comparison: Comparison,
  waiting: ReadonlySet<string> = new Set(),
): readonly BreakBody[] {
  const open = new Map(book.breaks.all.map((one) => [one.id, one]));
  const steps = breakSteps(comparison, { open, settled: record.settled, waiting }, clock.now());
  for (const body of steps) {
    recorder.stage({ kind: 'break', body });
    const incident = incidentOf(body);
    if (incident !== undefined) recorder.stage({ kind: 'incident', body: incident });
  }
  if (steps.length > 0) recorder.flush();
  return steps;
}
