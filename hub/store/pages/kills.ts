import type { Database } from '../database.ts';
import { dayBounds, type FilterValues, newestFirst, type Page, pageByLeaf } from './paging.ts';

/** How far a kill came at one venue. Shape: `positions` is null where none were to be closed. */
export interface KillReport {
  readonly venue: string;
  readonly sent: number;
  readonly acknowledged: number;
  readonly remaining: number;
  readonly unknown: number;
  readonly failed: number;
  readonly positions: number | null;
  readonly elapsedMs: number;
  readonly isDone: boolean;
}

/** A stop of trading with what came of it. Shape: what belongs to its release is empty or null until there is one. */
export interface KillRow {
  readonly leaf: number;
  readonly edge: string;
  readonly kill: string;
  readonly scopes: readonly string[];
  readonly level: string;
  readonly haltEpoch: number;
  readonly by: string;
  readonly reason: string;
  readonly at: string;
  readonly breaker: string | null;
  readonly figures: Readonly<Record<string, string>>;
  readonly releasedBy: readonly string[];
  readonly releasedAt: string | null;
  readonly releaseReason: string | null;
  readonly releaseLeaf: number | null;
  readonly reports: readonly KillReport[];
}

/** Kills that a filter lets through, newest first. Shape: the cursor is the leaf. */
export async function listKills(database: Database, filter: FilterValues, page: Page): Promise<readonly KillRow[]> {
  const { edge, state, level } = filter;
  const { from, to } = dayBounds(filter);
  const sql = database;
  const rows = await sql<KillRow[]>`
    SELECT leaf, edge, kill_id AS kill, array_to_json(scopes) AS scopes, level, halt_epoch AS "haltEpoch", killed_by AS by, reason,
      at, breaker, figures, array_to_json(released_by) AS "releasedBy", released_at AS "releasedAt",
      release_reason AS "releaseReason", release_leaf AS "releaseLeaf",
      coalesce((
        SELECT json_agg(json_build_object('venue', venue, 'sent', sent, 'acknowledged', acknowledged, 'remaining', remaining,
          'unknown', unknown, 'failed', failed, 'positions', positions, 'elapsedMs', elapsed_ms, 'isDone', is_done = 'yes')
          ORDER BY venue)
        FROM kill_report r WHERE r.edge = kill.edge AND r.kill_id = kill.kill_id
      ), '[]') AS reports
    FROM kill WHERE true
      ${edge === undefined ? sql`` : sql`AND edge = ${edge}`}
      ${level === undefined ? sql`` : sql`AND level = ${level}`}
      ${state === undefined ? sql`` : sql`AND (release_leaf IS NULL) = (${state} <> 'released')`}
      ${from === undefined ? sql`` : sql`AND at >= ${from}`}
      ${to === undefined ? sql`` : sql`AND at < ${to}`}
    ${pageByLeaf(sql, 'leaf', page)}`;
  return newestFirst(rows, page);
}
