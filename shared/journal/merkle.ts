import { KitError } from '../errors.ts';
import { sha256 } from './canonical.ts';

/** The complete subtree over leaves `index · 2^level` up to `(index + 1) · 2^level`. */
export interface NodeId {
  readonly level: number;
  readonly index: number;
}

/** Gives the hash of a complete subtree, from tiles or a table. */
export type NodeReader = (level: number, index: number) => Uint8Array;

/**
 * All that must be kept of a log to append to it: the roots of its complete subtrees.
 *
 * Shape: largest subtree first, one for each bit set in `size`.
 */
export interface CompactRange {
  readonly size: number;
  readonly hashes: readonly Uint8Array[];
}

/** A claim that one leaf is in a log. */
export interface InclusionClaim {
  readonly index: number;
  readonly size: number;
  readonly leaf: Uint8Array;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** A claim that a log only grew between two sizes. */
export interface ConsistencyClaim {
  readonly fromSize: number;
  readonly fromRoot: Uint8Array;
  readonly toSize: number;
  readonly toRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

interface LeafRange {
  readonly from: number;
  readonly to: number;
}

const LEAF_PREFIX = Uint8Array.of(0);
const NODE_PREFIX = 1;
const HASH_BYTES = 32;

/** The root of a log without leaves. Source: RFC 6962 section 2.1, SHA-256 of nothing. */
export const EMPTY_ROOT: Uint8Array = sha256('');

/** The log without leaves. */
export const EMPTY_RANGE: CompactRange = { size: 0, hashes: [] };

/** The hash of a leaf. Source: RFC 6962 section 2.1, SHA-256 over 0x00 and the leaf's bytes. */
export function leafHash(leaf: Uint8Array | string): Buffer {
  // One call costs a third of a hasher that is fed twice, and a leaf of the ledger is always text.
  return typeof leaf === 'string' ? sha256(`\0${leaf}`) : sha256(LEAF_PREFIX, leaf);
}

/** The hash of an inner node. Source: RFC 6962 section 2.1, SHA-256 over 0x01 and both children. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(1 + left.length + right.length);
  bytes[0] = NODE_PREFIX;
  bytes.set(left, 1);
  bytes.set(right, 1 + left.length);
  return sha256(bytes);
}

/**
 * The log with more leaves at its end, given by their leaf hashes; the work grows with their number alone.
 *
 * Shape: `onNode` is told of each subtree above the leaves that became complete.
 */
export function appendLeaves(
  range: CompactRange,
  leaves: readonly Uint8Array[],
  onNode: (id: NodeId, hash: Uint8Array) => void = () => {},
): CompactRange {
  const hashes = [...range.hashes];
  let size = range.size;
  for (const leaf of leaves) {
    let node = leaf;
    for (let rest = size, level = 1; rest % 2 === 1; rest = half(rest), level += 1) {
      node = nodeHash(lastOf(hashes), node);
      onNode({ level, index: half(rest) }, node);
    }
    hashes.push(node);
    size += 1;
  }
  return { size, hashes };

  function lastOf(stack: Uint8Array[]): Uint8Array {
    const last = stack.pop();
    if (last === undefined) throw new KitError('VALUE_MALFORMED', `a range of ${range.size} leaves lacks a hash`);
    return last;
  }
}

/** The root of the log that a range stands for. */
export function rangeRoot(range: CompactRange): Uint8Array {
  return range.size === 0 ? EMPTY_ROOT : joinRight(range.hashes);
}

/** The hashes of a range as hex, to be stored beside its size. */
export function rangeToHex(range: CompactRange): readonly string[] {
  return range.hashes.map((hash) => Buffer.from(hash).toString('hex'));
}

/** The range of a size from its stored hashes. Errors: `VALUE_MALFORMED` where number or form of the hashes is wrong. */
export function rangeFromHex(size: number, hashes: readonly string[]): CompactRange {
  const expected = isSize(size) ? completeParts({ from: 0, to: size }).length : -1;
  const haveForm = hashes.every((hash) => /^[0-9a-f]{64}$/.test(hash));
  if (hashes.length === expected && haveForm) return { size, hashes: hashes.map((hash) => Buffer.from(hash, 'hex')) };
  throw new KitError('VALUE_MALFORMED', `${hashes.length} stored hashes do not make a range of ${size} leaves`);
}

/** The root over leaf hashes. */
export function rootOf(leaves: readonly Uint8Array[]): Uint8Array {
  return rangeRoot(appendLeaves(EMPTY_RANGE, leaves));
}

/**
 * The proof that leaf `index` is in the log of `size` leaves.
 *
 * Shape:  sibling hashes from the leaf upwards; `source` is the list of leaf hashes or a reader of complete subtrees.
 * Errors: `VALUE_MALFORMED` where there is no such leaf.
 * Source: RFC 6962 section 2.1.1.
 */
export function inclusionProof(
  source: readonly Uint8Array[] | NodeReader,
  index: number,
  size: number,
): readonly Uint8Array[] {
  const read = readerOf(source, size);
  return inclusionRanges(index, size).map((range) => rootOfRange(read, range));
}

/** The complete subtrees that `inclusionProof` will ask its reader for, so that they can be fetched beforehand. */
export function inclusionNodes(index: number, size: number): readonly NodeId[] {
  return inclusionRanges(index, size).flatMap(completeParts);
}

/**
 * The proof that the log of `toSize` leaves begins with the log of `fromSize` leaves.
 *
 * Shape:  `source` is the list of leaf hashes or a reader of complete subtrees.
 * Errors: `VALUE_MALFORMED` where the sizes are not in order.
 * Source: RFC 6962 section 2.1.2; the proof from size 0 is empty.
 */
export function consistencyProof(
  source: readonly Uint8Array[] | NodeReader,
  fromSize: number,
  toSize: number,
): readonly Uint8Array[] {
  const read = readerOf(source, toSize);
  return consistencyRanges(fromSize, toSize).map((range) => rootOfRange(read, range));
}

/** The complete subtrees that `consistencyProof` will ask its reader for, so that they can be fetched beforehand. */
export function consistencyNodes(fromSize: number, toSize: number): readonly NodeId[] {
  return consistencyRanges(fromSize, toSize).flatMap(completeParts);
}

/** Whether a proof shows that a leaf is in the log with a root. Source: RFC 9162 section 2.1.3.2. */
export function verifyInclusion(claim: InclusionClaim): boolean {
  const { index, size, root, proof } = claim;
  if (!isSize(index) || !isSize(size) || index >= size || !haveHashLength([claim.leaf, root, ...proof])) return false;
  let place = index;
  let last = size - 1;
  let hash = claim.leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    const isRight = place % 2 === 1 || place === last;
    hash = isRight ? nodeHash(sibling, hash) : nodeHash(hash, sibling);
    if (isRight) [place, last] = skipLeftEdges(place, last);
    place = half(place);
    last = half(last);
  }
  return last === 0 && equal(hash, root);
}

/** Whether a proof shows that the log with the first root became the one with the second. Source: RFC 9162 section 2.1.4.2. */
export function verifyConsistency(claim: ConsistencyClaim): boolean {
  const { fromSize, fromRoot, toSize, toRoot, proof } = claim;
  if (!isSize(fromSize) || !isSize(toSize) || fromSize > toSize) return false;
  if (!haveHashLength([fromRoot, toRoot, ...proof])) return false;
  if (fromSize === toSize) return proof.length === 0 && equal(fromRoot, toRoot);
  if (fromSize === 0) return proof.length === 0 && equal(fromRoot, EMPTY_ROOT);
  const [first, ...path] = isPowerOfTwo(fromSize) ? [fromRoot, ...proof] : proof;
  if (first === undefined || proof.length === 0) return false;
  const roots = climb(claim, first, path);
  return roots !== undefined && equal(roots.from, fromRoot) && equal(roots.to, toRoot);
}

/** Both roots as the path of a consistency proof makes them; undefined where the path is too long or too short. */
function climb(claim: ConsistencyClaim, first: Uint8Array, path: readonly Uint8Array[]) {
  let place = claim.fromSize - 1;
  let last = claim.toSize - 1;
  for (; place % 2 === 1; place = half(place)) last = half(last);
  let from = first;
  let to = first;
  for (const sibling of path) {
    if (last === 0) return undefined;
    const isRight = place % 2 === 1 || place === last;
    if (isRight) from = nodeHash(sibling, from);
    to = isRight ? nodeHash(sibling, to) : nodeHash(to, sibling);
    if (isRight) [place, last] = skipLeftEdges(place, last);
    place = half(place);
    last = half(last);
  }
  return last === 0 ? { from, to } : undefined;
}

/** On the right edge of an incomplete tree a node rises through levels where it has no sibling. */
function skipLeftEdges(place: number, last: number): [number, number] {
  let [risen, end] = [place, last];
  for (; risen % 2 === 0 && risen !== 0; risen = half(risen)) end = half(end);
  return [risen, end];
}

function inclusionRanges(index: number, size: number): readonly LeafRange[] {
  if (!isSize(index) || !isSize(size) || index >= size) {
    throw new KitError('VALUE_MALFORMED', `no leaf ${index} in a log of ${size}`);
  }
  const siblings: LeafRange[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + splitOf(to - from);
    const isLeft = index < middle;
    siblings.push(isLeft ? { from: middle, to } : { from, to: middle });
    if (isLeft) to = middle;
    else from = middle;
  }
  return siblings.reverse();
}

function consistencyRanges(fromSize: number, toSize: number): readonly LeafRange[] {
  if (!isSize(fromSize) || !isSize(toSize) || fromSize > toSize) {
    throw new KitError('VALUE_MALFORMED', `no proof leads from ${fromSize} leaves to ${toSize}`);
  }
  if (fromSize === 0) return [];
  const ranges: LeafRange[] = [];
  let [from, to] = [0, toSize];
  while (to !== fromSize) {
    const middle = from + splitOf(to - from);
    const isLeft = fromSize <= middle;
    ranges.push(isLeft ? { from: middle, to } : { from, to: middle });
    if (isLeft) to = middle;
    else from = middle;
  }
  // A verifier knows the old root already where the old log is one complete subtree from the first leaf on.
  if (from !== 0) ranges.push({ from, to });
  return ranges.reverse();
}

function readerOf(source: readonly Uint8Array[] | NodeReader, size: number): NodeReader {
  if (typeof source === 'function') return source;
  if (source.length < size) throw new KitError('VALUE_MALFORMED', `${source.length} leaves given for a log of ${size}`);
  return function read(level: number, index: number): Uint8Array {
    if (level > 0) return nodeHash(read(level - 1, 2 * index), read(level - 1, 2 * index + 1));
    const leaf = source[index];
    if (leaf === undefined) throw new KitError('VALUE_MALFORMED', `leaf ${index} is missing`);
    return leaf;
  };
}

function rootOfRange(read: NodeReader, range: LeafRange): Uint8Array {
  return joinRight(completeParts(range).map(({ level, index }) => read(level, index)));
}

function joinRight(hashes: readonly Uint8Array[]): Uint8Array {
  return hashes.reduceRight((right, left) => nodeHash(left, right));
}

/** The complete subtrees that make up a range of leaves, largest first. */
function completeParts(range: LeafRange): readonly NodeId[] {
  const parts: NodeId[] = [];
  let from = range.from;
  while (from < range.to) {
    const level = Math.floor(Math.log2(range.to - from));
    // The logarithm of a number just below a large power of two rounds up to it.
    const exact = 2 ** level > range.to - from ? level - 1 : level;
    parts.push({ level: exact, index: from / 2 ** exact });
    from += 2 ** exact;
  }
  return parts;
}

/** The largest power of two below a size of at least 2. */
function splitOf(size: number): number {
  const [first] = completeParts({ from: 0, to: size - 1 });
  return 2 ** (first?.level ?? 0);
}

function half(value: number): number {
  return Math.floor(value / 2);
}

function isPowerOfTwo(size: number): boolean {
  return completeParts({ from: 0, to: size }).length === 1;
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function haveHashLength(hashes: readonly Uint8Array[]): boolean {
  return hashes.every((hash) => hash.length === HASH_BYTES);
}

function equal(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}
