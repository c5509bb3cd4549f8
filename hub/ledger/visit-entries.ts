import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { bodySchemas } from '@gatehouse/shared/schema/bodies.ts';
import { HUB_STREAM, isDisposed, isReadable, readEntry } from '../ingest/read-entry.ts';
import type { Transaction } from '../store/database.ts';
import { leavesInChunks, type StoredLeaf, streamLeavesInChunks } from '../store/ledger-rows.ts';

const CHUNK_ROWS = 2_000;
/** Kinds that change nothing of what a decision is made on. */
const SKIPPED: ReadonlySet<string> = new Set(['snapshot', 'clock', 'command', 'algorithm', 'kill-report', 'act']);

/** An entry of an edge with its place in the ledger. */
export interface VisitedEntry {
  readonly edge: string;
  readonly leaf: number;
  readonly entry: EntryBody;
}

/**
 * Who is shown the ledger.
 *
 * Shape: `onUnreadable` hears of entries whose body is gone or has another form than this release reads, `onDisposed` of those that were
 *        disposed of, where it is there: what an edge decided after them cannot be made again.
 */
export interface LedgerVisitor {
  onEntry(visited: VisitedEntry): void;
  onUnreadable(leaf: number): void;
  onDisposed?(edge: string, leaf: number): void;
  onProgress?(leaves: number): void;
}

/** Part of a ledger: the entries of one edge up to a leaf, which is the last. */
export interface EdgePart {
  readonly edge: string;
  readonly last: number;
}

/** Shows all that decisions of edges are made on, in the order of the ledger; gives the number of leaves that were looked at. */
export async function visitEntries(tx: Transaction, visitor: LedgerVisitor, part?: EdgePart): Promise<number> {
  let leaves = 0;
  const chunks =
    part === undefined ? leavesInChunks(tx, CHUNK_ROWS) : streamLeavesInChunks(tx, { ...part, rows: CHUNK_ROWS });
  for await (const chunk of chunks) {
    visitLeaves(chunk, visitor);
    leaves += chunk.length;
    visitor.onProgress?.(leaves);
  }
  return leaves;
}

/** Shows those of these leaves that decisions are made on. */
export function visitLeaves(leaves: readonly StoredLeaf[], visitor: LedgerVisitor): void {
  for (const leaf of leaves) visitLeaf(leaf, visitor);
}

function visitLeaf(stored: StoredLeaf, visitor: LedgerVisitor): void {
  const { leaf, edge, kind } = stored;
  if (edge === HUB_STREAM || SKIPPED.has(kind) || !Object.hasOwn(bodySchemas, kind)) return;
  const read = readEntry(stored);
  if (isReadable(read)) visitor.onEntry({ edge, leaf, entry: read });
  else if (isDisposed(read) && visitor.onDisposed !== undefined) visitor.onDisposed(edge, leaf);
  else visitor.onUnreadable(leaf);
}
