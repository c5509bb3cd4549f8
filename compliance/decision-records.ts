import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import type { DecisionBody } from '@gatehouse/shared/schema/decision.ts';
import type { FactsBody } from '@gatehouse/shared/schema/facts-bodies.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { type Aggregates, createAggregates } from './aggregates/aggregates.ts';
import { INTENTS_MAX } from './aggregates/open-orders.ts';
import { compileFactFiles, type FactFiles, type HeldFacts, NO_FILES } from './fact-files.ts';
import { createFactsReader } from './facts-document.ts';

/**
 * A recorded decision with everything that it was made on but its rules.
 *
 * Shape: `own` is what all earlier entries add up to, and changes with the next one. What cannot be had is told as text, a
 *        fragment that says why.
 */
export interface DecisionCase {
  readonly recorded: DecisionBody;
  readonly order: Order | string;
  readonly files: FactFiles | string;
  readonly own: Aggregates;
}

/** Follows the entries of one journal, in their order, and stops at each decision before it counts. */
export interface DecisionRecords {
  readonly own: Aggregates;
  /** Takes an entry; answers why it does not add up to anything where it does not, and then nothing that follows is sure. */
  take(entry: EntryBody, onDecision: (decided: DecisionCase) => void): string | undefined;
}

/** Orders between their intent and their decision lie in one group of the journal; beyond this the oldest are forgotten. */
export const WAITING_MAX = INTENTS_MAX;

/**
 * Follows a journal from its first entry, or from a snapshot of what all entries before add up to.
 *
 * Errors: `MESSAGE_MALFORMED` for a snapshot of another form.
 */
export function createDecisionRecords(snapshot?: JsonValue): DecisionRecords {
  return new JournalRecords(createAggregates(snapshot));
}

class JournalRecords implements DecisionRecords {
  readonly own: Aggregates;
  readonly #waiting = new Map<string, Order>();
  readonly #held = new Map<string, HeldFacts | string>();
  readonly #reader = createFactsReader();
  #files: FactFiles | undefined = NO_FILES;

  constructor(own: Aggregates) {
    this.own = own;
  }

  take(entry: EntryBody, onDecision: (decided: DecisionCase) => void): string | undefined {
    if (entry.kind === 'intent') this.#wait(entry.body.order);
    if (entry.kind === 'facts') this.#hold(entry.body);
    if (entry.kind === 'decision') onDecision(this.#caseOf(entry.body));
    try {
      this.own.fold(entry);
      return undefined;
    } catch (error) {
      // A record that contradicts those before it is told; a fault of our own must stop whoever reads.
      if (error instanceof KitError) return error.message;
      throw error;
    }
  }

  #wait(order: Order): void {
    const [oldest] = this.#waiting.size >= WAITING_MAX ? this.#waiting.keys() : [];
    if (oldest !== undefined) this.#waiting.delete(oldest);
    this.#waiting.set(order.id, order);
  }

  #hold(body: FactsBody): void {
    this.#files = undefined;
    if (body.ended === true) {
      this.#held.delete(body.kind);
      return;
    }
    try {
      const held = this.#reader.take(body);
      if (held !== undefined) this.#held.set(body.kind, held);
    } catch (error) {
      this.#held.set(body.kind, describeError(error));
    }
  }

  #caseOf(recorded: DecisionBody): DecisionCase {
    const order = this.#waiting.get(recorded.order) ?? 'no intent of this order stands before its decision';
    this.#waiting.delete(recorded.order);
    return { recorded, order, files: this.#filesOf(recorded.facts.files), own: this.own };
  }

  #filesOf(hash: string): FactFiles | string {
    const broken = [...this.#held.values()].find((held) => typeof held === 'string');
    if (broken !== undefined) return broken;
    this.#files ??= compileFactFiles([...this.#held.values()].filter((held) => typeof held !== 'string'));
    if (this.#files.hash === hash) return this.#files;
    return `the dated files ${hash} are not those on record before this decision`;
  }
}
