import type { Ack, AckProof } from './ack.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { SeenLedger } from './head-note.ts';
import { EMPTY_ROOT, verifyConsistency } from './merkle.ts';
import { verifyRuns } from './merkle-runs.ts';

/** What an edge has seen proven of the ledger, with the root of the checkpoint that it accepted last. */
export interface Witnessed extends SeenLedger {
  readonly root: Uint8Array;
}

/** What the proof of an acknowledgement shows. */
export type AckFinding =
  /** The ledger only grew, and the entries up to `seen.seq` lie in it. */
  | { readonly kind: 'proven'; readonly seen: Witnessed }
  /** It leads from another place than where the edge stands: neither shown nor refuted, the edge asks anew. */
  | { readonly kind: 'elsewhere' }
  /** Signed by the hub, and not what the hub signed before, or without the entries that it acknowledges. */
  | { readonly kind: 'refuted'; readonly reason: string };

/** What is audited. Shape: `leaves` are the leaf hashes of the edge's own entries after `base.seq` up to `proof.to`. */
export interface AckAudit {
  readonly ack: Ack;
  readonly proof: AckProof;
  readonly checkpoint: Checkpoint;
  readonly known: Witnessed;
  readonly leaves: readonly Uint8Array[];
}

/** Nothing seen yet: the log without leaves, which every log begins with. */
export const NOTHING_SEEN: Witnessed = { size: 0, seq: 0, root: EMPTY_ROOT };

/** Checks by the edge's own entries and memory whether the ledger is what the hub said before. */
export function auditAck({ ack, proof, checkpoint, known, leaves }: AckAudit): AckFinding {
  const { base, to } = proof;
  if (base.size !== known.size || base.seq !== known.seq || checkpoint.size < known.size) return { kind: 'elsewhere' };
  if (to < base.seq || to > ack.seq) return refuted(`the hub proves entries up to ${to} and acknowledges ${ack.seq}`);
  const grew = verifyConsistency({
    fromSize: known.size,
    fromRoot: known.root,
    toSize: checkpoint.size,
    toRoot: checkpoint.root,
    proof: bytesOf(proof.consistency),
  });
  if (!grew) return refuted(`the ledger of ${checkpoint.size} leaves does not begin with the one of ${known.size}`);
  const { size, root } = checkpoint;
  const holds = verifyRuns({ runs: proof.runs, leaves, size, root, nodes: bytesOf(proof.nodes) });
  if (!holds) return refuted(`entries ${base.seq + 1} to ${to} do not lie in the ledger of ${size} leaves`);
  return { kind: 'proven', seen: { size, root, seq: to } };
}

function bytesOf(hashes: readonly string[]): readonly Uint8Array[] {
  return hashes.map((hash) => Buffer.from(hash, 'hex'));
}

function refuted(reason: string): AckFinding {
  return { kind: 'refuted', reason };
}
