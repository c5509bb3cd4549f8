import type { ChainHead } from '@gatehouse/shared/journal/entry.ts';
import { texts, updateRows } from './bulk.ts';
import type { Queries, Transaction } from './database.ts';

/** Whether entries of a stream are taken. */
export type StreamStatus = 'live' | 'quarantined';

/** A source of entries and where the ledger stands with it. */
export interface Stream extends ChainHead {
  readonly verifierKey: string;
  readonly status: StreamStatus;
  readonly lastLeaf: number | null;
  readonly reportedSeq: number | null;
}

/** Where a stream stands after a transaction. */
export interface StreamMove extends ChainHead {
  readonly status: StreamStatus;
  readonly lastLeaf: number | null;
  readonly lastBatchAt: string;
  readonly reportedSeq: number | null;
}

const moveShape = {
  edge: 'text',
  epoch: 'bigint',
  seq: 'bigint',
  hash: 'text',
  status: 'text',
  last_leaf: 'bigint',
  last_batch_at: 'text',
  reported_seq: 'bigint',
} as const;

/** The streams of these names, as they stand; unknown names are left out. */
export function readStreams(tx: Queries, edges: readonly string[]): Promise<Stream[]> {
  return tx<Stream[]>`
    SELECT edge, epoch, seq, hash, verifier_key AS "verifierKey", status, last_leaf AS "lastLeaf",
      reported_seq AS "reportedSeq"
    FROM stream WHERE edge = ANY(${texts(edges)}::text[])`;
}

/** The same, locked in order of name until the transaction ends, so that two hubs never take one entry twice. */
export function lockStreams(tx: Transaction, edges: readonly string[]): Promise<Stream[]> {
  return tx<Stream[]>`
    SELECT edge, epoch, seq, hash, verifier_key AS "verifierKey", status, last_leaf AS "lastLeaf",
      reported_seq AS "reportedSeq"
    FROM stream WHERE edge = ANY(${texts(edges)}::text[]) ORDER BY edge FOR UPDATE`;
}

/** Every stream, by name. */
export function allStreams(tx: Queries): Promise<Stream[]> {
  return tx<Stream[]>`
    SELECT edge, epoch, seq, hash, verifier_key AS "verifierKey", status, last_leaf AS "lastLeaf",
      reported_seq AS "reportedSeq"
    FROM stream ORDER BY edge`;
}

/** Adds a stream that starts at a head; false where the name is taken. */
export async function addStream(
  tx: Transaction,
  stream: { readonly head: ChainHead; readonly verifierKey: string; readonly at: string },
): Promise<boolean> {
  const { edge, epoch, seq, hash } = stream.head;
  const added = await tx`
    INSERT INTO stream (edge, verifier_key, epoch, seq, hash, status, registered_at)
    VALUES (${edge}, ${stream.verifierKey}, ${epoch}, ${seq}, ${hash}, 'live', ${stream.at})
    ON CONFLICT (edge) DO NOTHING`;
  return added.count === 1;
}

/** Lets a stream go on in another epoch, before its first entry; what edges showed ahead of the old one is forgotten. */
export async function openStreamEpoch(
  tx: Transaction,
  { edge, epoch, hash, verifierKey }: Pick<Stream, 'edge' | 'epoch' | 'hash' | 'verifierKey'>,
): Promise<void> {
  await tx`
    UPDATE stream SET epoch = ${epoch}, seq = 0, hash = ${hash}, verifier_key = ${verifierKey}, status = 'live', reported_seq = NULL
    WHERE edge = ${edge}`;
  await tx`DELETE FROM entry_preview WHERE edge = ${edge} AND epoch < ${epoch}`;
}

/** The keys that an edge had before its epochs were opened, by the acts of the hub that opened them. */
export async function formerKeys(
  tx: Transaction,
  { edge, action }: { readonly edge: string; readonly action: string },
): Promise<readonly string[]> {
  const rows = await tx<{ key: string | null }[]>`
    SELECT before ->> 'verifierKey' AS key FROM hub_act WHERE action = ${action} AND target = ${edge}`;
  return rows.flatMap(({ key }) => (key === null ? [] : [key]));
}

/** Writes where streams stand now. */
export async function moveStreams(tx: Transaction, moves: readonly StreamMove[]): Promise<void> {
  const rows = moves.map((move) => ({
    edge: move.edge,
    epoch: move.epoch,
    seq: move.seq,
    hash: move.hash,
    status: move.status,
    last_leaf: move.lastLeaf,
    last_batch_at: move.lastBatchAt,
    reported_seq: move.reportedSeq,
  }));
  await updateRows(tx, { table: 'stream', shape: moveShape, keys: ['edge'], rows });
}
