import type { NodeId } from '@gatehouse/shared/journal/merkle.ts';

/** Complete subtrees of the log that were hashed before. Shape: a complete subtree never changes, so nothing in it grows old. */
export interface NodeMemory {
  get(id: NodeId): Uint8Array | undefined;
  keep(id: NodeId, hash: Uint8Array): void;
}

/** About sixteen thousand leaves with what lies above them. */
const NODES_MAX = 32_768;
const LEVELS = 64;

/** A memory of the newest subtrees; the oldest give way. */
export function createNodeMemory(nodesMax = NODES_MAX): NodeMemory {
  const hashes = new Map<number, Uint8Array>();
  return {
    get: (id) => hashes.get(keyOf(id)),
    keep: (id, hash) => {
      if (hashes.size >= nodesMax) {
        const [oldest] = hashes.keys();
        if (oldest !== undefined) hashes.delete(oldest);
      }
      hashes.set(keyOf(id), hash);
    },
  };
}

function keyOf({ level, index }: NodeId): number {
  return index * LEVELS + level;
}
