import { KitError } from '../errors.ts';
import { headProblems, isCountFrom, isRecord, unknownKeys } from './forms.ts';
import type { Signer, Verifier } from './note.ts';
import { openDocument, signDocument } from './typed-note.ts';

/** Leaves of the ledger. Shape: `from` is the first, `to` the one after the last. */
interface AckLeaves {
  readonly from: number;
  readonly to: number;
}

/**
 * The hub's word that everything of an edge up to a place is committed.
 *
 * Shape: cumulative; `leaves` is where the newest entries lie in the ledger, null where the message brought none;
 *        `checkpoint` is the ledger's signed note at a size that covers them.
 */
export interface Ack {
  readonly edge: string;
  readonly epoch: number;
  readonly seq: number;
  readonly hash: string;
  readonly leaves: AckLeaves | null;
  readonly checkpoint: string;
}

const TYPE = 'gatehouse/ack/v1';

/** The signed note of an acknowledgement. */
export function signAck(signer: Signer, ack: Ack): string {
  const { edge, epoch, seq, hash, checkpoint } = ack;
  const leaves = ack.leaves === null ? null : { from: ack.leaves.from, to: ack.leaves.to };
  return signDocument(signer, TYPE, { edge, epoch, seq, hash, leaves, checkpoint });
}

/**
 * The acknowledgement that a note signs; the checkpoint inside is a note of its own, still to be opened.
 *
 * Errors: as `openDocument`; `MESSAGE_MALFORMED` listing every problem of its form.
 */
export function openAck(note: string, verifiers: readonly Verifier[]): Ack {
  const { value } = openDocument(note, TYPE, verifiers);
  const problems: string[] = [];
  if (!isAck(value, problems)) throw new KitError('MESSAGE_MALFORMED', `acknowledgement: ${problems.join('; ')}`);
  return value;
}

function isAck(value: unknown, problems: string[]): value is Ack {
  if (!isRecord(value)) {
    problems.push('not an object');
    return false;
  }
  const known = ['checkpoint', 'edge', 'epoch', 'hash', 'leaves', 'seq'];
  problems.push(...headProblems(value), ...unknownKeys(value, known));
  if (value['leaves'] !== null && !isLeaves(value['leaves'])) problems.push('leaves are no range');
  if (typeof value['checkpoint'] !== 'string') problems.push('checkpoint is not text');
  return problems.length === 0;
}

function isLeaves(value: unknown): value is AckLeaves {
  if (!isRecord(value) || unknownKeys(value, ['from', 'to']).length > 0) return false;
  return isCountFrom(value['from'], 0) && isCountFrom(value['to'], value['from'] + 1);
}
