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
    SELECT a.leaf, a.at, l.hash, a.action, a.by_person AS by, p.login, a.from_address AS from, a.target, a.before, a.after, a.note
    FROM hub_act a JOIN ledger_leaf l ON l.leaf = a.leaf LEFT JOIN person p ON p.person_id = a.by_person
    WHERE true
      ${action === undefined ? sql`` : sql`AND a.action = ${action}`}
      ${by === undefined ? sql`` : sql`AND (a.by_person = ${by} OR p.login = ${by})`}
      ${target === undefined ? sql`` : sql`AND a.target = ${target}`}
      ${from === undefined ? sql`` : sql`AND a.at >= ${from}`}
      ${to === undefined ? sql`` : sql`AND a.at < ${`${to}T24`}`}
    ${pageByLeaf(sql, 'a.leaf', page)}`;
  return newestFirst(rows, page);
}
