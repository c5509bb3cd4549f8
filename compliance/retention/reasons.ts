import type { ClockEvent } from './clock.ts';
import type { Collision, RuledCollision } from './collisions.ts';
import { FLOOR } from './floor.ts';
import { scopeText } from './scope.ts';
import type { RetentionState, StandingHold } from './state.ts';
import { type Term, termId } from './terms.ts';

/** What a judgement rests on. */
export interface JudgedTerms {
  readonly terms: readonly Term[];
  readonly ruled: readonly RuledCollision[];
  readonly collisions: readonly Collision[];
  readonly holds: readonly StandingHold[];
  readonly state: RetentionState;
}

const MONTHS_A_YEAR = 12;

/** Each event as the day that it is. */
const EVENT_DAYS: Readonly<Record<ClockEvent, string>> = {
  made: 'the day on which it was made',
  'fiscal-year-end': 'the end of its fiscal year',
  'end-of-use': 'the day on which its use ended',
  'account-closed': 'the day on which the account was closed',
  'relationship-ended': 'the day on which the relationship ended',
  unblocked: 'the day on which the property was unblocked',
  filed: 'the day of the filing',
};

const CONCLUSIONS: Readonly<Record<RetentionState, string>> = {
  kept: 'So it is kept.',
  'waiting-for-event': 'So it is kept, and the end is not known until that day is on record.',
  held: 'So it stays until two people have lifted every hold.',
  'may-go': 'So it may go, by the decision of three people.',
  'must-go': 'So it must go: a maximum is over. It still takes the decision of three people.',
  'open-question': 'So it stays, and an officer has to decide.',
};

/** The reasons of a judgement as sentences, with the law named; the conclusion is the last. */
export function because(judged: JudgedTerms, lack?: 'no-figures' | 'unknown-kind'): readonly string[] {
  const { terms, ruled, collisions, holds, state } = judged;
  return [
    ...(lack === 'no-figures' ? ['The firm has set no figures yet; without them nothing may go.'] : []),
    ...(lack === 'unknown-kind'
      ? ['This release does not know what kind of record it is, so no class says how long it is kept.']
      : []),
    ...terms.map(minimumText),
    ...terms.flatMap(maximumText),
    ...ruled.map(ruledText),
    ...collisions.map(collisionText),
    ...holds.map(
      ({ id, scope, reason }) => `Hold ${id} on ${scopeText(scope)} keeps it, whatever else says: ${reason}`,
    ),
    CONCLUSIONS[state],
  ];
}

/** A number of months in the words of the law. */
export function periodText(months: number | 'life-of-firm'): string {
  if (months === 'life-of-firm') return 'as long as the firm lives';
  if (months % MONTHS_A_YEAR !== 0) return `${months} months`;
  return months === MONTHS_A_YEAR ? '1 year' : `${months / MONTHS_A_YEAR} years`;
}

/** An event as the day that it is. */
export function eventDayText(clock: ClockEvent): string {
  return EVENT_DAYS[clock];
}

function minimumText(term: Term): string {
  const { minimum, clock, day, keepUntil } = term;
  const subject = nameOf(term);
  if (keepUntil === 'life-of-firm' || minimum === 'life-of-firm') {
    return `${subject} keeps it as long as the firm lives${lawOf(term)}.`;
  }
  const period = `${subject} keeps it for ${periodText(minimum)} from ${EVENT_DAYS[clock]}`;
  if (day === undefined) return `${period}${lawOf(term)}; that day is not on record.`;
  return `${period}, ${day}, to the end of ${keepUntil}${lawOf(term)}.`;
}

function maximumText(term: Term): readonly string[] {
  const { maximum, mustGoBy, clock } = term;
  if (maximum === undefined) return [];
  const rule = `${nameOf(term)} wants it gone ${periodText(maximum)} after ${EVENT_DAYS[clock]}`;
  return [mustGoBy === undefined ? `${rule}; that day is not on record.` : `${rule}: after ${mustGoBy}.`];
}

function ruledText({ minimum, maximum, decides, reason }: RuledCollision): string {
  const [first, second] = decides === 'minimum' ? [minimum, maximum] : [maximum, minimum];
  return `The firm has ruled that ${termId(first)} goes before ${termId(second)}: ${reason}`;
}

function collisionText({ minimum, maximum }: Collision): string {
  const { keepUntil } = minimum;
  const end =
    keepUntil === undefined ? 'without an end that is known' : `to ${keepUntil}`.replace('life-of-firm', 'no end');
  return (
    `${termId(minimum)} keeps it ${end}, and ${termId(maximum)} wants it gone after ${maximum.mustGoBy ?? ''}. ` +
    'The firm has not ruled which of them goes first.'
  );
}

function nameOf(term: Term): string {
  return term.class === FLOOR ? 'The floor of the firm' : `Class ${term.class.id}`;
}

function lawOf(term: Term): string {
  if (term.class === FLOOR) return '';
  return ` (${term.class.sources.map(({ act, place }) => `${act.title}, ${place}`).join('; ')})`;
}
