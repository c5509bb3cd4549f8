import type { Queries } from '../database.ts';
import type { FilterValues } from './paging.ts';

/** A document that is current for an edge. */
export interface EdgeDocument {
  readonly kind: string;
  readonly name: string;
  readonly version: number;
  readonly at: string;
}

/** A stop that is in force at an edge. */
export interface EdgeHalt {
  readonly kill: string;
  readonly scope: string;
  readonly state: string;
  readonly level: string;
  readonly reason: string;
  readonly leaf: number;
}

/** An edge as the hub knows it. Shape: what it never did is null; `left` is what its own signed word has beyond what was taken. */
export interface EdgeRow {
  readonly edge: string;
  readonly status: string;
  readonly epoch: number;
  readonly taken: number;
  readonly reported: number | null;
  readonly left: number;
  readonly hash: string;
  readonly verifierKey: string;
  readonly registeredAt: string;
  readonly lastBatchAt: string | null;
  readonly enrolment: string | null;
  /** When its certificate was last shown at a door of the hub. */
  readonly seenAt: string | null;
  readonly heartbeatAt: string | null;
  readonly heartbeatNumber: number | null;
  readonly documents: readonly EdgeDocument[];
  /** The sequence of the sheet and the version of trust that it last said it runs on. */
  readonly sheetInUse: number | null;
  readonly trustInUse: number | null;
  readonly halts: readonly EdgeHalt[];
  readonly commands: number;
  /** Commands that it has neither applied nor refused, and since when the oldest of them waits. */
  readonly openCommands: number;
  readonly openSince: string | null;
}

/** So many edges are read at once. */
export const EDGES_SHOWN_MAX = 1_000;

/** Edges that a filter lets through, by name. */
export function readEdges(database: Queries, filter: FilterValues, limit = EDGES_SHOWN_MAX): Promise<EdgeRow[]> {
  const { edge, status } = filter;
  const sql = database;
  return sql<EdgeRow[]>`
    WITH waiting AS (
      SELECT i.edge, count(*) AS commands, count(*) FILTER (WHERE i.state IN ('sent', 'received')) AS open,
        min(i.at) FILTER (WHERE i.state IN ('sent', 'received')) AS since
      FROM command_issue i ${edge === undefined ? sql`` : sql`WHERE i.edge = ${edge}`} GROUP BY i.edge
    ), sheet_in_use AS (
      SELECT DISTINCT ON (edge) edge, sequence FROM limit_acceptance
      ${edge === undefined ? sql`` : sql`WHERE edge = ${edge}`} ORDER BY edge, leaf DESC
    ), halt AS (
      SELECT edge, json_agg(json_build_object('kill', kill_id, 'scope', scope, 'state', state, 'level', level,
        'reason', reason, 'leaf', leaf) ORDER BY leaf DESC) AS halts
      FROM trading_state ${edge === undefined ? sql`` : sql`WHERE edge = ${edge}`} GROUP BY edge
    )
    SELECT s.edge, s.status, s.epoch, s.seq AS taken, s.reported_seq AS reported, s.hash, s.verifier_key AS "verifierKey",
      greatest(coalesce(s.reported_seq, s.seq) - s.seq, 0) AS "left", s.registered_at AS "registeredAt",
      s.last_batch_at AS "lastBatchAt", d.state AS enrolment, d.seen_at AS "seenAt", h.at AS "heartbeatAt",
      n.seq AS "heartbeatNumber", coalesce(w.commands, 0) AS commands, coalesce(w.open, 0) AS "openCommands",
      w.since AS "openSince",
      u.sequence AS "sheetInUse",
      (SELECT max(version) FROM trust_version v WHERE v.edge = s.edge) AS "trustInUse",
      coalesce((
        SELECT json_agg(json_build_object('kind', kind, 'name', name, 'version', version, 'at', o.at) ORDER BY kind, name)
        FROM control_objects o WHERE o.edge = s.edge), '[]') AS documents,
      coalesce(t.halts, '[]') AS halts
    FROM stream s
    LEFT JOIN waiting w ON w.edge = s.edge
    LEFT JOIN sheet_in_use u ON u.edge = s.edge
    LEFT JOIN halt t ON t.edge = s.edge
    LEFT JOIN heartbeats h ON h.edge = s.edge
    LEFT JOIN heartbeat_head n ON n.edge = s.edge
    LEFT JOIN LATERAL (
      SELECT state, max(seen_at) OVER () AS seen_at, issued_at FROM enrolment e WHERE e.edge = s.edge
      ORDER BY (state IN ('approved', 'active', 'renewed')) DESC, issued_at DESC LIMIT 1
    ) d ON true
    WHERE s.edge <> 'hub'
      ${edge === undefined ? sql`` : sql`AND s.edge = ${edge}`}
      ${status === undefined ? sql`` : sql`AND s.status = ${status}`}
    ORDER BY s.edge LIMIT ${limit}`;
}
