import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { Identifier } from '@gatehouse/shared/schema/fields.ts';
import { z } from 'zod';
import { writeDurably } from '../journal/durable-file.ts';

/**
 * How an edge last reached a venue, so that a kill can take its orders back where no edge runs.
 *
 * Shape: nothing in it is secret; the credential is looked up by the account when it is needed.
 */
export type VenueWay = z.output<typeof VenueWay>;

const VenueWay = z.strictObject({
  connector: Identifier,
  venue: Identifier,
  account: Identifier.optional(),
  settings: z.unknown().optional(),
  /** The file with what opens the sealed credentials, where their key does not lie beside them. */
  passphraseFile: z.string().optional(),
});

const WAYS_MAX = 100;
const Ways = z.strictObject({ v: z.literal(1), ways: z.array(VenueWay).max(WAYS_MAX) });
const WAYS_NAME = 'venues.json';

/** Every venue that an edge traded at, each by the newest way; none where it never traded. Errors: `FILE_MALFORMED`, `MESSAGE_MALFORMED`. */
export function readVenueWays(root: string): readonly VenueWay[] {
  const path = join(root, WAYS_NAME);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw unreadable(path, error);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw unreadable(path, error);
  }
  return decode(Ways, json, `the file ${path}`).ways;
}

/** Notes a way before anything is sent by it. Errors: those of `writeDurably`; a file that cannot be read is made anew. */
export async function keepVenueWay(root: string, way: VenueWay): Promise<void> {
  const others = readQuietly(root).filter(({ venue }) => venue !== way.venue);
  const ways = [...others, way].slice(-WAYS_MAX);
  await writeDurably(join(root, WAYS_NAME), `${JSON.stringify({ v: 1, ways }, undefined, 2)}\n`);
}

function readQuietly(root: string): readonly VenueWay[] {
  try {
    return readVenueWays(root);
  } catch (error) {
    if (error instanceof KitError) return [];
    throw error;
  }
}

function unreadable(path: string, cause: unknown): KitError {
  return new KitError('FILE_MALFORMED', `the ways to the venues cannot be read at ${path}: ${describeError(cause)}`, {
    hint: 'Start the edge once with its session file, which writes it anew.',
    cause,
  });
}
