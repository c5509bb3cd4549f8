import { readFile } from 'node:fs/promises';
import { KitError } from '@gatehouse/shared/errors.ts';
import { z } from 'zod';
import type { Database } from '../../store/database.ts';
import { type GivenNumber, highestGiven, NO_HASH, noteGiven } from '../../store/given-rows.ts';
import { writeDurably } from '../../store/postgres/durable-file.ts';

/** The name of the file beside the database that says which numbers were given. */
export const GIVEN_FILE = 'given.json';

const MODE = 0o600;
const Kept = z.record(
  z.string().regex(/^(command|file|sheet) \S.*$/),
  z.strictObject({ number: z.int().min(1), hash: z.string().regex(/^([0-9a-f]{64}|none)$/) }),
);

/**
 * Tells the database which numbers were given by the file beside it: one from a backup gives only higher ones.
 *
 * Errors: `CONFIG_INVALID` where the file is there and cannot be read.
 */
export async function readGiven(database: Database, path: string): Promise<void> {
  const rows = [...(await readFileOf(path)).values()];
  if (rows.length > 0) await noteGiven(database, rows);
}

/** Keeps the numbers beside the database as well; answers whether there were new ones. Shape: what another process wrote stays. */
export async function keepGiven(database: Database, path: string): Promise<boolean> {
  const kept = new Map(await readFileOf(path));
  let isNews = false;
  for (const row of await highestGiven(database)) {
    const key = `${row.what} ${row.name}`;
    if ((kept.get(key)?.number ?? 0) >= row.number) continue;
    kept.set(key, row);
    isNews = true;
  }
  if (!isNews) return false;
  const entries = [...kept].map(([key, { number, hash }]) => [key, { number, hash }]);
  await writeDurably(path, `${JSON.stringify(Object.fromEntries(entries))}\n`, MODE);
  return true;
}

async function readFileOf(path: string): Promise<ReadonlyMap<string, GivenNumber>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return new Map();
  try {
    const kept = Object.entries(z.decode(Kept, JSON.parse(text)));
    return new Map(kept.map(([key, { number, hash = NO_HASH }]) => [key, rowOf(key, number, hash)]));
  } catch (cause) {
    throw new KitError('CONFIG_INVALID', `the file of given numbers cannot be read: ${path}`, {
      hint: 'Put back the newest copy of this file; without it a database from a backup may give numbers twice.',
      cause,
    });
  }
}

function rowOf(key: string, number: number, hash: string): GivenNumber {
  const space = key.indexOf(' ');
  return { what: key.slice(0, space) as GivenNumber['what'], name: key.slice(space + 1), number, hash };
}
