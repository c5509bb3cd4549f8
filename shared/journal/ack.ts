import { KitError } from '../errors.ts';
import { hasForm, headProblems, isCountFrom, isRecord, unknownKeys } from './forms.ts';
import type { SeenLedger } from './head-note.ts';
import type { Signer, Verifier } from './note.ts';
import { openDocument, signDocument, typeOfNote } from './typed-note.ts';

/** Leaves of the ledger. Shape: `from` is the first, `to` the one after the last. */
interface AckLeaves {
  readonly from: number;
  readonly to: number;
}

/**
 * What shows an edge that the ledger only grew, and that its own entries lie in it.
 *
 * Shape: it leads from `base`, what the edge has seen, to the checkpoint of the acknowledgement; `consistency` is the proof
 *        from the one size to the other; `runs` are where the entries after `base.seq` up to `to` lie, in their order, and
 *        `nodes` the subtrees around them. Hashes are lower-case hex.
 * Source: RFC 6962 section 2.1.2 for `consistency`; `nodesAround` for `nodes`.
 */
export interface AckProof {
  readonly base: SeenLedger;
  readonly consistency: readonly string[];
  readonly to: number;
  readonly runs: readonly { readonly from: number; readonly count: number }[];
  readonly nodes: readonly string[];
}

/**
 * The hub's word that everything of an edge up to a place is committed.
 *
 * Shape: cumulative; `leaves` is where the newest entries lie in the ledger, null where the message brought none;
 *        `checkpoint` is the ledger's signed note at a size that covers them; `proof` is there for an edge that said what it
 *        has seen of the ledger.
 */
export interface Ack {
  readonly edge: string;
  readonly epoch: number;
  readonly seq: number;
  readonly hash: string;
  readonly leaves: AckLeaves | null;
  readonly checkpoint: string;
  readonly proof?: AckProof;
}

/** The most entries of an edge that one acknowledgement proves to lie in the ledger; the rest follows with the next. */
export const PROVEN_ENTRIES_MAX = 4_096;

/** The most runs that one acknowledgement names. */
export const PROVEN_RUNS_MAX = 64;

const TYPE = 'gatehouse/ack/v1';
const TYPE_PROVEN = 'gatehouse/ack/v2';
const HASHES_MAX = 64 * PROVEN_RUNS_MAX;

/** The signed note of an acknowledgement, of the form that has room for what it holds. */
export function signAck(signer: Signer, ack: Ack): string {
  const { edge, epoch, seq, hash, checkpoint, proof } = ack;
  const leaves = ack.leaves === null ? null : { from: ack.leaves.from, to: ack.leaves.to };
  const value = { edge, epoch, seq, hash, leaves, checkpoint };
  if (proof === undefined) return signDocument(signer, TYPE, value);
  const { base, consistency, to, runs, nodes } = proof;
  return signDocument(signer, TYPE_PROVEN, {
    ...value,
    proof: {
      base: { size: base.size, seq: base.seq },
      consistency,
      to,
      runs: runs.map(({ from, count }) => ({ from, count })),
      nodes,
    },
  });
}

/**
 * The acknowledgement that a note signs; the checkpoint inside is a note of its own, still to be opened, and the proof is still
 * to be checked.
 *
 * Errors: as `openDocument`; `MESSAGE_MALFORMED` listing every problem of its form.
 */
export function openAck(note: string, verifiers: readonly Verifier[]): Ack {
  const isProven = typeOfNote(note) === TYPE_PROVEN;
  const { value } = openDocument(note, isProven ? TYPE_PROVEN : TYPE, verifiers);
  const problems: string[] = [];
  if (isAck(value, isProven, problems)) return value;
  throw new KitError('MESSAGE_MALFORMED', `acknowledgement: ${problems.join('; ')}`);
}

function isAck(value: unknown, isProven: boolean, problems: string[]): value is Ack {
  if (!isRecord(value)) {
    problems.push('not an object');
    return false;
  }
  const known = ['checkpoint', 'edge', 'epoch', 'hash', 'leaves', 'seq', ...(isProven ? ['proof'] : [])];
  problems.push(...headProblems(value), ...unknownKeys(value, known));
  if (value['leaves'] !== null && !isLeaves(value['leaves'])) problems.push('leaves are no range');
  if (typeof value['checkpoint'] !== 'string') problems.push('checkpoint is not text');
  if (isProven) problems.push(...proofProblems(value['proof']));
  return problems.length === 0;
}

function isLeaves(value: unknown): value is AckLeaves {
  if (!isRecord(value) || unknownKeys(value, ['from', 'to']).length > 0) return false;
  return isCountFrom(value['from'], 0) && isCountFrom(value['to'], value['from'] + 1);
}

function proofProblems(proof: unknown): readonly string[] {
  if (!isRecord(proof)) return ['proof is not an object'];
  const problems = [...unknownKeys(proof, ['base', 'consistency', 'nodes', 'runs', 'to'])];
  const { base, consistency, to, runs, nodes } = proof as { readonly [Key in keyof AckProof]: unknown };
  const isBase = isRecord(base) && isCountFrom(base['size'], 0) && isCountFrom(base['seq'], 0);
  if (!isBase || unknownKeys(base, ['seq', 'size']).length > 0) problems.push('proof.base is no size and seq');
  if (!isCountFrom(to, 0)) problems.push('proof.to is not an integer from 0');
  if (!areHashes(consistency)) problems.push('proof.consistency is no list of hashes');
  if (!areHashes(nodes)) problems.push('proof.nodes is no list of hashes');
  if (!Array.isArray(runs) || runs.length > PROVEN_RUNS_MAX || !runs.every(isRun))
    problems.push('proof.runs are no runs');
  return problems;
}

function areHashes(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= HASHES_MAX && value.every((hash) => hasForm(hash, 'hash'));
}

function isRun(value: unknown): boolean {
  if (!isRecord(value) || unknownKeys(value, ['count', 'from']).length > 0) return false;
  return isCountFrom(value['from'], 0) && isCountFrom(value['count'], 1);
}
