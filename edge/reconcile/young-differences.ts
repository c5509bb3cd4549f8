import type { Difference } from '@gatehouse/shared/accounts/reconcile/records.ts';

/** What is seen at one look. Shape: `isBusy` says that an order stands or something happened, so that answers may have crossed. */
export interface Look {
  readonly nowMs: number;
  readonly isBusy: boolean;
}

/** How long a difference must stand before it is a break. Units: milliseconds. */
export interface Patience {
  /** While nothing moves. */
  readonly recheckMs: number;
  /** While orders stand. */
  readonly toleranceMs: number;
}

/**
 * Keeps differences from being called breaks while they may be no more than messages that crossed.
 *
 * Shape: a difference counts once it has stood with the same figures for its time; one whose figures change with every look counts once
 *        it has been there for `CHANGING_TIMES` the tolerance.
 */
export interface YoungDifferences {
  /** The ids of those that are still too young. */
  look(differences: readonly Difference[], look: Look): ReadonlySet<string>;
}

const CHANGING_TIMES = 10;

interface Seen {
  readonly gap: string;
  readonly gapSinceMs: number;
  readonly sinceMs: number;
  readonly isBusy: boolean;
}

/** Nothing has been seen yet. */
export function createYoungDifferences({ recheckMs, toleranceMs }: Patience): YoungDifferences {
  let seen: ReadonlyMap<string, Seen> = new Map();
  return {
    look: (differences, { nowMs, isBusy }) => {
      const now = new Map<string, Seen>();
      const waiting = new Set<string>();
      for (const { id, gap } of differences) {
        const before = seen.get(id);
        const isSame = before?.gap === gap;
        const one: Seen = {
          gap,
          gapSinceMs: isSame ? before.gapSinceMs : nowMs,
          sinceMs: before?.sinceMs ?? nowMs,
          // What moved once while it stood may still be on its way.
          isBusy: isBusy || (isSame && before.isBusy),
        };
        now.set(id, one);
        const standsMs = nowMs - one.gapSinceMs;
        const isOld =
          standsMs >= (one.isBusy ? toleranceMs : recheckMs) || nowMs - one.sinceMs >= CHANGING_TIMES * toleranceMs;
        if (!isOld) waiting.add(id);
      }
      seen = now;
      return waiting;
    },
  };
}
