import { EMPTY_RANGE, leafHash, type NodeId, nodeHash, rangeRoot } from './merkle.ts';

/** Leaves that follow each other in a log. Shape: `from` is the index of the first. */
export interface LeafRun {
  readonly from: number;
  readonly count: number;
}

/** A claim that runs of leaves lie in a log at their places. Shape: `leaves` are all leaf hashes of the runs, in order. */
export interface RunsClaim {
  readonly runs: readonly LeafRun[];
  readonly leaves: readonly Uint8Array[];
  readonly size: number;
  readonly root: Uint8Array;
  /** The subtrees of `nodesAround`, in their order. */
  readonly nodes: readonly Uint8Array[];
}

const HASH_BYTES = 32;

/**
 * The complete subtrees that lie before, between and after runs of leaves: with the leaves themselves they make the root.
 *
 * Shape: one proof for all runs, which shows every leaf of them at its place; undefined where the runs overlap, go back or
 *        reach beyond the log.
 */
export function nodesAround(runs: readonly LeafRun[], size: number): readonly NodeId[] | undefined {
  const nodes: NodeId[] = [];
  let next = 0;
  for (const { from, count } of runs) {
    if (!isRun(from, count) || from < next || from + count > size) return undefined;
    nodes.push(...alignedParts(next, from));
    next = from + count;
  }
  return [...nodes, ...alignedParts(next, size)];
}

/** Whether the leaves of runs lie at their places in the log with a root. */
export function verifyRuns({ runs, leaves, size, root, nodes }: RunsClaim): boolean {
  const around = nodesAround(runs, size);
  const count = runs.reduce((sum, run) => sum + run.count, 0);
  if (around?.length !== nodes.length || count !== leaves.length) return false;
  if (![root, ...leaves, ...nodes].every((hash) => hash.length === HASH_BYTES)) return false;
  const parts = [
    ...around.map(({ level, index }, place) => ({ level, at: index * 2 ** level, hash: nodes[place] })),
    ...leavesOf(runs).map((at, place) => ({ level: 0, at, hash: leaves[place] })),
  ].sort((left, right) => left.at - right.at);
  const stack: Uint8Array[] = [];
  for (const { level, at, hash } of parts) {
    if (hash === undefined) return false;
    let node = hash;
    for (let index = at / 2 ** level; index % 2 === 1; index = Math.floor(index / 2)) {
      const left = stack.pop();
      if (left === undefined) return false;
      node = nodeHash(left, node);
    }
    stack.push(node);
  }
  return Buffer.compare(rangeRoot(size === 0 ? EMPTY_RANGE : { size, hashes: stack }), root) === 0;
}

/** The leaf hashes of entries, which lie in the log as their headers. */
export function headerLeaves(entries: readonly { readonly headerText: string }[]): readonly Buffer[] {
  return entries.map(({ headerText }) => leafHash(headerText));
}

function leavesOf(runs: readonly LeafRun[]): readonly number[] {
  return runs.flatMap(({ from, count }) => Array.from({ length: count }, (_, index) => from + index));
}

/** The largest subtrees that lie one after the other between two leaves, each at a multiple of its own size. */
function alignedParts(from: number, to: number): readonly NodeId[] {
  const parts: NodeId[] = [];
  for (let at = from; at < to; ) {
    let level = 0;
    while (at % 2 ** (level + 1) === 0 && at + 2 ** (level + 1) <= to) level += 1;
    parts.push({ level, index: at / 2 ** level });
    at += 2 ** level;
  }
  return parts;
}

function isRun(from: number, count: number): boolean {
  return Number.isSafeInteger(from) && Number.isSafeInteger(count) && from >= 0 && count >= 1;
}
