import { KitError } from '@gatehouse/shared/errors.ts';
import { leafHash, type NodeId, type NodeReader, nodeHash, rootOf } from '@gatehouse/shared/journal/merkle.ts';
import type { Queries } from '../store/database.ts';
import { readHeaders, readNodes, type StoredNode, storeNodes } from '../store/node-rows.ts';
import { createNodeMemory, type NodeMemory } from './node-memory.ts';

/** The lowest subtrees that are stored; those below are made from at most so many leaves again. */
export const STORED_LEVEL_MIN = 8;

const KEPT_LEAVES = 2 ** STORED_LEVEL_MIN;

interface LeafRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Reads complete subtrees of the log, so that a proof can be made from them.
 *
 * Shape:  small ones are hashed from their leaves, or taken from what `memory` has of earlier proofs; a large one that a
 *         ledger of an earlier release lacks is made once and stored. Every subtree must lie within leaves that are committed.
 * Errors: `LEDGER_MISMATCH` where leaves are missing; the reader refuses what was not asked for.
 */
export async function fetchNodes(tx: Queries, ids: readonly NodeId[], memory?: NodeMemory): Promise<NodeReader> {
  const hashes = new Map<string, Uint8Array>();
  const large = ids.filter(({ level }) => level >= STORED_LEVEL_MIN);
  for (const { level, index, hash } of await readNodes(tx, large)) hashes.set(keyOf(level, index), bytesOf(hash));
  for (const id of large) {
    const key = keyOf(id.level, id.index);
    if (!hashes.has(key)) hashes.set(key, await makeNode(tx, id));
  }
  const small = ids.filter(({ level }) => level < STORED_LEVEL_MIN);
  const parts = createParts(memory ?? createNodeMemory());
  const leaves = await readLeafHashes(tx, rangesOf(small.flatMap(parts.take)));
  for (const [index, hash] of leaves) parts.keep({ level: 0, index }, hash);
  for (const id of small) hashes.set(keyOf(id.level, id.index), parts.make(id));
  return (level, index) => {
    const hash = hashes.get(keyOf(level, index));
    if (hash !== undefined) return hash;
    throw new KitError('INVARIANT_BROKEN', `subtree ${level}/${index} was not fetched`);
  };
}

/** The small subtrees of one question. What is remembered is taken at once: while leaves are read, others may push it out. */
function createParts(memory: NodeMemory) {
  const known = new Map<string, Uint8Array>();
  const keep = (id: NodeId, hash: Uint8Array): void => {
    known.set(keyOf(id.level, id.index), hash);
    memory.keep(id, hash);
  };
  /** Takes the remembered parts of a subtree; gives the leaves that none of them covers. */
  const take = (id: NodeId): readonly number[] => {
    const hash = memory.get(id);
    if (hash === undefined) return id.level === 0 ? [id.index] : childrenOf(id).flatMap(take);
    known.set(keyOf(id.level, id.index), hash);
    return [];
  };
  const make = (id: NodeId): Uint8Array => {
    const there = known.get(keyOf(id.level, id.index));
    if (there !== undefined) return there;
    if (id.level === 0) throw leafMissing(id.index);
    const [left, right] = childrenOf(id);
    const hash = nodeHash(make(left), make(right));
    keep(id, hash);
    return hash;
  };
  return { take, keep, make };
}

function childrenOf({ level, index }: NodeId): readonly [NodeId, NodeId] {
  return [
    { level: level - 1, index: 2 * index },
    { level: level - 1, index: 2 * index + 1 },
  ];
}

function rangesOf(leaves: readonly number[]): readonly LeafRange[] {
  const ranges: { from: number; to: number }[] = [];
  for (const leaf of [...new Set(leaves)].sort((left, right) => left - right)) {
    const last = ranges.at(-1);
    if (last?.to === leaf) last.to = leaf + 1;
    else ranges.push({ from: leaf, to: leaf + 1 });
  }
  return ranges;
}

/** Without stored parts below it, a subtree of an old ledger is made from the bottom, one row of leaves at a time. */
async function makeNode(tx: Queries, id: NodeId): Promise<Uint8Array> {
  const { level, index } = id;
  const [stored] = await readNodes(tx, [id]);
  if (stored !== undefined) return bytesOf(stored.hash);
  const children = { level: level - 1, index: 2 * index };
  const hash =
    level === STORED_LEVEL_MIN
      ? await makeLowest(tx, index * KEPT_LEAVES)
      : nodeHash(await makeNode(tx, children), await makeNode(tx, { ...children, index: 2 * index + 1 }));
  await storeNodes(tx, [{ level, index, hash: Buffer.from(hash).toString('hex') } satisfies StoredNode]);
  return hash;
}

/** The lowest subtree that is stored, from its leaves. */
async function makeLowest(tx: Queries, from: number): Promise<Uint8Array> {
  const leaves = await readLeafHashes(tx, [{ from, to: from + KEPT_LEAVES }]);
  const hashes = Array.from({ length: KEPT_LEAVES }, (_, offset) => leaves.get(from + offset));
  const missing = hashes.indexOf(undefined);
  if (missing >= 0) throw leafMissing(from + missing);
  return rootOf(hashes.filter((hash) => hash !== undefined));
}

async function readLeafHashes(tx: Queries, ranges: readonly LeafRange[]): Promise<ReadonlyMap<number, Uint8Array>> {
  const rows = await readHeaders(tx, ranges);
  return new Map(rows.map(({ leaf, header }) => [leaf, leafHash(header)]));
}

function leafMissing(leaf: number): KitError {
  return new KitError('LEDGER_MISMATCH', `leaf ${leaf} is missing, so nothing can be proven`, {
    hint: 'Run verify, keep the database as it is, and restore it from a backup.',
  });
}

function keyOf(level: number, index: number): string {
  return `${level}/${index}`;
}

function bytesOf(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex');
}
