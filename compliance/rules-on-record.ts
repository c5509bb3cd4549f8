import { describeError } from '@gatehouse/shared/errors.ts';
import { canonicalJson, sha256 } from '@gatehouse/shared/journal/canonical.ts';
import type { ControlsBody, EntryBody } from '@gatehouse/shared/schema/bodies.ts';
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
  /** A journal uses one pair of a sheet and a control set after the other, so the last one is kept compiled. */
  #last: { readonly name: string; readonly rules: RuleSet | string } | undefined;
  #release = 'that recorded it';

  constructor(controls: readonly Control[]) {
    this.#registry = new Map(controls.map((control) => [nameOf(control), control]));
  }

  fold({ kind, body }: EntryBody): void {
    if (kind === 'session') this.#release = body.release;
    if (kind === 'limits') this.#documents.set(body.sheet, body.document);
    if (kind === 'controls') this.#sets.set(body.controls, { set: body.set, release: this.#release });
    if (kind === 'limits' || kind === 'controls') this.#last = undefined;
  }

  rules(named: NamedRules): RuleSet | string {
    const name = `${named.sheet} ${named.controls}`;
    if (this.#last?.name !== name) this.#last = { name, rules: this.#compiled(named) };
    return this.#last.rules;
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

  #compiled(named: NamedRules): RuleSet | string {
    const controls = this.#controlsOf(named.controls);
    if (typeof controls === 'string') return controls;
    const sheet = this.sheet(named.sheet);
    if (typeof sheet === 'string') return sheet;
    try {
      return compileRules({ controls, sheet, sheetHash: named.sheet });
    } catch (error) {
      return `sheet ${named.sheet} cannot be used: ${describeError(error)}`;
    }
  }

  /** The controls of a set, under the titles that it gives them, since its hash is over these as well. */
  #controlsOf(hash: string): readonly Control[] | string {
    const known = this.#sets.get(hash);
    if (known === undefined) return `control set ${hash} is not on record before this decision`;
    const { set, release } = known;
    if (sha256(canonicalJson(set)).toString('hex') !== hash) return `the list of control set ${hash} has another hash`;
    const held = set.flatMap((listed) => this.#titled(listed));
    if (held.length === set.length) return held;
    const missing = set.map(nameOf).filter((name) => !this.#registry.has(name));
    return `this release has no ${missing.join(', ')} of control set ${hash}; release ${release} has`;
  }

  #titled(listed: ControlsBody['set'][number]): readonly Control[] {
    const control = this.#registry.get(nameOf(listed));
    return control === undefined ? [] : [{ ...control, title: listed.title }];
  }
}

function nameOf({ id, version }: { readonly id: string; readonly version: number }): string {
  return `${id}@${version}`;
}
