import { KitError } from '../errors.ts';
import { parseVerifierKey } from '../journal/note.ts';
import { decode } from '../schema/decode.ts';
import { EPOCH_TYPE, EpochOpening } from '../schema/governance.ts';
import { readClaimed, signedTextHash } from './claimed-document.ts';
import { attempt } from './problem-list.ts';
import { signersInRole } from './role-signers.ts';
import type { DocumentPlace } from './verify-release.ts';

/** An opening whose signatures were checked, with the people who signed it and the hash of what they signed. */
export interface VerifiedEpoch {
  readonly opening: EpochOpening;
  readonly by: readonly string[];
  readonly hash: string;
}

/** How long the signed document may be. Units: UTF-16 code units. */
export const EPOCH_DOCUMENT_LENGTH_MAX = 20_000;

const SIGNERS_MIN = 2;

/**
 * Opens the signed document by which an edge begins its next epoch.
 *
 * Shape:  two different people with the role `records-officer` sign, on paper as live; whether it fits the records is asked where
 *         they are.
 * Errors: `EPOCH_REFUSED`, listing every problem: no such document, another edge, a key that is not the edge's, too few signatures
 *         that count.
 */
export function verifyEpoch(document: string, place: DocumentPlace): VerifiedEpoch {
  const problems: string[] = [];
  if (document.length > EPOCH_DOCUMENT_LENGTH_MAX) {
    throw epochRefused([`it has more than ${EPOCH_DOCUMENT_LENGTH_MAX} characters`]);
  }
  const opening = readOpening(document, problems);
  const need = { type: EPOCH_TYPE, what: 'a new epoch', role: 'records-officer', signersMin: SIGNERS_MIN } as const;
  const by = signersInRole(document, { ...need, ...place }, problems);
  if (opening !== undefined) problems.push(...placeProblems(opening, place.edge));
  if (opening === undefined || problems.length > 0) throw epochRefused(problems);
  return { opening, by, hash: signedTextHash(document) };
}

/** The refusal of an opening with all its reasons. */
export function epochRefused(problems: readonly string[]): KitError {
  return new KitError('EPOCH_REFUSED', `the new epoch is refused: ${problems.join('; ')}`, {
    hint: 'Nothing has changed; write the document with "gatehouse epoch propose" and have two records officers sign it.',
    problems,
  });
}

function readOpening(document: string, problems: string[]): EpochOpening | undefined {
  const claimed = attempt(problems, () => readClaimed(document));
  if (claimed === undefined) return undefined;
  return attempt(problems, () => decode(EpochOpening, claimed.value, 'the opening of an epoch'));
}

function placeProblems(opening: EpochOpening, edge: string): readonly string[] {
  const problems: string[] = [];
  if (opening.edge !== edge) problems.push(`it is for ${opening.edge}, not for ${edge}`);
  const { edgeKey } = opening;
  if (edgeKey === undefined) return problems;
  const key = attempt(problems, () => parseVerifierKey(edgeKey));
  if (key !== undefined && key.name !== opening.edge)
    problems.push(`its key signs as ${key.name}, not as ${opening.edge}`);
  return problems;
}
