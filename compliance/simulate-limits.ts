import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import type { DecisionBody } from '@gatehouse/shared/schema/decision.ts';
import { createDecisionRecords, type DecisionCase, type DecisionRecords } from './decision-records.ts';
import { type Decision, decide } from './gate.ts';
import type { RuleSet } from './rule-set.ts';

/** A control's refusal of one order under the proposed sheet, or as it was recorded. */
export interface SimulatedRefusal {
  readonly control: string;
  readonly scope: string;
  readonly reason: string;
}

/** An order whose outcome the proposed sheet would have changed. Shape: `refusals` are those of the side that refused. */
export interface ChangedOrder {
  readonly place: string;
  readonly order: string;
  readonly day: string;
  readonly change: 'newly-refused' | 'newly-passed';
  readonly refusals: readonly SimulatedRefusal[];
}

/** How often a control refused, as recorded and under the proposed sheet; each order counts once for a control. */
export interface ControlCounts {
  readonly control: string;
  readonly before: number;
  readonly after: number;
}

/** What the proposed sheet would have changed. Shape: only the first changed orders are listed, `unlisted` counts the rest. */
export interface SimulationResult {
  readonly decisions: number;
  readonly approvedBefore: number;
  readonly approvedAfter: number;
  readonly newlyRefused: number;
  readonly newlyPassed: number;
  readonly changed: readonly ChangedOrder[];
  readonly unlisted: number;
  readonly controls: readonly ControlCounts[];
  /** Decisions that could not be made again, each with what is missing; only the first are listed. */
  readonly obstacles: readonly { readonly place: string; readonly order: string; readonly obstacle: string }[];
  readonly skipped: number;
}

/** Reads the records of one journal in their order and judges each order by the proposed sheet. */
export interface Simulation {
  take(entry: EntryBody, place: string): void;
  result(): SimulationResult;
}

/** Which trading days are simulated, both inclusive. Shape: everything before them is read, since later decisions rest on it. */
export interface SimulatedDays {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** What a simulation starts from. Shape: `snapshot` is what the entries before the first one add up to, where they are gone. */
export interface SimulationStart {
  readonly rules: RuleSet;
  readonly days: SimulatedDays;
  readonly snapshot?: JsonValue | undefined;
}

/** How many changed orders, and how many obstacles, are listed one by one. */
export const SIMULATION_LISTED_MAX = 10_000;

/**
 * Judges past orders by a proposed sheet, each on the facts that it was decided on.
 *
 * Shape:  history stays what it was: an order that the proposed sheet would have refused still counts in what later orders meet,
 *         and one that it would have let through leaves no fills, since nobody knows what would have become of it. So each order
 *         is answered for itself, and sums over many orders are a first answer, not a forecast.
 * Errors: `MESSAGE_MALFORMED` for a snapshot of another form.
 * Source: RTS 6 Art. 15; 17 CFR 240.15c3-5(e): limits are reviewed before and after they change.
 */
export function createSimulation(start: SimulationStart): Simulation {
  return new JournalSimulation(start);
}

class JournalSimulation implements Simulation {
  readonly #records: DecisionRecords;
  readonly #rules: RuleSet;
  readonly #days: SimulatedDays;
  readonly #changed: ChangedOrder[] = [];
  readonly #obstacles: SimulationResult['obstacles'][number][] = [];
  readonly #before = new Map<string, number>();
  readonly #after = new Map<string, number>();
  readonly #counts = { decisions: 0, approvedBefore: 0, approvedAfter: 0, newlyRefused: 0, newlyPassed: 0 };
  #skipped = 0;

  constructor({ rules, days, snapshot }: SimulationStart) {
    this.#records = createDecisionRecords(snapshot);
    this.#rules = rules;
    this.#days = days;
  }

  take(entry: EntryBody, place: string): void {
    this.#records.take(entry, (decided) => {
      if (this.#isWithin(decided.recorded.facts.day)) this.#simulate(decided, place);
    });
  }

  result(): SimulationResult {
    const names = [...new Set([...this.#before.keys(), ...this.#after.keys()])].toSorted();
    return {
      ...this.#counts,
      changed: this.#changed,
      unlisted: this.#counts.newlyRefused + this.#counts.newlyPassed - this.#changed.length,
      controls: names.map((control) => ({
        control,
        before: this.#before.get(control) ?? 0,
        after: this.#after.get(control) ?? 0,
      })),
      obstacles: this.#obstacles,
      skipped: this.#skipped,
    };
  }

  #isWithin(day: string): boolean {
    const { from, to } = this.#days;
    return (from === undefined || day >= from) && (to === undefined || day <= to);
  }

  #simulate({ recorded, order, files, own }: DecisionCase, place: string): void {
    if (typeof order === 'string' || typeof files === 'string') {
      const obstacle = [order, files].find((part) => typeof part === 'string');
      this.#skip({ place, order: recorded.order, obstacle: String(obstacle) });
      return;
    }
    const decision = decide({ order, facts: recorded.facts, files, own, rules: this.#rules });
    this.#count(recorded, decision, place);
  }

  #skip(skipped: SimulationResult['obstacles'][number]): void {
    this.#skipped += 1;
    if (this.#obstacles.length < SIMULATION_LISTED_MAX) this.#obstacles.push(skipped);
  }

  #count(recorded: DecisionBody, decision: Decision, place: string): void {
    const before = refusalsOf(recorded.rows);
    const after = refusalsOf(decision.rows);
    tally(this.#before, before);
    tally(this.#after, after);
    const wasApproved = recorded.outcome === 'approved';
    this.#counts.decisions += 1;
    if (wasApproved) this.#counts.approvedBefore += 1;
    if (decision.approved) this.#counts.approvedAfter += 1;
    if (wasApproved === decision.approved) return;
    const change = wasApproved ? 'newly-refused' : 'newly-passed';
    this.#counts[wasApproved ? 'newlyRefused' : 'newlyPassed'] += 1;
    if (this.#changed.length >= SIMULATION_LISTED_MAX) return;
    const { day } = recorded.facts;
    this.#changed.push({ place, order: recorded.order, day, change, refusals: wasApproved ? after : before });
  }
}

interface JudgedRow {
  readonly control: string;
  readonly scope: string;
  readonly verdict: string;
  readonly reason?: string | undefined;
}

function refusalsOf(rows: readonly JudgedRow[]): readonly SimulatedRefusal[] {
  return rows
    .filter(({ verdict }) => verdict === 'refuse')
    .map(({ control, scope, reason = '' }) => ({ control, scope, reason }));
}

function tally(counts: Map<string, number>, refusals: readonly SimulatedRefusal[]): void {
  for (const control of new Set(refusals.map((one) => one.control)))
    counts.set(control, (counts.get(control) ?? 0) + 1);
}
