import type { RetentionScope } from './scope.ts';

/**
 * Where a record stands.
 *
 * Shape: `kept` until a known day or as long as the firm lives; `waiting-for-event` where a clock has not begun; `held` whatever else
 *        says; `may-go` once no minimum keeps it; `must-go` once a maximum is over; `open-question` where a person has to decide.
 */
export type RetentionState = 'kept' | 'waiting-for-event' | 'held' | 'may-go' | 'must-go' | 'open-question';

/** A hold as it stands. */
export interface StandingHold {
  readonly id: string;
  readonly scope: RetentionScope;
  readonly reason: string;
}

const STRICTEST_FIRST: readonly RetentionState[] = [
  'held',
  'open-question',
  'waiting-for-event',
  'kept',
  'must-go',
  'may-go',
];

/** The state of records that can only go together; undefined for none. */
export function stateOfAll(states: readonly RetentionState[]): RetentionState | undefined {
  return STRICTEST_FIRST.find((state) => states.includes(state));
}

/** Whether nothing keeps what is in a state. */
export function canGo(state: RetentionState | undefined): state is 'may-go' | 'must-go' {
  return state === 'may-go' || state === 'must-go';
}
