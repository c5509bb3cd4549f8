import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { decodeBatch, type WireEntry } from '@gatehouse/shared/journal/batch.ts';
import { headOf, openEntry, sameHead } from '@gatehouse/shared/journal/chain.ts';
import type { ChainHead, SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import { openHead, type SignedHead } from '@gatehouse/shared/journal/head-note.ts';
import type { Verifier } from '@gatehouse/shared/journal/note.ts';

/** A batch that its edge signed: each entry leads by its hash to the signed head. */
export interface AuthenticBatch {
  readonly kind: 'authentic';
  readonly entries: readonly SealedEntry[];
  /** The signed head of the last entry; without entries, where the edge says that it stands. */
  readonly head: SignedHead;
}

/** A batch that nobody can be held to: damaged on its way, or not by whom it says. */
export interface SuspectBatch {
  readonly kind: 'suspect';
  readonly reason: string;
  readonly entries: readonly WireEntry[];
}

/** Bytes that are no batch at all. */
export interface UnreadableBatch {
  readonly kind: 'unreadable';
  readonly reason: string;
}

/** What bytes from an edge's topic turned out to be. */
export type OpenedBatch = AuthenticBatch | SuspectBatch | UnreadableBatch;

/** Opens the bytes that came for an edge and checks them by its key; whether they fit the ledger is another question. */
export function openBatch(bytes: Uint8Array, edge: string, verifier: Verifier): OpenedBatch {
  let wire: readonly WireEntry[] = [];
  try {
    const batch = decodeBatch(bytes);
    wire = batch.entries;
    const head = openHead(batch.headNote, [verifier]);
    const entries = wire.map(openStorable);
    const fault = chainFault(entries, head, edge);
    return fault === undefined
      ? { kind: 'authentic', entries, head }
      : { kind: 'suspect', reason: fault, entries: wire };
  } catch (error) {
    if (!(error instanceof KitError)) throw error;
    const reason = describeError(error);
    return wire.length > 0 ? { kind: 'suspect', reason, entries: wire } : { kind: 'unreadable', reason };
  }
}

function openStorable(wire: WireEntry): SealedEntry {
  const entry = openEntry(wire);
  if (!entry.bodyText.includes('\0')) return entry;
  throw new KitError('MESSAGE_MALFORMED', `entry ${entry.header.seq}: a raw NUL character in its body`);
}

function chainFault(entries: readonly SealedEntry[], head: ChainHead, edge: string): string | undefined {
  if (head.edge !== edge) return `it came for edge ${edge} and is signed for ${head.edge}`;
  let before: SealedEntry | undefined;
  for (const entry of entries) {
    const fault = linkFault(before, entry, edge);
    if (fault !== undefined) return `entry ${entry.header.seq}: ${fault}`;
    before = entry;
  }
  if (before === undefined || sameHead(headOf(before), head)) return undefined;
  return `its last entry is not the head that is signed, ${head.epoch}/${head.seq}`;
}

function linkFault(before: SealedEntry | undefined, { header }: SealedEntry, edge: string): string | undefined {
  if (header.edge !== edge) return `it is of edge ${header.edge}`;
  if (before === undefined) return undefined;
  if (header.epoch !== before.header.epoch) return 'its epoch is another than that of the entry before';
  if (header.seq !== before.header.seq + 1) return `it comes after entry ${before.header.seq}`;
  return header.prev === before.hash ? undefined : 'its prev is not the hash of the entry before';
}
