import { signedTextHash } from '@gatehouse/shared/governance/claimed-document.ts';
import { attempt } from '@gatehouse/shared/governance/problem-list.ts';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import type { Verifier } from '@gatehouse/shared/journal/note.ts';
import { openDocument } from '@gatehouse/shared/journal/typed-note.ts';
import { COMMAND_TYPE, Command, CommandHead, effectOf } from '@gatehouse/shared/schema/control.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';

/** By what a command is believed: the hub's keys, and the name of this edge. */
export interface CommandDoor {
  readonly edge: string;
  readonly hub: readonly Verifier[];
}

/** A command whose signature and addressee were checked. Shape: `note` is the hash of the signed text. */
export type BelievedCommand = Pick<CommandHead, 'id' | 'seq'> & {
  readonly note: string;
  readonly name: string;
  readonly isTightening: boolean;
  /** The command itself, or why this release cannot carry it out. */
  readonly content: { readonly command: Command } | { readonly problems: readonly string[] };
};

/** What came: a command of the hub for this edge, or something that nobody can vouch for, and why. */
export type ReadCommand =
  | { readonly kind: 'believed'; readonly command: BelievedCommand }
  | { readonly kind: 'strange'; readonly problems: readonly string[] };

/** The hash that a believed command is known by; its further signatures change nothing about it. Undefined for what is no note. */
export function textHash(note: string): string | undefined {
  return attempt([], () => signedTextHash(note));
}

/** The hash of a note that nobody can vouch for: of every byte, so that a true copy of the same text still counts. */
export function strangeHash(note: string): string {
  return sha256(note).toString('hex');
}

/**
 * Reads a note that claims to be a command.
 *
 * Shape: a command of a newer release that this one cannot read is believed as far as its number goes: it was given to this edge, is
 *        refused, and nothing behind it waits for ever.
 */
export function readCommand(note: string, { edge, hub }: CommandDoor): ReadCommand {
  const problems: string[] = [];
  const value = attempt(problems, () => openDocument(note, COMMAND_TYPE, hub))?.value;
  if (value === undefined) return { kind: 'strange', problems };
  const head = attempt(problems, () => decode(CommandHead, value, 'the command'));
  if (head === undefined) return { kind: 'strange', problems };
  if (head.edge !== edge) return { kind: 'strange', problems: [`it is for ${head.edge}, not for ${edge}`] };
  const command = attempt(problems, () => decode(Command, value, 'the command'));
  return {
    kind: 'believed',
    command: {
      id: head.id,
      seq: head.seq,
      note: textHash(note) ?? strangeHash(note),
      name: head.kind,
      isTightening: effectOf(head.kind) === 'tightening',
      content: command === undefined ? { problems } : { command },
    },
  };
}
