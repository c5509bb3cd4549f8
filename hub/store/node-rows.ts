import type { NodeId } from '@gatehouse/shared/journal/merkle.ts';
import { insertRows, texts } from './bulk.ts';
import type { Queries } from './database.ts';

/** A complete subtree of the log with its hash in hex. */
export interface StoredNode extends NodeId {
  readonly hash: string;
}

/** Where entries of an edge lie that follow each other in the log as well. */
export interface StoredRun {
  readonly from: number;
  readonly count: number;
}

const nodeShape = { level: 'bigint', place: 'bigint', hash: 'text' } as const;

/** Stores subtrees, each once: a complete subtree never changes. */
export async function storeNodes(tx: Queries, nodes: readonly StoredNode[]): Promise<void> {
  const rows = nodes.map(({ level, index, hash }) => ({ level, place: index, hash }));
  await insertRows(tx, { table: 'ledger_node', shape: nodeShape, rows, onConflict: 'ON CONFLICT DO NOTHING' });
}

/** Those of the subtrees that are stored. */
export async function readNodes(tx: Queries, ids: readonly NodeId[]): Promise<readonly StoredNode[]> {
  if (ids.length === 0) return [];
  const levels = texts(ids.map(({ level }) => `${level}`));
  const places = texts(ids.map(({ index }) => `${index}`));
  return tx<StoredNode[]>`
    SELECT n.level, n.place AS index, n.hash
    FROM unnest(${levels}::text[], ${places}::text[]) AS u(level, place)
    JOIN ledger_node n ON n.level = u.level::bigint AND n.place = u.place::bigint`;
}

/** The headers of the leaves of ranges, in order of the log. */
export async function readHeaders(
  tx: Queries,
  ranges: readonly { readonly from: number; readonly to: number }[],
): Promise<readonly { readonly leaf: number; readonly header: string }[]> {
  if (ranges.length === 0) return [];
  const froms = texts(ranges.map(({ from }) => `${from}`));
  const tos = texts(ranges.map(({ to }) => `${to}`));
  return tx<{ leaf: number; header: string }[]>`
    SELECT l.leaf, l.header FROM unnest(${froms}::text[], ${tos}::text[]) AS u(low, high)
    JOIN ledger_leaf l ON l.leaf >= u.low::bigint AND l.leaf < u.high::bigint ORDER BY l.leaf`;
}

/**
 * Where the entries of an edge lie after a place, as runs.
 *
 * Shape: within a run leaf and place grow together, so that their difference names it; bounded by entries, runs and a size
 *        of the log.
 */
export function readRuns(
  tx: Queries,
  search: {
    readonly edge: string;
    readonly epoch: number;
    readonly after: number;
    readonly to: number;
    readonly size: number;
    readonly runs: number;
  },
): Promise<StoredRun[]> {
  const { edge, epoch, after, to, size, runs } = search;
  return tx<StoredRun[]>`
    SELECT min(leaf) AS from, count(*) AS count FROM ledger_leaf
    WHERE edge = ${edge} AND epoch = ${epoch} AND seq > ${after} AND seq <= ${to} AND leaf < ${size}
    GROUP BY leaf - seq ORDER BY min(leaf) LIMIT ${runs}`;
}
