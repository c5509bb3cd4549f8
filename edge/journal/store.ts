import { copyFile, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { assert, KitError } from '@gatehouse/shared/errors.ts';
import type { SqlDriver } from './driver.ts';
import { digestFile, syncFolder, temporaryName, writeDurably } from './durable-file.ts';
import type { FileDigest } from './head-file.ts';
import {
  checkSealed,
  compareWithHead,
  type Inspection,
  inspectFolder,
  type JournalPlace,
  type SegmentRange,
} from './inspect-folder.ts';
import {
  fileBytes,
  HEAD_NAME,
  listFolder,
  segmentName,
  sweepLeftovers,
  unfinishedSegmentName,
} from './journal-folder.ts';
import {
  type OpenedStore,
  type PackedEntries,
  packEntries,
  type Requests,
  type SegmentOpening,
  type SegmentSeal,
  unpackEntries,
} from './messages.ts';
import {
  createSegment,
  type EntryRow,
  type OpenSegment,
  openSealedSegment,
  openSegment,
  type ReadBounds,
  type SegmentReader,
} from './segment.ts';
import { fileFailure } from './sql-failure.ts';
import { verifySegment } from './verify-segment.ts';

/**
 * The files of one journal, for the one thread that may touch them.
 *
 * Shape: `inspect`, then `open`; after `seal` nothing is durable until `startSegment`; a failed call leaves only `abandon`.
 */
export interface Store {
  inspect(): Promise<Inspection>;
  open(ask: Requests['open']['ask']): Promise<OpenedStore>;
  /** Whether a segment is open for entries. */
  isOpen(): boolean;
  insert(rows: readonly EntryRow[]): void;
  read(fromSeq: number, bounds: ReadBounds): PackedEntries;
  seal(): Promise<SegmentSeal>;
  startSegment(opening: SegmentOpening, rows: readonly EntryRow[]): Promise<void>;
  writeHead(note: string): Promise<void>;
  close(): Promise<FileDigest>;
  abandon(): void;
}

interface Current {
  readonly number: number;
  readonly firstSeq: number;
  lastSeq: number;
  readonly segment: OpenSegment;
}

/** The store of a place; nothing is read before `inspect`. */
export function createStore(place: JournalPlace, driver: SqlDriver): Store {
  return new FileStore(place, driver);
}

class FileStore implements Store {
  readonly #place: JournalPlace;
  readonly #driver: SqlDriver;
  #inspection: Inspection | undefined;
  #current: Current | undefined;
  #sealed: readonly SegmentRange[] = [];
  #cached: { readonly number: number; readonly reader: SegmentReader } | undefined;
  #headWrites: Promise<void> = Promise.resolve();

  constructor(place: JournalPlace, driver: SqlDriver) {
    this.#place = place;
    this.#driver = driver;
  }

  async inspect(): Promise<Inspection> {
    const { leftovers } = listFolder(this.#place.folder);
    sweepLeftovers(this.#place.folder, leftovers);
    this.#inspection = await inspectFolder(this.#place);
    return this.#inspection;
  }

  async open({ headNote, fresh }: Requests['open']['ask']): Promise<OpenedStore> {
    const inspection = this.#inspection;
    assert(inspection !== undefined && this.#current === undefined, 'a store is inspected and opened once');
    const last = inspection.segments.at(-1);
    assert((last === undefined) === (fresh !== undefined), 'a journal starts afresh where there is none');
    // From here on the files change, so the signed word on the closed file has to go first.
    if (last === undefined || inspection.head?.clean !== undefined) await this.writeHead(headNote);
    if (fresh !== undefined) await this.#placeSegment(1, fresh, unpackEntries(fresh));
    return this.#verifyAndOpen(last ?? 1, inspection);
  }

  isOpen(): boolean {
    return this.#current !== undefined;
  }

  insert(rows: readonly EntryRow[]): void {
    assert(this.#current !== undefined, 'entries are stored while a segment is open');
    this.#current.segment.insert(rows);
    this.#current.lastSeq = rows.at(-1)?.seq ?? this.#current.lastSeq;
  }

  read(fromSeq: number, bounds: ReadBounds): PackedEntries {
    return packEntries(this.#rows(fromSeq, bounds), fromSeq);
  }

  async seal(): Promise<SegmentSeal> {
    assert(this.#current !== undefined, 'only an open segment is sealed');
    const { number, firstSeq, lastSeq, segment } = this.#current;
    segment.seal();
    this.#current = undefined;
    this.#sealed = [...this.#sealed, { number, firstSeq, lastSeq }];
    return { file: segmentName(number), ...(await digestFile(this.#pathOf(number))), firstSeq, lastSeq };
  }

  async startSegment(opening: SegmentOpening, rows: readonly EntryRow[]): Promise<void> {
    const [first] = rows;
    assert(this.#current === undefined && first !== undefined, 'a segment starts after the last was sealed');
    await this.#placeSegment(opening.number, opening, rows);
    const segment = this.#openAt(opening.number);
    this.#current = { number: opening.number, firstSeq: first.seq, lastSeq: first.seq + rows.length - 1, segment };
  }

  writeHead(note: string): Promise<void> {
    const path = join(this.#place.folder, HEAD_NAME);
    // One after the other, since all of them pass through the same temporary name.
    this.#headWrites = this.#headWrites.catch(() => {}).then(() => writeDurably(path, note));
    return this.#headWrites;
  }

  async close(): Promise<FileDigest> {
    assert(this.#current !== undefined, 'only an open store is closed');
    const { number, segment } = this.#current;
    this.#cached?.reader.close();
    segment.seal();
    this.#current = undefined;
    return { file: segmentName(number), ...(await digestFile(this.#pathOf(number))) };
  }

  abandon(): void {
    this.#cached?.reader.close();
    this.#current?.segment.close();
    this.#current = undefined;
  }

  async #verifyAndOpen(number: number, { segments, head }: Inspection): Promise<OpenedStore> {
    const path = this.#pathOf(number);
    const kept = await keepWriteAheadLog(path);
    const segment = this.#openAt(number);
    const report = verifySegment(segment, { edge: this.#place.edge, number, path });
    const earlier = segments.slice(0, -1);
    this.#sealed = await checkSealed(this.#place, this.#driver, { report, earlier });
    this.#current = { number, firstSeq: report.firstSeq, lastSeq: report.head.seq, segment };
    if (head !== undefined) compareWithHead(report.head, head, (seq) => this.#rows(seq, ONE_ENTRY)[0]?.hash);
    // What a dying process wrote may be readable without being synced; from here on it counts as durable.
    segment.checkpoint();
    await rm(kept, { force: true });
    return {
      head: report.head,
      lastAt: report.lastAt,
      segment: number,
      segmentFirstSeq: report.firstSeq,
      segmentBytes: fileBytes(path),
      keptFromSegment: this.#sealed[0]?.number ?? number,
      snapshotSeq: report.snapshot.seq,
      stateText: report.snapshot.stateText,
    };
  }

  #rows(fromSeq: number, bounds: ReadBounds): readonly EntryRow[] {
    const first = this.#sealed[0]?.firstSeq ?? this.#current?.firstSeq ?? 0;
    if (fromSeq < first) throw pruned(fromSeq, first);
    const rows: EntryRow[] = [];
    let bytes = bounds.bytes;
    let reader = this.#readerOf(fromSeq);
    while (reader !== undefined && rows.length < bounds.entries && bytes > 0) {
      const more = reader.read(fromSeq + rows.length, { entries: bounds.entries - rows.length, bytes });
      for (const row of more) bytes -= row.headerText.length + row.bodyText.length;
      rows.push(...more);
      reader = more.length === 0 ? undefined : this.#readerOf(fromSeq + rows.length);
    }
    return rows;
  }

  #readerOf(seq: number): SegmentReader | undefined {
    if (this.#current !== undefined && seq >= this.#current.firstSeq) return this.#current.segment;
    const range = this.#sealed.find(({ firstSeq, lastSeq }) => seq >= firstSeq && seq <= lastSeq);
    if (range === undefined || this.#cached?.number === range.number) return range && this.#cached?.reader;
    this.#cached?.reader.close();
    const reader = openSealedSegment(this.#driver, this.#pathOf(range.number), this.#place.edge);
    this.#cached = { number: range.number, reader };
    return reader;
  }

  /** Makes a segment under another name first, so that one with its own name always holds its snapshot. */
  async #placeSegment(
    number: number,
    { document }: Pick<SegmentOpening, 'document'>,
    rows: readonly EntryRow[],
  ): Promise<void> {
    const unfinished = join(this.#place.folder, unfinishedSegmentName(number));
    const start = { edge: this.#place.edge, rows, ...(document === undefined ? {} : { document }) };
    createSegment(this.#driver, unfinished, start);
    try {
      await rename(unfinished, this.#pathOf(number));
      await syncFolder(this.#place.folder);
    } catch (cause) {
      throw fileFailure(cause, unfinished);
    }
  }

  #openAt(number: number): OpenSegment {
    return openSegment(this.#driver, this.#pathOf(number), this.#place.edge);
  }

  #pathOf(number: number): string {
    return join(this.#place.folder, segmentName(number));
  }
}

const ONE_ENTRY: ReadBounds = { entries: 1, bytes: 1 };

function pruned(seq: number, first: number): KitError {
  return new KitError('NOT_FOUND', `entry ${seq} is no longer kept, the first is ${first}`, {
    hint: 'Earlier segments were pruned under an acknowledgement of the hub; ask the hub for them.',
  });
}

/**
 * Copies the write-ahead log before the engine may shorten it, and says where the copy lies.
 *
 * Shape: the engine takes one changed bit for the end of the log and drops the rest; the copy is what can be examined.
 *        One that an earlier start left is kept instead.
 */
async function keepWriteAheadLog(path: string): Promise<string> {
  const log = `${path}-wal`;
  const kept = `${log}.kept`;
  if (fileBytes(log) === 0 || fileBytes(kept) > 0) return kept;
  try {
    await copyFile(log, temporaryName(kept));
    const copy = await open(temporaryName(kept), 'r+');
    await copy.sync().finally(() => copy.close());
    await rename(temporaryName(kept), kept);
  } catch (cause) {
    throw fileFailure(cause, log);
  }
  return kept;
}
