import { type ErrorCode, KitError } from '@gatehouse/shared/errors.ts';
import type { ChainHead } from '@gatehouse/shared/journal/entry.ts';
import type { DriverName } from './driver.ts';
import type { FileDigest } from './head-file.ts';
import type { Inspection, JournalPlace } from './inspect-folder.ts';
import type { EntryRow, ReadBounds, SegmentDocument } from './segment.ts';

/** What the thread is started with. */
export interface StoreOptions extends JournalPlace {
  readonly driver: DriverName;
  readonly commitEntriesMax: number;
  readonly commitBytesMax: number;
}

/**
 * Entries on their way between threads.
 *
 * Shape: one text of all entries, each its hash, its salt in hex, its header and its body, since one long text crosses many times
 *        cheaper than many short ones; `lengths` are those of header and body, in turn.
 */
export interface PackedEntries {
  readonly firstSeq: number;
  readonly text: string;
  readonly lengths: readonly number[];
}

/** A segment that opens with the group it travels with. */
export interface SegmentOpening {
  readonly number: number;
  readonly document?: SegmentDocument;
}

/** One group that becomes durable as a whole. */
export interface AppendMessage extends PackedEntries {
  readonly kind: 'append';
  readonly opens?: SegmentOpening;
}

/** A closed segment as the next snapshot seals it. */
export interface SegmentSeal extends FileDigest {
  readonly firstSeq: number;
  readonly lastSeq: number;
}

/** How a fresh journal starts. */
export interface FreshStart extends PackedEntries {
  readonly document?: SegmentDocument;
}

/** What was found and verified when the store was opened. */
export interface OpenedStore {
  readonly head: ChainHead;
  readonly lastAt: string;
  /** The newest segment's number, first seq and length on disk. */
  readonly segment: number;
  readonly segmentFirstSeq: number;
  readonly segmentBytes: number;
  readonly keptFromSegment: number;
  readonly snapshotSeq: number;
  readonly stateText: string;
}

/** The questions to the thread, each with its answer. */
export interface Requests {
  readonly inspect: { readonly ask: object; readonly answer: Inspection };
  readonly open: {
    readonly ask: { readonly headNote: string; readonly fresh?: FreshStart };
    readonly answer: OpenedStore;
  };
  readonly read: {
    readonly ask: { readonly fromSeq: number; readonly bounds: ReadBounds };
    readonly answer: PackedEntries;
  };
  readonly seal: { readonly ask: object; readonly answer: SegmentSeal };
  readonly head: { readonly ask: { readonly note: string }; readonly answer: null };
  readonly close: { readonly ask: object; readonly answer: FileDigest };
}

/** A question by its name. */
export type RequestName = keyof Requests;

/** A question with the number that its answer carries. */
export type RequestMessage = {
  [Name in RequestName]: {
    readonly kind: 'request';
    readonly id: number;
    readonly name: Name;
    readonly ask: Requests[Name]['ask'];
  };
}[RequestName];

/** What the main thread says. */
export type ToStore = AppendMessage | RequestMessage | { readonly kind: 'exit' };

/** What the store's thread says. */
export type FromStore =
  | { readonly kind: 'durable'; readonly seq: number }
  | { readonly kind: 'failed'; readonly error: WireError }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly error: WireError };

/** A failure as it crosses threads. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | undefined;
  readonly stack: string | undefined;
}

const HASH_LENGTH = 64;
const SALT_LENGTH = 32;

/** Entries as one text. Shape: seqs without a gap. */
export function packEntries(entries: readonly Omit<EntryRow, 'seq'>[], firstSeq: number): PackedEntries {
  const texts: string[] = [];
  const lengths: number[] = [];
  for (const { headerText, hash, salt, bodyText } of entries) {
    texts.push(hash, hexOf(salt), headerText, bodyText);
    lengths.push(headerText.length, bodyText.length);
  }
  return { firstSeq, text: texts.join(''), lengths };
}

/** The entries that were packed. */
export function unpackEntries({ firstSeq, text, lengths }: PackedEntries): readonly EntryRow[] {
  const rows: EntryRow[] = [];
  let at = 0;
  const next = (length: number): string => {
    at += length;
    return text.slice(at - length, at);
  };
  for (let index = 0; index < lengths.length; index += 2) {
    const hash = next(HASH_LENGTH);
    const salt = Buffer.from(next(SALT_LENGTH), 'hex');
    const headerText = next(lengths[index] ?? 0);
    rows.push({ seq: firstSeq + rows.length, headerText, hash, salt, bodyText: next(lengths[index + 1] ?? 0) });
  }
  return rows;
}

/** The length of entries when they are packed. Units: UTF-16 units of text. */
export function packedLength(entries: readonly Omit<EntryRow, 'seq'>[]): number {
  return entries.reduce((sum, one) => sum + HASH_LENGTH + SALT_LENGTH + one.headerText.length + one.bodyText.length, 0);
}

/** A failure to be sent; what is not ours counts as a broken invariant. */
export function toWireError(error: unknown): WireError {
  if (error instanceof KitError) {
    return { code: error.code, message: error.message, hint: error.hint, stack: error.stack };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'INVARIANT_BROKEN',
    message,
    hint: undefined,
    stack: error instanceof Error ? error.stack : undefined,
  };
}

/** A failure that was sent. */
export function fromWireError({ code, message, hint, stack }: WireError): KitError {
  return new KitError(code, message, { ...(hint === undefined ? {} : { hint }), cause: stack });
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
