import { bodyColumns, type OpenedBody } from '../body-columns.ts';
import type { Database } from '../database.ts';

/** An entry of the ledger with its body, as the page of one order or one leaf shows it. */
export interface LeafEntry extends OpenedBody {
  readonly leaf: number;
  readonly edge: string;
  readonly epoch: number;
  readonly seq: number;
  readonly kind: string;
  readonly at: string;
  readonly hash: string;
  readonly header: string;
}

/** An order that another one has to do with. Shape: `role` is its part in a group, null where it has none. */
export interface RelatedOrder {
  readonly orderId: string;
  readonly state: string;
  readonly role: string | null;
  readonly relation: 'replaces' | 'replaced-by' | 'group';
}

/** How an execution counts now. Shape: `changedLeaf` is the entry that took it back or corrected it. */
export interface FillStanding {
  readonly leaf: number;
  readonly fillId: string;
  readonly status: string;
  readonly changedLeaf: number | null;
}

/** The last state of an order and each entry that belongs to it, in order of the ledger. */
export interface OrderHistory {
  readonly orderId: string;
  readonly state: string;
  readonly filledQuantity: string;
  readonly refusedBy: readonly string[];
  readonly entries: readonly LeafEntry[];
  readonly related: readonly RelatedOrder[];
  readonly fills: readonly FillStanding[];
}

/** More entries than an order of a sane venue ever has; beyond it the page says that there are more. */
export const ORDER_ENTRIES_MAX = 500;
const RELATED_MAX = 50;

/** The whole history of an order; undefined where there is none of this id. */
export async function readOrderHistory(database: Database, orderId: string): Promise<OrderHistory | undefined> {
  const [orders, entries, related, fills] = await Promise.all([
    database<Omit<OrderHistory, 'entries' | 'related' | 'fills'>[]>`
      SELECT order_id AS "orderId", state, filled_quantity AS "filledQuantity",
        array_to_json(refused_by) AS "refusedBy"
      FROM orders WHERE order_id = ${orderId}`,
    database<LeafEntry[]>`
      SELECT l.leaf, l.edge, l.epoch, l.seq, l.kind, l.at, ${bodyColumns(database)}
      FROM order_entry e JOIN ledger_leaf l ON l.leaf = e.leaf LEFT JOIN ledger_body b ON b.leaf = e.leaf
      WHERE e.order_id = ${orderId} ORDER BY e.leaf LIMIT ${ORDER_ENTRIES_MAX}`,
    readRelated(database, orderId),
    database<FillStanding[]>`
      SELECT leaf, fill_id AS "fillId", status, changed_leaf AS "changedLeaf"
      FROM fill WHERE order_id = ${orderId} ORDER BY leaf LIMIT ${ORDER_ENTRIES_MAX}`,
  ]);
  const [order] = orders;
  return order === undefined ? undefined : { ...order, entries, related, fills };
}

/** Orders that it replaces, that were to replace it, and that share its group; each way by an index of its own. */
function readRelated(database: Database, orderId: string): Promise<readonly RelatedOrder[]> {
  return database<RelatedOrder[]>`
    SELECT "orderId", state, role, relation FROM (
      SELECT r.order_id AS "orderId", r.state, NULL AS role, 'replaces' AS relation, r.intent_leaf AS born
      FROM orders o JOIN orders r ON r.order_id = o.replaces WHERE o.order_id = ${orderId}
      UNION ALL
      SELECT r.order_id, r.state, NULL, 'replaced-by', r.intent_leaf FROM orders r WHERE r.replaces = ${orderId}
      UNION ALL
      SELECT r.order_id, r.state, r.group_role, 'group', r.intent_leaf
      FROM orders o JOIN orders r ON r.group_id = o.group_id AND r.order_id <> o.order_id WHERE o.order_id = ${orderId}
    ) related ORDER BY relation, born LIMIT ${RELATED_MAX}`;
}
