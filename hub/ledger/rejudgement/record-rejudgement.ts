import type { RejudgeFinding } from '@gatehouse/compliance/rejudge-records.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { type Alarm, raiseAlarms } from '../../store/alarm-rows.ts';
import { type Database, inTransaction } from '../../store/database.ts';
import type { Ledger } from '../append.ts';
import type { HubStream } from '../hub-stream.ts';
import { isSound, type LedgerRejudgement } from './rejudge-ledger.ts';

/** What a difference is put on record with. */
export interface RecordingDeps {
  readonly database: Database;
  readonly ledger: Ledger;
  readonly stream: HubStream;
}

const MESSAGE_LENGTH_MAX = 1_000;

/**
 * Puts on record that decisions or positions did not come out as they are recorded; a sound ledger leaves no trace.
 *
 * Shape: an act in stream `hub` and an alarm on the overview, both or neither; tells whether there was anything to record.
 */
export async function recordRejudgement(deps: RecordingDeps, result: LedgerRejudgement): Promise<boolean> {
  if (isSound(result)) return false;
  const { database, ledger, stream } = deps;
  const [first] = result.findings;
  const alarm: Alarm = {
    code: 'REJUDGE_DIFFERENCE',
    severity: 'alarm',
    message: summaryOf(result),
    ...(first === undefined ? {} : { edge: first.edge, leaf: first.leaf }),
  };
  await inTransaction(database, async (tx) => {
    await stream.appendAct(tx, {
      action: 'rejudge.difference',
      by: 'system',
      after: {
        decisions: `${result.decisions}`,
        equal: `${result.equal}`,
        unreadable: `${result.unreadable}`,
        positions: `${result.positions.length}`,
      },
      note: alarm.message,
    });
    await raiseAlarms(tx, [alarm], instantText(ledger.clock.now()));
  });
  return true;
}

function summaryOf({ decisions, equal, findings, unreadable, positions }: LedgerRejudgement): string {
  const [finding] = findings;
  const [position] = positions;
  const parts = [
    `${decisions - equal} of ${decisions} decisions did not come out as they are recorded`,
    ...(finding === undefined ? [] : [`first ${findingText(finding)}`]),
    ...(unreadable === 0 ? [] : [`${unreadable} records could not be read`]),
    ...(position === undefined
      ? []
      : [
          `${positions.length} positions differ, first ${position.account} ${position.instrument}: projected ${position.projected}, entries ${position.folded}`,
        ]),
  ];
  return parts.join('; ').slice(0, MESSAGE_LENGTH_MAX);
}

/** What a finding says, in one line. */
export function findingText({ order, place, obstacle, differences }: RejudgeFinding): string {
  const what = order === undefined ? 'a record' : `order ${order}`;
  return `${what} at leaf ${place}: ${obstacle ?? `${differences[0]?.at} differs`}`;
}
