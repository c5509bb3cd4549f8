import { inForce } from '@gatehouse/shared/law/in-force.ts';
import { type ClockEvent, fiscalYearEnd, type GivenEvent, lastDayOfPeriod, type MissingDay } from './clock.ts';
import type { FirmFigures } from './firm-figures.ts';
import { FLOOR } from './floor.ts';
import { keyClassOf } from './key-class.ts';
import type { RecordClass, RetentionPeriod } from './record-class.ts';
import { isSurelyIn, type JudgedRecord, mayBeIn, type RetentionScope, scopeText } from './scope.ts';

/**
 * An event that starts a clock, as it stands on record.
 *
 * Shape: later ones in a list are newer. Without a day an earlier word for the same scope is taken back, as where an account was opened again.
 */
export interface GivenClockEvent {
  readonly event: GivenEvent;
  readonly scope: RetentionScope;
  readonly day: string | null;
}

/**
 * How long one class keeps a record.
 *
 * Shape: `day` is when its clock began, absent where that is not on record yet. `keepUntil` is the last day on which it is kept, absent
 *        while the clock has not begun; `mustGoBy` is the last day on which it may still be there.
 */
export interface Term {
  readonly class: RecordClass | typeof FLOOR;
  readonly clock: ClockEvent;
  readonly day: string | undefined;
  readonly minimum: number | 'life-of-firm';
  readonly keepUntil: string | 'life-of-firm' | undefined;
  readonly maximum?: number;
  readonly mustGoBy?: string;
}

/** What terms are made of. */
export interface TermFacts {
  readonly record: JudgedRecord;
  readonly events: readonly GivenClockEvent[];
  readonly rules: readonly RecordClass[];
  readonly firm: FirmFigures;
  readonly now: string;
}

const MONTHS_A_YEAR = 12;

/** The id under which a term is named in rulings and lists. */
export function termId(term: Pick<Term, 'class'>): string {
  return term.class === FLOOR ? FLOOR : term.class.id;
}

/** The day on which a record was made. */
export function dayMade({ at }: Pick<JudgedRecord, 'at'>): string {
  return at.slice(0, 'YYYY-MM-DD'.length);
}

/** The terms of all classes that hold a record and bind the firm, then those of its own floor. Errors: those of `lastDayOfPeriod`. */
export function termsOf(facts: TermFacts): readonly Term[] {
  const lawful = facts.rules.filter((rule) => holds(rule, facts.record) && binds(rule, facts)).map(lawTerm(facts));
  return [...lawful, ...floorTerms(facts, lawful)];
}

function holds({ records }: RecordClass, { kind, action }: JudgedRecord): boolean {
  const keyClass = keyClassOf(kind, action);
  return records.some(
    (group) => group.keyClass === keyClass && (group.kinds === undefined || group.kinds.includes(kind)),
  );
}

function binds({ id, flags, periods }: RecordClass, { firm, now }: TermFacts): boolean {
  const isBound = flags.length === 0 || flags.some((flag) => firm.flags.includes(flag));
  const isExempt = firm.exempt.some((one) => one.class === id);
  return isBound && !isExempt && periods.some(({ from }) => from <= now);
}

function lawTerm(facts: TermFacts): (rule: RecordClass) => Term {
  const { record, now } = facts;
  return (rule) => {
    const day = clockDay(rule.clock, facts);
    const minimum = longest(periodsBetween(rule.periods, dayMade(record), now));
    const { maximum } = inForce(rule.periods, now);
    // Where the law names both ends, they fall on one day, also where the month has no such day.
    const keepUntil = endOfMinimum(day, minimum, maximum === undefined ? 'later' : 'earlier');
    const term = { class: rule, clock: rule.clock, day, minimum, keepUntil };
    if (maximum === undefined) return term;
    return { ...term, maximum, ...(day === undefined ? {} : { mustGoBy: lastDayOfPeriod(day, maximum, 'earlier') }) };
  };
}

/** The floor counts from the event of each class that is not excepted; where no class holds the record, from its making. */
function floorTerms(facts: TermFacts, lawful: readonly Term[]): readonly Term[] {
  const { floor } = facts.firm;
  const minimum = floor.years * MONTHS_A_YEAR;
  const counted = lawful.filter((term) => !floor.except.some((one) => one.class === termId(term)));
  const clocks = lawful.length === 0 ? (['made'] as const) : [...new Set(counted.map(({ clock }) => clock))];
  return clocks.map((clock) => {
    const day = clockDay(clock, facts);
    return { class: FLOOR, clock, day, minimum, keepUntil: endOfMinimum(day, minimum, 'later') };
  });
}

function endOfMinimum(day: string | undefined, minimum: Term['minimum'], missingDay: MissingDay): Term['keepUntil'] {
  if (minimum === 'life-of-firm') return minimum;
  return day === undefined ? undefined : lastDayOfPeriod(day, minimum, missingDay);
}

function clockDay(clock: ClockEvent, { record, events, firm }: TermFacts): string | undefined {
  if (clock === 'made') return dayMade(record);
  if (clock === 'fiscal-year-end') return fiscalYearEnd(dayMade(record), firm.yearEnd);
  return givenDay(
    events.filter(({ event }) => event === clock),
    record,
  );
}

/** The newest word about all of a row counts, unless a newer one about some leaves of it keeps those longer. */
function givenDay(words: readonly GivenClockEvent[], record: JudgedRecord): string | undefined {
  const whole = words.findLastIndex(({ scope }) => isSurelyIn(scope, record));
  if (whole === -1) return undefined;
  const later = words.slice(whole).filter(({ scope }) => {
    return scope.kind === 'records' ? mayBeIn(scope, record) : isSurelyIn(scope, record);
  });
  const days = [...new Map(later.map(({ scope, day }) => [scopeText(scope), day])).values()];
  return days.includes(null) ? undefined : (days.toSorted().at(-1) ?? undefined);
}

/** What the law said at any time from the making of a record until now; before the first period, that one. */
function periodsBetween(periods: readonly RetentionPeriod[], made: string, now: string): readonly RetentionPeriod[] {
  const until = periods.filter(({ from }) => from <= now);
  const begun = until.filter(({ from }) => from <= made).length;
  return until.slice(Math.max(0, begun - 1));
}

function longest(periods: readonly RetentionPeriod[]): Term['minimum'] {
  const minima = periods.map(({ minimum }) => minimum);
  return minima.includes('life-of-firm')
    ? 'life-of-firm'
    : Math.max(...minima.filter((one) => typeof one === 'number'));
}
