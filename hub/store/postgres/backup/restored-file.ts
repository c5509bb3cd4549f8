import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { z } from 'zod';
import { renameDurably, writeDurably } from '../durable-file.ts';
import { errnoOf } from '../folder-failure.ts';
import { CopiedLedger } from './manifest.ts';

/** What a restore leaves beside the database for the hub that opens it. Shape: `upTo` is null where all was restored. */
export const RestoredFile = z.strictObject({
  v: z.literal(1),
  backup: z.string().max(40),
  restoredAt: z.string().max(40),
  upTo: z.string().max(40).nullable(),
  ledger: CopiedLedger.nullable(),
});
export type RestoredFile = z.output<typeof RestoredFile>;

const NAME = 'restored.json';
const SAID = 'restored-said.json';
const OWNER_ONLY = 0o600;

/** Leaves word that the database in a folder was restored. */
export async function writeRestored(folder: string, restored: RestoredFile): Promise<void> {
  await writeDurably(join(folder, NAME), `${JSON.stringify(restored)}\n`, OWNER_ONLY);
}

/** The word of a restore that no hub has said yet. Errors: `MESSAGE_MALFORMED`. */
export async function readRestored(folder: string): Promise<RestoredFile | undefined> {
  const file = join(folder, NAME);
  try {
    return decode(RestoredFile, JSON.parse(await readFile(file, 'utf8')), file);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Notes that a hub has said it, on record. */
export async function markSaid(folder: string): Promise<void> {
  await renameDurably(join(folder, NAME), join(folder, SAID));
}
