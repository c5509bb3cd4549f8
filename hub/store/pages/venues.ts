import type { Database, Queries } from '../database.ts';
import type { AlarmRow } from './overview.ts';
import { type FilterValues, newestFirst, type Page, pageByLeaf } from './paging.ts';

/** What a venue can do by itself. */
export interface VenueCapabilities {
  readonly orderTypes: readonly string[];
  readonly timesInForce: readonly string[];
  readonly auctions: readonly string[];
  readonly groups: readonly string[];
  readonly canAmend: boolean;
  readonly canPostOnly: boolean;
  readonly canReduceOnly: boolean;
  readonly canShowPart: boolean;
  readonly notFoundIsFinalAfterMs?: number;
  /** What it tells of its market as it happens; absent where the edge did not say. */
  readonly marketData?: readonly string[];
  /** What it could do by itself and is not asked for. */
  readonly leftOut?: readonly { readonly of: string; readonly reason: string }[];
}

/** A case of the connectors' common suite that one cannot meet. */
export interface VenueExemption {
  readonly case: string;
  readonly reason: string;
}

/**
 * What an edge last said of one connector that it trades through.
 *
 * Shape: `run` is the one that last began or went on while the edge traded through it; null where none has.
 */
export interface VenueRow {
  readonly leaf: number;
  readonly edge: string;
  readonly connector: string;
  readonly title: string;
  readonly environment: string;
  readonly account: string | null;
  readonly venues: readonly string[];
  readonly capabilities: VenueCapabilities;
  readonly exemptions: readonly VenueExemption[];
  readonly fillRules: readonly string[];
  readonly at: string;
  readonly run: { readonly id: string; readonly leaf: number; readonly state: string; readonly source: string } | null;
}

/** One statement of an edge about a connector, of now or of before. */
export interface VenueStatement {
  readonly leaf: number;
  readonly edge: string;
  readonly at: string;
}

/** A connector as each edge last stated it, with earlier statements and what was heard of its venues. */
export interface VenueHistory {
  readonly rows: readonly VenueRow[];
  readonly statements: readonly VenueStatement[];
  readonly incidents: readonly AlarmRow[];
}

/** The most edges and statements that the page of one connector lists. */
export const VENUE_ROWS_MAX = 50;
const INCIDENTS_MAX = 10;

/** The newest statement of each edge about each connector, newest first. */
export async function listVenues(database: Database, filter: FilterValues, page: Page): Promise<readonly VenueRow[]> {
  const { connector, edge, environment } = filter;
  const sql = database;
  const rows = await sql<VenueRow[]>`
    SELECT ${columns(sql)} FROM ${newest(sql)} WHERE true
      ${connector === undefined ? sql`` : sql`AND connector = ${connector}`}
      ${edge === undefined ? sql`` : sql`AND edge = ${edge}`}
      ${environment === undefined ? sql`` : sql`AND environment = ${environment}`}
    ${pageByLeaf(sql, 'leaf', page)}`;
  return newestFirst(rows, page);
}

/** All that edges said of one connector; undefined where none has named it. */
export async function readVenue(database: Database, connector: string): Promise<VenueHistory | undefined> {
  const sql = database;
  const [rows, statements, incidents] = await Promise.all([
    sql<VenueRow[]>`
      SELECT ${columns(sql)} FROM ${newest(sql)} WHERE connector = ${connector} ORDER BY edge LIMIT ${VENUE_ROWS_MAX}`,
    sql<VenueStatement[]>`
      SELECT leaf, edge, at FROM venue_terms WHERE connector = ${connector} ORDER BY leaf DESC LIMIT ${VENUE_ROWS_MAX}`,
    sql<AlarmRow[]>`
      SELECT at, code, severity, edge, message, hint, leaf FROM incident i
      WHERE code ~ '^(VENUE|ORDER|FILL|RECONCILE)_' AND edge IN (SELECT edge FROM venue_terms WHERE connector = ${connector})
        AND ${connectorBefore(sql, 'i')} = ${connector}
      ORDER BY leaf DESC LIMIT ${INCIDENTS_MAX}`,
  ]);
  return rows.length === 0 ? undefined : { rows, statements, incidents };
}

function columns(sql: Queries) {
  return sql`leaf, edge, connector, title, environment, account, venues, capabilities, exemptions, fill_rules AS "fillRules", at,
    (SELECT json_build_object('id', s.run_id, 'leaf', s.leaf, 'state', r.state, 'source', r.source)
      FROM run_start s JOIN run r ON r.edge = s.edge AND r.run_id = s.run_id
      WHERE s.edge = v.edge AND ${connectorBefore(sql, 's')} = v.connector
      ORDER BY s.leaf DESC LIMIT 1) AS run`;
}

function newest(sql: Queries) {
  return sql`(SELECT DISTINCT ON (edge, connector) * FROM venue_terms ORDER BY edge, connector, leaf DESC) v`;
}

/** What an edge traded through when it made a row of `incident i` or `run_start s`: what it had stated last. */
function connectorBefore(sql: Queries, row: 'i' | 's') {
  return sql`(
    SELECT t.connector FROM venue_terms t WHERE t.edge = ${sql(row)}.edge AND t.leaf < ${sql(row)}.leaf
    ORDER BY t.leaf DESC LIMIT 1)`;
}
