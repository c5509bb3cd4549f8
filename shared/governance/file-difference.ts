import type { JsonValue } from '../journal/canonical.ts';
import type { HubFileKind } from '../schema/dated-file.ts';
import { atOnce, type Steps } from '../values/steps.ts';

/** What one version of a dated file changes of another. Shape: `loosening` and `tightening` say it in words, each with its count. */
export interface FileDifference {
  readonly isLoosening: boolean;
  readonly loosening: readonly string[];
  readonly tightening: readonly string[];
}

/** Which change of a list lets more pass: a row less, a row more, or any change at all. */
type Loosened = 'by-less' | 'by-more' | 'by-any';

interface ListRule {
  readonly list: string;
  readonly loosened: Loosened;
  /** What stands for a row of a file, where it is not all of it or not it alone. */
  readonly keyOf?: (row: JsonValue, file: JsonValue) => JsonValue;
}

const RULES: Readonly<Record<HubFileKind, readonly ListRule[]>> = {
  restrictions: [{ list: 'rows', loosened: 'by-less' }],
  // A list that went in with a newer version went in all the same.
  sanctions: [
    { list: 'rows', loosened: 'by-less' },
    { list: 'lists', loosened: 'by-less', keyOf: (row) => fieldOf(row, 'list') },
  ],
  locates: [
    { list: 'rows', loosened: 'by-more' },
    // An easy name is located for as long as the file is young, so a newer one locates it once more.
    { list: 'easyToBorrow', loosened: 'by-more', keyOf: (name, file) => [name, fieldOf(file, 'asOf')] },
  ],
  entitlements: [
    { list: 'traders', loosened: 'by-more' },
    { list: 'accounts', loosened: 'by-more' },
    // Of two rows for one version the last counts, so what is left out may have been the stricter one.
    { list: 'algorithms', loosened: 'by-any' },
  ],
  // Nobody can say whether other hours are longer.
  calendars: [{ list: 'rows', loosened: 'by-any' }],
};

/**
 * What a dated file changes of the one before, both as JSON.
 *
 * Shape:  a row that differs in anything is one row less and one more, and what cannot be told counts as loosened. When the content was
 *         true (`asOf`) changes nothing but for easy names, and who made it (`source`) nothing at all.
 * Source: 17 CFR 240.15c3-5(d): whoever carries a list, its loosening takes the people of the firm.
 */
export function fileDifference(kind: HubFileKind, before: JsonValue, after: JsonValue): FileDifference {
  return atOnce(comparingFiles(kind, before, after));
}

/** The same in steps, for whoever has other work that must not wait for a long list. */
export function* comparingFiles(kind: HubFileKind, before: JsonValue, after: JsonValue): Steps<FileDifference> {
  const loosening: string[] = [];
  const tightening: string[] = [];
  for (const rule of RULES[kind]) {
    const [had, has] = unlikeParts(yield* textsOf(rule, before), yield* textsOf(rule, after));
    yield;
    const less = yield* missingFrom(had, has);
    const more = yield* missingFrom(has, had);
    const isMoved = less.length + more.length === 0 && had.length > 0;
    const loosens = { 'by-less': less, 'by-more': more, 'by-any': isMoved ? has : [...less, ...more] }[rule.loosened];
    const tightens = { 'by-less': more, 'by-more': less, 'by-any': [] }[rule.loosened];
    if (loosens.length > 0) loosening.push(`${loosens.length} of ${rule.list} ${WORDS[rule.loosened].loosens}`);
    if (tightens.length > 0) tightening.push(`${tightens.length} of ${rule.list} ${WORDS[rule.loosened].tightens}`);
  }
  return { isLoosening: loosening.length > 0, loosening, tightening };
}

/** So many rows are compared in one step, a few milliseconds of work. */
const ROWS_AT_ONCE = 2_000;

const WORDS: Readonly<Record<Loosened, { readonly loosens: string; readonly tightens: string }>> = {
  'by-less': { loosens: 'taken away', tightens: 'added' },
  'by-more': { loosens: 'added', tightens: 'taken away' },
  'by-any': { loosens: 'changed', tightens: '' },
};

function* textsOf({ list, keyOf = (row) => row }: ListRule, file: JsonValue): Steps<readonly string[]> {
  const rows = fieldOf(file, list);
  const texts: string[] = [];
  if (!Array.isArray(rows)) return texts;
  for (const row of rows as readonly JsonValue[]) {
    // Keys in another order make another row: that asks for a signature too many, and is much faster than sorting them.
    texts.push(JSON.stringify(keyOf(row, file)));
    if (texts.length % ROWS_AT_ONCE === 0) yield;
  }
  return texts;
}

/** What is left of two lists without the rows that both begin and end with; most versions of a long list differ in few rows. */
function unlikeParts(
  had: readonly string[],
  has: readonly string[],
): readonly [had: readonly string[], has: readonly string[]] {
  const shorter = Math.min(had.length, has.length);
  let start = 0;
  while (start < shorter && had[start] === has[start]) start += 1;
  let end = 0;
  while (end < shorter - start && had.at(-1 - end) === has.at(-1 - end)) end += 1;
  return [had.slice(start, had.length - end), has.slice(start, has.length - end)];
}

/** Rows of one list that the other has not, as often as it lacks them. */
function* missingFrom(rows: readonly string[], other: readonly string[]): Steps<readonly string[]> {
  const counts = new Map<string, number>();
  for (const [at, row] of other.entries()) {
    counts.set(row, (counts.get(row) ?? 0) + 1);
    if (at % ROWS_AT_ONCE === 0) yield;
  }
  const missing: string[] = [];
  for (const [at, row] of rows.entries()) {
    const left = counts.get(row) ?? 0;
    if (left > 0) counts.set(row, left - 1);
    else missing.push(row);
    if (at % ROWS_AT_ONCE === 0) yield;
  }
  return missing;
}

function fieldOf(value: JsonValue, name: string): JsonValue {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return (value as Readonly<Record<string, JsonValue>>)[name] ?? null;
}
