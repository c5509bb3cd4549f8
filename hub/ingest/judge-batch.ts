import type { ChainHead, SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import type { AuthenticBatch } from './open-batch.ts';

/** What is to be done with an authentic batch. */
export type Judgement =
  /** These entries are new and follow what is known. */
  | { readonly kind: 'take'; readonly entries: readonly SealedEntry[] }
  /** Nothing in it is new; the known place is acknowledged once more. */
  | { readonly kind: 'known' }
  /** Entries between are missing; the edge sends again from the known place. */
  | { readonly kind: 'gap'; readonly reason: string }
  /** It is of an epoch that two people have closed: a copy of the edge that was not chosen to go on. */
  | { readonly kind: 'superseded'; readonly reason: string }
  /** The edge signed another history than the one that is on record, from this place on. */
  | { readonly kind: 'fork'; readonly reason: string; readonly seq: number };

/** Gives the hash on record at a place of the stream's epoch; undefined where there is none. */
export type KnownHash = (seq: number) => string | undefined;

/**
 * Compares an authentic batch with what is on record of its edge.
 *
 * Shape: entries that are on record already are compared and never taken twice; a batch of another epoch is a fork, until
 *        people have opened that epoch, and one of an epoch that they closed stops nobody.
 */
export function judgeBatch(batch: AuthenticBatch, known: ChainHead, hashAt: KnownHash): Judgement {
  const { entries, head } = batch;
  if (head.epoch < known.epoch) {
    return {
      kind: 'superseded',
      reason: `it is of epoch ${head.epoch}, which was closed; on record is epoch ${known.epoch}`,
    };
  }
  if (head.epoch !== known.epoch) {
    return { kind: 'fork', seq: head.seq, reason: `it is of epoch ${head.epoch}, on record is epoch ${known.epoch}` };
  }
  const different = entries.find(({ header, hash }) => header.seq <= known.seq && hashAt(header.seq) !== hash);
  if (different !== undefined) return fork(different.header.seq, 'another entry is on record');
  if (entries.length === 0) return judgeHello(head, known, hashAt);

  const fresh = entries.filter(({ header }) => header.seq > known.seq);
  const [first] = fresh;
  if (first === undefined) return { kind: 'known' };
  if (first.header.seq > known.seq + 1) {
    return { kind: 'gap', reason: `entries ${known.seq + 1} to ${first.header.seq - 1} are missing` };
  }
  if (first.header.prev !== known.hash) return fork(known.seq, `entry ${first.header.seq} follows another entry`);
  return { kind: 'take', entries: fresh };
}

/** The places whose hashes on record the judgement will ask for; undefined where it asks for none. */
export function placesToCompare(batch: AuthenticBatch, known: ChainHead): { from: number; to: number } | undefined {
  const from = batch.entries[0]?.header.seq ?? batch.head.seq;
  const to = Math.min(batch.head.seq, known.seq);
  return batch.head.epoch === known.epoch && from >= 1 && from <= to ? { from, to } : undefined;
}

function judgeHello(head: ChainHead, known: ChainHead, hashAt: KnownHash): Judgement {
  const isOnRecord = head.seq >= 1 && head.seq <= known.seq;
  if (isOnRecord && hashAt(head.seq) !== head.hash) return fork(head.seq, 'its signed head is another');
  return { kind: 'known' };
}

function fork(seq: number, reason: string): Judgement {
  return { kind: 'fork', seq, reason: `at place ${seq}: ${reason}` };
}
