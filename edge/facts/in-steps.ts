import { setImmediate as immediate } from 'node:timers/promises';
import type { Steps } from '@gatehouse/shared/values/steps.ts';

/** Resolves when everything that waits has had its turn. */
export function nextTurn(): Promise<void> {
  return immediate();
}

/** Does long work step by step, and lets everything else that waits, such as a kill, go before the next one. */
export async function inSteps<Result>(work: Steps<Result>): Promise<Result> {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    await nextTurn();
  }
}
