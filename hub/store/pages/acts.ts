import type { Database } from '../database.ts';
import { type FilterValues, newestFirst, type Page, pageByLeaf } from './paging.ts';

/** An act of the hub or of one of its users, as it stands in stream `hub`. */
export interface ActRow {
  readonly leaf: number;
  readonly at: string;
  readonly hash: string;
  readonly action: string;
  readonly by: string;
  /** The login of who acted, where it is a person of this hub. */
  readonly login: string | null;
  readonly from: string | null;
  readonly target: string | null;
  readonly before: Readonly<Record<string, string>> | null;
  readonly after: Readonly<Record<string, string>> | null;
  readonly note: string | null;
}

/** Acts that a filter lets through, newest first. */
export async function listActs(database: Database, filter: FilterValues, page: Page): Promise<readonly ActRow[]> {
  const { action, by, target, from, to } = filter;
  const sql = database;
  const rows = await sql<ActRow[]>`
    SELECT leaf, at, hash, body->>'action' AS action, body->>'by' AS by, p.login, body->>'from' AS from,
      body->>'target' AS target, body->'before' AS before, body->'after' AS after, body->>'note' AS note
    FROM (
      SELECT l.leaf, l.at, l.hash, b.body::jsonb AS body
      FROM ledger_leaf l JOIN ledger_body b ON b.leaf = l.leaf WHERE l.kind = 'act' AND l.edge = 'hub'
    ) a LEFT JOIN person p ON p.person_id = a.body->>'by'
    WHERE true
      ${action === undefined ? sql`` : sql`AND body->>'action' = ${action}`}
      ${by === undefined ? sql`` : sql`AND (body->>'by' = ${by} OR p.login = ${by})`}
      ${target === undefined ? sql`` : sql`AND body->>'target' = ${target}`}
      ${from === undefined ? sql`` : sql`AND at >= ${from}`}
      ${to === undefined ? sql`` : sql`AND at < ${`${to}T24`}`}
    ${pageByLeaf(sql, 'leaf', page)}`;
  return newestFirst(rows, page);
}
