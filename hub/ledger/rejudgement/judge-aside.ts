import { Worker } from 'node:worker_threads';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import type { RejudgementAnswer, RejudgementWork } from './rejudgement-worker.ts';
import type { LedgerJudge } from './run-rejudgement.ts';

/** A step that takes longer has lost its thread. Units: milliseconds. */
const STEP_MS_MAX = 120_000;

type Step = Extract<RejudgementAnswer, { kind: 'step' }>;

/** A judge in a thread of its own, which ends with the thread. */
export function judgeAside(work: RejudgementWork): LedgerJudge {
  const worker = new Worker(new URL('./rejudgement-worker.ts', import.meta.url), { workerData: work });
  let ended: string | undefined;
  // Also between two steps, when nobody waits for it: the next one has to say why there is no answer.
  worker.on('error', (error) => {
    ended ??= describeError(error);
  });
  worker.on('exit', (code) => {
    ended ??= `its thread ended with code ${code}`;
  });
  return {
    step: () =>
      new Promise<Step>((resolve, reject) => {
        if (ended !== undefined) return reject(stepFailed(ended));
        const late = setTimeout(() => fail('a step took too long'), STEP_MS_MAX);
        const hear = (answer: RejudgementAnswer): void => {
          settle();
          if (answer.kind === 'step') resolve(answer);
          else reject(stepFailed(answer.message));
        };
        const crash = (error: unknown): void => fail(describeError(error));
        const end = (code: number): void => fail(`its thread ended with code ${code}`);
        worker.on('message', hear).on('error', crash).on('exit', end);
        worker.postMessage('step');

        function settle(): void {
          clearTimeout(late);
          worker.off('message', hear).off('error', crash).off('exit', end);
        }
        function fail(message: string): void {
          settle();
          reject(stepFailed(message));
        }
      }),
    close: async () => void (await worker.terminate()),
  };
}

function stepFailed(message: string): KitError {
  return new KitError('INVARIANT_BROKEN', `the thread that judges the ledger again: ${message}`);
}
