import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { addMs, type Instant, toMillis } from '@gatehouse/shared/values/instant.ts';
import { copyNames, momentOf, removeCopy, walFolder } from './backup-folder.ts';
import { newestWhole, readManifest } from './manifest.ts';
import { archivedAtMs, listArchive, pruneArchive } from './wal-archive.ts';
import { segmentOf } from './wal-segment.ts';

/** For how long a copy is kept; what was destroyed by disposal is then gone from all of them. */
export const KEPT_DAYS = 30;

const DAY_MS = 86_400_000;
const SEGMENT_BYTES_DEFAULT = 16_777_216;

/** What went. */
export interface Expired {
  readonly copies: readonly string[];
  readonly segments: number;
}

/** Whether a copy is past its time. Shape: it is kept to the last moment of its days, and no longer. */
export function isExpired(name: string, now: Instant): boolean {
  const at = momentOf(name);
  return at !== undefined && addMs(at, KEPT_DAYS * DAY_MS) <= now;
}

/**
 * Removes copies that are past their time and the log that none of the others needs.
 *
 * Shape: the newest copy that looks whole stays whatever its age, so that there always is one to go back to.
 */
export async function expireBackups(backups: string, clock: Pick<Clock, 'now'>): Promise<Expired> {
  const now = clock.now();
  const names = await copyNames(backups);
  const kept = await newestWhole(backups);
  const copies = names.filter((name) => name !== kept && isExpired(name, now));
  for (const name of copies) await removeCopy(backups, name);
  return { copies, segments: await pruneUnneeded(backups, now) };
}

async function pruneUnneeded(backups: string, now: Instant): Promise<number> {
  const needed = await neededSegments(backups);
  let removed = 0;
  for (const system of await systemsIn(backups)) {
    const folder = walFolder(backups, system);
    const { before, segmentBytes } = needed.get(system) ?? {
      before: await firstYounger(folder, now),
      segmentBytes: SEGMENT_BYTES_DEFAULT,
    };
    removed += await pruneArchive(folder, { before, segmentBytes, nowMs: toMillis(now) });
  }
  // A database that is gone leaves an empty folder behind.
  for (const system of await systemsIn(backups)) {
    if (!needed.has(system) && (await readdir(walFolder(backups, system))).length === 0) {
      await rm(walFolder(backups, system), { recursive: true, force: true });
    }
  }
  return removed;
}

/** From which segment on the log of each database is needed by its oldest copy. */
async function neededSegments(backups: string) {
  const needed = new Map<string, { readonly before: number; readonly segmentBytes: number }>();
  for (const name of await copyNames(backups)) {
    // A copy that is damaged needs nothing that could help it; the others decide. What cannot be read just now may be whole.
    const manifest = await readManifest(backups, name).catch((error: unknown) => {
      if (error instanceof KitError && (error.code === 'BACKUP_DAMAGED' || error.code === 'NOT_FOUND'))
        return undefined;
      throw error;
    });
    if (manifest === undefined) continue;
    const { system, startLsn, segmentBytes } = manifest;
    const before = Math.min(needed.get(system)?.before ?? Infinity, segmentOf(startLsn, segmentBytes, 'start'));
    needed.set(system, { before, segmentBytes });
  }
  return needed;
}

/** Without a copy the log alone restores nothing; it goes by its own age. */
async function firstYounger(folder: string, now: Instant): Promise<number> {
  const { segments } = await listArchive(folder, SEGMENT_BYTES_DEFAULT);
  for (const segment of segments) {
    if (toMillis(now) - (await archivedAtMs(folder, segment)) < KEPT_DAYS * DAY_MS) return segment.number;
  }
  return Number.MAX_SAFE_INTEGER;
}

async function systemsIn(backups: string): Promise<readonly string[]> {
  const entries = await readdir(join(backups, 'wal'), { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory() && /^\d{1,20}$/.test(entry.name)).map(({ name }) => name);
}
