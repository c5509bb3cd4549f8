import { parentPort, workerData } from 'node:worker_threads';
import { controls } from '@gatehouse/compliance/controls/index.ts';
import { describeError } from '@gatehouse/shared/errors.ts';
import { connect } from '../../store/database.ts';
import type { Connection } from '../../store/postgres/connection.ts';
import { rowOpener } from '../keys/open-row.ts';
import { openRecordKeys } from '../keys/record-keys.ts';
import { type FollowedStep, followLedger } from './follow-ledger.ts';

/** What a worker is started with. */
export interface RejudgementWork {
  readonly target: Connection | string;
  /** The folder of the keys that bodies lie under. */
  readonly recordKeys: string;
}

/** What it says of each step that it is asked for. */
export type RejudgementAnswer =
  | { readonly kind: 'step'; readonly step: FollowedStep; readonly tookMs: number }
  | { readonly kind: 'failed'; readonly message: string };

// A thread of its own: making decisions again must not hold up ingest or the console.
const { target, recordKeys } = workerData as RejudgementWork;
const follower = followLedger(connect(target, rowOpener(await openRecordKeys(recordKeys))), controls);
parentPort?.on('message', () => {
  void answer().then((said) => parentPort?.postMessage(said));
});

async function answer(): Promise<RejudgementAnswer> {
  const from = performance.now();
  try {
    const step = await follower.step();
    return { kind: 'step', step, tookMs: performance.now() - from };
  } catch (error) {
    return { kind: 'failed', message: describeError(error) };
  }
}
