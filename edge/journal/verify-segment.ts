import { canonicalJson, sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { type ChainHead, headOf, verifyEntry } from '@gatehouse/shared/journal/chain.ts';
import { type EntryHeader, GENESIS_HASH, parseHeader, type SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import { SnapshotBody } from '@gatehouse/shared/schema/bodies.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { JOURNAL_BOUNDS } from './bounds.ts';
import type { EntryRow, SegmentReader } from './segment.ts';
import { damaged } from './sql-failure.ts';

/** Which file is verified. */
export interface SegmentIdentity {
  readonly edge: string;
  readonly number: number;
  readonly path: string;
}

/** What a segment holds, every entry of it verified. */
export interface SegmentReport {
  readonly number: number;
  readonly firstSeq: number;
  readonly entries: number;
  /** The head that the first entry follows. */
  readonly before: ChainHead;
  readonly head: ChainHead;
  readonly lastAt: string;
  readonly snapshot: SegmentSnapshot;
}

/** The snapshot of a segment with its state, wherever that lies. Shape: the state is that before the first entry. */
export interface SegmentSnapshot {
  readonly seq: number;
  readonly body: SnapshotBody;
  readonly stateText: string;
}

/**
 * Verifies every entry of a segment: canonical header, hash, body, predecessor, no gap; and the snapshot's content.
 *
 * Errors: `JOURNAL_DAMAGED` naming the file and the first entry at fault.
 */
export function verifySegment(
  reader: SegmentReader,
  identity: SegmentIdentity,
  onEntry: (entry: SealedEntry) => void = () => {},
): SegmentReport {
  const range = reader.range();
  const [first] = range === undefined ? [] : reader.read(range.firstSeq, { entries: 1, bytes: 0 });
  if (first === undefined) throw damaged(`${identity.path} holds no entry`);
  const before = headBefore(first, identity);
  let head = before;
  let lastAt = '';
  let snapshot: SegmentSnapshot | undefined;
  for (const row of rowsFrom(reader, first.seq)) {
    const entry = verifyRow(row, head, identity);
    if (entry.header.kind === 'snapshot') snapshot ??= readSnapshot(reader, entry, identity);
    head = headOf(entry);
    lastAt = entry.header.at;
    onEntry(entry);
  }
  if (snapshot === undefined) throw damaged(`${identity.path} holds no snapshot entry`);
  checkPlace(snapshot, first.seq, identity);
  return {
    number: identity.number,
    firstSeq: first.seq,
    entries: head.seq - before.seq,
    before,
    head,
    lastAt,
    snapshot,
  };
}

/** The snapshot of a segment whose file is known to be whole. Errors: `JOURNAL_DAMAGED` where there is none. */
export function findSnapshot(reader: SegmentReader, identity: SegmentIdentity): SegmentSnapshot {
  for (const row of rowsFrom(reader, 0)) {
    const { kind, epoch, prev } = parsed(row, identity);
    const head = { edge: identity.edge, epoch, seq: row.seq - 1, hash: prev };
    if (kind === 'snapshot') return readSnapshot(reader, verifyRow(row, head, identity), identity);
  }
  throw damaged(`${identity.path} holds no snapshot entry`);
}

function* rowsFrom(reader: SegmentReader, fromSeq: number): Generator<EntryRow> {
  const bounds = { entries: JOURNAL_BOUNDS.readEntriesMax, bytes: JOURNAL_BOUNDS.readBytesMax };
  for (let next = fromSeq; ; ) {
    const rows = reader.read(next, bounds);
    const last = rows.at(-1);
    if (last === undefined) return;
    yield* rows;
    next = last.seq + 1;
  }
}

/** The head that the first row of a file claims to follow; for the first file of an epoch only one can be right. */
function headBefore(first: EntryRow, identity: SegmentIdentity): ChainHead {
  const { epoch, seq, prev } = parsed(first, identity);
  if (identity.number > 1) return { edge: identity.edge, epoch, seq: seq - 1, hash: prev };
  return { edge: identity.edge, epoch, seq: 0, hash: epoch === 1 ? GENESIS_HASH : prev };
}

function parsed(row: EntryRow, identity: SegmentIdentity): EntryHeader {
  try {
    return parseHeader(row.headerText);
  } catch (cause) {
    throw damagedRow(row, identity, cause);
  }
}

function verifyRow(row: EntryRow, head: ChainHead, identity: SegmentIdentity): SealedEntry {
  const { headerText, salt, bodyText } = row;
  const entry = verified(row, identity, () => verifyEntry({ head, headerText, salt, bodyText }));
  if (entry.header.seq === row.seq && entry.hash === row.hash) return entry;
  throw damaged(`${identity.path}: the row of entry ${row.seq} disagrees with its header`);
}

function readSnapshot(reader: SegmentReader, entry: SealedEntry, identity: SegmentIdentity): SegmentSnapshot {
  const { seq } = entry.header;
  const body = verified({ seq }, identity, () =>
    decode(SnapshotBody, JSON.parse(entry.bodyText), `the snapshot of ${identity.path}`),
  );
  const stateText = body.state === undefined ? reader.document(body.stateHash) : canonicalJson(body.state);
  if (stateText === undefined || sha256(stateText).toString('hex') !== body.stateHash) {
    throw damaged(`${identity.path}: the state of snapshot ${seq} is missing or differs from its hash`);
  }
  return { seq, body, stateText };
}

function checkPlace(snapshot: SegmentSnapshot, firstSeq: number, identity: SegmentIdentity): void {
  const { segment, previous } = snapshot.body;
  if (segment !== identity.number) throw damaged(`${identity.path} holds the snapshot of segment ${segment}`);
  const follows = identity.number === 1 ? previous === undefined : previous?.lastSeq === firstSeq - 1;
  if (!follows) throw damaged(`${identity.path} starts at ${firstSeq}, which its snapshot does not say`);
}

function verified<T>(row: { readonly seq: number }, identity: SegmentIdentity, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw damagedRow(row, identity, cause);
  }
}

function damagedRow(row: { readonly seq: number }, identity: SegmentIdentity, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return damaged(`${identity.path}: entry ${row.seq}: ${reason}`, cause);
}
