import { z } from 'zod';
import { HashText, Identifier, Sentence } from './fields.ts';

/** A command of this computer's user that reached the edge, and what became of it. */
export const LocalCommandBody = z.strictObject({
  v: z.literal(1),
  id: Identifier,
  name: Identifier,
  by: Identifier,
  result: z.enum(['applied', 'refused']),
  note: Sentence,
});
export type LocalCommandBody = z.output<typeof LocalCommandBody>;

/**
 * A step in the life of a command that came from the hub; it is the edge's answer to it.
 *
 * Shape:  `note` is the hash of the signed text, so that the same command by two ways is one. `received` is followed by `applied` or
 *         `refused`. Where the hub's word for it could not be believed, `id`, `seq` and `name` are absent: nobody knows them.
 * Units:  `seq` is the command's number at this edge, from 1 and without gaps as the hub gives them.
 */
export const ControlCommandBody = z.strictObject({
  v: z.literal(2),
  state: z.enum(['received', 'applied', 'refused']),
  note: HashText,
  via: z.enum(['shape', 'mqtt']),
  id: Identifier.optional(),
  seq: z.int().min(1).optional(),
  name: Identifier.optional(),
  result: Sentence,
});
export type ControlCommandBody = z.output<typeof ControlCommandBody>;

/** A command that reached the edge, and what became of it. Shape: version 1 came from this computer, version 2 from the hub. */
export const CommandBody = z.discriminatedUnion('v', [LocalCommandBody, ControlCommandBody]);
export type CommandBody = z.output<typeof CommandBody>;
