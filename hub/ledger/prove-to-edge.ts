import { KitError } from '@gatehouse/shared/errors.ts';
import { type AckProof, PROVEN_ENTRIES_MAX, PROVEN_RUNS_MAX } from '@gatehouse/shared/journal/ack.ts';
import type { SeenLedger } from '@gatehouse/shared/journal/head-note.ts';
import { consistencyNodes, consistencyProof, type NodeId, type NodeReader } from '@gatehouse/shared/journal/merkle.ts';
import { nodesAround } from '@gatehouse/shared/journal/merkle-runs.ts';
import type { Queries } from '../store/database.ts';
import { readRuns, type StoredRun } from '../store/node-rows.ts';
import { fetchNodes } from './fetch-nodes.ts';
import type { NodeMemory } from './node-memory.ts';

/** What is to be proven to an edge. Shape: `seq` is what it is acknowledged, `size` that of the checkpoint it is given. */
export interface ProofRequest {
  readonly edge: string;
  readonly epoch: number;
  readonly seq: number;
  readonly size: number;
  readonly base: SeenLedger;
}

/** A hub that was set back knows less than its edge has seen; it can only prove from the beginning. */
const BEGINNING: SeenLedger = { size: 0, seq: 0 };

/**
 * Proves that the ledger grew from what an edge has seen, and that its entries since then lie in it.
 *
 * Shape:  `memory` has subtrees of earlier proofs of the same ledger.
 * Errors: `LEDGER_MISMATCH` where leaves are missing; those of the database.
 */
export function proveToEdge(tx: Queries, request: ProofRequest, memory?: NodeMemory): Promise<AckProof> {
  return proveFrom({ runs: (search) => readRuns(tx, search), nodes: (ids) => fetchNodes(tx, ids, memory) }, request);
}

/** Where a proof is made from: the runs of an edge's entries, and complete subtrees of the log. */
export interface LedgerReads {
  runs(search: Parameters<typeof readRuns>[1]): Promise<readonly StoredRun[]>;
  nodes(ids: readonly NodeId[]): Promise<NodeReader>;
}

/** As `proveToEdge`, from a ledger that is kept in any way. */
export async function proveFrom(ledger: LedgerReads, request: ProofRequest): Promise<AckProof> {
  const { edge, epoch, seq, size } = request;
  const isKnown = request.base.size <= size && request.base.seq <= seq;
  const base = isKnown ? request.base : BEGINNING;
  const to = Math.min(seq, base.seq + PROVEN_ENTRIES_MAX);
  const runs = await ledger.runs({ edge, epoch, after: base.seq, to, size, runs: PROVEN_RUNS_MAX });
  const around = nodesAround(runs, size);
  if (around === undefined) throw new KitError('LEDGER_MISMATCH', `entries of ${edge} lie beyond leaf ${size}`);
  const read = await ledger.nodes([...consistencyNodes(base.size, size), ...around]);
  return {
    base,
    consistency: hex(consistencyProof(read, base.size, size)),
    to: base.seq + runs.reduce((sum, { count }) => sum + count, 0),
    runs: runs.map(({ from, count }) => ({ from, count })),
    nodes: hex(around.map(({ level, index }) => read(level, index))),
  };
}

function hex(hashes: readonly Uint8Array[]): readonly string[] {
  return hashes.map((hash) => Buffer.from(hash).toString('hex'));
}
