import type { Database } from '../database.ts';

/** An entry of the ledger with its body, as the page of one order or one leaf shows it. */
export interface LeafEntry {
  readonly leaf: number;
  readonly edge: string;
  readonly epoch: number;
  readonly seq: number;
  readonly kind: string;
  readonly at: string;
  readonly hash: string;
  readonly header: string;
  /** Null where the body was destroyed. */
  readonly body: string | null;
}

/** The last state of an order and each entry that belongs to it, in order of the ledger. */
export interface OrderHistory {
  readonly orderId: string;
  readonly state: string;
  readonly filledQuantity: string;
  readonly refusedBy: readonly string[];
  readonly entries: readonly LeafEntry[];
}

/** More entries than an order of a sane venue ever has; beyond it the page says that there are more. */
export const ORDER_ENTRIES_MAX = 500;

/** The whole history of an order; undefined where there is none of this id. */
export async function readOrderHistory(database: Database, orderId: string): Promise<OrderHistory | undefined> {
  const [orders, entries] = await Promise.all([
    database<Omit<OrderHistory, 'entries'>[]>`
      SELECT order_id AS "orderId", state, filled_quantity AS "filledQuantity",
        array_to_json(refused_by) AS "refusedBy"
      FROM orders WHERE order_id = ${orderId}`,
    database<LeafEntry[]>`
      SELECT l.leaf, l.edge, l.epoch, l.seq, l.kind, l.at, l.hash, l.header, b.body
      FROM order_entry e JOIN ledger_leaf l ON l.leaf = e.leaf LEFT JOIN ledger_body b ON b.leaf = e.leaf
      WHERE e.order_id = ${orderId} ORDER BY e.leaf LIMIT ${ORDER_ENTRIES_MAX}`,
  ]);
  const [order] = orders;
  return order === undefined ? undefined : { ...order, entries };
}
