import type { Queries } from './database.ts';
import type { StoredCheckpoint } from './ledger-rows.ts';

/** The largest checkpoint after a size that is at most so many leaves away, else the next one; undefined after the last. */
export async function checkpointAfter(
  tx: Queries,
  size: number,
  leavesMax: number,
): Promise<StoredCheckpoint | undefined> {
  const [near] = await tx<StoredCheckpoint[]>`
    SELECT size, root, note FROM checkpoint WHERE size > ${size} AND size <= ${size + leavesMax} ORDER BY size DESC LIMIT 1`;
  if (near !== undefined) return near;
  const [next] = await tx<StoredCheckpoint[]>`
    SELECT size, root, note FROM checkpoint WHERE size > ${size} ORDER BY size LIMIT 1`;
  return next;
}
