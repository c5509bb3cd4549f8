import { KitError } from '../errors.ts';
import type { ChainHead } from './entry.ts';
import { headProblems, isRecord, unknownKeys } from './forms.ts';
import type { Signer, Verifier } from './note.ts';
import { openDocument, signDocument } from './typed-note.ts';

const TYPE = 'gatehouse/head/v1';

/** The signed note by which an edge stands for its chain up to a head. */
export function signHead(signer: Signer, head: ChainHead): string {
  const { edge, epoch, seq, hash } = head;
  return signDocument(signer, TYPE, { edge, epoch, seq, hash });
}

/**
 * The head that a note signs; give only the keys of the edge that it must be of.
 *
 * Errors: as `openDocument`; `MESSAGE_MALFORMED` listing every problem of the head's form.
 */
export function openHead(note: string, verifiers: readonly Verifier[]): ChainHead {
  const { value } = openDocument(note, TYPE, verifiers);
  const problems: string[] = [];
  if (!isHead(value, problems)) throw new KitError('MESSAGE_MALFORMED', `signed head: ${problems.join('; ')}`);
  return value;
}

function isHead(value: unknown, problems: string[]): value is ChainHead {
  if (!isRecord(value)) problems.push('not an object');
  else problems.push(...headProblems(value), ...unknownKeys(value, ['edge', 'epoch', 'hash', 'seq']));
  return problems.length === 0;
}
