import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChainHead, sameHead } from '@gatehouse/shared/journal/chain.ts';
import type { SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import type { SqlDriver } from './driver.ts';
import { checkDigest, compareWithHead, inspectFolder, type JournalPlace } from './inspect-folder.ts';
import { fileBytes, segmentName } from './journal-folder.ts';
import { libsqlDriver } from './libsql-driver.ts';
import { takeLock } from './lock-file.ts';
import { openSealedSegment, openSegment, type SegmentReader } from './segment.ts';
import { damaged, fileFailure } from './sql-failure.ts';
import { findSnapshot, type SegmentReport, verifySegment } from './verify-segment.ts';

/** What a verification of a whole journal saw. */
export interface JournalReport {
  readonly segments: number;
  readonly keptFromSegment: number;
  readonly keptFromSeq: number;
  readonly entries: number;
  /** Undefined where nothing was ever durable. */
  readonly head: ChainHead | undefined;
  readonly wasClosed: boolean;
  readonly seconds: number;
}

/**
 * Verifies every kept entry of a journal that nobody has open, and changes nothing in its folder but the lock.
 *
 * Units:  `seconds` from the monotonic clock that is passed in, `monotonicMs`.
 * Errors: `JOURNAL_LOCKED`; `JOURNAL_DAMAGED` naming the first file and entry at fault; `FOLDER_FOREIGN`.
 */
export function verifyJournal(
  place: JournalPlace,
  monotonicMs: () => number,
  driver: SqlDriver = libsqlDriver,
): Promise<JournalReport> {
  return visitJournal(place, { monotonicMs }, driver);
}

/** Who is shown a journal while it is verified. Shape: `onState` hears once what the entries before the first one add up to. */
export interface JournalVisitor {
  monotonicMs(): number;
  onState?(stateText: string): void;
  onEntry?(entry: SealedEntry): void;
}

/** Verifies a journal and shows each entry that holds, in order. Shape, errors: as `verifyJournal`; what came before a fault was shown. */
export async function visitJournal(
  place: JournalPlace,
  visitor: JournalVisitor,
  driver: SqlDriver = libsqlDriver,
): Promise<JournalReport> {
  const startMs = visitor.monotonicMs();
  const lock = takeLock(place.folder);
  try {
    const { head, segments } = await inspectFolder(place);
    const hashes = new Map<number, string>();
    const reports: SegmentReport[] = [];
    for (const number of segments) {
      const isLast = number === segments.at(-1);
      const report = await withReader({ place, driver, number, isLast }, (reader, path) => {
        const identity = { edge: place.edge, number, path };
        if (reports.length === 0) visitor.onState?.(findSnapshot(reader, identity).stateText);
        return verifySegment(reader, identity, (entry) => {
          if (entry.header.seq === head?.seq) hashes.set(entry.header.seq, entry.hash);
          visitor.onEntry?.(entry);
        });
      });
      await checkLink(place, reports.at(-1), report);
      reports.push(report);
    }
    const [first] = reports;
    const last = reports.at(-1);
    if (head !== undefined && last !== undefined) compareWithHead(last.head, head, (seq) => hashes.get(seq));
    return {
      segments: segments.length,
      keptFromSegment: segments[0] ?? 0,
      keptFromSeq: first?.firstSeq ?? 0,
      entries: reports.reduce((sum, report) => sum + report.entries, 0),
      head: last?.head,
      wasClosed: head?.clean !== undefined,
      seconds: (visitor.monotonicMs() - startMs) / 1000,
    };
  } finally {
    lock.release();
  }
}

interface SegmentAccess {
  readonly place: JournalPlace;
  readonly driver: SqlDriver;
  readonly number: number;
  readonly isLast: boolean;
}

async function checkLink(place: JournalPlace, earlier: SegmentReport | undefined, later: SegmentReport): Promise<void> {
  if (earlier === undefined) return;
  const path = join(place.folder, segmentName(earlier.number));
  const seal = later.snapshot.body.previous;
  if (seal?.file !== segmentName(earlier.number)) throw damaged(`${path} is sealed by nothing that follows it`);
  if (!sameHead(earlier.head, later.before)) throw damaged(`${path} does not end where the next segment starts`);
  await checkDigest(path, seal);
}

/** Reads a segment as it lies there; one with a write-ahead log is read from a copy, since reading it would change it. */
async function withReader<T>(access: SegmentAccess, act: (reader: SegmentReader, path: string) => T): Promise<T> {
  const { place, driver, number, isLast } = access;
  const path = join(place.folder, segmentName(number));
  const logs = ['-wal', '-journal'].filter((suffix) => fileBytes(`${path}${suffix}`) > 0);
  if (!isLast || logs.length === 0) return used(openSealedSegment(driver, path, place.edge), path, act);
  const scratch = await mkdtemp(join(tmpdir(), 'gatehouse-verify-'));
  try {
    const copy = join(scratch, segmentName(number));
    await copyFile(path, copy);
    for (const suffix of logs) await copyFile(`${path}${suffix}`, `${copy}${suffix}`);
    return used(openSegment(driver, copy, place.edge), path, act);
  } catch (cause) {
    throw fileFailure(cause, path);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function used<T>(reader: SegmentReader, path: string, act: (reader: SegmentReader, path: string) => T): T {
  try {
    return act(reader, path);
  } finally {
    reader.close();
  }
}
