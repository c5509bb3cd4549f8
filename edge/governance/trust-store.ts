import { join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import { signedTextHash } from '@gatehouse/shared/governance/claimed-document.ts';
import { openTrust, openTrustChain, type TrustInForce, type TrustPlace } from '@gatehouse/shared/governance/trust.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { writeDurably } from '../journal/durable-file.ts';
import { type OfferAnswer, type OfferContext, refusal } from './document-offer.ts';
import { makePrivateFolder, namesIn, readDocument } from './governance-folders.ts';
import type { GovernanceAccepted } from './governance-record.ts';

/** Keeps the versions of who may sign what. */
export interface TrustStore {
  /** The version in force. Errors: `TRUST_REFUSED` while there is none. */
  readonly newest: TrustInForce;
  /** Takes the next version or refuses it, one at a time. Errors: those of `writeDurably`; a refusal is an answer. */
  offer(document: string, context: OfferContext): Promise<OfferAnswer>;
}

/** What a store of trust is opened with. Shape: `seen` is the version that the journal accepted last. */
export interface TrustStoreDeps {
  readonly folder: string;
  readonly place: TrustPlace;
  readonly seen: GovernanceAccepted['trust'];
}

/** The trust in force at a start, and the entries that say what is new. */
export interface OpenedTrust {
  readonly store: TrustStore;
  readonly entries: readonly EntryBody[];
}

const NAME = /^trust-(\d{6})\.note$/;
const NAME_DIGITS = 6;
/** Years of weekly changes. */
const VERSIONS_MAX = 1_000;

/**
 * Opens the versions in a folder, each by the one before it.
 *
 * Shape:  the first version is believed where the journal has seen none; from then on the chain has to hold the version that was seen.
 *         A folder without versions is one that waits for the first.
 * Errors: `TRUST_REFUSED` for a chain that does not hold, ends before the version that was seen or is another one.
 */
export function openTrustStore({ folder, place, seen }: TrustStoreDeps): OpenedTrust {
  const documents = readTrustDocuments(folder);
  const versions = documents.length === 0 ? [] : openTrustChain(documents, place);
  if (seen !== undefined) requireSeen(versions, seen);
  const fresh = versions.filter(({ trust }) => trust.version > (seen?.version ?? 0));
  return { store: new FolderTrust({ folder, place }, versions.at(-1)), entries: fresh.map(entryOf) };
}

/** The trust documents in a folder, the first version first. Errors: `NOT_FOUND`, `FILE_MALFORMED`. */
export function readTrustDocuments(folder: string): readonly string[] {
  const names = namesIn(folder).filter((name) => NAME.test(name));
  return names
    .toSorted()
    .slice(0, VERSIONS_MAX)
    .map((name) => readDocument(join(folder, name)));
}

/** The file of a version. */
export function trustPath(folder: string, version: number): string {
  return join(folder, `trust-${String(version).padStart(NAME_DIGITS, '0')}.note`);
}

function requireSeen(versions: readonly TrustInForce[], seen: NonNullable<GovernanceAccepted['trust']>): void {
  const found = versions.find(({ trust }) => trust.version === seen.version);
  if (found?.hash === seen.hash) return;
  const what =
    found === undefined
      ? `the trust documents end at version ${versions.length}, and version ${seen.version} was in force`
      : `trust version ${seen.version} is another document than the one that was in force`;
  throw new KitError('TRUST_REFUSED', what, {
    hint: 'Put back the documents that were in force; trust never goes back.',
  });
}

function entryOf({ trust, hash, document }: TrustInForce): EntryBody {
  return { kind: 'trust', body: { v: 1, version: trust.version, hash, document } };
}

class FolderTrust implements TrustStore {
  readonly #deps: Omit<TrustStoreDeps, 'seen'>;
  #newest: TrustInForce | undefined;

  constructor(deps: Omit<TrustStoreDeps, 'seen'>, newest: TrustInForce | undefined) {
    this.#deps = deps;
    this.#newest = newest;
  }

  get newest(): TrustInForce {
    if (this.#newest !== undefined) return this.#newest;
    throw new KitError('TRUST_REFUSED', 'no trust document says who may sign', {
      hint: 'Make the first one with "gatehouse trust init", sign it with the root keys and apply it.',
    });
  }

  async offer(document: string, context: OfferContext): Promise<OfferAnswer> {
    const { folder, place } = this.#deps;
    try {
      if (this.#newest !== undefined && signedTextHash(document) === this.#newest.hash) {
        return { kind: 'in-force', says: 'This trust document is in force already.', problems: [] };
      }
      const next = openTrust(document, { ...place, previous: this.#newest });
      const { version } = next.trust;
      makePrivateFolder(folder);
      await writeDurably(trustPath(folder, version), document);
      context.record([entryOf(next)]);
      this.#newest = next;
      return { kind: 'accepted', says: `Trust version ${version} is in force.`, problems: [] };
    } catch (error) {
      const { answer, incident } = refusal(error, 'TRUST_REFUSED');
      context.record([incident]);
      return answer;
    }
  }
}
