import type { Database } from '../database.ts';
import { dayBounds, type FilterValues, newestFirst, type Page, pageByLeaf } from './paging.ts';

/** An execution as a table shows it. Units: `price` and `fee` in `currency`, `at` an instant as text. */
export interface FillRow {
  readonly fillId: string;
  readonly leaf: number;
  readonly orderId: string;
  readonly account: string;
  readonly instrument: string;
  readonly venue: string;
  readonly side: string;
  readonly quantity: string;
  readonly price: string;
  readonly currency: string;
  readonly fee: string;
  readonly at: string;
}

/** Executions that a filter lets through, newest first. */
export async function listFills(database: Database, filter: FilterValues, page: Page): Promise<readonly FillRow[]> {
  const { side, instrument, order } = filter;
  const { from, to } = dayBounds(filter);
  const sql = database;
  const rows = await sql<FillRow[]>`
    SELECT fill_id AS "fillId", leaf, order_id AS "orderId", account, instrument, venue, side, quantity, price, currency,
      fee, at
    FROM fill WHERE true
      ${order === undefined ? sql`` : sql`AND order_id = ${order}`}
      ${side === undefined ? sql`` : sql`AND side = ${side}`}
      ${instrument === undefined ? sql`` : sql`AND instrument = ${instrument}`}
      ${from === undefined ? sql`` : sql`AND at >= ${from}`}
      ${to === undefined ? sql`` : sql`AND at < ${to}`}
    ${pageByLeaf(sql, 'leaf', page)}`;
  return newestFirst(rows, page);
}
