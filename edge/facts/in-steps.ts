import { setImmediate as nextTurn } from 'node:timers/promises';

/** Does long work step by step, and lets everything else that waits, such as a kill, go before the next one. */
export async function inSteps<Result>(work: Iterator<void, Result>): Promise<Result> {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    await nextTurn();
  }
}
