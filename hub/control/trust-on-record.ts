import { readClaimed } from '@gatehouse/shared/governance/claimed-document.ts';
import { attempt } from '@gatehouse/shared/governance/problem-list.ts';
import { openTrust, type TrustInForce, type TrustPlace, type TrustStep } from '@gatehouse/shared/governance/trust.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { Trust } from '@gatehouse/shared/schema/governance.ts';
import { isReadable, readEntry } from '../ingest/read-entry.ts';
import type { Queries } from '../store/database.ts';
import { readTrustDocuments, readTrustEntries, type TrustDocumentRow } from '../store/limit-rows.ts';
import { areProjectionsWhole } from '../store/position-rows.ts';

/**
 * Who may sign for a legal entity, by the trust documents that its edges journalled; undefined where none is on record.
 *
 * Shape: the hub checks the signatures of every version itself. Of two first versions the one that came first counts: an edge that
 *        comes later cannot bring roots of its own.
 */
export async function trustOnRecord(tx: Queries, place: TrustPlace): Promise<TrustInForce | undefined> {
  return (await trustVersionsOnRecord(tx, place)).at(-1);
}

/** Every version of it, each opened by the one before, the first one first. */
export async function trustVersionsOnRecord(tx: Queries, place: TrustPlace): Promise<readonly TrustInForce[]> {
  const documents = (await documentsOnRecord(tx)).filter(({ document }) => isOf(document, place));
  const versions: TrustInForce[] = [];
  // Several edges tell of the same versions, each in order; the first copy of the next version is the one that is opened.
  for (const { version, document } of documents.toSorted((a, b) => a.version - b.version)) {
    const newest = versions.at(-1);
    if (version !== (newest?.trust.version ?? 0) + 1) continue;
    const next = opened(document, { ...place, previous: newest });
    if (next !== undefined) versions.push(next);
  }
  return versions;
}

/** A rebuild folds the projections piece by piece, and part of the versions would bring back people who may sign no more. */
async function documentsOnRecord(tx: Queries): Promise<readonly TrustDocumentRow[]> {
  if (await areProjectionsWhole(tx)) return readTrustDocuments(tx);
  return (await readTrustEntries(tx)).flatMap((entry) => {
    const read = readEntry(entry);
    return isReadable(read) && read.kind === 'trust' ? [read.body] : [];
  });
}

/** Whether a document says that it is for a place. Its signatures are checked when it is opened. */
function isOf(document: string, { environment, legalEntity }: TrustPlace): boolean {
  const claim = attempt([], () => decode(Trust, readClaimed(document).value, 'the trust document'));
  return claim?.environment === environment && claim.legalEntity === legalEntity;
}

/** The next version; one that does not follow is no version, and the one before it stays in force. */
function opened(document: string, step: TrustStep): TrustInForce | undefined {
  return attempt([], () => openTrust(document, step));
}
