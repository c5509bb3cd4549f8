import { KitError } from '@gatehouse/shared/errors.ts';
import { canonicalJson, type JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { KillBody } from '@gatehouse/shared/schema/bodies.ts';
import { decode, encode } from '@gatehouse/shared/schema/decode.ts';
import type { z } from 'zod';

/** A kill as it lies in a file: what the journal says of it, without the epoch that the journal gives. */
export const FiledKill = KillBody.omit({ haltEpoch: true });
export type FiledKill = z.output<typeof FiledKill>;

/** The most kills that one file may hold. */
const FILED_MAX = 10_000;

/** The lines of a file of kills, one JSON object each. */
export function filedText(kills: Iterable<FiledKill>): string {
  return [...kills].map((kill) => `${canonicalJson(encode(FiledKill, kill) as JsonValue)}\n`).join('');
}

/** Reads a file of kills. Errors: `FILE_MALFORMED`, `MESSAGE_MALFORMED`; an empty file is malformed as well. */
export function parseFiled(text: string, path: string): readonly FiledKill[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0 || lines.length > FILED_MAX) {
    throw new KitError('FILE_MALFORMED', `${path} holds ${lines.length} kills, not 1 to ${FILED_MAX}`, {
      hint: 'Everything stays halted; release the kill that the edge makes of this to have the file written anew.',
    });
  }
  return lines.map((line) => decode(FiledKill, parseLine(line, path), `a kill in ${path}`));
}

function parseLine(line: string, path: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new KitError('FILE_MALFORMED', `${path} holds a line that is not JSON`, { cause });
  }
}
