import { join } from 'node:path';
import type { ChainHead } from '@gatehouse/shared/journal/entry.ts';
import type { SqlDriver } from './driver.ts';
import { digestFile } from './durable-file.ts';
import { type FileDigest, type HeadRecord, readHeadRecord } from './head-file.ts';
import { fileBytes, listFolder, segmentName } from './journal-folder.ts';
import { openSealedSegment, type SegmentReader } from './segment.ts';
import { damaged } from './sql-failure.ts';
import { findSnapshot, type SegmentReport } from './verify-segment.ts';

/** Whose journal lies where, and whose key signed its head. */
export interface JournalPlace {
  readonly folder: string;
  readonly edge: string;
  readonly verifierKey: string;
}

/** What the folder says before any database is opened. Shape: no segments means that nothing was ever durable. */
export interface Inspection {
  readonly head: HeadRecord | undefined;
  readonly segments: readonly number[];
}

/** A segment that nobody writes any more. */
export interface SegmentRange {
  readonly number: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
}

/**
 * Reads the signed head and compares the files with it, as far as no database need be opened.
 *
 * Errors: `JOURNAL_DAMAGED` where the head is missing, unsigned or ahead of everything, a number is missing between
 *         segments, or the database differs from what was signed when it was closed; `FOLDER_FOREIGN`.
 */
export async function inspectFolder(place: JournalPlace): Promise<Inspection> {
  const { segments, hasHead } = listFolder(place.folder);
  const last = segments.at(-1);
  if (!hasHead && last === undefined) return { head: undefined, segments };
  if (!hasHead) throw damaged(`${place.folder} holds ${segments.length} segments and no head file`);
  const head = await readHeadRecord(place.folder, place.edge, place.verifierKey);
  if (last === undefined && head.seq > 0) throw endMissing(head, 'nothing');
  const gapAfter = segments.find((number, index) => index > 0 && number !== (segments[index - 1] ?? 0) + 1);
  if (gapAfter !== undefined) throw damaged(`${place.folder} has no segment ${gapAfter - 1}`);
  if (last !== undefined && head.clean !== undefined) await checkClean(place.folder, segmentName(last), head.clean);
  return { head, segments };
}

/**
 * Compares the verified entries with the signed head.
 *
 * Shape:  `hashAt` finds the hash of a durable entry. A head behind the entries is what a crash leaves.
 * Errors: `JOURNAL_DAMAGED` where entries that were signed for are missing or differ.
 */
export function compareWithHead(local: ChainHead, head: HeadRecord, hashAt: (seq: number) => string | undefined): void {
  if (head.epoch !== local.epoch) {
    throw damaged(`the journal ends in epoch ${local.epoch}, its signed head is of epoch ${head.epoch}`);
  }
  if (head.seq > local.seq) throw endMissing(head, `${local.seq} ${local.hash}`);
  if (head.seq === 0) return;
  const hash = hashAt(head.seq);
  if (hash !== head.hash) throw damaged(`entry ${head.seq} has the hash ${hash}, the signed head says ${head.hash}`);
}

/**
 * Checks all earlier files against the seals that follow them, from the newest to the oldest.
 *
 * Shape:  each seal lies in a file that is itself sealed or was verified entry by entry.
 * Errors: `JOURNAL_DAMAGED` naming the first file that differs.
 */
export async function checkSealed(
  place: JournalPlace,
  driver: SqlDriver,
  newest: { readonly report: SegmentReport; readonly earlier: readonly number[] },
): Promise<readonly SegmentRange[]> {
  const ranges: SegmentRange[] = [];
  let seal = newest.report.snapshot.body.previous;
  let lastHash = newest.report.before.hash;
  for (const number of newest.earlier.toReversed()) {
    const path = join(place.folder, segmentName(number));
    if (seal?.file !== segmentName(number)) throw damaged(`${path} is sealed by nothing that follows it`);
    await checkDigest(path, seal);
    const reader = openSealedSegment(driver, path, place.edge);
    checkRange(reader, path, { ...seal, lastHash });
    ranges.unshift({ number, firstSeq: seal.firstSeq, lastSeq: seal.lastSeq });
    const snapshot = findSnapshot(reader, { edge: place.edge, number, path });
    const [first] = reader.read(seal.firstSeq, { entries: 1, bytes: 0 });
    lastHash = first === undefined ? '' : (JSON.parse(first.headerText) as { readonly prev: string }).prev;
    seal = snapshot.body.previous;
    reader.close();
  }
  return ranges;
}

interface ExpectedRange {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly lastHash: string;
}

function checkRange(reader: SegmentReader, path: string, expected: ExpectedRange): void {
  const range = reader.range();
  const [last] = range === undefined ? [] : reader.read(range.lastSeq, { entries: 1, bytes: 0 });
  const isSame = range?.firstSeq === expected.firstSeq && range.lastSeq === expected.lastSeq;
  if (!isSame || last?.hash !== expected.lastHash) throw damaged(`${path} does not end where the next segment starts`);
}

async function checkClean(folder: string, lastName: string, clean: FileDigest): Promise<void> {
  const path = join(folder, lastName);
  if (clean.file !== lastName) throw damaged(`the journal was closed with ${clean.file}, its last file is ${path}`);
  if (fileBytes(`${path}-wal`) > 0) throw damaged(`${path} was closed, yet a write-ahead log lies beside it`);
  await checkDigest(path, clean);
}

/** Errors: `JOURNAL_DAMAGED` where a closed file is not what was signed or sealed. */
export async function checkDigest(path: string, expected: FileDigest): Promise<void> {
  const { sha256, bytes } = await digestFile(path);
  if (sha256 === expected.sha256 && bytes === expected.bytes) return;
  const found = `${bytes} bytes with SHA-256 ${sha256}`;
  throw damaged(`${path} changed after it was closed: ${found}, signed were ${expected.bytes} with ${expected.sha256}`);
}

function endMissing(head: HeadRecord, local: string): Error {
  return damaged(`the end of the journal is missing: local ${local}, signed head ${head.seq} ${head.hash}`);
}
