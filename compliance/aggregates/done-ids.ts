/** Ids of corporate actions and adjustments that were counted already. */
export interface DoneIds {
  /** Whether the id is new. */
  add(id: string): boolean;
  /** In the order in which they came. */
  all(): readonly string[];
}

/** So many are remembered, the oldest forgotten first. */
export const DONE_IDS_MAX = 1_000;

/** Ids that go on from those of a snapshot. */
export function createDoneIds(start: readonly string[] = []): DoneIds {
  const ids = new Set(start);
  return {
    add: (id) => {
      if (ids.has(id)) return false;
      ids.add(id);
      for (const oldest of ids) {
        if (ids.size <= DONE_IDS_MAX) break;
        ids.delete(oldest);
      }
      return true;
    },
    all: () => [...ids],
  };
}
