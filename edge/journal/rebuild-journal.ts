import { existsSync, rmSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { ChainHead } from '@gatehouse/shared/journal/chain.ts';
import { headOf } from '@gatehouse/shared/journal/chain.ts';
import type { SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import type { Signer } from '@gatehouse/shared/journal/note.ts';
import type { SqlDriver } from './driver.ts';
import { digestFile, syncFolder, writeDurably } from './durable-file.ts';
import { signHeadRecord } from './head-file.ts';
import { ensureFolder, HEAD_NAME, segmentName } from './journal-folder.ts';
import { libsqlDriver } from './libsql-driver.ts';
import { createSegment, type EntryRow, openSealedSegment, openSegment } from './segment.ts';
import { verifySegment } from './verify-segment.ts';

/** What a journal is written again from. Shape: `folder` is where it belongs; nobody has it open. */
export interface RebuildOptions {
  readonly folder: string;
  readonly edge: string;
  readonly signer: Signer;
  /** Runs of entries, verified, the first of which is the first of its epoch. */
  readonly pages: AsyncIterable<readonly SealedEntry[]>;
  /** Distinguishes the folder in which what lay here before is kept. */
  readonly mark: string;
  readonly driver?: SqlDriver;
}

const FIRST = 1;

/**
 * Writes a journal again from entries that were fetched, beside the old one, and then puts it in its place.
 *
 * Shape:  all entries lie in one segment, since the seals of earlier ones are of files that are gone; the old folder is kept
 *         under another name. A process that dies leaves either the old journal or, after `finishRebuild`, the new one.
 *         Undefined where there was no entry; nothing was changed then.
 * Errors: `JOURNAL_DAMAGED` where the entries are no whole journal; those of the files.
 */
export async function rebuildJournal(options: RebuildOptions): Promise<ChainHead | undefined> {
  const { folder, edge, signer, mark } = options;
  const place = newPlace(folder);
  rmSync(place, { recursive: true, force: true });
  ensureFolder(place);
  const head = await writeSegment(options, join(place, segmentName(FIRST)));
  if (head === undefined) {
    rmSync(place, { recursive: true, force: true });
    return undefined;
  }
  const path = join(place, segmentName(FIRST));
  const clean = { file: segmentName(FIRST), ...(await digestFile(path)) };
  // The head comes last: without it the folder is no journal yet.
  await writeDurably(join(place, HEAD_NAME), signHeadRecord(signer, { ...head, edge, ackedSeq: head.seq, clean }));
  if (existsSync(folder)) await rename(folder, `${folder}.lost-${mark}`);
  await rename(place, folder);
  await syncFolder(dirname(folder));
  return head;
}

/** Ends a rebuild that died between the two renames, and removes one that died before. */
export async function finishRebuild(folder: string): Promise<void> {
  const place = newPlace(folder);
  if (!existsSync(place)) return;
  if (!existsSync(folder) && existsSync(join(place, HEAD_NAME))) await rename(place, folder);
  else rmSync(place, { recursive: true, force: true });
}

async function writeSegment(options: RebuildOptions, path: string): Promise<ChainHead | undefined> {
  const { edge, pages, driver = libsqlDriver } = options;
  let last: SealedEntry | undefined;
  for await (const page of pages) {
    if (page.length === 0) continue;
    const rows = page.map(rowOf);
    if (last === undefined) createSegment(driver, path, { edge, rows });
    else insert(driver, { path, edge, rows });
    last = page.at(-1);
  }
  if (last === undefined) return undefined;
  const reader = openSealedSegment(driver, path, edge);
  try {
    const { head } = verifySegment(reader, { edge, number: FIRST, path });
    if (head.hash === last.hash) return headOf(last);
    throw new KitError('JOURNAL_DAMAGED', `${path} does not end as it was written`);
  } finally {
    reader.close();
  }
}

function insert(
  driver: SqlDriver,
  { path, edge, rows }: { readonly path: string; readonly edge: string; readonly rows: readonly EntryRow[] },
): void {
  const segment = openSegment(driver, path, edge);
  try {
    segment.insert(rows);
  } catch (error) {
    segment.close();
    throw error;
  }
  segment.seal();
}

function rowOf({ header, headerText, hash, salt, bodyText }: SealedEntry): EntryRow {
  return { seq: header.seq, headerText, hash, salt, bodyText };
}

function newPlace(folder: string): string {
  return `${folder}.refetched`;
}
