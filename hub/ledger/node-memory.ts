import type { NodeId } from '@gatehouse/shared/journal/merkle.ts';

/** Complete subtrees of the log that were hashed before. Shape: a complete subtree never changes, so nothing in it grows old. */
export interface NodeMemory {
  get(id: NodeId): Uint8Array | undefined;
  keep(id: NodeId, hash: Uint8Array): void;
}

/** About sixteen thousand leaves with what lies above them. */
const NODES_MAX = 32_768;
const LEVELS = 64;

/** A memory of the newest subtrees; the older half gives way at once, since a map that forgets one by one grows slow. */
export function createNodeMemory(nodesMax = NODES_MAX): NodeMemory {
  let young = new Map<number, Uint8Array>();
  let old = new Map<number, Uint8Array>();
  return {
    get: (id) => young.get(keyOf(id)) ?? old.get(keyOf(id)),
    keep: (id, hash) => {
      if (2 * young.size >= nodesMax) {
        old = young;
        young = new Map();
      }
      young.set(keyOf(id), hash);
    },
  };
}

function keyOf({ level, index }: NodeId): number {
  return index * LEVELS + level;
}
