import { describeError } from '@gatehouse/shared/errors.ts';
import { canonicalJson, sha256 } from '@gatehouse/shared/journal/canonical.ts';
import type { ControlsBody, EntryBody, LimitsBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import type { Control } from './define-control.ts';
import { compileRules, type RuleSet } from './rule-set.ts';
import { sheetHash, sheetOnRecord } from './sheet-document.ts';

/** Which rules a decision says that it was made by. */
export interface NamedRules {
  readonly sheet: string;
  readonly controls: string;
}

/**
 * The sheets and control sets of a journal, as decisions name them.
 *
 * Shape: what cannot be provided is told as text, a fragment that says why.
 */
export interface RulesOnRecord {
  fold(entry: EntryBody): void;
  rules(named: NamedRules): RuleSet | string;
  sheet(hash: string): Sheet | string;
}

/** So many pairs of a sheet and a control set are kept compiled; a journal uses one after the other. */
const COMPILED_MAX = 20;

/**
 * Reads sheets and control sets from entries, and makes the rules that a decision names.
 *
 * Shape: `controls` is the registry with its superseded versions. A set is compiled from exactly the versions that it lists, so
 *        that a decision of an older release meets the controls that it met then; one that this registry does not hold in full
 *        is told with the release that has it.
 */
export function createRulesOnRecord(controls: readonly Control[]): RulesOnRecord {
  return new JournalRules(controls);
}

class JournalRules implements RulesOnRecord {
  readonly #registry: ReadonlyMap<string, Control>;
  readonly #documents = new Map<string, string>();
  readonly #sets = new Map<string, { readonly set: ControlsBody['set']; readonly release: string }>();
  readonly #compiled = new Map<string, RuleSet>();
  #release = 'that recorded it';

  constructor(controls: readonly Control[]) {
    this.#registry = new Map(controls.map((control) => [nameOf(control), control]));
  }

  fold({ kind, body }: EntryBody): void {
    if (kind === 'session') this.#release = body.release;
    if (kind === 'limits') this.#accept(body);
    if (kind === 'controls') this.#sets.set(body.controls, { set: body.set, release: this.#release });
  }

  rules(named: NamedRules): RuleSet | string {
    const key = `${named.sheet} ${named.controls}`;
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const controls = this.#controlsOf(named.controls);
    if (typeof controls === 'string') return controls;
    const sheet = this.sheet(named.sheet);
    if (typeof sheet === 'string') return sheet;
    try {
      const rules = compileRules({ controls, sheet, sheetHash: named.sheet });
      if (this.#compiled.size >= COMPILED_MAX) this.#compiled.clear();
      this.#compiled.set(key, rules);
      return rules;
    } catch (error) {
      return `sheet ${named.sheet} cannot be used: ${describeError(error)}`;
    }
  }

  sheet(hash: string): Sheet | string {
    const document = this.#documents.get(hash);
    if (document === undefined) return `sheet ${hash} was not accepted before this decision`;
    if (sheetHash(document) !== hash) return `the document of sheet ${hash} has another hash`;
    try {
      return sheetOnRecord(document);
    } catch (error) {
      return `sheet ${hash} cannot be read: ${describeError(error)}`;
    }
  }

  #accept({ sheet, document }: LimitsBody): void {
    this.#documents.set(sheet, document);
  }

  /** The controls of a set, under the titles that it gives them, since its hash is over these as well. */
  #controlsOf(hash: string): readonly Control[] | string {
    const known = this.#sets.get(hash);
    if (known === undefined) return `control set ${hash} is not on record before this decision`;
    const { set, release } = known;
    if (sha256(canonicalJson(set)).toString('hex') !== hash) return `the list of control set ${hash} has another hash`;
    const controls = set.map((listed) => ({ listed, control: this.#registry.get(nameOf(listed)) }));
    const missing = controls.filter(({ control }) => control === undefined).map(({ listed }) => nameOf(listed));
    if (missing.length > 0) {
      return `this release has no ${missing.join(', ')} of control set ${hash}; release ${release} has`;
    }
    return controls.flatMap(({ listed, control }) =>
      control === undefined ? [] : [{ ...control, title: listed.title }],
    );
  }
}

function nameOf({ id, version }: { readonly id: string; readonly version: number }): string {
  return `${id}@${version}`;
}
