import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Steps } from '@gatehouse/shared/values/steps.ts';

/** Does long work step by step, and lets everything else that waits, such as a command, go before the next one. */
export async function inSteps<Result>(work: Steps<Result>): Promise<Result> {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    await nextTurn();
  }
}
