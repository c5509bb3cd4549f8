import { recordClasses } from './classes.ts';
import { collisionsOf, settle } from './collisions.ts';
import type { FirmFigures } from './firm-figures.ts';
import { keyClassOf } from './key-class.ts';
import { because, type JudgedTerms } from './reasons.ts';
import type { RecordClass } from './record-class.ts';
import { type JudgedRecord, mayBeIn } from './scope.ts';
import type { RetentionState, StandingHold } from './state.ts';
import { type GivenClockEvent, type Term, termId, termsOf } from './terms.ts';

/** What a record is judged on. Shape: without the firm's figures nothing may go. Units: `now` is a day as `YYYY-MM-DD`. */
export interface RetentionFacts {
  readonly record: JudgedRecord;
  readonly events: readonly GivenClockEvent[];
  readonly firm: FirmFigures | undefined;
  readonly holds: readonly StandingHold[];
  readonly now: string;
  /** The classes of this release unless others are given. */
  readonly rules?: readonly RecordClass[];
}

/**
 * What becomes of a record, and why.
 *
 * Shape: `keepUntil` is the last day on which a minimum keeps it, null where that is not known or never comes; `mustGoBy` the last day
 *        on which it may still be there, null without a maximum. `because` are sentences, the conclusion last.
 */
export interface RetentionJudgement {
  readonly classes: readonly string[];
  readonly keepUntil: string | null;
  readonly mustGoBy: string | null;
  readonly state: RetentionState;
  readonly because: readonly string[];
}

/**
 * Judges how long a record is kept.
 *
 * Shape:  the longest minimum wins, a hold beats everything, and a maximum that ends before a minimum is an open question unless the
 *         firm has ruled it.
 * Errors: `VALUE_MALFORMED` for days that are none.
 */
export function judgeRecord(facts: RetentionFacts): RetentionJudgement {
  const { record, firm, now, rules = recordClasses } = facts;
  const holds = facts.holds.filter(({ scope }) => mayBeIn(scope, record));
  if (firm === undefined || keyClassOf(record.kind, record.action) === 'unknown') {
    const state = holds.length > 0 ? 'held' : firm === undefined ? 'kept' : 'open-question';
    const judged = { terms: [], ruled: [], collisions: [], holds, state } as const;
    return {
      classes: [],
      keepUntil: null,
      mustGoBy: null,
      state,
      because: because(judged, firm === undefined ? 'no-figures' : 'unknown-kind'),
    };
  }
  const { terms, ruled } = settle(termsOf({ record, events: facts.events, rules, firm, now }), firm, now);
  const collisions = collisionsOf(terms, now);
  const state = stateOf({ terms, collisions, holds }, now);
  return {
    classes: [...new Set(terms.map(termId))],
    keepUntil: endOfKeeping(terms),
    mustGoBy: endOfPresence(terms),
    state,
    because: because({ terms, ruled, collisions, holds, state }),
  };
}

function stateOf({ terms, collisions, holds }: Omit<JudgedTerms, 'ruled' | 'state'>, now: string): RetentionState {
  if (holds.length > 0) return 'held';
  if (collisions.length > 0) return 'open-question';
  if (terms.some(({ keepUntil }) => keepUntil === undefined)) return 'waiting-for-event';
  const keepUntil = endOfKeeping(terms);
  if (keepUntil === null || now <= keepUntil) return 'kept';
  const mustGoBy = endOfPresence(terms);
  return mustGoBy !== null && now > mustGoBy ? 'must-go' : 'may-go';
}

/** The last day of the longest minimum; null where one has no end yet. */
function endOfKeeping(terms: readonly Term[]): string | null {
  const days = terms.map(({ keepUntil }) => keepUntil);
  if (days.includes(undefined) || days.includes('life-of-firm')) return null;
  return days.toSorted().at(-1) ?? null;
}

/** The last day of the shortest maximum. */
function endOfPresence(terms: readonly Term[]): string | null {
  const days = terms.flatMap(({ mustGoBy }) => (mustGoBy === undefined ? [] : [mustGoBy]));
  return days.toSorted()[0] ?? null;
}
