import { controls } from '@gatehouse/compliance/controls/index.ts';
import { createRejudge, type RejudgeResult } from '@gatehouse/compliance/rejudge-records.ts';
import { isReadable, readEntry } from '../ingest/read-entry.ts';
import { type Database, inSnapshot } from '../store/database.ts';
import { leavesInChunks } from '../store/ledger-rows.ts';

const CHUNK_ROWS = 2_000;
const READ_KINDS: ReadonlySet<string> = new Set(['limits', 'intent', 'decision']);

/** What was judged again, and what could not be read. Units: `leaves` of the whole ledger. */
export interface LedgerRejudgement extends RejudgeResult {
  readonly leaves: number;
  /** Leaves of judged kinds whose body was destroyed or cannot be read by this release. */
  readonly unreadable: number;
}

/** Makes every decision in the ledger again, as of one moment, beside whatever else goes on. */
export function rejudgeLedger(database: Database, onProgress: (leaves: number) => void): Promise<LedgerRejudgement> {
  return inSnapshot(database, async (tx) => {
    const rejudge = createRejudge(controls);
    let leaves = 0;
    let unreadable = 0;
    for await (const chunk of leavesInChunks(tx, CHUNK_ROWS)) {
      for (const leaf of chunk) {
        if (!READ_KINDS.has(leaf.kind)) continue;
        const read = leaf.body === null ? undefined : readEntry({ ...leaf, body: leaf.body });
        if (read !== undefined && isReadable(read)) rejudge.take(read, `leaf ${leaf.leaf}`);
        else unreadable += 1;
      }
      leaves += chunk.length;
      onProgress(leaves);
    }
    return { ...rejudge.result(), leaves, unreadable };
  });
}
