import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import { fileFailure } from './sql-failure.ts';

/** What lies in the folder of a journal. Shape: segment numbers ascend. */
export interface FolderContent {
  readonly segments: readonly number[];
  readonly hasHead: boolean;
  /** Files that a killed process left half-made; nothing refers to them. */
  readonly leftovers: readonly string[];
}

/** The name of the head file. */
export const HEAD_NAME = 'head';
/** The name of the lock file. */
export const LOCK_NAME = 'lock';

const OWNER_ONLY = 0o700;
const SEGMENT = /^segment-(\d{6,})\.db$/;
const COMPANION = /^(segment-\d{6,}\.db)-(?:wal|shm|journal|wal\.kept)$/;
const LEFTOVER =
  /^(?:segment-\d{6,}\.new(?:-wal|-shm|-journal)?|segment-\d{6,}\.db-wal\.kept\.tmp|head\.tmp|edge\.v?key\.tmp|lock\.[\w.-]+)$/;
const KNOWN = new Set([HEAD_NAME, LOCK_NAME, 'edge.key', 'edge.vkey']);

/** The file name of a segment. */
export function segmentName(number: number): string {
  return `segment-${String(number).padStart(6, '0')}.db`;
}

/** The file name under which a segment is made. */
export function unfinishedSegmentName(number: number): string {
  return `segment-${String(number).padStart(6, '0')}.new`;
}

/** Makes the folder where it is missing. Errors: `FOLDER_UNUSABLE`, `DISK_FULL`, `DISK_FAILED`. */
export function ensureFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: OWNER_ONLY });
  } catch (cause) {
    throw fileFailure(cause, folder);
  }
}

/**
 * Lists the folder by what its files are.
 *
 * Errors: `FOLDER_FOREIGN` naming the first file that is not a journal's; those of `fileFailure`.
 */
export function listFolder(folder: string): FolderContent {
  const names = readNames(folder);
  const segments: number[] = [];
  const leftovers: string[] = [];
  for (const name of names) {
    const [, number] = SEGMENT.exec(name) ?? [];
    const [, companionOf] = COMPANION.exec(name) ?? [];
    if (number !== undefined) segments.push(Number(number));
    else if (LEFTOVER.test(name)) leftovers.push(name);
    else if (!KNOWN.has(name) && (companionOf === undefined || !names.includes(companionOf)))
      throw foreign(folder, name);
  }
  return { segments: segments.sort((a, b) => a - b), hasHead: names.includes(HEAD_NAME), leftovers };
}

/** Removes what a killed process left half-made; the lock must be held. */
export function sweepLeftovers(folder: string, leftovers: readonly string[]): void {
  for (const name of leftovers) rmSync(join(folder, name), { force: true });
}

/** The length of a file, 0 where there is none. */
export function fileBytes(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function readNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    throw fileFailure(cause, folder);
  }
}

function foreign(folder: string, name: string): KitError {
  return new KitError('FOLDER_FOREIGN', `${JSON.stringify(name)} in ${folder} is no file of a journal`, {
    hint: 'Name an empty folder or the folder of this edge’s journal, or move the file away.',
  });
}
