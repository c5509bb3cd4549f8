import { KitError } from '@gatehouse/shared/errors.ts';
import { leafHash, type NodeId, type NodeReader, nodeHash, rootOf } from '@gatehouse/shared/journal/merkle.ts';
import type { Queries } from '../store/database.ts';
import { readHeaders, readNodes, type StoredNode, storeNodes } from '../store/node-rows.ts';

/** The lowest subtrees that are stored; those below are made from at most so many leaves again. */
export const STORED_LEVEL_MIN = 8;

const KEPT_LEAVES = 2 ** STORED_LEVEL_MIN;

/**
 * Reads complete subtrees of the log, so that a proof can be made from them.
 *
 * Shape:  small ones are hashed from their leaves; a large one that a ledger of an earlier release lacks is made once and
 *         stored. Every subtree must lie within leaves that are committed.
 * Errors: `LEDGER_MISMATCH` where leaves are missing; the reader refuses what was not asked for.
 */
export async function fetchNodes(tx: Queries, ids: readonly NodeId[]): Promise<NodeReader> {
  const hashes = new Map<string, Uint8Array>();
  const large = ids.filter(({ level }) => level >= STORED_LEVEL_MIN);
  for (const { level, index, hash } of await readNodes(tx, large)) hashes.set(keyOf(level, index), bytesOf(hash));
  for (const id of large) {
    const key = keyOf(id.level, id.index);
    if (!hashes.has(key)) hashes.set(key, await makeNode(tx, id));
  }
  const small = ids.filter(({ level }) => level < STORED_LEVEL_MIN);
  const leaves = await readLeafHashes(tx, small);
  for (const { level, index } of small) hashes.set(keyOf(level, index), subtree(leaves, level, index));
  return (level, index) => {
    const hash = hashes.get(keyOf(level, index));
    if (hash !== undefined) return hash;
    throw new KitError('INVARIANT_BROKEN', `subtree ${level}/${index} was not fetched`);
  };
}

/** Without stored parts below it, a subtree of an old ledger is made from the bottom, one row of leaves at a time. */
async function makeNode(tx: Queries, id: NodeId): Promise<Uint8Array> {
  const { level, index } = id;
  const [stored] = await readNodes(tx, [id]);
  if (stored !== undefined) return bytesOf(stored.hash);
  const children = { level: level - 1, index: 2 * index };
  const hash =
    level === STORED_LEVEL_MIN
      ? subtree(await readLeafHashes(tx, [id]), level, index)
      : nodeHash(await makeNode(tx, children), await makeNode(tx, { ...children, index: 2 * index + 1 }));
  await storeNodes(tx, [{ level, index, hash: Buffer.from(hash).toString('hex') } satisfies StoredNode]);
  return hash;
}

async function readLeafHashes(tx: Queries, ids: readonly NodeId[]): Promise<ReadonlyMap<number, Uint8Array>> {
  const ranges = ids.map(({ level, index }) => ({ from: index * 2 ** level, to: (index + 1) * 2 ** level }));
  const rows = await readHeaders(tx, ranges);
  return new Map(rows.map(({ leaf, header }) => [leaf, leafHash(header)]));
}

function subtree(leaves: ReadonlyMap<number, Uint8Array>, level: number, index: number): Uint8Array {
  const count = Math.min(2 ** level, KEPT_LEAVES);
  const hashes = Array.from({ length: count }, (_, offset) => leaves.get(index * 2 ** level + offset));
  const missing = hashes.indexOf(undefined);
  if (missing < 0) return rootOf(hashes.filter((hash) => hash !== undefined));
  throw new KitError('LEDGER_MISMATCH', `leaf ${index * 2 ** level + missing} is missing, so nothing can be proven`, {
    hint: 'Run verify, keep the database as it is, and restore it from a backup.',
  });
}

function keyOf(level: number, index: number): string {
  return `${level}/${index}`;
}

function bytesOf(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex');
}
