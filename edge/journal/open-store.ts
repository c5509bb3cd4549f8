import { canonicalJson, type JsonValue, sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { type ChainHead, genesis } from '@gatehouse/shared/journal/chain.ts';
import type { Signer } from '@gatehouse/shared/journal/note.ts';
import type { JournalBounds } from './bounds.ts';
import type { DriverName } from './driver.ts';
import { type HeadRecord, signHeadRecord } from './head-file.ts';
import type { Inspection } from './inspect-folder.ts';
import type { JournalNotice } from './journal-types.ts';
import { type FreshStart, type OpenedStore, packEntries, type SegmentSeal } from './messages.ts';
import { createSealer, type SealerDeps } from './sealer.ts';
import type { SegmentDocument } from './segment.ts';
import { type StoreListener, type StoreThread, startStoreThread } from './store-thread.ts';

/** What a store is opened with. */
export interface StoreSetup extends SealerDeps {
  readonly folder: string;
  readonly edge: string;
  readonly signer: Signer;
  readonly driver: DriverName;
  readonly bounds: JournalBounds;
  readonly emptyState: JsonValue;
  /** The head that a fresh journal continues, where it opens a new epoch. */
  readonly origin?: ChainHead;
}

/** A running store, verified. */
export interface RunningStore {
  readonly thread: StoreThread;
  readonly opened: OpenedStore;
  readonly ackedSeq: number | undefined;
  readonly notices: readonly JournalNotice[];
}

/** Starts the store's thread and opens what the folder holds. Errors: see `openJournal`; the thread is gone then. */
export async function openStore(setup: StoreSetup, listener: StoreListener): Promise<RunningStore> {
  const { folder, edge, signer, driver, bounds } = setup;
  const thread = startStoreThread(
    {
      folder,
      edge,
      verifierKey: signer.verifierKey,
      driver,
      commitEntriesMax: bounds.commitEntriesMax,
      commitBytesMax: bounds.commitBytesMax,
    },
    listener,
  );
  try {
    const inspection = await thread.request('inspect', {});
    const origin = setup.origin ?? genesis(edge);
    const isFresh = inspection.segments.length === 0;
    const signed: HeadRecord = inspection.head ?? origin;
    const { clean: _, ...head } = signed;
    const headNote = signHeadRecord(signer, isFresh ? origin : head);
    const opened = await thread.request(
      'open',
      isFresh ? { headNote, fresh: freshStart(setup, origin) } : { headNote },
    );
    return { thread, opened, ackedSeq: inspection.head?.ackedSeq, notices: noticesOf(inspection, opened) };
  } catch (error) {
    await thread.stop();
    throw error;
  }
}

/** The body of a snapshot, and its state where that lies beside it. */
export function snapshotParts(
  state: JsonValue,
  place: { readonly segment: number; readonly previous?: SegmentSeal; readonly inlineStateBytesMax: number },
): { readonly body: JsonValue; readonly document?: SegmentDocument } {
  const text = canonicalJson(state);
  const stateHash = sha256(text).toString('hex');
  const seal = place.previous === undefined ? {} : { previous: { ...place.previous } };
  const body = { v: 1, segment: place.segment, ...seal, stateHash };
  if (Buffer.byteLength(text) <= place.inlineStateBytesMax) return { body: { ...body, state } };
  return { body, document: { hash: stateHash, text } };
}

function freshStart(setup: StoreSetup, origin: ChainHead): FreshStart {
  const { inlineStateBytesMax } = setup.bounds;
  const { body, document } = snapshotParts(setup.emptyState, { segment: 1, inlineStateBytesMax });
  const entry = createSealer({ head: origin, lastAt: '' }, setup).sealSnapshot(body);
  return { ...packEntries([entry], entry.header.seq), ...(document === undefined ? {} : { document }) };
}

function noticesOf({ head }: Inspection, opened: OpenedStore): readonly JournalNotice[] {
  const notices: JournalNotice[] = [];
  if (head !== undefined && head.clean === undefined && head.seq > 0) notices.push(uncleanStop(head, opened));
  if (opened.keptFromSegment > 1) notices.push(segmentsPruned(opened.keptFromSegment));
  return notices;
}

function uncleanStop(head: HeadRecord, opened: OpenedStore): JournalNotice {
  const beyond = opened.head.seq - head.seq;
  return {
    code: 'UNCLEAN_STOP',
    message: `the journal was not closed; it ends at ${opened.head.seq}, ${beyond} entries after the signed head`,
    hint: 'Every entry was verified; compare the end with the hub’s acknowledgement before trading goes on.',
  };
}

function segmentsPruned(first: number): JournalNotice {
  return {
    code: 'SEGMENTS_PRUNED',
    message: `the first kept segment is ${first}`,
    hint: 'Earlier ones may only be pruned under an acknowledgement of the hub and after the firm’s minimum.',
  };
}
