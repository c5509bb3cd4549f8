import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { readClaimed } from '@gatehouse/shared/governance/claimed-document.ts';
import { attempt } from '@gatehouse/shared/governance/problem-list.ts';
import { openTrustChain } from '@gatehouse/shared/governance/trust.ts';
import { epochRefused, type VerifiedEpoch, verifyEpoch } from '@gatehouse/shared/governance/verify-epoch.ts';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { nextEpoch } from '@gatehouse/shared/journal/chain.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { EPOCH_TYPE, type EpochOpening } from '@gatehouse/shared/schema/governance.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { filesIn, governanceFolders, readDocument } from '../governance/governance-folders.ts';
import { openTrustStore, readTrustDocuments } from '../governance/trust-store.ts';
import type { Draft } from '../journal/journal-types.ts';
import { finishSuccession, succeedJournal } from '../journal/succeed-journal.ts';
import { type EpochEdge, killsBeyond, type OwnHistory, ownHistory, stateFromHub, trustIn } from './agreed-state.ts';
import { edgeFolders } from './edge-files.ts';
import { toWireBody } from './entry-wire.ts';

const SIGNERS_RECORDED_MAX = 20;
const MARK_DIGITS = 14;
const MESSAGE_LENGTH_MAX = 2_000;

/**
 * Opens the next epoch of this edge where a document that two people signed waits in the inbox, before the journal is opened.
 *
 * Shape:  what this machine wrote after the agreed place is set aside with its whole old journal and kept; the new one begins with
 *         what the entries up to that place add up to, the document, an incident and the kills that were in force. The venue is
 *         compared before anything trades, as at any start. A refused document is set aside and said.
 * Errors: those of the hub and of the disk: without the agreed entries there is nothing to go on from. `JOURNAL_LOCKED`.
 */
export async function openWaitingEpoch(edge: EpochEdge): Promise<void> {
  const { root, journal } = edgeFolders(edge.config.data);
  await finishSuccession(journal);
  const { inbox, refused } = governanceFolders(root);
  for (const file of filesIn(inbox)) {
    const path = join(inbox, file);
    const document = attempt([], () => readDocument(path));
    if (document === undefined || typeOf(document) !== EPOCH_TYPE) continue;
    try {
      edge.log(await open(edge, document));
      await rm(path, { force: true });
    } catch (error) {
      if (!(error instanceof KitError) || !isRefusal(error)) throw error;
      edge.log(`ALARM ${error.code}: ${describeError(error)}`);
      await mkdir(refused, { recursive: true, mode: 0o700 });
      await rename(path, join(refused, file));
    }
  }
}

function isRefusal({ code }: KitError): boolean {
  return code === 'EPOCH_REFUSED' || code === 'TRUST_REFUSED';
}

function typeOf(document: string): string | undefined {
  return attempt([], () => readClaimed(document))?.type;
}

async function open(edge: EpochEdge, document: string): Promise<string> {
  const verified = verifiedFor(edge, document);
  const { opening } = verified;
  const own = await ownHistory(edge, opening);
  if (own.begins?.epoch === opening.epoch && own.begins.prev === opening.from.hash) {
    return `epoch ${opening.epoch} of this edge is open already`;
  }
  if ((own.head?.epoch ?? 0) >= opening.epoch) {
    throw epochRefused([`this edge is in epoch ${own.head?.epoch} already`]);
  }
  const state = own.agreed ?? (await stateFromHub(edge, opening));
  // Trust on this disk must not be older than what the records have seen in force.
  openTrustStore({
    folder: governanceFolders(edge.config.data).trust,
    place: edge.credentials.place,
    seen: trustIn(edge, state),
  });
  await succeed(edge, { verified, own, state, document });
  return `ALARM EPOCH_OPENED: ${wordsOf(opening, own)}`;
}

function verifiedFor(edge: EpochEdge, document: string): VerifiedEpoch {
  const { config, credentials, clock } = edge;
  const documents = readTrustDocuments(governanceFolders(config.data).trust);
  const { trust } = openTrustChain(documents, credentials.place).at(-1) ?? {};
  if (trust === undefined) throw epochRefused(['no trust document says who may sign']);
  const verified = verifyEpoch(document, { trust, edge: config.edge, at: clock.now() });
  const { edgeKey } = verified.opening;
  if (edgeKey === undefined || edgeKey === credentials.signer.verifierKey) return verified;
  throw epochRefused(['it names another key than this machine has: another machine goes on']);
}

interface Opening {
  readonly verified: VerifiedEpoch;
  readonly own: OwnHistory;
  readonly state: JsonValue;
  readonly document: string;
}

async function succeed(edge: EpochEdge, { verified, own, state, document }: Opening): Promise<void> {
  const { config, credentials, clock, random } = edge;
  const { opening, by, hash } = verified;
  const { epoch, from } = opening;
  const entries: readonly EntryBody[] = [
    {
      kind: 'epoch',
      body: {
        v: 1,
        epoch,
        hash,
        by: by.slice(0, SIGNERS_RECORDED_MAX),
        ...(own.agreed === undefined ? {} : { setAside: setAsideOf(opening, own) }),
        document,
      },
    },
    {
      kind: 'incident',
      body: {
        v: 1,
        code: 'EPOCH_OPENED',
        severity: 'alarm',
        message: wordsOf(opening, own).slice(0, MESSAGE_LENGTH_MAX),
        hint: 'Somebody may have traded elsewhere under this name; look at what the comparison with the venue finds.',
      },
    },
    ...killsBeyond(edge, own, state),
  ];
  await succeedJournal({
    folder: edgeFolders(config.data).journal,
    edge: config.edge,
    signer: credentials.signer,
    clock,
    random,
    origin: nextEpoch({ edge: config.edge, epoch: epoch - 1, ...from }),
    state,
    drafts: entries.map(draftOf),
    mark: instantText(clock.now())
      .replaceAll(/[^0-9]/g, '')
      .slice(0, MARK_DIGITS),
  });
}

function draftOf(entry: EntryBody): Draft {
  const { kind, body } = toWireBody(entry);
  return { kind, body: JSON.parse(body) as JsonValue };
}

function setAsideOf({ from, epoch }: EpochOpening, { head }: OwnHistory): number {
  return head?.epoch === epoch - 1 ? Math.max(0, head.seq - from.seq) : 0;
}

function wordsOf(opening: EpochOpening, own: OwnHistory): string {
  const { epoch, from, reason } = opening;
  const what =
    own.agreed === undefined
      ? 'as the hub’s record has it; what this machine held was set aside'
      : `as this machine’s own journal has it; ${setAsideOf(opening, own)} later entries were set aside`;
  return `epoch ${epoch} goes on from entry ${from.seq}, ${what}: ${reason}`;
}
