import { bodyColumns } from '../body-columns.ts';
import type { Database } from '../database.ts';
import type { LeafEntry } from './order-history.ts';
import { dayBounds, type FilterValues, newestFirst, type Page, pageByLeaf } from './paging.ts';

/** A difference between two records, as its newest step says. Units: times are instants as text. */
export interface BreakRow {
  readonly edge: string;
  readonly breakId: string;
  readonly step: string;
  readonly subject: string;
  readonly firstRecord: string;
  readonly secondRecord: string;
  readonly venue: string;
  readonly account: string;
  readonly key: string;
  readonly ours: string | null;
  readonly theirs: string | null;
  readonly cause: string | null;
  readonly owner: string | null;
  readonly since: string;
  readonly at: string;
  readonly note: string | null;
  readonly foundLeaf: number;
}

/** A break with each of its entries, in order of the ledger. */
export interface BreakHistory {
  readonly row: BreakRow;
  readonly entries: readonly LeafEntry[];
}

/** More steps than a break of sane people ever has; beyond it the page says that there are more. */
export const BREAK_ENTRIES_MAX = 200;

/** Breaks that a filter lets through, the newest found first. Shape: the cursor is the leaf that found it. */
export async function listBreaks(database: Database, filter: FilterValues, page: Page): Promise<readonly BreakRow[]> {
  const { state, subject, owner, account, venue, edge } = filter;
  const { from, to } = dayBounds(filter);
  const sql = database;
  const rows = await sql<BreakRow[]>`
    SELECT ${columns(sql)} FROM book_break WHERE true
      ${state === undefined ? sql`` : sql`AND (step = 'resolved') = (${state} = 'resolved')`}
      ${subject === undefined ? sql`` : sql`AND subject = ${subject}`}
      ${owner === undefined ? sql`` : sql`AND owner = ${owner}`}
      ${account === undefined ? sql`` : sql`AND account = ${account}`}
      ${venue === undefined ? sql`` : sql`AND venue = ${venue}`}
      ${edge === undefined ? sql`` : sql`AND edge = ${edge}`}
      ${from === undefined ? sql`` : sql`AND since >= ${from}`}
      ${to === undefined ? sql`` : sql`AND since < ${to}`}
    ${pageByLeaf(sql, 'found_leaf', page)}`;
  return newestFirst(rows, page);
}

/** One break with its history; undefined where there is none of this id. */
export async function readBreak(database: Database, edge: string, id: string): Promise<BreakHistory | undefined> {
  const [rows, entries] = await Promise.all([
    database<BreakRow[]>`SELECT ${columns(database)} FROM book_break WHERE edge = ${edge} AND break_id = ${id}`,
    database<LeafEntry[]>`
      SELECT l.leaf, l.edge, l.epoch, l.seq, l.kind, l.at, ${bodyColumns(database)}
      FROM book_break_entry e JOIN ledger_leaf l ON l.leaf = e.leaf LEFT JOIN ledger_body b ON b.leaf = e.leaf
      WHERE e.edge = ${edge} AND e.break_id = ${id} ORDER BY e.leaf LIMIT ${BREAK_ENTRIES_MAX}`,
  ]);
  const [row] = rows;
  return row === undefined ? undefined : { row, entries };
}

function columns(sql: Database) {
  return sql`edge, break_id AS "breakId", step, subject, first_record AS "firstRecord", second_record AS "secondRecord",
    venue, account, key, ours, theirs, cause, owner, since, at, note, found_leaf AS "foundLeaf"`;
}
