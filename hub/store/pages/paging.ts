import type { Queries } from '../database.ts';

/** Which rows of a table that is read newest first. Shape: at most one of the two cursors; a cursor is a row's own. */
export interface Page {
  readonly before?: string;
  readonly after?: string;
  readonly limit: number;
}

/** What a reader asks of a table: the values of its filters by name; an absent one filters nothing. */
export type FilterValues = Readonly<Record<string, string>>;

/** The end of a query that is paged by leaf: bound, order and limit. Shape: `column` is ours, never a user's. */
export function pageByLeaf(sql: Queries, column: string, page: Page) {
  const name = sql(column);
  const { before, after, limit } = page;
  if (after !== undefined) return sql`AND ${name} > ${leafOf(after)} ORDER BY ${name} ASC LIMIT ${limit}`;
  if (before !== undefined) return sql`AND ${name} < ${leafOf(before)} ORDER BY ${name} DESC LIMIT ${limit}`;
  return sql`ORDER BY ${name} DESC LIMIT ${limit}`;
}

/** The rows newest first, whichever way they were read. */
export function newestFirst<Row>(rows: readonly Row[], page: Page): readonly Row[] {
  return page.after === undefined ? rows : [...rows].reverse();
}

/** A leaf from a text of the address line; what is none is the leaf before all. */
export function leafOf(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : -1;
}

/** The bounds of days in UTC, as texts that sort among instants; `24` sorts behind every hour of its day. */
export function dayBounds(filter: FilterValues): {
  readonly from: string | undefined;
  readonly to: string | undefined;
} {
  const { from, to } = filter;
  return { from, to: to === undefined ? undefined : `${to}T24` };
}
