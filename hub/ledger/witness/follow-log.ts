import { KitError } from '@gatehouse/shared/errors.ts';
import { openCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import { consistencyNodes, consistencyProof } from '@gatehouse/shared/journal/merkle.ts';
import type { Verifier } from '@gatehouse/shared/journal/note.ts';
import { CHECKPOINT_PATH } from '@gatehouse/shared/journal/tile-path.ts';
import { type LogReader, readNodesOf } from '../tiles/log-reader.ts';
import type { Witness } from './witness.ts';

/** What a look at a log showed. */
export type LogSeen =
  | { readonly kind: 'empty' }
  | { readonly kind: 'signed'; readonly size: number; readonly from: number }
  /** The log contradicts what was signed before. Shape: `evidence` is the file that shows it, unless there are too many. */
  | { readonly kind: 'refuted'; readonly reason: string; readonly evidence: string | undefined };

/**
 * Looks at a log, makes the proof itself from the log's tiles, and signs what it became.
 *
 * Shape:  a log that is shorter than before, or does not begin with what was signed before, is refused and its words are kept.
 * Errors: `HUB_UNREACHABLE` or `FOLDER_UNUSABLE` where the log cannot be read: that shows nothing, and is tried again;
 *         `SIGNATURE_INVALID` where the checkpoint is not of the log's key.
 */
export async function lookAtLog(log: LogReader, witness: Witness, verifier: Verifier): Promise<LogSeen> {
  const bytes = await log.read(CHECKPOINT_PATH);
  if (bytes === undefined && witness.last() === undefined) return { kind: 'empty' };
  const note = Buffer.from(bytes ?? []).toString('utf8');
  const last = witness.last();
  if (bytes === undefined)
    return refuted(witness, `the log of ${last?.size ?? 0} entries has no checkpoint any more`, note);
  const next = openCheckpoint(note, [verifier]);
  const from = last?.size ?? 0;
  if (next.size < from) {
    return refuted(witness, `the log ends at ${next.size}, and was signed at ${from} before`, note);
  }
  const proof = await proofBetween(log, from, next.size);
  if (proof === undefined)
    return refuted(witness, `the log of ${next.size} lacks tiles for a proof from ${from}`, note);
  const answer = await witness.add({ oldSize: from, proof, note });
  if (answer.status === 200) return { kind: 'signed', size: next.size, from };
  if (answer.status === 409 && answer.evidence !== undefined) {
    return { kind: 'refuted', reason: answer.reason, evidence: answer.evidence };
  }
  return refuted(witness, answer.reason, note);
}

async function proofBetween(log: LogReader, from: number, to: number): Promise<readonly Uint8Array[] | undefined> {
  try {
    const nodes = consistencyNodes(from, to);
    return consistencyProof(await readNodesOf(log, nodes, to), from, to);
  } catch (error) {
    const isDamaged = error instanceof KitError && ['LEDGER_MISMATCH', 'MESSAGE_MALFORMED'].includes(error.code);
    if (isDamaged) return undefined;
    throw error;
  }
}

async function refuted(witness: Witness, reason: string, note: string): Promise<LogSeen> {
  return { kind: 'refuted', reason, evidence: await witness.keepEvidence(reason, note) };
}
