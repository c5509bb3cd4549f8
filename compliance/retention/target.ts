import { KitError } from '@gatehouse/shared/errors.ts';
import { ID_PATTERN } from '@gatehouse/shared/values/identifiers.ts';
import { isKeyClass } from './key-class.ts';

/**
 * What is disposed of at once: the records that lie under one key.
 *
 * Shape: a `period` is all records of a key class whose entry was made in that month, in UTC, whichever edge made it. A `subject` is what
 *        is sealed under the key of one customer or account; `subject` is its opaque id.
 */
export type DisposalTarget =
  | { readonly kind: 'period'; readonly class: string; readonly month: string }
  | { readonly kind: 'subject'; readonly subject: string };

/**
 * Who decided that a target goes.
 *
 * Shape: `maker` proposed it, `approvedBy` are two other people at least; nobody is named twice.
 * Units: `at` is when the last of them approved, in UTC with nanoseconds.
 */
export interface Approval {
  readonly proposal: string;
  readonly maker: string;
  readonly approvedBy: readonly string[];
  readonly reason: string;
  readonly at: string;
}

/**
 * What is on record of a disposal.
 *
 * Shape: `leaf` is the place of the certificate in the ledger; `records` counts the bodies that nobody can read any more.
 * Units: `finalFrom` is the day from which no copy of the keys can exist any more, by the age that copies may reach.
 */
export interface Certificate {
  readonly leaf: number;
  readonly records: number;
  readonly finalFrom: string;
}

/** Destroys what lies under a target; called again for the same approval it goes on where it was and gives the same certificate. */
export type Dispose = (target: DisposalTarget, approval: Approval) => Promise<Certificate>;

const MONTH_PATTERN = /^\d{4}-(0[1-9]|1[0-2])$/;
const SUBJECT_PREFIX = 'subject/';
const SEPARATOR = '/';

/** A target as one word, for acts, commands and lists: `trading/2026-03` or `subject/c-81`. */
export function targetText(target: DisposalTarget): string {
  return target.kind === 'subject'
    ? `${SUBJECT_PREFIX}${target.subject}`
    : `${target.class}${SEPARATOR}${target.month}`;
}

/** Reads a target from its word. Errors: `VALUE_MALFORMED` for another form, or for a key class that this release does not know. */
export function parseTarget(text: string): DisposalTarget {
  const [first = '', second = '', ...rest] = text.split(SEPARATOR);
  if (rest.length > 0) throw malformed(text);
  if (text.startsWith(SUBJECT_PREFIX)) {
    if (!ID_PATTERN.test(second)) throw malformed(text);
    return { kind: 'subject', subject: second };
  }
  if (!isKeyClass(first) || !MONTH_PATTERN.test(second)) throw malformed(text);
  return { kind: 'period', class: first, month: second };
}

/**
 * The month of a record, as its key is named.
 *
 * Shape:  `at` is the entry's time as it is written in its header.
 * Errors: `VALUE_MALFORMED` where it does not begin with a year and a month.
 */
export function monthOf(at: string): string {
  const month = at.slice(0, 'YYYY-MM'.length);
  if (MONTH_PATTERN.test(month)) return month;
  throw new KitError('VALUE_MALFORMED', `the month of "${at}"`, { hint: 'A time begins with its year and month.' });
}

function malformed(text: string): KitError {
  return new KitError('VALUE_MALFORMED', `the disposal target "${text}"`, {
    hint: 'Name a key class and a month, such as trading/2026-03, or a subject, such as subject/c-81.',
  });
}
