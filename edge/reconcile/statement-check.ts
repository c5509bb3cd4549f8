import { compareRecords } from '@gatehouse/shared/accounts/reconcile/compare.ts';
import type { AccountRecords, Comparison, Difference } from '@gatehouse/shared/accounts/reconcile/records.ts';
import { parseStatement, type Statement } from '@gatehouse/shared/accounts/reconcile/statement.ts';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import type { BreakBody } from '@gatehouse/shared/schema/bodies.ts';
import { type Instant, instantText } from '@gatehouse/shared/values/instant.ts';
import type { VenueExecution } from '../venues/venue.ts';
import { journalRecordsAt, type OwnRecords, venueRecords } from './account-records.ts';
import { isOfVenue } from './bounded-answer.ts';
import { recordSteps, type StepRecords } from './record-steps.ts';

/** What came of comparing a statement. Shape: `venueSays` tells why the venue was not compared with it, where it was not. */
export interface StatementReport {
  readonly at: Instant;
  readonly differences: readonly Difference[];
  readonly steps: readonly BreakBody[];
  readonly venueSays?: string;
}

/** What a check works with. */
export interface StatementCheckDeps extends OwnRecords, StepRecords {
  /** The venue's executions from a moment on, bounded in time. Errors: those of the venue. */
  readonly executions: (since: Instant) => Promise<readonly VenueExecution[]>;
}

/**
 * Compares a statement with the journal of its moment, and its executions with the venue's, and records what differs.
 *
 * Errors: `FILE_MALFORMED` with every problem; `COMMAND_INVALID` for another account or venue, or a moment that cannot be told any more.
 */
export async function checkStatement(text: string, deps: StatementCheckDeps): Promise<StatementReport> {
  const { venue, account, records } = parseStatement(text);
  const own = ownAt({ venue, account, records }, deps);
  const withJournal = compareRecords({ ours: own, theirs: records }, { venue, account });
  const { comparison: withVenue, says } = await compareVenue(records, deps);
  const comparisons = [withJournal, ...(withVenue === undefined ? [] : [withVenue])];
  const steps = comparisons.flatMap((one) => recordSteps(deps, one));
  return {
    at: records.at,
    differences: comparisons.flatMap((one) => one.differences),
    steps,
    ...(says === undefined ? {} : { venueSays: says }),
  };
}

function ownAt({ venue, account, records }: Statement, deps: StatementCheckDeps): AccountRecords {
  const problems = [
    ...(venue === deps.venue ? [] : [`it is of venue ${venue}, and this edge trades at ${deps.venue}`]),
    ...(account === deps.account ? [] : [`it is of account ${account}, and this edge trades for ${deps.account}`]),
    ...(records.at <= deps.clock.now() ? [] : [`it is of ${instantText(records.at)}, which is still to come`]),
  ];
  if (problems.length > 0) throw new KitError('COMMAND_INVALID', problems.join('; '), { problems });
  const isSpot = records.positions === undefined && records.balances !== undefined;
  const own = journalRecordsAt(deps, records.at, isSpot ? 'assets' : 'positions');
  if (own !== undefined) return own;
  throw new KitError('COMMAND_INVALID', `what was held at ${instantText(records.at)} cannot be told any more`, {
    hint: 'Compare a statement that is younger, and not of before the last corporate action.',
  });
}

async function compareVenue(
  statement: AccountRecords,
  deps: StatementCheckDeps,
): Promise<{ readonly comparison?: Comparison; readonly says?: string }> {
  if (statement.fills === undefined) return { says: 'The statement names no executions to compare with the venue.' };
  const { since } = statement.fills;
  try {
    const list = (await deps.executions(since)).filter(({ fill }) => fill.at <= statement.at);
    const answer = { at: statement.at, orders: [], balances: [] };
    const { source, at, fills } = venueRecords(deps, answer, { since, list });
    const ours: AccountRecords = { source, at, ...(fills === undefined ? {} : { fills }) };
    const { venue, account } = deps;
    return { comparison: compareRecords({ ours, theirs: statement }, { venue, account }) };
  } catch (error) {
    if (!isOfVenue(error)) throw error;
    return { says: `The venue was not compared: ${describeError(error)}` };
  }
}
