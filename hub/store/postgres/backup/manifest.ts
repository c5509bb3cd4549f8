import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { z } from 'zod';
import { writeDurably } from '../durable-file.ts';
import { errnoOf } from '../folder-failure.ts';
import { copiesFolder, copyNames } from './backup-folder.ts';

/** The file that says what a copy holds; it is written last. */
export const MANIFEST_FILE = 'backup.json';

/** Where the copied data folder lies, below a copy. */
export const COPIED_DATA = 'data';

/** Where a recovery begins, in the server's own words; below the copied data folder. */
export const LABEL_FILE = 'backup_label';

/** The password of the database, below a copy. */
export const COPIED_PASSWORD = 'password';

const OWNER_ONLY = 0o600;
const FILES_MAX = 1_000_000;
const Hash = z.string().regex(/^[0-9a-f]{64}$/);
const Lsn = z.string().regex(/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/);
const Moment = z.string().max(40);

/** A path inside a copy that leads nowhere else. */
const Inside = z
  .string()
  .min(1)
  .max(1_000)
  .refine((path) => !path.split('/').some((part) => part === '' || part === '.' || part === '..'), 'leads elsewhere')
  .refine((path) => !/[\\:\0]/.test(path), 'is no plain path');

/** How the log of records stood when a copy ended. Shape: `root` in hex, `note` is the signed checkpoint. */
export const CopiedLedger = z.strictObject({
  size: z.int().min(0),
  root: Hash,
  note: z.string().max(20_000),
});
export type CopiedLedger = z.output<typeof CopiedLedger>;

/** What a copy of the database holds, and from where to where the archived log belongs to it. */
export const BackupManifest = z.strictObject({
  v: z.literal(1),
  name: z.string().regex(/^\d{8}T\d{6}Z$/),
  system: z.string().regex(/^\d{1,20}$/),
  timeline: z.int().min(1),
  segmentBytes: z.int().min(1_048_576),
  serverVersion: z.string().min(1).max(40),
  release: z.string().min(1).max(40),
  startedAt: Moment,
  endedAt: Moment,
  startLsn: Lsn,
  stopLsn: Lsn,
  ledger: CopiedLedger.nullable(),
  folders: z.array(Inside).max(FILES_MAX),
  files: z.array(z.strictObject({ path: Inside, bytes: z.int().min(0), sha256: Hash })).max(FILES_MAX),
});
export type BackupManifest = z.output<typeof BackupManifest>;

/** Writes the manifest of a copy durably. */
export async function writeManifest(folder: string, manifest: BackupManifest): Promise<void> {
  await writeDurably(join(folder, MANIFEST_FILE), `${JSON.stringify(manifest, null, 1)}\n`, OWNER_ONLY);
}

/** Reads what a copy holds. Errors: `BACKUP_DAMAGED` where that cannot be read; `NOT_FOUND` where there is no such copy. */
export async function readManifest(backups: string, name: string): Promise<BackupManifest> {
  const file = join(copiesFolder(backups), name, MANIFEST_FILE);
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    if (errnoOf(cause) !== 'ENOENT') throw cause;
    throw new KitError('NOT_FOUND', `there is no backup ${name} in ${backups}`, { cause });
  });
  try {
    return decode(BackupManifest, JSON.parse(text), file);
  } catch (cause) {
    throw new KitError('BACKUP_DAMAGED', `${file} cannot be read: ${describeError(cause)}`, {
      hint: 'Use an older backup with --from.',
      cause,
    });
  }
}

/** Whether a copy is whole as far as names and sizes tell; only a restore or a drill reads every byte. */
export async function looksWhole(backups: string, name: string): Promise<boolean> {
  try {
    const { files } = await readManifest(backups, name);
    const data = join(copiesFolder(backups), name, COPIED_DATA);
    for (const { path, bytes } of files) if ((await stat(join(data, path))).size !== bytes) return false;
    return true;
  } catch {
    return false;
  }
}

/** The newest copy that looks whole. */
export async function newestWhole(backups: string): Promise<string | undefined> {
  for (const name of [...(await copyNames(backups))].reverse()) if (await looksWhole(backups, name)) return name;
  return undefined;
}
