import { restoreBooks, whereBooksAreCarried } from '../store/carried-books.ts';
import { type Database, inTransaction } from '../store/database.ts';
import { readHead, readLeaves } from '../store/ledger-rows.ts';
import { clearProjections, lockProjections, moveProjections } from '../store/register-rows.ts';
import { projectLeaves } from './projections.ts';

/** How far a rebuild is. */
export interface RebuildProgress {
  readonly projected: number;
  readonly size: number;
}

/** How many leaves one transaction of a rebuild folds. */
export const REBUILD_CHUNK_LEAVES = 5_000;

/**
 * Drops every projection and folds it again from the ledger; entries go on being taken meanwhile.
 *
 * Shape: alarms were raised when the entries came and are not raised again; what was set aside is read again. Where records were
 *        disposed of, the books go on from what they were then.
 */
export async function rebuildProjections(
  database: Database,
  onProgress: (progress: RebuildProgress) => void = () => undefined,
): Promise<RebuildProgress> {
  await inTransaction(database, clearProjections);
  return catchUpProjections(database, onProgress);
}

/** Folds what the projections have not read yet, after a rebuild that was cut short or beside one that runs. */
export async function catchUpProjections(
  database: Database,
  onProgress: (progress: RebuildProgress) => void = () => undefined,
): Promise<RebuildProgress> {
  for (;;) {
    const progress = await foldChunk(database);
    onProgress(progress);
    if (progress.projected >= progress.size) return progress;
  }
}

function foldChunk(database: Database): Promise<RebuildProgress> {
  return inTransaction(database, async (tx) => {
    const from = await lockProjections(tx);
    const size = (await readHead(tx))?.size ?? 0;
    const carried = await whereBooksAreCarried(tx);
    const end = carried !== undefined && from < carried ? carried : size;
    const to = Math.min(end, from + REBUILD_CHUNK_LEAVES);
    if (to > from) {
      await projectLeaves(tx, await readLeaves(tx, { from, to }));
      if (to === carried) await restoreBooks(tx);
      await moveProjections(tx, to);
    }
    return { projected: to, size };
  });
}
