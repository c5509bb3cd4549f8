import type { KillBody, ReleaseBody } from '@gatehouse/shared/schema/bodies.ts';
import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { ActiveHalt } from '../own-facts.ts';

/** Kills that are not released. */
export interface Halts {
  readonly epoch: number;
  /** Undefined where there are more than are remembered. */
  active(): readonly ActiveHalt[] | undefined;
  kill(body: KillBody): void;
  /** Whether a kill that takes orders back holds for what lies in these scopes. */
  isTakingBack(scopes: readonly ScopeText[]): boolean;
  /** Ends a kill, and says which halt that was. */
  release(body: ReleaseBody): ActiveHalt | undefined;
  past(): HaltsPast;
}

/** What a snapshot says about halts. Shape: `isFull` once a kill found no place. */
export interface HaltsPast {
  readonly epoch: number;
  readonly active: readonly ActiveHalt[];
  readonly isFull: boolean;
}

/** The most kills that can wait for their release; beyond it all trading stays halted. */
export const HALTS_MAX = 1_000;

/** Halts that go on from those of a snapshot. Shape: in the order in which they came. */
export function createHalts(past: HaltsPast = { epoch: 0, active: [], isFull: false }): Halts {
  const halts = new Map(past.active.map((halt) => [halt.id, halt]));
  let { epoch, isFull } = past;
  let answer: readonly ActiveHalt[] | undefined;

  function active(): readonly ActiveHalt[] {
    answer ??= [...halts.values()];
    return answer;
  }

  return {
    get epoch() {
      return epoch;
    },
    active: () => (isFull ? undefined : active()),
    isTakingBack: (scopes) =>
      active().some((halt) => halt.level !== 'pause' && halt.scopes.every((scope) => scopes.includes(scope))),
    kill: ({ id, scopes, level, haltEpoch }) => {
      epoch = Math.max(epoch, haltEpoch);
      answer = undefined;
      if (halts.size < HALTS_MAX || halts.has(id)) halts.set(id, { id, scopes, level });
      else isFull = true;
    },
    release: ({ kill, haltEpoch }) => {
      epoch = Math.max(epoch, haltEpoch);
      answer = undefined;
      const halt = halts.get(kill);
      halts.delete(kill);
      return halt;
    },
    past: () => ({ epoch, active: active(), isFull }),
  };
}
