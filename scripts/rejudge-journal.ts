import { randomBytes } from 'node:crypto';
import { controls } from '@gatehouse/compliance/controls/index.ts';
import { createRejudge, type Rejudge, type RejudgeResult } from '@gatehouse/compliance/rejudge-records.ts';
import { loadEdgeKey } from '@gatehouse/edge/journal/edge-key.ts';
import { openJournal } from '@gatehouse/edge/journal/journal.ts';
import { systemClock } from '@gatehouse/hub/system-clock.ts';
import { journalIn, visitJournalEntries } from './journal-entries.ts';

/** What came of judging the journal of an edge again. Shape: `keptFromSeq` is above 1 where earlier segments are gone. */
export interface JournalRejudgement extends RejudgeResult {
  readonly unreadable: number;
  readonly keptFromSeq: number;
  readonly seconds: number;
}

const MESSAGE_LENGTH_MAX = 2_000;
const NOTHING: RejudgeResult = { decisions: 0, equal: 0, findings: [], unlisted: 0 };

/** Makes every decision in an edge's folder again; nothing but the lock changes there. Errors: those of `visitJournal`; `NOT_FOUND`. */
export async function rejudgeJournal(root: string): Promise<JournalRejudgement> {
  let rejudge: Rejudge | undefined;
  let unreadable = 0;
  const { seconds, keptFromSeq } = await visitJournalEntries(journalIn(root), {
    onStart: (snapshot) => {
      rejudge = createRejudge({ controls, snapshot });
    },
    onEntry: (entry, seq) => rejudge?.take(entry, `${seq}`),
    onUnreadable: () => {
      unreadable += 1;
    },
  });
  return { ...(rejudge?.result() ?? NOTHING), unreadable, keptFromSeq, seconds };
}

/** Whether all came out as it is recorded, with nothing left unread. */
export function isAsRecorded({ findings, unreadable }: JournalRejudgement): boolean {
  return findings.length === 0 && unreadable === 0;
}

/** Puts an incident behind the last entry of a journal that nobody has open. Errors: those of `openJournal`. */
export async function recordDifference(root: string, result: JournalRejudgement): Promise<void> {
  const { folder, edge } = journalIn(root);
  const { signer } = await loadEdgeKey(root, edge);
  const { journal } = await openJournal({
    folder,
    edge,
    signer,
    clock: systemClock(),
    random: (bytes) => randomBytes(bytes),
    emptyState: {},
    onNotice: () => {},
  });
  try {
    const body = {
      v: 1,
      code: 'REJUDGE_DIFFERENCE',
      severity: 'alarm',
      message: summaryOf(result).slice(0, MESSAGE_LENGTH_MAX),
      hint: 'Compare the decision with the release that made it before this edge trades again.',
    };
    const [entry] = journal.append([{ kind: 'incident', body }]);
    if (entry !== undefined) await journal.durable(entry.header.seq);
  } finally {
    await journal.close();
  }
}

function summaryOf({ decisions, equal, findings, unreadable }: JournalRejudgement): string {
  const [first] = findings;
  const which = first === undefined ? '' : `, first at entry ${first.place}`;
  const unread = unreadable === 0 ? '' : `; ${unreadable} records could not be read`;
  return `${decisions - equal} of ${decisions} decisions did not come out as they are recorded${which}${unread}.`;
}
