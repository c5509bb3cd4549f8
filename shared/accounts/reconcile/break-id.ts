import { canonicalJson, sha256 } from '../../journal/canonical.ts';
import type { BreakBody } from '../../schema/bodies.ts';
import { decimal, subtract, toText, trim } from '../../values/decimal.ts';

/** What a record says of an order or execution that it does not have. */
export const NOTHING = 'nothing';

const DIGITS = 24;

/** The id of the break of one thing between two records: the same thing found again has the same id, also after a restart. */
export function breakIdOf({
  venue,
  account,
  between,
  subject,
  key,
}: Pick<BreakBody, 'venue' | 'account' | 'between' | 'subject' | 'key'>): string {
  const text = canonicalJson([venue, account, [...between], subject, key]);
  return `B-${sha256(text).toString('hex').slice(0, DIGITS)}`;
}

/** What differs, so that it can be told whether a break is still the same: of figures their difference, else both texts. */
export function gapOf({ subject, ours, theirs }: Pick<BreakBody, 'subject' | 'ours' | 'theirs'>): string {
  if (subject !== 'position' && subject !== 'balance') return `${ours ?? NOTHING} against ${theirs ?? NOTHING}`;
  return toText(trim(subtract(decimal(theirs ?? '0'), decimal(ours ?? '0'))));
}
