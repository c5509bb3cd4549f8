import type { SessionBody } from '@gatehouse/shared/schema/bodies.ts';
import { dayOf, type Instant } from '@gatehouse/shared/values/instant.ts';
import { dropOldest } from './drop-oldest.ts';

/** A run over market data, and how far its market time and its trading days came. */
export interface RunPast {
  readonly id: string;
  readonly at: Instant | undefined;
  readonly day: string | undefined;
}

/** Another run goes on, of which nothing up to a time and a day is known; where these are absent all is. */
export type RunChange = Pick<RunPast, 'at' | 'day'>;

/** Which run goes on, and where each of the others was left. */
export interface Runs {
  reach(at: Instant): void;
  reachDay(day: string): void;
  /** Undefined where the run that a session names goes on already, or it names none. */
  begin(session: SessionBody): RunChange | undefined;
  readonly current: RunPast | undefined;
  /** The runs that stand still, the one that was left last stands last. */
  readonly earlier: readonly RunPast[];
}

/** At least so many runs are remembered, and at most twice as many. */
export const RUNS_MAX = 500;

/** Runs that go on from those of a snapshot. */
export function createRuns(start: RunPast | undefined = undefined, stopped: readonly RunPast[] = []): Runs {
  const earlier = new Map(stopped.map((run) => [run.id, run]));
  let current = start;

  return {
    get current() {
      return current;
    },
    get earlier() {
      return [...earlier.values()];
    },
    reach: (at) => {
      if (current !== undefined && (current.at === undefined || at > current.at)) current = { ...current, at };
    },
    reachDay: (day) => {
      if (current !== undefined && (current.day === undefined || day > current.day)) current = { ...current, day };
    },
    begin: ({ event, run }) => {
      if (run === undefined || (event !== 'run-started' && event !== 'run-resumed')) return undefined;
      if (run.id === current?.id) return undefined;
      if (current !== undefined) earlier.set(current.id, current);
      const known = earlier.get(run.id);
      earlier.delete(run.id);
      dropOldest(earlier, RUNS_MAX);
      // Nobody knows where a run was left that is forgotten: nothing of its data is taken for known.
      const left = event === 'run-resumed' ? { at: run.to, day: dayOf(run.to) } : { at: undefined, day: undefined };
      current = known ?? { id: run.id, ...left };
      return current;
    },
  };
}
