import { bodyColumns } from '../body-columns.ts';
import type { Database, Queries } from '../database.ts';
import type { LeafEntry } from './order-history.ts';
import { type FilterValues, newestFirst, type Page, pageByLeaf } from './paging.ts';

/** Where the ledger stands. Shape: `note` is the newest signed checkpoint, null before the first. */
export interface LedgerHead {
  readonly size: number;
  readonly root: string;
  readonly note: string | null;
  readonly noteSize: number | null;
  readonly noteAt: string | null;
  readonly quarantined: number;
  readonly setAside: number;
}

/** Where one stream stands: what the hub took and what the edge says that it has. */
export interface StreamHead {
  readonly edge: string;
  readonly verifierKey: string;
  readonly epoch: number;
  readonly seq: number;
  readonly hash: string;
  readonly lastLeaf: number | null;
  readonly status: string;
  readonly registeredAt: string;
  readonly lastBatchAt: string | null;
  readonly reportedSeq: number | null;
}

export type LeafRow = Omit<LeafEntry, 'header' | 'salt' | 'body' | 'disposal' | 'fault'>;

export async function readLedgerHead(database: Database): Promise<LedgerHead> {
  const [row] = await database<LedgerHead[]>`
    SELECT h.size, h.root, c.note, c.size AS "noteSize", c.at AS "noteAt",
      (SELECT count(*) FROM quarantine) AS quarantined, (SELECT count(*) FROM set_aside) AS "setAside"
    FROM ledger_head h LEFT JOIN LATERAL (SELECT note, size, at FROM checkpoint ORDER BY size DESC LIMIT 1) c ON true`;
  const empty = { size: 0, root: '', note: null, noteSize: null, noteAt: null, quarantined: 0, setAside: 0 };
  return row ?? empty;
}

/** Every stream by name. */
export function listStreams(database: Queries): Promise<StreamHead[]> {
  return database<StreamHead[]>`
    SELECT edge, verifier_key AS "verifierKey", epoch, seq, hash, last_leaf AS "lastLeaf", status,
      registered_at AS "registeredAt", last_batch_at AS "lastBatchAt", reported_seq AS "reportedSeq"
    FROM stream ORDER BY edge LIMIT 1000`;
}

/** Leaves that a filter lets through, newest first. */
export async function listLeaves(database: Database, filter: FilterValues, page: Page): Promise<readonly LeafRow[]> {
  const { kind, edge } = filter;
  const sql = database;
  const rows = await sql<LeafRow[]>`
    SELECT leaf, edge, epoch, seq, kind, at, hash FROM ledger_leaf WHERE true
      ${kind === undefined ? sql`` : sql`AND kind = ${kind}`}
      ${edge === undefined ? sql`` : sql`AND edge = ${edge}`}
    ${pageByLeaf(sql, 'leaf', page)}`;
  return newestFirst(rows, page);
}

/** One entry with its body, why it was set aside where it was, and the leaf of the certificate where its body was disposed of. */
export interface ShownLeaf extends LeafEntry {
  readonly setAside: string | null;
  readonly certificateLeaf: number | null;
}

/** One leaf as its page shows it; undefined where there is none. */
export async function readLeaf(database: Database, leaf: number): Promise<ShownLeaf | undefined> {
  const [row] = await database<ShownLeaf[]>`
    SELECT l.leaf, l.edge, l.epoch, l.seq, l.kind, l.at, ${bodyColumns(database)}, s.reason AS "setAside",
      d.certificate_leaf AS "certificateLeaf"
    FROM ledger_leaf l LEFT JOIN ledger_body b ON b.leaf = l.leaf LEFT JOIN set_aside s ON s.leaf = l.leaf
      LEFT JOIN disposal d ON d.disposal_id = b.disposal
    WHERE l.leaf = ${leaf}`;
  return row;
}
