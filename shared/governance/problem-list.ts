import { KitError } from '../errors.ts';
import type { Steps } from '../values/steps.ts';

/**
 * Does one step of a reading that goes on after a fault, so that whoever corrects a document sees all that is wrong with it.
 *
 * Shape:  answers undefined where the step failed; its problems are then in the list.
 * Errors: what is no `KitError` is our own fault and goes on upwards.
 */
export function attempt<Value>(problems: string[], step: () => Value): Value | undefined {
  try {
    return step();
  } catch (error) {
    note(problems, error);
    return undefined;
  }
}

/** The same for a reading in steps. Errors: as `attempt`. */
export function* attempting<Value>(problems: string[], steps: Steps<Value>): Steps<Value | undefined> {
  try {
    return yield* steps;
  } catch (error) {
    note(problems, error);
    return undefined;
  }
}

function note(problems: string[], error: unknown): void {
  if (!(error instanceof KitError)) throw error;
  problems.push(...(error.problems.length > 0 ? error.problems : [error.message]));
}

/** The names that a list has more than once, each of them once. */
export function repeated(names: readonly string[]): readonly string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
