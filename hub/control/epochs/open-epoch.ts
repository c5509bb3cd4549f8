import { readClaimed } from '@gatehouse/shared/governance/claimed-document.ts';
import { attempt } from '@gatehouse/shared/governance/problem-list.ts';
import { type VerifiedEpoch, verifyEpoch } from '@gatehouse/shared/governance/verify-epoch.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { type EpochOpening, Trust } from '@gatehouse/shared/schema/governance.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { HUB_STREAM } from '../../ingest/read-entry.ts';
import { EPOCH_OPENED } from '../../ledger/opened-epochs.ts';
import { newestTrust } from '../../store/control-rows.ts';
import { type Database, inTransaction, type Transaction } from '../../store/database.ts';
import type { AppendAct } from '../../store/pages/people-store.ts';
import { formerKeys, lockStreams, openStreamEpoch, type Stream } from '../../store/stream-rows.ts';
import { type Actor, type Outcome, type StepRefusal, shortened } from '../limit-work.ts';
import { trustOnRecord } from '../trust-on-record.ts';

/** What the opening of an epoch stands on. */
export interface EpochDeps {
  readonly database: Database;
  readonly appendAct: AppendAct;
  readonly clock: Clock;
}

/** An epoch that was opened, by whose signatures. */
export interface OpenedEpoch {
  readonly opening: EpochOpening;
  readonly by: readonly string[];
}

/**
 * Opens the next epoch of an edge by a document that two people signed.
 *
 * Shape:  the act with the whole document and the stream's new place are durable together; entries of the new epoch are taken from
 *         the next batch on, and both copies of what was contested stay where they are. The place that is named has to be the end of
 *         the hub's record: everything acknowledged stays in force. A refused document is on record as well.
 */
export function openEpoch(
  deps: EpochDeps,
  actor: Actor,
  { edge, document }: { readonly edge: string; readonly document: string },
): Promise<Outcome<OpenedEpoch>> {
  return inTransaction(deps.database, async (tx) => {
    const [stream] = edge === HUB_STREAM ? [] : await lockStreams(tx, [edge]);
    if (stream === undefined) return refuse({ tx, deps, actor, edge }, 'NOT_FOUND', [`there is no edge ${edge}`]);
    const problems: string[] = [];
    const verified = await verifiedFor(tx, { edge, document, at: deps.clock.now() }, problems);
    if (verified === undefined) return refuse({ tx, deps, actor, edge }, 'SIGNATURE_INVALID', problems);
    const faults = placeFaults(verified.opening, stream, await formerKeys(tx, { edge, action: EPOCH_OPENED }));
    if (faults.length > 0) return refuse({ tx, deps, actor, edge }, 'STATE_CONFLICT', faults);
    return { kind: 'done', value: await open({ tx, deps, actor, edge }, verified, { stream, document }) };
  });
}

/** Why a document does not fit the records; empty where it does. */
function placeFaults(
  { epoch, from, edgeKey }: EpochOpening,
  stream: Stream,
  former: readonly string[],
): readonly string[] {
  const faults: string[] = [];
  if (epoch !== stream.epoch + 1) {
    faults.push(
      `epoch ${epoch}, where ${stream.epoch + 1} has to follow: edge ${stream.edge} is in epoch ${stream.epoch}`,
    );
  }
  if (epoch === stream.epoch + 1 && (from.seq !== stream.seq || from.hash !== stream.hash)) {
    faults.push(`it goes on from entry ${from.seq} ${from.hash}, and the record ends at ${stream.seq} ${stream.hash}`);
  }
  if (edgeKey === stream.verifierKey) faults.push('the new key of the edge is the one that it has');
  // It was taken away because it may be in other hands, and it still may be.
  else if (edgeKey !== undefined && former.includes(edgeKey))
    faults.push('the new key of the edge is one that it had before');
  return faults;
}

interface Place {
  readonly edge: string;
  readonly document: string;
  readonly at: Instant;
}

/** By the same trust and the same code as at the edge. */
async function verifiedFor(
  tx: Transaction,
  { edge, document, at }: Place,
  problems: string[],
): Promise<VerifiedEpoch | undefined> {
  const newest = (await newestTrust(tx)).find((one) => one.edge === edge);
  const claimed = newest && attempt([], () => decode(Trust, readClaimed(newest.document).value, 'the trust document'));
  const trust = claimed && (await trustOnRecord(tx, claimed));
  if (trust !== undefined) return attempt(problems, () => verifyEpoch(document, { trust: trust.trust, edge, at }));
  problems.push(`no trust document of edge ${edge} is on record, so nobody’s signature is known`);
  return undefined;
}

interface Opening {
  readonly tx: Transaction;
  readonly deps: EpochDeps;
  readonly actor: Actor;
  readonly edge: string;
}

async function open(
  { tx, deps, actor, edge }: Opening,
  { opening, by, hash }: VerifiedEpoch,
  { stream, document }: { readonly stream: Stream; readonly document: string },
): Promise<OpenedEpoch> {
  const { epoch, from, reason, edgeKey } = opening;
  await deps.appendAct(tx, {
    action: EPOCH_OPENED,
    by: actor.personId,
    from: actor.from,
    target: edge,
    before: { epoch: `${stream.epoch}`, status: stream.status, verifierKey: stream.verifierKey },
    after: {
      epoch: `${epoch}`,
      seq: `${from.seq}`,
      hash: from.hash,
      signedBy: by.join(' '),
      documentHash: hash,
      document,
      ...(edgeKey === undefined ? {} : { verifierKey: edgeKey }),
    },
    note: shortened(reason),
  });
  await openStreamEpoch(tx, { edge, epoch, hash: from.hash, verifierKey: edgeKey ?? stream.verifierKey });
  return { opening, by };
}

async function refuse(
  { tx, deps, actor, edge }: Opening,
  code: StepRefusal['code'],
  problems: readonly string[],
): Promise<StepRefusal> {
  await deps.appendAct(tx, {
    action: 'edge.epoch-refused',
    by: actor.personId,
    from: actor.from,
    target: edge.slice(0, 64),
    note: shortened(problems.join('; ')),
  });
  const hint = 'The edge stays as it is; write the document anew with "gatehouse epoch propose" and have it signed.';
  return { kind: 'refused', code, problems, hint };
}
