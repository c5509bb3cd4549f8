import type { Database, Queries } from '../database.ts';
import { dayBounds, type FilterValues, newestFirst, type Page, pageByLeaf } from './paging.ts';

/** An order as a table shows it. Units: quantities in units of the instrument, times are instants as text. */
export interface OrderRow {
  readonly orderId: string;
  readonly decidedAt: string;
  readonly recordedAt: string;
  readonly edge: string;
  readonly environment: string;
  readonly account: string;
  readonly algorithm: string;
  readonly instrument: string;
  readonly side: string;
  readonly type: string;
  readonly quantity: string;
  readonly limitPrice: string | null;
  readonly stopPrice: string | null;
  readonly venue: string;
  readonly replaces: string | null;
  readonly groupId: string | null;
  readonly currency: string;
  readonly state: string;
  readonly filledQuantity: string;
  readonly refusedBy: readonly string[];
  readonly intentLeaf: number;
}

/** Orders that a filter lets through, newest intent first. */
export async function listOrders(database: Database, filter: FilterValues, page: Page): Promise<readonly OrderRow[]> {
  const rows = await database<OrderRow[]>`
    SELECT order_id AS "orderId", decided_at AS "decidedAt", recorded_at AS "recordedAt", edge, environment, account,
      algorithm, instrument, side, type, quantity, limit_price AS "limitPrice", stop_price AS "stopPrice", venue, replaces,
      group_id AS "groupId", currency, state,
      filled_quantity AS "filledQuantity", array_to_json(refused_by) AS "refusedBy", intent_leaf AS "intentLeaf"
    FROM orders WHERE true ${conditions(database, filter)} ${pageByLeaf(database, 'intent_leaf', page)}`;
  return newestFirst(rows, page);
}

function conditions(sql: Queries, filter: FilterValues) {
  const { state, side, instrument, algorithm, venue, control, text } = filter;
  const { from, to } = dayBounds(filter);
  return sql`
    ${state === undefined ? sql`` : sql`AND state = ${state}`}
    ${side === undefined ? sql`` : sql`AND side = ${side}`}
    ${instrument === undefined ? sql`` : sql`AND instrument = ${instrument}`}
    ${algorithm === undefined ? sql`` : sql`AND algorithm = ${algorithm}`}
    ${venue === undefined ? sql`` : sql`AND venue = ${venue}`}
    ${control === undefined ? sql`` : sql`AND refused_by @> ARRAY[${control}]::text[]`}
    ${text === undefined ? sql`` : textCondition(sql, text)}
    ${from === undefined ? sql`` : sql`AND decided_at >= ${from}`}
    ${to === undefined ? sql`` : sql`AND decided_at < ${to}`}`;
}

/** The beginning of an order's id; other fields have filters of their own, and each of these has an index. */
function textCondition(sql: Queries, text: string) {
  return sql`AND order_id >= ${text} AND order_id < ${`${text}\u{10ffff}`}`;
}

/** The values that a filter offers. Shape: found by steps through an index, so a million orders cost what ten cost. */
export async function orderChoices(
  database: Database,
): Promise<Readonly<Record<'instrument' | 'algorithm' | 'control', readonly string[]>>> {
  const [instrument, algorithm, control] = await Promise.all([
    distinct(database, 'orders', 'instrument'),
    distinct(database, 'orders', 'algorithm'),
    database<{ name: string }[]>`
      SELECT substr(name, 9) AS name FROM tally WHERE name LIKE 'refused:%' AND value > 0 ORDER BY name LIMIT 200`,
  ]);
  return { instrument, algorithm, control: control.map(({ name }) => name) };
}

const CHOICES_MAX = 200;

async function distinct(sql: Queries, table: string, column: string): Promise<readonly string[]> {
  const [from, name] = [sql(table), sql(column)];
  const rows = await sql<{ value: string | null }[]>`
    WITH RECURSIVE step AS (
      SELECT min(${name}) AS value FROM ${from}
      UNION ALL
      SELECT (SELECT min(${name}) FROM ${from} WHERE ${name} > step.value) FROM step WHERE step.value IS NOT NULL
    )
    SELECT value FROM step WHERE value IS NOT NULL LIMIT ${CHOICES_MAX}`;
  return rows.flatMap(({ value }) => value ?? []);
}
