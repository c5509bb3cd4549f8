import { KitError } from '@gatehouse/shared/errors.ts';
import { Identifier, InstantText, Sentence } from '@gatehouse/shared/schema/fields.ts';
import { z } from 'zod';
import { isKeyName } from './wrapped-key.ts';

const KEYS_MAX = 1_000;

/**
 * A disposal as it is remembered beside the database: what it destroyed and who approved it.
 *
 * Shape: `target` is a disposal target as one word; `at` is when it was approved. A database from a backup is made to forget by it again.
 */
const Destruction = z.strictObject({
  disposal: Identifier,
  target: z.string().min(1).max(200),
  keys: z.array(z.string().refine(isKeyName, 'not the name of a record key')).max(KEYS_MAX),
  maker: Identifier,
  approvedBy: z.array(Identifier).min(2).max(20),
  reason: Sentence,
  at: InstantText,
});

/** A disposal as it is remembered beside the database; `at` is an instant as text. */
export type Destruction = z.input<typeof Destruction>;

/** A list of destructions as it lies on the disk. Shape: `bytes` counts whole lines; what follows was cut off by a crash. */
export interface DestroyedList {
  readonly entries: readonly Destruction[];
  readonly bytes: number;
}

/** The line of one destruction. Errors: `VALUE_MALFORMED`. */
export function destroyedLine(destruction: Destruction): string {
  const read = Destruction.safeParse(destruction);
  if (read.success) return `${JSON.stringify(destruction)}\n`;
  throw new KitError('VALUE_MALFORMED', `the disposal ${destruction.disposal}: ${read.error.message}`);
}

/** Reads the list. Errors: `FILE_MALFORMED` where a whole line has not its form: a list that was changed is not believed. */
export function parseDestroyed(text: string, file: string): DestroyedList {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const entries = whole
    .split('\n')
    .slice(0, -1)
    .map((line, index) => destructionIn(line, `${file}, line ${index + 1}`));
  return { entries, bytes: Buffer.byteLength(whole) };
}

function destructionIn(line: string, place: string): Destruction {
  try {
    const value: unknown = JSON.parse(line);
    Destruction.parse(value);
    return value as Destruction;
  } catch (cause) {
    throw new KitError('FILE_MALFORMED', `${place} is no disposal on record`, {
      hint: 'Put the newest copy of this file back: it keeps destroyed keys from coming back with a backup.',
      cause,
    });
  }
}
