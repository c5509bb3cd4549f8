import type { KitError } from '@gatehouse/shared/errors.ts';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import type { ChainHead } from '@gatehouse/shared/journal/chain.ts';
import type { SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import type { EntryKind } from '@gatehouse/shared/schema/bodies.ts';
import type { ReadBounds } from './segment.ts';

/** Something that happened, in its wire form, before it has a place in the chain. */
export interface Draft {
  readonly kind: EntryKind;
  readonly body: JsonValue;
}

/** Something about the journal that a person must look at; the caller makes an `incident` entry of it. */
export interface JournalNotice {
  readonly code: 'CLOCK_BEHIND' | 'UNCLEAN_STOP' | 'SEGMENTS_PRUNED' | 'JOURNAL_REFETCHED';
  readonly message: string;
  readonly hint: string;
}

/**
 * Where an acknowledged entry stands here.
 *
 * Shape: `ahead` and `equal` are health; `lost` means that this journal has lost entries, `forked` that it holds others.
 */
export type AckComparison = 'ahead' | 'equal' | 'lost' | 'forked';

/** What a journal held when it was opened. */
export interface Recovered {
  /** The state before the first of `entries`. */
  readonly state: JsonValue;
  /** The durable entries of the newest segment without its snapshot, in order; may be walked more than once. */
  readonly entries: AsyncIterable<SealedEntry>;
  readonly notices: readonly JournalNotice[];
}

/** A journal and what it held. */
export interface OpenedJournal extends Recovered {
  readonly journal: Journal;
}

/**
 * The record of everything that happens on an edge.
 *
 * Shape: an entry is first assigned (its place and hash are fixed), later durable; what leaves the edge waits for the
 *        second.
 */
export interface Journal {
  /** The last assigned entry. */
  readonly head: ChainHead;
  readonly durableSeq: number;
  /** Whether the newest segment is long enough for `roll`. */
  readonly wantsRoll: boolean;
  /**
   * Assigns a group that becomes durable as a whole.
   *
   * Errors: `QUEUE_FULL`, `JOURNAL_CLOSED`, those of `sealEntry`; nothing of the group was assigned then.
   */
  append(drafts: readonly Draft[]): readonly SealedEntry[];
  /** Resolves after the commit that holds the entry. Errors: the failure that kept it from the disk. */
  durable(seq: number): Promise<void>;
  /** Durable entries in order, fewer than asked where a bound or the end is reached. Errors: `NOT_FOUND` for pruned ones. */
  read(fromSeq: number, options: ReadBounds): Promise<readonly SealedEntry[]>;
  /**
   * Closes the segment and opens the next with this state, which is that after everything appended so far.
   *
   * Shape: entries may be appended meanwhile; they become durable with the new segment and stand before its snapshot.
   */
  roll(state: JsonValue): Promise<void>;
  /** Compares with an acknowledgement whose signature was checked. */
  compareWithAck(seq: number, hash: string): Promise<AckComparison>;
  /** Remembers in the head file that the hub has everything up to here. */
  acknowledge(seq: number): void;
  onDurable(listener: (seq: number) => void): () => void;
  onFailure(listener: (error: KitError) => void): () => void;
  /** After a failure: verifies the files again and goes on from what is durable. Errors: those of `openJournal`. */
  reopen(): Promise<Recovered>;
  /** Makes everything durable, signs the closed file and lets go of the folder. */
  close(): Promise<void>;
}
