import type { Database } from '../database.ts';
import { dayBounds, type FilterValues, newestFirst, type Page, pageByLeaf } from './paging.ts';

/**
 * An execution as a table shows it.
 *
 * Shape: the figures are as first reported; `now` has those that count since a correction, and is null where there is none.
 * Units: `price` in `currency`, `fee` in `feeCurrency`, `at` an instant as text.
 */
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
  readonly feeCurrency: string;
  readonly liquidity: string | null;
  readonly at: string;
  readonly status: string;
  readonly now: { readonly quantity: string; readonly price: string; readonly fee: string } | null;
  readonly changedLeaf: number | null;
}

/** Executions that a filter lets through, newest first. */
export async function listFills(database: Database, filter: FilterValues, page: Page): Promise<readonly FillRow[]> {
  const { side, instrument, order, status } = filter;
  const { from, to } = dayBounds(filter);
  const sql = database;
  const rows = await sql<FillRow[]>`
    SELECT fill_id AS "fillId", leaf, order_id AS "orderId", account, instrument, venue, side, quantity, price, currency,
      fee, coalesce(fee_currency, currency) AS "feeCurrency", liquidity, at, status, changed_leaf AS "changedLeaf",
      CASE WHEN status = 'corrected' THEN json_build_object('quantity', now_quantity, 'price', now_price, 'fee', now_fee) END AS now
    FROM fill WHERE true
      ${order === undefined ? sql`` : sql`AND order_id = ${order}`}
      ${status === undefined ? sql`` : sql`AND status = ${status}`}
      ${side === undefined ? sql`` : sql`AND side = ${side}`}
      ${instrument === undefined ? sql`` : sql`AND instrument = ${instrument}`}
      ${from === undefined ? sql`` : sql`AND at >= ${from}`}
      ${to === undefined ? sql`` : sql`AND at < ${to}`}
    ${pageByLeaf(sql, 'leaf', page)}`;
  return newestFirst(rows, page);
}
