import { z } from 'zod';
import { Count, HashText, Identifier, InstantText, Sentence } from './fields.ts';

const v = z.literal(1);

/**
 * A dated file of facts that decisions use from now on.
 *
 * Shape:  `files` is the hash of the list of all files then in force. A file that is too long for one entry comes in parts, which follow
 *         each other, and counts with the last. `signed` is the document of people that brought it, where the hub did. `ended` says
 *         that the file counts no more, and then there is no text.
 */
export const FactsBody = z
  .strictObject({
    v,
    kind: Identifier,
    hash: HashText,
    files: HashText,
    document: z.string().max(900_000),
    part: z.strictObject({ number: Count.min(1), of: Count.min(2), asOf: InstantText, source: Sentence }).optional(),
    signed: z.strictObject({ sequence: Count.min(1), note: z.string().min(1).max(20_000) }).optional(),
    ended: z.literal(true).optional(),
  })
  .refine(({ document, ended }) => (document === '') === (ended === true), 'a text, or the end of one');
export type FactsBody = z.output<typeof FactsBody>;
