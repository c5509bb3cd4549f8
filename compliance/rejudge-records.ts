import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Decimal } from '@gatehouse/shared/values/decimal.ts';
import { createDecisionRecords, type DecisionCase, type DecisionRecords } from './decision-records.ts';
import type { Control } from './define-control.ts';
import { type Difference, rejudge } from './rejudge.ts';
import { createRulesOnRecord, type RulesOnRecord } from './rules-on-record.ts';

/**
 * A decision that did not come out as it is recorded, or that could not be made again, or another entry that does not fit those
 * before it.
 *
 * Shape: `place` is the reader's own; `order` is absent where the entry is about none.
 */
export interface RejudgeFinding {
  readonly place: string;
  readonly order?: string;
  readonly differences: readonly Difference[];
  /** Why it could not be made again; absent where it could. */
  readonly obstacle?: string;
}

/**
 * What came of making all decisions again.
 *
 * Shape: only the first findings are listed, `unlisted` counts the rest; there are none exactly where all is as recorded.
 */
export interface RejudgeResult {
  readonly decisions: number;
  readonly equal: number;
  readonly findings: readonly RejudgeFinding[];
  readonly unlisted: number;
}

/** A position as the entries add up to it. Units: signed, in units of the instrument; undefined where it is not known. */
export interface FoldedPosition {
  readonly account: string;
  readonly instrument: string;
  readonly quantity: Decimal | undefined;
}

/** Reads the records of one journal in their order and makes each decision again. */
export interface Rejudge {
  take(entry: EntryBody, place: string): void;
  result(): RejudgeResult;
  /** The findings that are listed, which are listed no more from then on: whoever reads on for years keeps room for new ones. */
  takeFindings(): readonly RejudgeFinding[];
  /** What the entries that were taken add up to, for every account and instrument that an order was for. */
  positions(): readonly FoldedPosition[];
}

/** What a journal is judged with. Shape: `snapshot` is what the entries before the first one add up to, where they are gone. */
export interface RejudgeStart {
  readonly controls: readonly Control[];
  readonly snapshot?: JsonValue | undefined;
}

/** How many findings are listed one by one. */
export const REJUDGE_FINDINGS_MAX = 1_000;

/**
 * Makes every recorded decision again, from its recorded facts, the files and rules that it names, and all entries before it.
 *
 * Shape:  a decision that cannot be made again is a finding with its obstacle, never skipped.
 * Errors: `MESSAGE_MALFORMED` for a snapshot of another form.
 * Source: 17 CFR 240.15c3-5(e)(1): the effectiveness of controls is reviewed; RTS 6 Art. 9.
 */
export function createRejudge({ controls, snapshot }: RejudgeStart): Rejudge {
  return new JournalRejudge(createDecisionRecords(snapshot), createRulesOnRecord(controls));
}

class JournalRejudge implements Rejudge {
  readonly #records: DecisionRecords;
  readonly #rules: RulesOnRecord;
  readonly #findings: RejudgeFinding[] = [];
  /** One order for each account and instrument, since positions are asked for by an order. */
  readonly #samples = new Map<string, Order>();
  #decisions = 0;
  #equal = 0;
  #unlisted = 0;

  constructor(records: DecisionRecords, rules: RulesOnRecord) {
    this.#records = records;
    this.#rules = rules;
  }

  take(entry: EntryBody, place: string): void {
    this.#rules.fold(entry);
    const fault = this.#records.take(entry, (decided) => this.#judge(decided, place));
    if (fault !== undefined) this.#note({ place, ...orderIn(entry), ...obstacle(`it does not add up: ${fault}`) });
  }

  result(): RejudgeResult {
    return { decisions: this.#decisions, equal: this.#equal, findings: this.#findings, unlisted: this.#unlisted };
  }

  takeFindings(): readonly RejudgeFinding[] {
    return this.#findings.splice(0);
  }

  positions(): readonly FoldedPosition[] {
    return [...this.#samples.values()].map((order) => {
      const { account, instrument } = order;
      return { account, instrument, quantity: this.#records.own.position(order) };
    });
  }

  #judge(decided: DecisionCase, place: string): void {
    this.#decisions += 1;
    const { recorded, order } = decided;
    if (typeof order !== 'string') this.#samples.set(`${order.account}\n${order.instrument}`, order);
    const finding = this.#compare(decided);
    if (finding === undefined) this.#equal += 1;
    else this.#note({ place, order: recorded.order, ...finding });
  }

  #note(finding: RejudgeFinding): void {
    if (this.#findings.length < REJUDGE_FINDINGS_MAX) this.#findings.push(finding);
    else this.#unlisted += 1;
  }

  #compare({ recorded, order, files, own }: DecisionCase): Omit<RejudgeFinding, 'place' | 'order'> | undefined {
    if (typeof order === 'string') return obstacle(order);
    const rules = this.#rules.rules(recorded);
    if (typeof rules === 'string') return obstacle(rules);
    if (typeof files === 'string') return obstacle(files);
    const { differences } = rejudge({ order, recorded, files, own, rules });
    return differences.length === 0 ? undefined : { differences };
  }
}

function orderIn(entry: EntryBody): { readonly order?: string } {
  return entry.kind === 'decision' || entry.kind === 'order' || entry.kind === 'fill'
    ? { order: entry.body.order }
    : {};
}

function obstacle(text: string): Omit<RejudgeFinding, 'place' | 'order'> {
  return { differences: [], obstacle: text };
}
