import { KitError } from '../errors.ts';
import type { ChainHead } from './entry.ts';
import { headProblems, isCountFrom, isRecord, unknownKeys } from './forms.ts';
import type { Signer, Verifier } from './note.ts';
import { openDocument, signDocument, typeOfNote } from './typed-note.ts';

/**
 * What an edge has seen proven of the hub's ledger.
 *
 * Shape: `size` is that of the newest checkpoint that it accepted, 0 before the first; `seq` the last of its own entries,
 *        in the epoch of the head, that it saw proven to lie in it.
 */
export interface SeenLedger {
  readonly size: number;
  readonly seq: number;
}

/** A head as it was signed. Shape: without `seen` its edge asks for no proofs. */
export interface SignedHead extends ChainHead {
  readonly seen?: SeenLedger;
}

const TYPE = 'gatehouse/head/v1';
const TYPE_SEEN = 'gatehouse/head/v2';

/** The signed note by which an edge stands for its chain up to a head and, where given, for what it saw of the ledger. */
export function signHead(signer: Signer, head: ChainHead, seen?: SeenLedger): string {
  const { edge, epoch, seq, hash } = head;
  if (seen === undefined) return signDocument(signer, TYPE, { edge, epoch, seq, hash });
  return signDocument(signer, TYPE_SEEN, { edge, epoch, seq, hash, seen: { size: seen.size, seq: seen.seq } });
}

/**
 * The head that a note signs; give only the keys of the edge that it must be of.
 *
 * Errors: as `openDocument`; `MESSAGE_MALFORMED` listing every problem of the head's form.
 */
export function openHead(note: string, verifiers: readonly Verifier[]): SignedHead {
  const hasSeen = typeOfNote(note) === TYPE_SEEN;
  const { value } = openDocument(note, hasSeen ? TYPE_SEEN : TYPE, verifiers);
  const problems: string[] = [];
  if (!isHead(value, hasSeen, problems)) {
    throw new KitError('MESSAGE_MALFORMED', `signed head: ${problems.join('; ')}`);
  }
  return value;
}

function isHead(value: unknown, hasSeen: boolean, problems: string[]): value is SignedHead {
  if (!isRecord(value)) {
    problems.push('not an object');
    return false;
  }
  const known = ['edge', 'epoch', 'hash', 'seq', ...(hasSeen ? ['seen'] : [])];
  problems.push(...headProblems(value), ...unknownKeys(value, known));
  if (hasSeen && !isSeen(value['seen'])) problems.push('seen is no size and seq');
  return problems.length === 0;
}

function isSeen(value: unknown): value is SeenLedger {
  if (!isRecord(value) || unknownKeys(value, ['size', 'seq']).length > 0) return false;
  return isCountFrom(value['size'], 0) && isCountFrom(value['seq'], 0);
}
