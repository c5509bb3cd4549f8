import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { effectOf } from '@gatehouse/shared/schema/control.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { Count, HashText, Identifier } from '@gatehouse/shared/schema/fields.ts';
import { z } from 'zod';

const Known = z.strictObject({
  id: Identifier,
  seq: z.int().min(1),
  note: HashText,
  name: Identifier,
  isSettled: z.boolean(),
});

/** A command that is on record. Shape: `note` is the hash of the text that was signed; settled is applied or refused. */
export type KnownCommand = z.output<typeof Known>;

/**
 * Which commands of the hub this edge has had: a projection of its journal, so that it survives a restart and a journal that was
 * fetched again.
 */
export interface CommandMemory {
  /** Whether nothing ever came. */
  readonly isEmpty: boolean;
  /** Every number up to here has come. */
  readonly through: number;
  byId(id: string): KnownCommand | undefined;
  byNote(note: string): KnownCommand | undefined;
  bySeq(seq: number): KnownCommand | undefined;
  /** Whether a number has come, also one whose command is no longer remembered. */
  hasSeq(seq: number): boolean;
  /** Whether a text was refused without its number being believed. */
  isStrange(note: string): boolean;
  /** Whether a command that keeps its order waits below a number. */
  hasOpenBelow(seq: number): boolean;
  fold(entry: EntryBody): void;
  snapshot(): JsonValue;
}

/** So many commands are remembered by their ids; one that is not settled is never forgotten. */
export const COMMANDS_REMEMBERED_MAX = 10_000;
/** So many texts are remembered that could not be believed, so that each is on record once. */
export const STRANGE_REMEMBERED_MAX = 1_000;
/** So many numbers may have come above one that is missing; what lies beyond is known by its id alone. */
const AHEAD_MAX = 10_000;

const Snapshot = z.strictObject({
  through: Count,
  ahead: z.array(Count),
  known: z.array(Known),
  strange: z.array(HashText),
});

/** A memory that continues from a snapshot, or starts empty. Errors: `MESSAGE_MALFORMED` for a snapshot of another form. */
export function createCommandMemory(snapshot?: JsonValue): CommandMemory {
  return new FoldedCommands(
    snapshot === undefined
      ? { through: 0, ahead: [], known: [], strange: [] }
      : decode(Snapshot, snapshot, 'the snapshot of commands'),
  );
}

class FoldedCommands implements CommandMemory {
  #through: number;
  readonly #ahead: Set<number>;
  readonly #byId: Map<string, KnownCommand>;
  readonly #idOfNote: Map<string, string>;
  readonly #strange: Set<string>;

  constructor({ through, ahead, known, strange }: z.output<typeof Snapshot>) {
    this.#through = through;
    this.#ahead = new Set(ahead);
    this.#byId = new Map(known.map((one) => [one.id, one]));
    this.#idOfNote = new Map(known.map(({ note, id }) => [note, id]));
    this.#strange = new Set(strange);
  }

  get isEmpty(): boolean {
    return this.#byId.size === 0 && this.#strange.size === 0;
  }

  get through(): number {
    return this.#through;
  }

  byId(id: string): KnownCommand | undefined {
    return this.#byId.get(id);
  }

  byNote(note: string): KnownCommand | undefined {
    return this.#byId.get(this.#idOfNote.get(note) ?? '');
  }

  bySeq(seq: number): KnownCommand | undefined {
    return [...this.#byId.values()].find((one) => one.seq === seq);
  }

  hasSeq(seq: number): boolean {
    return seq <= this.#through || this.#ahead.has(seq);
  }

  isStrange(note: string): boolean {
    return this.#strange.has(note);
  }

  hasOpenBelow(seq: number): boolean {
    return [...this.#byId.values()].some(
      (one) => !one.isSettled && one.seq < seq && effectOf(one.name) !== 'tightening',
    );
  }

  fold({ kind, body }: EntryBody): void {
    if (kind !== 'command' || body.v !== 2) return;
    const { id, seq, name, note, state } = body;
    const before = id === undefined ? undefined : this.#byId.get(id);
    // A refusal of another text under a known id says nothing about the first.
    const isStrange = id === undefined || seq === undefined || name === undefined;
    if (isStrange || (before !== undefined && before.note !== note)) this.#foldStrange(note);
    else this.#foldKnown({ id, seq, note, name, isSettled: state !== 'received' || before?.isSettled === true });
  }

  snapshot(): JsonValue {
    return {
      through: this.#through,
      ahead: [...this.#ahead].sort((a, b) => a - b),
      known: [...this.#byId.values()],
      strange: [...this.#strange],
    };
  }

  #foldStrange(note: string): void {
    this.#strange.add(note);
    const [oldest] = this.#strange;
    if (this.#strange.size > STRANGE_REMEMBERED_MAX && oldest !== undefined) this.#strange.delete(oldest);
  }

  #foldKnown(one: KnownCommand): void {
    this.#byId.set(one.id, one);
    this.#idOfNote.set(one.note, one.id);
    if (one.seq > this.#through && this.#ahead.size < AHEAD_MAX) this.#ahead.add(one.seq);
    while (this.#ahead.delete(this.#through + 1)) this.#through += 1;
    if (this.#byId.size > COMMANDS_REMEMBERED_MAX) this.#forgetOldest();
  }

  #forgetOldest(): void {
    for (const { id, note, isSettled } of this.#byId.values()) {
      if (!isSettled) continue;
      this.#byId.delete(id);
      this.#idOfNote.delete(note);
      return;
    }
  }
}
