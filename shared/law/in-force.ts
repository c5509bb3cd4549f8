import { assert, KitError } from '../errors.ts';

/** A figure of the law, or a set of them, that counts from a day on. */
export interface DatedEntry {
  readonly from: string;
}

/**
 * The entry that the law had in force on a day, so that an old trade is still judged by the law of its day.
 *
 * Shape:  the last entry whose `from` is not after the day. A change of law adds an entry at the end and edits none.
 * Units:  days as `YYYY-MM-DD`; the day of `from` itself counts.
 * Errors: `NOT_FOUND` for a day before the first entry; `INVARIANT_BROKEN` for entries that are not in the order of their days.
 */
export function inForce<Entry extends DatedEntry>(entries: readonly Entry[], day: string): Entry {
  let found: Entry | undefined;
  let last = '';
  for (const entry of entries) {
    assert(entry.from > last, 'dated entries stand in the order of their days');
    last = entry.from;
    if (entry.from <= day) found = entry;
  }
  if (found !== undefined) return found;
  throw new KitError('NOT_FOUND', `a figure of the law for ${day}, before the first that is known`, {
    hint: 'The law of that day is not on file; add an entry for it, with its source, if the product must judge that day.',
  });
}
