import type { BreakBody } from '@gatehouse/shared/schema/bodies.ts';
import { ageMs, type Instant } from '@gatehouse/shared/values/instant.ts';

/** A difference between two records that nobody has ended yet, with its age. Units: milliseconds since it was found. */
export interface AgedBreak {
  readonly body: BreakBody;
  readonly ageMs: number;
}

/**
 * Breaks that are not over.
 *
 * Shape: each as its newest step says; what a step leaves out (its cause, its owner) stays as an earlier one said.
 */
export interface OpenBreaks {
  fold(body: BreakBody): void;
  of(id: string): BreakBody | undefined;
  /** The oldest first. */
  aged(now: Instant): readonly AgedBreak[];
  /** Sorted by id. */
  readonly all: readonly BreakBody[];
}

/** Breaks that go on from those of a snapshot. */
export function createOpenBreaks(start: readonly BreakBody[] = []): OpenBreaks {
  const open = new Map(start.map((body) => [body.id, body]));
  return {
    fold: (body) => {
      if (body.step === 'resolved') open.delete(body.id);
      else open.set(body.id, { ...open.get(body.id), ...body });
    },
    of: (id) => open.get(id),
    aged: (now) =>
      [...open.values()]
        .sort((a, b) => (a.since === b.since ? (a.id < b.id ? -1 : 1) : a.since < b.since ? -1 : 1))
        .map((body) => ({ body, ageMs: ageMs(body.since, now) })),
    get all() {
      return [...open.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    },
  };
}
