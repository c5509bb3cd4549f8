import { isInstantText } from '../values/instant.ts';

/** The written forms that headers, heads and acknowledgements share. */
export const FORMS = {
  edge: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
  kind: /^[a-z][a-z-]{0,31}$/,
  hash: /^[0-9a-f]{64}$/,
  salt: /^[0-9a-f]{32}$/,
  source: /^[A-Za-z0-9][A-Za-z0-9 :._/+-]{0,63}$/,
  integer: /^(?:0|-?[1-9]\d{0,18})$/,
  natural: /^(?:0|[1-9]\d{0,18})$/,
} as const;

const STAMP_LENGTH = 'YYYY-MM-DDThh:mm:ss.fffffffffZ'.length;

/** Whether a value is text of one of the written forms. */
export function hasForm(value: unknown, form: keyof typeof FORMS): value is string {
  return typeof value === 'string' && FORMS[form].test(value);
}

/** Whether a value is the one text of an instant: a moment that exists, with all nine digits of its second. */
export function isStamp(value: unknown): value is string {
  return typeof value === 'string' && value.length === STAMP_LENGTH && isInstantText(value);
}

/** Whether a value is a count that starts at a least value. */
export function isCountFrom(value: unknown, least: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least;
}

/** Whether a value is an object of named members (not null, not a list). */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The keys of an object that nobody knows, in words; empty where there is none. */
export function unknownKeys(value: object, known: readonly string[]): readonly string[] {
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => `unknown key ${JSON.stringify(key)}`);
}

/** What is wrong with the place and hash of a chain's head, in words; a `seq` of 0 stands before an epoch's first entry. */
export function headProblems(value: Readonly<Record<string, unknown>>): readonly string[] {
  const problems: string[] = [];
  if (!hasForm(value['edge'], 'edge')) problems.push('edge is not an edge id');
  if (!isCountFrom(value['epoch'], 1)) problems.push('epoch is not an integer from 1');
  if (!isCountFrom(value['seq'], 0)) problems.push('seq is not an integer from 0');
  if (!hasForm(value['hash'], 'hash')) problems.push('hash is not 64 lower-case hex digits');
  return problems;
}
