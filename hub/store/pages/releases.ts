import type { Database } from '../database.ts';
import { type FilterValues, newestFirst, type Page, pageByLeaf } from './paging.ts';

/** The end of a kill as an edge recorded it, with the exact note that people signed. */
export interface ReleaseRow {
  readonly leaf: number;
  readonly edge: string;
  readonly kill: string;
  readonly document: string;
  readonly by: readonly string[];
  readonly at: string | null;
  readonly reason: string | null;
}

/** Releases that a filter lets through, newest first. Shape: the cursor is the leaf; `at` is null where the kill is not on record. */
export async function listReleases(
  database: Database,
  filter: FilterValues,
  page: Page,
): Promise<readonly ReleaseRow[]> {
  const { edge } = filter;
  const sql = database;
  const rows = await sql<ReleaseRow[]>`
    SELECT leaf, edge, kill, document, by, at, reason FROM (
      SELECT n.leaf, n.edge, n.kill_id AS kill, n.document, coalesce(array_to_json(k.released_by), '[]'::json) AS by,
        k.released_at AS at, k.release_reason AS reason
      FROM release_note n LEFT JOIN kill k ON k.edge = n.edge AND k.kill_id = n.kill_id
    ) r WHERE true
      ${edge === undefined ? sql`` : sql`AND edge = ${edge}`}
    ${pageByLeaf(sql, 'leaf', page)}`;
  return newestFirst(rows, page);
}
