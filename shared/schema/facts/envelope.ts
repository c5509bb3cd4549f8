import { z } from 'zod';
import { InstantText, Sentence } from '../fields.ts';

/**
 * The common head of a dated file of facts.
 *
 * Shape: `asOf` is the wall time at which its content was true and from which its age counts; `source` says who made it.
 */
export const factsHead = {
  v: z.literal(1),
  asOf: InstantText,
  source: Sentence,
} as const;

/**
 * A rule for a list in which a key stands once.
 *
 * Shape:  of two rows for one key nobody can say which holds, and the one that comes last may be the one that permits more; such a
 *         file is refused as a whole. Use as `z.array(Row).refine(...eachOnce((row) => row.id))`.
 */
export function eachOnce<Row>(keyOf: (row: Row) => string): [check: (rows: readonly Row[]) => boolean, says: string] {
  return [(rows) => new Set(rows.map(keyOf)).size === rows.length, 'a key stands more than once'];
}
