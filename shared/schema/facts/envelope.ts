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
