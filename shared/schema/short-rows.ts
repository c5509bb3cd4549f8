import { z } from 'zod';
import { canonicalJson, type JsonValue } from '../journal/canonical.ts';
import { DecisionRow, RowVerdict } from './decision-row.ts';
import { describeIssues, encode } from './decode.ts';
import type { ScopeText } from './fields.ts';
import { ROW_FORMS } from './row-forms.ts';

/** A row that is written out in full, as all rows of bodies of version 2 are. */
export type FullRow = z.input<typeof DecisionRow>;

/** A figure as it stands in a short row. Shape: whole numbers without a sign of their own stand as numbers, all else as text. */
export type ShortValue = string | number;

/**
 * A row in its shortest form.
 *
 * Shape: the number of its form in `ROW_FORMS` alone, where it is about the firm and has no figures; with the place of its scope
 *        and its values; with the place of its scope alone, where its values are those of the row before; or in full.
 */
type ShortRow = number | ValuedRow | FullRow;

/** The number of a form, the place of a scope, and values. */
type ValuedRow = readonly [number, number, ...ShortValue[]];

/** Rows as a decision of version 3 records them. Shape: scope 0 is the firm, scope n the nth of `scopes`. */
export interface ShortRows {
  readonly rows: readonly ShortRow[];
  readonly scopes: readonly ScopeText[];
}

interface RowForm {
  readonly number: number;
  readonly control: string;
  readonly version: number;
  readonly verdict: RowVerdict;
  readonly names: readonly string[];
}

/** What a short row may leave out because the row before it had the same. */
interface Before {
  readonly form: RowForm;
  readonly values: readonly ShortValue[];
}

const FIRM: ScopeText = 'firm';
/** Where the values of a row begin. */
const FIRST_VALUE = 2;
const NO_FORMS: readonly RowForm[] = [];
/** Up to fifteen digits, so that every such number is a safe integer and has this one text. */
const WHOLE = /^(0|-?[1-9]\d{0,14})$/;

const forms: readonly RowForm[] = ROW_FORMS.map(formOf);
const formsByControl: ReadonlyMap<string, readonly RowForm[]> = Map.groupBy(forms, ({ control }) => control);

/** The one short form of rows; `fullRows` gives back the same rows. */
export function shortRows(rows: readonly DecisionRow[]): ShortRows {
  const scopes: ScopeText[] = [];
  let before: ValuedRow | undefined;
  const short = rows.map((row): ShortRow => {
    const form = formFor(row);
    if (form === undefined) {
      before = undefined;
      return encode(DecisionRow, row);
    }
    const place = placeOf(row.scope, scopes);
    if (row.figures === undefined) return place === 0 ? form.number : [form.number, place];
    const valued = valuedRow(form, place, row.figures);
    if (before !== undefined && areSame(before, valued)) return [form.number, place];
    before = valued;
    return valued;
  });
  return { rows: short, scopes };
}

/**
 * The canonical text of what `shortRows` makes.
 *
 * Shape: written at once, since a decision has dozens of rows and every order waits for them.
 */
export function shortRowsText(rows: readonly DecisionRow[]): {
  readonly rows: string;
  readonly scopes: readonly ScopeText[];
} {
  const scopes: ScopeText[] = [];
  const texts: string[] = [];
  let before: { readonly form: RowForm; readonly values: string } | undefined;
  for (const row of rows) {
    const form = formFor(row);
    if (form === undefined) {
      before = undefined;
      texts.push(canonicalJson(encode(DecisionRow, row) as JsonValue));
      continue;
    }
    const place = placeOf(row.scope, scopes);
    if (row.figures === undefined) {
      texts.push(place === 0 ? `${form.number}` : `[${form.number},${place}]`);
      continue;
    }
    const values = valuesText(form, row.figures);
    if (before?.form === form && before.values === values) texts.push(`[${form.number},${place}]`);
    else texts.push(`[${form.number},${place}${values}]`);
    before = { form, values };
  }
  return { rows: `[${texts.join(',')}]`, scopes };
}

/**
 * The rows that a decision of version 3 records.
 *
 * Shape: instead of the rows every problem, with the place of the row that has it, where one cannot be read: a form or scope that
 *        is not there, values that do not fit the form, a row in full that is none.
 */
export function fullRows(
  rows: readonly unknown[],
  scopes: readonly ScopeText[],
): { readonly rows: readonly DecisionRow[] } | { readonly problems: readonly string[] } {
  const full: DecisionRow[] = [];
  const problems: string[] = [];
  let before: Before | undefined;
  for (const [index, row] of rows.entries()) {
    const read = isFullRow(row) ? readFull(row) : readShort(row, { scopes, before });
    if (typeof read === 'string') {
      problems.push(`row ${index}: ${read}`);
      continue;
    }
    full.push(read.row);
    before = read.before;
  }
  return problems.length > 0 ? { problems } : { rows: full };
}

/** Whether a list of forms that is on record says the same as this release's, as far as both go. */
export function agreesOnForms(recorded: readonly string[]): boolean {
  return recorded.every((form, number) => ROW_FORMS[number] === undefined || ROW_FORMS[number] === form);
}

interface Read {
  readonly row: DecisionRow;
  readonly before: Before | undefined;
}

/** Whether a row is written out in full. */
function isFullRow(row: unknown): row is readonly unknown[] {
  return Array.isArray(row) && typeof row[0] === 'string';
}

function readFull(row: readonly unknown[]): Read | string {
  const decoded = z.safeDecode(DecisionRow, row as FullRow);
  return decoded.success ? { row: decoded.data, before: undefined } : describeIssues(decoded.error);
}

function readShort(
  row: unknown,
  { scopes, before }: { readonly scopes: readonly ScopeText[]; readonly before: Before | undefined },
): Read | string {
  const parts: readonly unknown[] = Array.isArray(row) ? row : [row, 0];
  const [number, place, ...told] = parts;
  const form = typeof number === 'number' ? forms[number] : undefined;
  if (form === undefined) return `this release has no form ${String(number)}`;
  const scope = place === 0 ? FIRM : typeof place === 'number' ? scopes[place - 1] : undefined;
  if (scope === undefined) return `the decision names no scope ${String(place)}`;
  const isRepeated = told.length === 0 && before?.form === form;
  const values = isRepeated ? before.values : told;
  if (values.length !== form.names.length || !values.every(isValue)) return `its values do not fit form ${form.number}`;
  return { row: rowIn(form, scope, values), before: form.names.length === 0 ? before : { form, values } };
}

function rowIn(form: RowForm, scope: ScopeText, values: readonly ShortValue[]): DecisionRow {
  const { control, version, verdict, names } = form;
  const row = { control, version, scope, verdict };
  if (names.length === 0) return row;
  return { ...row, figures: Object.fromEntries(names.map((name, index) => [name, String(values[index])])) };
}

function isValue(value: unknown): value is ShortValue {
  return typeof value === 'string' || (typeof value === 'number' && WHOLE.test(String(value)));
}

function valuedRow({ number, names }: RowForm, place: number, figures: NonNullable<DecisionRow['figures']>): ValuedRow {
  const row: [number, number, ...ShortValue[]] = [number, place];
  for (const name of names) row.push(shortValue(figures[name] ?? ''));
  return row;
}

function valuesText({ names }: RowForm, figures: NonNullable<DecisionRow['figures']>): string {
  let text = '';
  for (const name of names) {
    const value = figures[name] ?? '';
    text += WHOLE.test(value) ? `,${value}` : `,${canonicalJson(value)}`;
  }
  return text;
}

function shortValue(text: string): ShortValue {
  return WHOLE.test(text) ? Number(text) : text;
}

/** A row with a reason is written in full, and so is one whose figures no form names. */
function formFor({ control, version, verdict, figures, reason }: DecisionRow): RowForm | undefined {
  if (reason !== undefined) return undefined;
  const count = figures === undefined ? 0 : Object.keys(figures).length;
  if (figures !== undefined && count === 0) return undefined;
  for (const form of formsByControl.get(control) ?? NO_FORMS) {
    const isAlike = form.verdict === verdict && form.version === version && form.names.length === count;
    if (isAlike && (figures === undefined || hasAll(figures, form.names))) return form;
  }
  return undefined;
}

function hasAll(figures: NonNullable<DecisionRow['figures']>, names: readonly string[]): boolean {
  for (const name of names) if (!Object.hasOwn(figures, name)) return false;
  return true;
}

function placeOf(scope: ScopeText, scopes: ScopeText[]): number {
  if (scope === FIRM) return 0;
  const known = scopes.indexOf(scope);
  return known === -1 ? scopes.push(scope) : known + 1;
}

/** Whether two rows are of one form and have the same values, wherever they are about. */
function areSame(one: ValuedRow, other: ValuedRow): boolean {
  if (one[0] !== other[0]) return false;
  for (let index = FIRST_VALUE; index < one.length; index += 1) if (one[index] !== other[index]) return false;
  return true;
}

function formOf(text: string, number: number): RowForm {
  const [name = '', verdict, ...names] = text.split(' ');
  const [control = '', version] = name.split('@');
  return { number, control, version: Number(version), verdict: RowVerdict.parse(verdict), names };
}
