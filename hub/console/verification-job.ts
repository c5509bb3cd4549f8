import { describeError } from '@gatehouse/shared/errors.ts';
import type { Verification } from '../ledger/verify.ts';

/** What is known of the last verification. Shape: `done` and `size` count leaves. */
export type VerificationState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly done: number; readonly size: number; readonly by: string }
  | { readonly kind: 'done'; readonly result: Verification; readonly by: string; readonly at: string }
  | { readonly kind: 'failed'; readonly message: string; readonly by: string; readonly at: string };

/** The one verification that may run at a time. */
export interface VerificationJob {
  state(): VerificationState;
  /** False where one runs already. */
  start(by: string): boolean;
}

interface JobDeps {
  verify(onProgress: (leaves: number, size: number) => void): Promise<Verification>;
  now(): string;
  /** Puts the outcome on record. */
  finished(by: string, outcome: Readonly<Record<string, string>>): Promise<void>;
  log(line: string): void;
}

/** A job that outlives the page that started it. */
export function createVerificationJob(deps: JobDeps): VerificationJob {
  let state: VerificationState = { kind: 'idle' };

  const run = async (by: string): Promise<void> => {
    try {
      const result = await deps.verify((done, size) => {
        state = { kind: 'running', done, size, by };
      });
      const findings = `${result.findings.length + result.unlisted}`;
      await deps.finished(by, { size: `${result.size}`, root: result.root, findings });
      state = { kind: 'done', result, by, at: deps.now() };
    } catch (error) {
      deps.log(`verification failed: ${describeError(error)}`);
      state = { kind: 'failed', message: describeError(error), by, at: deps.now() };
    }
  };

  return {
    state: () => state,
    start(by) {
      if (state.kind === 'running') return false;
      state = { kind: 'running', done: 0, size: 0, by };
      void run(by);
      return true;
    },
  };
}
