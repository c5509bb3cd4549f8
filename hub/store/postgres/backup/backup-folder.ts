import { chmod, chown, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Instant, instantText, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { besideName } from '../durable-file.ts';
import { errnoOf } from '../folder-failure.ts';
import type { ServerUser } from '../run-program.ts';
import { requireTraversable } from '../server-user.ts';

const OWNER_ONLY = 0o700;
const OTHERS_PASS = 0o711;
const NAME = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;
const UNFINISHED = /^(making|removing)-/;
const IDENTIFIER_BYTES = 8;
const REMOVE_RETRIES_MAX = 3;

/** Where the copies of the database lie. */
export function copiesFolder(backups: string): string {
  return join(backups, 'base');
}

/** Where the archived log of one database lies; each database that was ever made has a number of its own. */
export function walFolder(backups: string, system: string): string {
  return join(backups, 'wal', system);
}

/** Where the results of drills lie. */
export function drillsFolder(backups: string): string {
  return join(backups, 'drills');
}

/** The name of what was made at a moment. Shape: to the second, in UTC, such as `20260105T093000Z`. */
export function nameAt(at: Instant): string {
  return `${instantText(at).slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

/** The moment that a name tells; undefined where it is no such name. */
export function momentOf(name: string): Instant | undefined {
  const [, year, month, day, hour, minute, second] = NAME.exec(name) ?? [];
  return year === undefined ? undefined : parseInstant(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** The names of the finished copies, the oldest first. */
export async function copyNames(backups: string): Promise<readonly string[]> {
  const names = await namesIn(copiesFolder(backups));
  return names.filter((name) => NAME.test(name)).sort();
}

/** A folder for a copy that is being made; it is offered to nobody before it has its own name. */
export async function newCopyFolder(backups: string): Promise<string> {
  const folder = besideName(join(copiesFolder(backups), 'making'));
  await mkdir(folder, { recursive: true, mode: OWNER_ONLY });
  return folder;
}

/** Removes what a killed run left behind; to be called by the only one who makes or removes copies. */
export async function removeUnfinished(backups: string): Promise<void> {
  const folder = copiesFolder(backups);
  for (const name of (await namesIn(folder)).filter((found) => UNFINISHED.test(found)))
    await remove(join(folder, name));
}

/** Removes a copy: it loses its name first, so that half of it is never offered. */
export async function removeCopy(backups: string, name: string): Promise<void> {
  const folder = join(copiesFolder(backups), name);
  const nameless = besideName(join(copiesFolder(backups), 'removing'));
  await rename(folder, nameless);
  await remove(nameless);
}

/**
 * Makes the folder of the archived log, which the server itself writes to.
 *
 * Errors: `FOLDER_UNUSABLE` where the server's user cannot come there.
 */
export async function makeWalFolder(folder: string, user: ServerUser | undefined): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: OWNER_ONLY });
  if (user === undefined) return;
  if (first !== undefined) {
    for (let path = dirname(folder); path.length >= first.length; path = dirname(path)) await chmod(path, OTHERS_PASS);
  }
  await chown(folder, user.uid, user.gid);
  await requireTraversable(folder, user);
}

/** The number that a database was given when it was made. Shape: decimal digits, as the server itself says it. */
export async function systemIdentifier(dataFolder: string): Promise<string> {
  const handle = await open(join(dataFolder, 'global', 'pg_control'), 'r');
  try {
    const { buffer } = await handle.read(Buffer.alloc(IDENTIFIER_BYTES), 0, IDENTIFIER_BYTES, 0);
    return `${buffer.readBigUInt64LE()}`;
  } finally {
    await handle.close();
  }
}

/** The names in a folder; none where it is not there. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: REMOVE_RETRIES_MAX });
}
