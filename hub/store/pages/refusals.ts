import type { Queries } from '../database.ts';
import { dayBounds, type FilterValues, leafOf, newestFirst, type Page } from './paging.ts';

/** One control's refusal of one order in one scope. Shape: `verdict` is `refuse`, or `overridden` where a ticket set it aside. */
export interface RefusalRow {
  readonly leaf: number;
  readonly ordinal: number;
  readonly orderId: string;
  readonly control: string;
  readonly version: number;
  readonly scope: string;
  readonly verdict: string;
  readonly reason: string;
  readonly figures: Readonly<Record<string, string>>;
  readonly decidedAt: string;
}

/** How often a control refused. */
export interface RefusalCount {
  readonly control: string;
  readonly count: number;
}

/** Refusals that a filter lets through, newest first. Shape: the cursor is `leaf.ordinal`. */
export async function listRefusals(
  database: Queries,
  filter: FilterValues,
  page: Page,
): Promise<readonly RefusalRow[]> {
  const { control, scope, order } = filter;
  const { from, to } = dayBounds(filter);
  const sql = database;
  const rows = await sql<RefusalRow[]>`
    SELECT leaf, ordinal, order_id AS "orderId", control, version, scope, verdict, reason, figures, decided_at AS "decidedAt"
    FROM refusal WHERE true
      ${control === undefined ? sql`` : sql`AND control = ${control}`}
      ${scope === undefined ? sql`` : sql`AND scope = ${scope}`}
      ${order === undefined ? sql`` : sql`AND order_id = ${order}`}
      ${from === undefined ? sql`` : sql`AND decided_at >= ${from}`}
      ${to === undefined ? sql`` : sql`AND decided_at < ${to}`}
    ${pageByRow(sql, page)}`;
  return newestFirst(rows, page);
}

/** How often each control refused, the most frequent first. */
export function countRefusals(database: Queries): Promise<RefusalCount[]> {
  return database<RefusalCount[]>`
    SELECT substr(name, 9) AS control, value AS count FROM tally
    WHERE name LIKE 'refused:%' AND value > 0 ORDER BY value DESC, name LIMIT 500`;
}

function pageByRow(sql: Queries, { before, after, limit }: Page) {
  if (after !== undefined) {
    const [leaf, ordinal] = placeOf(after);
    return sql`AND (leaf, ordinal) > (${leaf}, ${ordinal}) ORDER BY leaf ASC, ordinal ASC LIMIT ${limit}`;
  }
  const [leaf, ordinal] = before === undefined ? [] : placeOf(before);
  const bound = leaf === undefined ? sql`` : sql`AND (leaf, ordinal) < (${leaf}, ${ordinal ?? 0})`;
  return sql`${bound} ORDER BY leaf DESC, ordinal DESC LIMIT ${limit}`;
}

function placeOf(cursor: string): readonly [number, number] {
  const [leaf = '', ordinal = ''] = cursor.split('.');
  return [leafOf(leaf), leafOf(ordinal)];
}
