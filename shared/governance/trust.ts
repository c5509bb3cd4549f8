import { KitError } from '../errors.ts';
import { openNote, parseVerifierKey, type Verifier } from '../journal/note.ts';
import { decode } from '../schema/decode.ts';
import { type SigningRole, TRUST_TYPE, Trust } from '../schema/governance.ts';
import { type Instant, instantText } from '../values/instant.ts';
import { readClaimed, signedTextHash } from './claimed-document.ts';
import { attempt, repeated } from './problem-list.ts';

/** A version of who may sign what, whose signatures were checked. Shape: `hash` is that of the signed text, in hex. */
export interface TrustInForce {
  readonly trust: Trust;
  readonly hash: string;
  readonly document: string;
}

/** Where trust has to hold; what was signed for another place never counts. */
export interface TrustPlace {
  readonly environment: Trust['environment'];
  readonly legalEntity: string;
}

/** What a new version is judged against. Shape: without `previous` it has to be version 1. */
export interface TrustStep extends TrustPlace {
  readonly previous: TrustInForce | undefined;
}

/** A person's right to sign, as it is asked for. */
export interface RoleClaim {
  readonly person: string;
  readonly role: SigningRole;
  readonly at: Instant;
}

/** Keys with such names were made to show or to test something and never sign for real money. */
const TEST_NAME = /(^|[-._])(demo|test)([-._]|$)/i;

/**
 * Opens all versions of trust, the first one first; the last is the newest.
 *
 * Errors: `TRUST_REFUSED` for an empty chain or a version that does not follow, listing every problem of that version.
 */
export function openTrustChain(
  documents: readonly string[],
  place: TrustPlace,
): readonly [TrustInForce, ...TrustInForce[]] {
  const [first, ...later] = documents;
  if (first === undefined) {
    throw new KitError('TRUST_REFUSED', 'no trust document', {
      hint: 'Make the first one with "gatehouse trust init", sign it with the root keys and apply it.',
    });
  }
  const versions: [TrustInForce, ...TrustInForce[]] = [openTrust(first, { ...place, previous: undefined })];
  for (const document of later) versions.push(openTrust(document, { ...place, previous: versions.at(-1) }));
  return versions;
}

/**
 * Opens the next version of trust.
 *
 * Shape:  signed by the threshold of the roots of the version before it, the first by its own.
 * Errors: `TRUST_REFUSED`, listing every problem: no trust document, a version or hash that does not follow, another environment
 *         or legal entity, keys that cannot be used or are given twice, a threshold out of reach, too few signatures, keys of a test in
 *         production.
 */
export function openTrust(document: string, step: TrustStep): TrustInForce {
  const problems: string[] = [];
  const trust = readTrust(document, problems);
  if (trust !== undefined) {
    problems.push(...orderProblems(trust, step), ...placeProblems(trust, step), ...keyProblems(trust));
  }
  const signing = step.previous?.trust ?? trust;
  if (signing !== undefined) problems.push(...signatureProblems(document, signing));
  if (trust !== undefined && problems.length === 0) return { trust, hash: signedTextHash(document), document };
  throw new KitError('TRUST_REFUSED', `the trust document is refused: ${problems.join('; ')}`, {
    hint: 'The version in force stays in force; correct the document and have the root keys sign it again.',
    problems,
  });
}

/** The verifiers of all people with a role at a time. Shape: a person whose term is over, or has not begun, is left out. */
export function verifiersFor(trust: Trust, role: SigningRole, at: Instant): readonly Verifier[] {
  const people = trust.people.filter(({ id }) => roleProblem(trust, { person: id, role, at }) === undefined);
  return people.map(({ key }) => parseVerifierKey(key));
}

/** The verifiers of everybody in a document, whatever their roles and terms; who signed is not yet who may sign. */
export function allVerifiers(trust: Trust): readonly Verifier[] {
  return trust.people.map(({ key }) => parseVerifierKey(key));
}

/** Whether a key was made to show or to test something, by the name that it signs under. */
export function isTestKey(name: string): boolean {
  return TEST_NAME.test(name);
}

/** Why a person's signature does not count in a role at a time; undefined where it does. */
export function roleProblem(trust: Trust, { person, role, at }: RoleClaim): string | undefined {
  const found = trust.people.find(({ id }) => id === person);
  if (found === undefined) return `${person} is not among the people of trust version ${trust.version}`;
  if (!found.roles.includes(role)) return `${person} has not the role ${role}`;
  if (at < found.from) return `the key of ${person} counts only from ${instantText(found.from)}`;
  if (found.to !== undefined && at >= found.to) return `the key of ${person} counted until ${instantText(found.to)}`;
  return undefined;
}

function readTrust(document: string, problems: string[]): Trust | undefined {
  const claimed = attempt(problems, () => readClaimed(document));
  if (claimed === undefined) return undefined;
  if (claimed.type === TRUST_TYPE) return attempt(problems, () => decode(Trust, claimed.value, 'the trust document'));
  problems.push(`a document of type ${claimed.type}, not ${TRUST_TYPE}`);
  return undefined;
}

function orderProblems(trust: Trust, { previous }: TrustStep): readonly string[] {
  const problems: string[] = [];
  const next = (previous?.trust.version ?? 0) + 1;
  if (trust.version !== next) problems.push(`version ${trust.version}, where ${next} has to follow`);
  if (trust.previous !== previous?.hash) {
    problems.push(
      previous === undefined
        ? 'the first version names a version before it'
        : `it does not name version ${previous.trust.version} by its hash ${previous.hash}`,
    );
  }
  if (previous !== undefined && trust.at < previous.trust.at) problems.push('it is dated before the version before it');
  return problems;
}

function placeProblems(trust: Trust, { environment, legalEntity }: TrustPlace): readonly string[] {
  const problems: string[] = [];
  if (trust.environment !== environment) problems.push(`it is for ${trust.environment}, not for ${environment}`);
  if (trust.legalEntity !== legalEntity) problems.push(`it is of ${trust.legalEntity}, not of ${legalEntity}`);
  return problems;
}

interface NamedKey {
  readonly owner: string;
  readonly verifier: Verifier;
}

function keyProblems(trust: Trust): readonly string[] {
  const problems: string[] = [];
  const roots = trust.roots.flatMap((key) => readKey(key, 'a root', problems));
  const people = trust.people.flatMap(({ id, key }) => readKey(key, id, problems));
  const ids = trust.people.map(({ id }) => id);
  problems.push(
    ...repeated(roots.map(({ verifier }) => verifier.name)).map((name) => `two roots have the name ${name}`),
    ...repeated(ids).map((id) => `${id} is named twice`),
    ...people
      .filter(({ owner, verifier }) => owner !== verifier.name)
      .map(({ owner, verifier }) => `the key of ${owner} signs under the name ${verifier.name}`),
    // One key under two names would be two people of whom only one exists.
    ...repeated([...roots, ...people].map(({ verifier }) => materialOf(verifier))).map(
      (material) => `one key stands under ${ownersOf(material, [...roots, ...people])}`,
    ),
    ...trust.people
      .filter(({ from, to }) => to !== undefined && to <= from)
      .map(({ id }) => `the term of ${id} ends before it begins`),
  );
  if (trust.threshold > trust.roots.length) {
    problems.push(`a threshold of ${trust.threshold} with ${trust.roots.length} roots can never be reached`);
  }
  if (trust.environment === 'live') {
    const names = [...roots, ...people].map(({ verifier }) => verifier.name);
    problems.push(...names.filter(isTestKey).map((name) => `${name} is a key of a test`));
  }
  return problems;
}

function readKey(key: string, owner: string, problems: string[]): readonly NamedKey[] {
  const faults: string[] = [];
  const verifier = attempt(faults, () => parseVerifierKey(key));
  problems.push(...faults.map((fault) => `the key of ${owner}: ${fault}`));
  return verifier === undefined ? [] : [{ owner, verifier }];
}

/** The key itself, without the name that it signs under and the id that follows from both. */
function materialOf({ verifierKey }: Verifier): string {
  const [, , ...key] = verifierKey.split('+');
  return key.join('+');
}

function ownersOf(material: string, keys: readonly NamedKey[]): string {
  return keys
    .filter(({ verifier }) => materialOf(verifier) === material)
    .map(({ verifier }) => verifier.name)
    .join(' and ');
}

function signatureProblems(document: string, { version, roots, threshold }: Trust): readonly string[] {
  const problems: string[] = [];
  const opened = attempt(problems, () => openNote(document, roots.map(parseVerifierKey)));
  if (opened !== undefined && opened.signedBy.length < threshold) {
    problems.push(`signed by ${opened.signedBy.length} of the ${threshold} roots that version ${version} asks for`);
  }
  return problems;
}
