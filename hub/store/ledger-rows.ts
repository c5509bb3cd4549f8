import type { ChainHead, SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import { bodyColumns, type OpenedBody } from './body-columns.ts';
import { insertRows } from './bulk.ts';
import type { Queries, Transaction } from './database.ts';

/** Where the log stood when leaves were claimed; the row stays locked until the transaction ends. */
export interface ClaimedLeaves {
  readonly from: number;
  readonly frontier: readonly string[];
  readonly root: string;
  /** The root of the checkpoint at `from`, where one was signed. */
  readonly signedRoot: string | undefined;
  /** How often keys of bodies were closed, as of after the lock. */
  readonly keysVersion: number;
}

/** The state of the log that a transaction leaves behind. */
export interface NewHead {
  readonly size: number;
  readonly frontier: readonly string[];
  readonly root: string;
  readonly note: string;
  readonly at: string;
}

/** A leaf as it is stored, with its body where that still exists. */
export interface StoredLeaf extends OpenedBody {
  readonly leaf: number;
  readonly edge: string;
  readonly epoch: number;
  readonly seq: number;
  readonly kind: string;
  readonly at: string;
  readonly hash: string;
  readonly header: string;
}

/** A body as it is stored: sealed under a key that the database does not have. */
export interface SealedBody {
  readonly recordKey: string;
  readonly sealed: Uint8Array;
}

/** Entries that become leaves from an index on. Shape: without `seal` their bodies are stored open. */
export interface NewLeaves {
  readonly from: number;
  readonly entries: readonly SealedEntry[];
  readonly seal?: ((entries: readonly SealedEntry[]) => readonly SealedBody[]) | undefined;
}

/** A checkpoint as it is stored. */
export interface StoredCheckpoint {
  readonly size: number;
  readonly root: string;
  readonly note: string;
}

/** The head of the log as it is stored. */
export interface StoredHead {
  readonly size: number;
  readonly frontier: readonly string[];
  readonly root: string;
}

const leafShape = {
  leaf: 'bigint',
  edge: 'line',
  epoch: 'bigint',
  seq: 'bigint',
  kind: 'line',
  at: 'line',
  hash: 'line',
  header: 'line',
} as const;

/** How many leaves one statement stores. */
const PART_LEAVES = 500;

const bodyShape = { leaf: 'bigint', salt: 'bytea-hex', body: 'line' } as const;

const sealedShape = { leaf: 'bigint', sealed: 'bytea-base64', record_key: 'line' } as const;

/** Takes the next leaf indexes; whoever else appends waits until this transaction has ended. */
export async function claimLeaves(tx: Transaction, count: number): Promise<ClaimedLeaves> {
  const [head] = await tx<StoredHead[]>`
    UPDATE ledger_head SET size = size + ${count} RETURNING size, frontier, root`;
  const size = head?.size ?? count;
  const from = size - count;
  // A statement of its own, so that it sees what was committed while this one waited for the lock.
  const [seen] = await tx<{ root: string | null; version: number | null }[]>`
    SELECT (SELECT root FROM checkpoint WHERE size = ${from}) AS root, (SELECT version FROM record_key_head) AS version`;
  return {
    from,
    frontier: head?.frontier ?? [],
    root: head?.root ?? '',
    signedRoot: seen?.root ?? undefined,
    keysVersion: seen?.version ?? 0,
  };
}

/**
 * Stores leaves from an index on, their bodies beside them.
 *
 * Shape: in parts that follow each other on the one connection, so that the server works on one while we write the next.
 */
export async function storeLeaves(tx: Transaction, { from, entries, seal }: NewLeaves): Promise<void> {
  const parts: Promise<unknown>[] = [];
  const send = (part: Promise<unknown>): void => {
    // It is awaited below; until then a failure must not count as nobody's.
    part.catch(() => undefined);
    parts.push(part);
  };
  for (let start = 0; start < entries.length; start += PART_LEAVES) {
    const part = entries.slice(start, start + PART_LEAVES);
    send(insertRows(tx, { table: 'ledger_leaf', shape: leafShape, rows: part.map(leafRow(from + start)) }));
    send(storeBodies(tx, { from: from + start, entries: part, seal }));
    if (start + PART_LEAVES < entries.length) await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(parts);
}

function storeBodies(tx: Transaction, { from, entries, seal }: NewLeaves): Promise<unknown> {
  const table = 'ledger_body';
  if (seal === undefined) return insertRows(tx, { table, shape: bodyShape, rows: entries.map(bodyRow(from)) });
  const rows = seal(entries).map(({ sealed, recordKey }, index) => {
    return { leaf: from + index, sealed: base64(sealed), record_key: recordKey };
  });
  return insertRows(tx, { table, shape: sealedShape, rows });
}

function base64({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

function leafRow(from: number) {
  return ({ header, headerText, hash }: SealedEntry, index: number) => {
    const { edge, epoch, seq, kind, at } = header;
    return { leaf: from + index, edge, epoch, seq, kind, at, hash, header: headerText };
  };
}

function bodyRow(from: number) {
  return ({ salt, bodyText }: SealedEntry, index: number) => {
    return { leaf: from + index, salt: Buffer.from(salt).toString('hex'), body: bodyText };
  };
}

/** Stores the new head and its signed checkpoint. */
export async function storeHead(tx: Transaction, head: NewHead): Promise<void> {
  const { size, frontier, root, note, at } = head;
  await Promise.all([
    tx`UPDATE ledger_head SET frontier = ${tx.json([...frontier])}, root = ${root}`,
    tx`INSERT INTO checkpoint (size, root, note, at) VALUES (${size}, ${root}, ${note}, ${at})`,
  ]);
}

/** The checkpoint of the largest size; undefined before the first. */
export async function newestCheckpoint(tx: Queries): Promise<StoredCheckpoint | undefined> {
  const [row] = await tx<StoredCheckpoint[]>`SELECT size, root, note FROM checkpoint ORDER BY size DESC LIMIT 1`;
  return row;
}

/** The head of the log. */
export async function readHead(tx: Queries): Promise<StoredHead | undefined> {
  const [row] = await tx<StoredHead[]>`SELECT size, frontier, root FROM ledger_head`;
  return row;
}

/**
 * All leaves in order, a chunk at a time; the next chunk is on its way while one is used.
 *
 * Shape: the bodies have the bound of the leaves as well, or the server would read them from the first one for each chunk.
 */
export function leavesInChunks(tx: Queries, rows: number): AsyncIterable<readonly StoredLeaf[]> {
  return inChunks(
    (after) => tx<StoredLeaf[]>`
      SELECT l.leaf, l.edge, l.epoch, l.seq, l.kind, l.at, ${bodyColumns(tx)}
      FROM ledger_leaf l LEFT JOIN ledger_body b ON b.leaf = l.leaf AND b.leaf > ${after}
      WHERE l.leaf > ${after} ORDER BY l.leaf LIMIT ${rows}`,
    ({ leaf }) => leaf,
  );
}

/** The leaves of one stream up to an index, in order, a chunk at a time. Shape: as `leavesInChunks`. */
export function streamLeavesInChunks(
  tx: Queries,
  stream: { readonly edge: string; readonly last: number; readonly rows: number },
): AsyncIterable<readonly StoredLeaf[]> {
  const { edge, last, rows } = stream;
  return inChunks(
    (after) => tx<StoredLeaf[]>`
      SELECT l.leaf, l.edge, l.epoch, l.seq, l.kind, l.at, ${bodyColumns(tx)}
      FROM ledger_leaf l LEFT JOIN ledger_body b ON b.leaf = l.leaf AND b.leaf > ${after}
      WHERE l.leaf > ${after} AND l.leaf <= ${last} AND l.edge = ${edge} ORDER BY l.leaf LIMIT ${rows}`,
    ({ leaf }) => leaf,
  );
}

/** All checkpoints in order of size, a chunk at a time. */
export function checkpointsInChunks(tx: Queries, rows: number): AsyncIterable<readonly StoredCheckpoint[]> {
  return inChunks(
    (after) => tx<StoredCheckpoint[]>`
      SELECT size, root, note FROM checkpoint WHERE size > ${after} ORDER BY size LIMIT ${rows}`,
    ({ size }) => size,
  );
}

/** The leaves from one index up to another, with their bodies. */
export function readLeaves(tx: Queries, range: { readonly from: number; readonly to: number }): Promise<StoredLeaf[]> {
  return tx<StoredLeaf[]>`
    SELECT l.leaf, l.edge, l.epoch, l.seq, l.kind, l.at, ${bodyColumns(tx)}
    FROM ledger_leaf l LEFT JOIN ledger_body b ON b.leaf = l.leaf AND b.leaf >= ${range.from} AND b.leaf < ${range.to}
    WHERE l.leaf >= ${range.from} AND l.leaf < ${range.to} ORDER BY l.leaf`;
}

/** The hashes on record of an edge's epoch between two places, both included. */
export async function readHashes(
  tx: Queries,
  range: { readonly edge: string; readonly epoch: number; readonly from: number; readonly to: number },
): Promise<ReadonlyMap<number, string>> {
  const rows = await tx<{ seq: number; hash: string }[]>`
    SELECT seq, hash FROM ledger_leaf
    WHERE edge = ${range.edge} AND epoch = ${range.epoch} AND seq BETWEEN ${range.from} AND ${range.to}`;
  return new Map(rows.map(({ seq, hash }) => [seq, hash]));
}

/** The leaf on record at one place of an edge. */
export async function readPlace(
  tx: Queries,
  place: { readonly edge: string; readonly epoch: number; readonly seq: number },
): Promise<StoredLeaf | undefined> {
  const [row] = await tx<StoredLeaf[]>`
    SELECT l.leaf, l.edge, l.epoch, l.seq, l.kind, l.at, ${bodyColumns(tx)}
    FROM ledger_leaf l LEFT JOIN ledger_body b USING (leaf)
    WHERE l.edge = ${place.edge} AND l.epoch = ${place.epoch} AND l.seq = ${place.seq}`;
  return row;
}

async function* inChunks<Row>(
  read: (after: number) => PromiseLike<readonly Row[]>,
  place: (row: Row) => number,
): AsyncIterable<readonly Row[]> {
  let rows = await read(-1);
  for (let last = rows.at(-1); last !== undefined; last = rows.at(-1)) {
    const next = Promise.resolve(read(place(last)));
    // Whoever stops reading early leaves a request behind that nobody waits for.
    next.catch(() => undefined);
    yield rows;
    rows = await next;
  }
}

/** Where the record of an edge's epoch ends; undefined where it has none. */
export async function endOfEpoch(tx: Queries, edge: string, epoch: number): Promise<ChainHead | undefined> {
  const [row] = await tx<ChainHead[]>`
    SELECT edge, epoch, seq, hash FROM ledger_leaf WHERE edge = ${edge} AND epoch = ${epoch} ORDER BY seq DESC LIMIT 1`;
  return row;
}

/** The leaves of an edge's epoch between two places, both included, with their bodies. */
export function readStreamPage(
  tx: Queries,
  page: { readonly edge: string; readonly epoch: number; readonly from: number; readonly to: number },
): Promise<StoredLeaf[]> {
  return tx<StoredLeaf[]>`
    SELECT l.leaf, l.edge, l.epoch, l.seq, l.kind, l.at, ${bodyColumns(tx)}
    FROM ledger_leaf l LEFT JOIN ledger_body b USING (leaf)
    WHERE l.edge = ${page.edge} AND l.epoch = ${page.epoch} AND l.seq BETWEEN ${page.from} AND ${page.to} ORDER BY l.seq`;
}
