import { parentPort, workerData } from 'node:worker_threads';
import { describeError, type ErrorCode, KitError } from '@gatehouse/shared/errors.ts';
import { parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { connect } from '../../store/database.ts';
import type { Connection } from '../../store/postgres/connection.ts';
import { systemClock } from '../../system-clock.ts';
import { rowOpener } from '../keys/open-row.ts';
import { openRecordKeys } from '../keys/record-keys.ts';
import { drill } from './drill.ts';
import type { DrillResult } from './drill-file.ts';

/** What a worker is started with. */
export interface DrillWork {
  readonly backups: string;
  readonly data: string;
  readonly logFolder: string;
  readonly verifierKey: string;
  /** Where the keys of the records lie. */
  readonly recordKeys: string;
  readonly target: Connection | string;
}

/** What a worker answers with. */
export type DrillAnswer =
  | { readonly kind: 'line'; readonly line: string }
  | { readonly kind: 'done'; readonly result: DrillResult }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string };

// A thread of its own: verifying every record must not hold up ingest or the console.
const { verifierKey, target, recordKeys, ...place } = workerData as DrillWork;
const answer = (message: DrillAnswer): void => parentPort?.postMessage(message);
const live = connect(target);
try {
  const openRow = rowOpener(await openRecordKeys(recordKeys));
  const result = await drill({
    ...place,
    live,
    openRow,
    verifier: parseVerifierKey(verifierKey),
    seen: [],
    clock: systemClock(),
    elapsedMs: () => performance.now(),
    log: (line) => answer({ kind: 'line', line }),
  });
  answer({ kind: 'done', result });
} catch (error) {
  const code = error instanceof KitError ? error.code : 'INVARIANT_BROKEN';
  answer({ kind: 'failed', code, message: describeError(error) });
} finally {
  await live.end({ timeout: 5 });
}
