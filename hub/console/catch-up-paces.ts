import { ageMs, type Instant } from '@gatehouse/shared/values/instant.ts';

/** How long it takes until an edge's entries are taken. Shape: undefined where no pace is known yet. Units: seconds. */
export type SecondsLeft = number | undefined;

/** Tells from what was seen of each edge how long it will take. */
export interface CatchUpPaces {
  /** Takes note of how far edges are and answers for each of them. */
  look(edges: readonly EdgeProgress[], now: Instant): ReadonlyMap<string, SecondsLeft>;
}

interface EdgeProgress {
  readonly edge: string;
  readonly epoch: number;
  readonly taken: number;
  readonly left: number;
}

interface Mark {
  readonly epoch: number;
  readonly taken: number;
  readonly at: Instant;
}

/** The pace is that of so long. Units: milliseconds. */
const WINDOW_MS = 60_000;
const MARK_EVERY_MS = 1_000;
/** So many edges are followed. */
const FOLLOWED_MAX = 10_000;
const MS_PER_SECOND = 1_000;

/** Paces of edges by what readers of the page saw; nobody is measured while nobody looks. */
export function createCatchUpPaces(): CatchUpPaces {
  const marks = new Map<string, readonly Mark[]>();
  return {
    look: (edges, now) =>
      new Map(
        edges.map((progress) => {
          const kept = marksWith(marks.get(progress.edge) ?? [], progress, now);
          if (progress.left === 0) marks.delete(progress.edge);
          else if (marks.has(progress.edge) || marks.size < FOLLOWED_MAX) marks.set(progress.edge, kept);
          return [progress.edge, secondsLeft(kept, progress)];
        }),
      ),
  };
}

function marksWith(before: readonly Mark[], { epoch, taken }: EdgeProgress, now: Instant): readonly Mark[] {
  const last = before.at(-1);
  const mark: Mark = { epoch, taken, at: now };
  // A stream that went back, a new epoch or a clock that went back starts anew.
  if (last === undefined || last.epoch !== epoch || taken < last.taken || now < last.at) return [mark];
  const young = before.filter(({ at }) => ageMs(at, now) <= WINDOW_MS);
  const isSoon = young.length > 1 && ageMs(last.at, now) < MARK_EVERY_MS;
  return [...(isSoon ? young.slice(0, -1) : young), mark];
}

function secondsLeft(marks: readonly Mark[], { left }: EdgeProgress): SecondsLeft {
  if (left === 0) return 0;
  const [first] = marks;
  const last = marks.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const perMs = (last.taken - first.taken) / ageMs(first.at, last.at);
  return Number.isFinite(perMs) && perMs > 0 ? Math.ceil(left / perMs / MS_PER_SECOND) : undefined;
}
