import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { ageMs, instantText } from '@gatehouse/shared/values/instant.ts';
import type { CommandMemory } from './command-memory.ts';
import type { BelievedCommand } from './read-command.ts';

/**
 * What is to be done with a command now.
 *
 * Shape: `known` needs nothing more; `wait` stands behind others; `replayed` has a number that another text had, `isReused`
 *        says the same of a stop, which is carried out all the same.
 */
export type CommandPlace =
  | { readonly kind: 'known' }
  | { readonly kind: 'wait' }
  | { readonly kind: 'refuse'; readonly problems: readonly string[] }
  | { readonly kind: 'replayed'; readonly problems: readonly string[] }
  | { readonly kind: 'apply'; readonly isReused: boolean };

/**
 * A command whose number came and is remembered no more is taken for the one that had it, where it was given longer ago than this: the
 * rows of a hub offer it again and again. Units: milliseconds.
 */
export const FORGOTTEN_MS_MIN = 3_600_000;

/**
 * Finds the place of a command among those that came before.
 *
 * Shape:  what tightens applies at once, whatever is missing before it, and also under a number that was used before: a hub that was
 *         set back to an older state must still be able to stop. Everything else waits until every number below has come and
 *         whatever keeps its order there is done.
 * Units:  `at` is the latest time that this edge knows of.
 */
export function placeCommand(memory: CommandMemory, command: BelievedCommand, at: Instant): CommandPlace {
  const { id, seq, note, isTightening, content } = command;
  const known = memory.byNote(note);
  if (known?.isSettled === true) return { kind: 'known' };
  if (isForgotten(memory, command, at)) return { kind: 'known' };
  if (known === undefined) {
    const problem = conflictOf(memory, command);
    if (problem !== undefined && (!isTightening || memory.byId(id) !== undefined)) {
      return { kind: 'replayed', problems: [problem] };
    }
  }
  const isReused = known === undefined && memory.hasSeq(seq);
  if ('problems' in content) return { kind: 'refuse', problems: content.problems };
  const isInTurn = isTightening || (memory.through >= seq - 1 && !memory.hasOpenBelow(seq));
  if (!isInTurn) return { kind: 'wait' };
  const late = termProblem(content.command, at);
  return late === undefined ? { kind: 'apply', isReused } : { kind: 'refuse', problems: [late] };
}

function isForgotten(memory: CommandMemory, { id, seq, note, content }: BelievedCommand, at: Instant): boolean {
  if ('problems' in content || !memory.hasSeq(seq) || ageMs(content.command.issuedAt, at) < FORGOTTEN_MS_MIN)
    return false;
  return memory.byNote(note) === undefined && memory.byId(id) === undefined && memory.bySeq(seq) === undefined;
}

/** Why a text that was not seen before cannot have the id and the number that it has; undefined where it can. */
function conflictOf(memory: CommandMemory, { id, seq }: BelievedCommand): string | undefined {
  const same = memory.byId(id);
  if (same !== undefined) return `command ${id} came before with another text`;
  if (!memory.hasSeq(seq)) return undefined;
  const other = memory.bySeq(seq);
  return other === undefined
    ? `number ${seq} came so long ago that its command is forgotten`
    : `number ${seq} was given to command ${other.id} before`;
}

function termProblem(command: object, at: Instant): string | undefined {
  const notAfter = 'notAfter' in command ? (command.notAfter as Instant) : undefined;
  return notAfter === undefined || at < notAfter ? undefined : `it counted until ${instantText(notAfter)}`;
}
