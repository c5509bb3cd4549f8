import { type ChainHead, nextEpoch, sameHead } from '@gatehouse/shared/journal/chain.ts';
import { ActBody } from '@gatehouse/shared/schema/bodies.ts';
import { HUB_STREAM } from '../ingest/read-entry.ts';
import type { StoredLeaf } from '../store/ledger-rows.ts';

/** The act by which an epoch of an edge is opened. */
export const EPOCH_OPENED = 'edge.epoch-opened';

/** An epoch that an act on record opened: the head before its first entry, and the edge's key from there on where it changed. */
export interface EpochOnRecord {
  readonly before: ChainHead;
  readonly verifierKey: string | undefined;
}

/** The newest epoch of each edge that acts on record opened. */
export type OpenedEpochs = Map<string, EpochOnRecord>;

/** Remembers an epoch where a leaf is the act that opened it. */
export function noteEpoch({ edge, kind, body }: StoredLeaf, epochs: OpenedEpochs): void {
  if (edge !== HUB_STREAM || kind !== 'act' || body === null || !body.includes(EPOCH_OPENED)) return;
  const act = ActBody.safeParse(JSON.parse(body)).data;
  if (act?.action !== EPOCH_OPENED || act.target === undefined || act.after === undefined) return;
  const { epoch, hash = '', verifierKey } = act.after;
  epochs.set(act.target, { before: { edge: act.target, epoch: Number(epoch), seq: 0, hash }, verifierKey });
}

/** The head that an entry has to follow: after the act that opened an epoch at exactly this head, the one before its first entry. */
export function headToFollow(head: ChainHead, epochs: ReadonlyMap<string, EpochOnRecord>): ChainHead {
  const opened = epochs.get(head.edge)?.before;
  return opened !== undefined && sameHead(opened, nextEpoch(head)) ? opened : head;
}
