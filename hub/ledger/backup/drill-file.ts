import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { type Instant, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { z } from 'zod';
import { drillsFolder, momentOf, nameAt, namesIn } from '../../store/postgres/backup/backup-folder.ts';
import { writeDurably } from '../../store/postgres/durable-file.ts';

/**
 * What a drill found.
 *
 * Shape: the backup can be relied on only where `findings` is empty. `missing` counts leaves that the database in use had and
 *        the restored one has not; null where nobody knows.
 * Units: seconds.
 */
export const DrillResult = z.strictObject({
  v: z.literal(1),
  at: z.string().max(40),
  backup: z.string().max(40).nullable(),
  segments: z.int().min(0),
  size: z.int().min(0),
  root: z.string().max(64),
  leaves: z.int().min(0),
  streams: z.int().min(0),
  checkpoints: z.int().min(0),
  rtoSeconds: z.number().min(0).nullable(),
  rpoSeconds: z.number().min(0).nullable(),
  verifySeconds: z.number().min(0),
  missing: z.int().min(0).nullable(),
  compared: z
    .array(
      z.strictObject({
        who: z.string().max(2_000),
        size: z.int().min(0),
        isSound: z.boolean(),
        says: z.string().max(2_000),
      }),
    )
    .max(1_000),
  findings: z.array(z.string().max(4_000)).max(1_000),
});
export type DrillResult = z.output<typeof DrillResult>;

const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;
const ENDING = '.json';

/** Keeps the result of a drill beside the backups, so that the schedule survives a restore. */
export async function keepDrill(backups: string, result: DrillResult): Promise<void> {
  const folder = drillsFolder(backups);
  await mkdir(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
  const file = join(folder, `${nameAt(parseInstant(result.at))}${ENDING}`);
  await writeDurably(file, `${JSON.stringify(result, null, 1)}\n`, OWNER_ONLY_FILE);
}

/** When the newest drill was; undefined before the first. Shape: one that a wrong clock has dated to come is none. */
export async function newestDrillAt(backups: string, now: Instant): Promise<Instant | undefined> {
  const moments = (await drillNames(backups)).map(momentOf);
  return moments.findLast((at) => at !== undefined && at <= now);
}

/** The result of the newest drill. Errors: `MESSAGE_MALFORMED`. */
export async function newestDrill(backups: string): Promise<DrillResult | undefined> {
  const name = (await drillNames(backups)).at(-1);
  if (name === undefined) return undefined;
  const file = join(drillsFolder(backups), `${name}${ENDING}`);
  return decode(DrillResult, JSON.parse(await readFile(file, 'utf8')), file);
}

async function drillNames(backups: string): Promise<readonly string[]> {
  const names = (await namesIn(drillsFolder(backups))).filter((name) => name.endsWith(ENDING));
  return names
    .map((name) => name.slice(0, -ENDING.length))
    .filter((name) => momentOf(name) !== undefined)
    .sort();
}
