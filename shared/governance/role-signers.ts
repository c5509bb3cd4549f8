import { type DocumentType, openDocument } from '../journal/typed-note.ts';
import type { SigningRole, Trust } from '../schema/governance.ts';
import type { Instant } from '../values/instant.ts';
import { attempt } from './problem-list.ts';
import { allVerifiers, roleProblem } from './trust.ts';

/** What has to be signed, by how many people and in which role. Shape: `what` is the document in words. Units: `at` is wall time. */
export interface SigningNeed {
  readonly type: DocumentType;
  readonly what: string;
  readonly role: SigningRole;
  readonly signersMin: number;
  readonly trust: Trust;
  readonly at: Instant;
}

/**
 * The different people whose signatures on a document count in a role.
 *
 * Shape: each problem is added to the list, also that there are too few. One more signature of somebody without the right takes
 *        nothing away from those that count.
 */
export function signersInRole(document: string, need: SigningNeed, problems: string[]): readonly string[] {
  const { type, what, role, signersMin, trust, at } = need;
  const signed = attempt(problems, () => openDocument(document, type, allVerifiers(trust)))?.signedBy ?? [];
  const claims = [...new Set(signed)].map((person) => ({
    person,
    problem: roleProblem(trust, { person, role, at }),
  }));
  const by = claims.filter(({ problem }) => problem === undefined).map(({ person }) => person);
  if (by.length < signersMin) {
    problems.push(
      ...claims.flatMap(({ problem }) => problem ?? []),
      `signed by ${by.length} of the ${signersMin} people that ${what} takes`,
    );
  }
  return by;
}
