import { KitError } from '../errors.ts';
import { decode } from '../schema/decode.ts';
import { RELEASE_TYPE, Release, type Trust } from '../schema/governance.ts';
import { type Instant, instantText } from '../values/instant.ts';
import { readClaimed } from './claimed-document.ts';
import { attempt } from './problem-list.ts';
import { signersInRole } from './role-signers.ts';

/** Where and when a signed document is to hold. Units: `at` is wall time. */
export interface DocumentPlace {
  readonly trust: Trust;
  readonly edge: string;
  readonly at: Instant;
}

/** A release whose signatures were checked, and the people whose signatures count. */
export interface VerifiedRelease {
  readonly release: Release;
  readonly by: readonly string[];
}

const SIGNERS_MIN = 2;

/**
 * Opens the signed release of a kill.
 *
 * Shape:  two different people with the role `kill-releaser` sign, on paper as live; whether the kill is on record is asked elsewhere.
 * Errors: `RELEASE_REFUSED`, listing every problem: no release, another edge, out of term, too few signatures that count.
 * Source: RTS 6 Art. 12, Art. 15(3).
 */
export function verifyRelease(document: string, place: DocumentPlace): VerifiedRelease {
  const problems: string[] = [];
  const release = readRelease(document, problems);
  const need = { type: RELEASE_TYPE, what: 'a release', role: 'kill-releaser', signersMin: SIGNERS_MIN } as const;
  const by = signersInRole(document, { ...need, ...place }, problems);
  if (release !== undefined) problems.push(...termProblems(release, place));
  if (release !== undefined && problems.length === 0) return { release, by };
  throw new KitError('RELEASE_REFUSED', `the release is refused: ${problems.join('; ')}`, {
    hint: 'Trading stays stopped; have two people with the right to release sign for this kill.',
    problems,
  });
}

function readRelease(document: string, problems: string[]): Release | undefined {
  const claimed = attempt(problems, () => readClaimed(document));
  return claimed === undefined ? undefined : attempt(problems, () => decode(Release, claimed.value, 'the release'));
}

/** What is wrong with the place and the term of a document. */
export function termProblems(
  { edge, from, to }: { readonly edge: string; readonly from: Instant; readonly to: Instant },
  place: DocumentPlace,
): readonly string[] {
  const problems: string[] = [];
  if (edge !== place.edge) problems.push(`it is for ${edge}, not for ${place.edge}`);
  if (to <= from) problems.push('its term ends before it begins');
  if (place.at < from) problems.push(`it counts only from ${instantText(from)}`);
  if (place.at >= to) problems.push(`it counted until ${instantText(to)}`);
  return problems;
}
