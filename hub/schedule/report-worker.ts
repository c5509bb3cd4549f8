import { parentPort, workerData } from 'node:worker_threads';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { rowOpener } from '../ledger/keys/open-row.ts';
import { openRecordKeys } from '../ledger/keys/record-keys.ts';
import { connect } from '../store/database.ts';
import type { Connection } from '../store/postgres/connection.ts';
import { type BuildRequest, type BuiltReport, buildReport } from './build-report.ts';

/** What a worker is started with. */
export interface ReportWork {
  readonly target: Connection | string;
  /** The folder of the keys that bodies lie under; without it none is sealed. */
  readonly recordKeys?: string | undefined;
  readonly request: BuildRequest;
}

/** What a worker answers with. */
export type ReportAnswer =
  | { readonly kind: 'built'; readonly built: BuiltReport }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

// A thread of its own: drawing hundreds of pages must not hold up ingest or the console.
const { target, recordKeys, request } = workerData as ReportWork;
const database = connect(target, recordKeys === undefined ? undefined : rowOpener(await openRecordKeys(recordKeys)));
let answer: ReportAnswer;
try {
  answer = { kind: 'built', built: await buildReport(database, request) };
} catch (error) {
  answer = {
    kind: 'failed',
    code: error instanceof KitError ? error.code : 'INVARIANT_BROKEN',
    message: describeError(error),
  };
} finally {
  await database.end({ timeout: 5 });
}
parentPort?.postMessage(answer);
