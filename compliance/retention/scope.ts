import { Count, Identifier } from '@gatehouse/shared/schema/fields.ts';
import { z } from 'zod';
import { KEY_CLASSES, type KeyClass, keyClassOf } from './key-class.ts';
import { monthOf } from './target.ts';

const MonthText = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'not a month as YYYY-MM');

/**
 * The records that a hold or a clock event is about.
 *
 * Shape:  a `class` is a key class, all of it or some months; `records` are leaves of the ledger, both included.
 * Errors: decoding rejects a range that ends before it begins.
 */
export const RetentionScope = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('subject'), subject: Identifier }),
  z
    .strictObject({
      kind: z.literal('class'),
      class: z.enum(KEY_CLASSES),
      from: MonthText.optional(),
      to: MonthText.optional(),
    })
    .refine(({ from, to }) => from === undefined || to === undefined || from <= to, 'it ends before it begins'),
  z
    .strictObject({ kind: z.literal('records'), first: Count, last: Count })
    .refine(({ first, last }) => first <= last, 'it ends before it begins'),
  z.strictObject({ kind: z.literal('account'), account: Identifier }),
  z.strictObject({ kind: z.literal('instrument'), instrument: Identifier }),
]);

export type RetentionScope = z.output<typeof RetentionScope>;

/**
 * A record as it is judged, or a row of records of one kind that were made in one month.
 *
 * Shape:  `first` and `last` are leaves, the same for one record; `at` is when it was made, of a row the latest. `about` says which
 *         account and instrument it names, and is absent where that is not known.
 */
export interface JudgedRecord {
  readonly kind: string;
  readonly action: string | null;
  readonly at: string;
  readonly first: number;
  readonly last: number;
  readonly subject?: string | undefined;
  readonly about?: { readonly account?: string | undefined; readonly instrument?: string | undefined } | undefined;
}

/** The classes whose records are about customers, accounts or instruments. */
const NAMES_OTHERS: ReadonlySet<KeyClass> = new Set<KeyClass>([
  'trading',
  'customer',
  'screening',
  'blocked-property',
  'surveillance',
  'filings',
  'unknown',
]);

/** Whether a scope holds a record for certain, all of a row of them. */
export function isSurelyIn(scope: RetentionScope, record: JudgedRecord): boolean {
  if (scope.kind === 'subject') return record.subject === scope.subject;
  if (scope.kind === 'class') return isInClass(scope, record);
  if (scope.kind === 'records') return scope.first <= record.first && record.last <= scope.last;
  if (scope.kind === 'account') return record.about?.account === scope.account;
  return record.about?.instrument === scope.instrument;
}

/** Whether a scope may hold a record, or any of a row; what the record does not say counts as being in it. */
export function mayBeIn(scope: RetentionScope, record: JudgedRecord): boolean {
  if (scope.kind === 'class') return isInClass(scope, record);
  if (scope.kind === 'records') return scope.first <= record.last && record.first <= scope.last;
  if (!NAMES_OTHERS.has(keyClassOf(record.kind, record.action))) return false;
  const { subject, about } = record;
  // Nobody has said which accounts belong to which customer, so only the same kind of name tells two apart.
  if (scope.kind === 'subject') return mayName(subject, scope.subject);
  return scope.kind === 'account'
    ? mayName(about?.account, scope.account)
    : mayName(about?.instrument, scope.instrument);
}

/** A scope in words, for lists and for the ledger. */
export function scopeText(scope: RetentionScope): string {
  if (scope.kind === 'subject') return `subject ${scope.subject}`;
  if (scope.kind === 'account') return `account ${scope.account}`;
  if (scope.kind === 'instrument') return `instrument ${scope.instrument}`;
  if (scope.kind === 'records') return `leaves ${scope.first} to ${scope.last}`;
  const { from, to } = scope;
  if (from === undefined && to === undefined) return `class ${scope.class}`;
  return `class ${scope.class}, ${from ?? 'the first month'} to ${to ?? 'the last month'}`;
}

function mayName(named: string | undefined, id: string): boolean {
  return named === undefined || named === id;
}

function isInClass(scope: RetentionScope & { readonly kind: 'class' }, { kind, action, at }: JudgedRecord): boolean {
  const month = monthOf(at);
  const isAfter = scope.from === undefined || scope.from <= month;
  return scope.class === keyClassOf(kind, action) && isAfter && (scope.to === undefined || month <= scope.to);
}
