import { describeError } from '@gatehouse/shared/errors.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import type { DecisionBody } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Control } from './define-control.ts';
import { type Difference, rejudge } from './rejudge.ts';
import { compileRules, controlSet, type RuleSet } from './rule-set.ts';
import { sheetHash, sheetOnRecord } from './sheet-document.ts';

/** A decision that did not come out as it is recorded, or that could not be made again. Shape: `place` is the reader's own. */
export interface RejudgeFinding {
  readonly place: string;
  readonly order: string;
  readonly differences: readonly Difference[];
  /** Why it could not be made again; absent where it could. */
  readonly obstacle?: string;
}

/** What came of making all decisions again. Shape: only the first findings are listed, `unlisted` counts the rest. */
export interface RejudgeResult {
  readonly decisions: number;
  readonly equal: number;
  readonly findings: readonly RejudgeFinding[];
  readonly unlisted: number;
}

/** Reads records in their order and makes each decision again. */
export interface Rejudge {
  take(entry: EntryBody, place: string): void;
  result(): RejudgeResult;
}

/** How many findings are listed one by one. */
export const REJUDGE_FINDINGS_MAX = 1_000;

/**
 * Makes every recorded decision again, from its own facts and the sheet that it names.
 *
 * Shape:  a decision under a control set that this release does not hold is a finding, never skipped.
 * Source: 17 CFR 240.15c3-5(e)(1): the effectiveness of controls is reviewed; RTS 6 Art. 9.
 */
export function createRejudge(controls: readonly Control[]): Rejudge {
  return new RecordsRejudge(controls);
}

class RecordsRejudge implements Rejudge {
  readonly #controls: readonly Control[];
  readonly #controlsHash: string;
  readonly #documents = new Map<string, string>();
  readonly #rules = new Map<string, RuleSet>();
  /** Orders between their intent and their decision, which lie in one group of the journal. */
  readonly #waiting = new Map<string, Order>();
  readonly #findings: RejudgeFinding[] = [];
  #decisions = 0;
  #equal = 0;
  #unlisted = 0;

  constructor(controls: readonly Control[]) {
    this.#controls = controls;
    this.#controlsHash = controlSet(controls).hash;
  }

  take(entry: EntryBody, place: string): void {
    if (entry.kind === 'limits') this.#documents.set(entry.body.sheet, entry.body.document);
    if (entry.kind === 'intent') this.#waiting.set(entry.body.order.id, entry.body.order);
    if (entry.kind === 'decision') this.#judge(entry.body, place);
  }

  result(): RejudgeResult {
    return { decisions: this.#decisions, equal: this.#equal, findings: this.#findings, unlisted: this.#unlisted };
  }

  #judge(recorded: DecisionBody, place: string): void {
    this.#decisions += 1;
    const order = this.#waiting.get(recorded.order);
    this.#waiting.delete(recorded.order);
    const finding = this.#compare(recorded, order);
    if (finding === undefined) this.#equal += 1;
    else if (this.#findings.length < REJUDGE_FINDINGS_MAX)
      this.#findings.push({ place, order: recorded.order, ...finding });
    else this.#unlisted += 1;
  }

  #compare(recorded: DecisionBody, order: Order | undefined): Omit<RejudgeFinding, 'place' | 'order'> | undefined {
    if (order === undefined) return obstacle('no intent of this order stands before its decision');
    if (recorded.controls !== this.#controlsHash) {
      return obstacle(`it was made by control set ${recorded.controls}, and this release holds ${this.#controlsHash}`);
    }
    const rules = this.#rulesOf(recorded.sheet);
    if (typeof rules === 'string') return obstacle(rules);
    const differences = rejudge({ order, decisionBody: recorded, rules });
    return differences.length === 0 ? undefined : { differences };
  }

  /** The rules of a sheet, or why there are none. The signatures were checked when the sheet was accepted. */
  #rulesOf(hash: string): RuleSet | string {
    const known = this.#rules.get(hash);
    if (known !== undefined) return known;
    const document = this.#documents.get(hash);
    if (document === undefined) return `sheet ${hash} was not accepted before this decision`;
    if (sheetHash(document) !== hash) return `the document of sheet ${hash} has another hash`;
    try {
      const rules = compileRules({ controls: this.#controls, sheet: sheetOnRecord(document), sheetHash: hash });
      this.#rules.set(hash, rules);
      return rules;
    } catch (error) {
      return `sheet ${hash} cannot be used: ${describeError(error)}`;
    }
  }
}

function obstacle(text: string): Omit<RejudgeFinding, 'place' | 'order'> {
  return { differences: [], obstacle: text };
}
