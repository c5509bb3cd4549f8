import { open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { besideName, renameDurably } from '../durable-file.ts';
import { errnoOf } from '../folder-failure.ts';
import { namesIn } from './backup-folder.ts';
import { parseSegment, segmentName, type WalSegment } from './wal-segment.ts';

/** A segment in the archive. Shape: a packed one is compressed and carries a checksum. */
export interface ArchivedSegment extends WalSegment {
  readonly name: string;
  readonly isPacked: boolean;
}

/** What the archive of one database holds, in order. */
export interface WalArchive {
  readonly segments: readonly ArchivedSegment[];
  /** The files that say where a timeline left another one. */
  readonly histories: readonly string[];
}

const PACKED = '.zst';
const HISTORY = /^[0-9A-F]{8}\.history$/;
/** What the server writes next to the segments: marks of backups, and copies that were cut short. */
const MARK = /^([0-9A-F]{24})\.[0-9A-F]{8}\.backup$/;
const CUT_SHORT = /^archtemp\./;
const CUT_SHORT_MS_MIN = 3_600_000;
const PACKED_AT_ONCE_MAX = 64;
const DAMAGES_MAX = 64;
const OWNER_ONLY = 0o600;
const LEVEL = 1;
const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);
const params = { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_checksumFlag]: 1 };

/** Lists the archive of one database. */
export async function listArchive(folder: string, segmentBytes: number): Promise<WalArchive> {
  const names = await namesIn(folder);
  const segments = names.flatMap((file): readonly ArchivedSegment[] => {
    const isPacked = file.endsWith(PACKED);
    const name = isPacked ? file.slice(0, -PACKED.length) : file;
    const segment = parseSegment(name, segmentBytes);
    // Between the two steps of packing a segment is there in both forms; then the packed one counts.
    if (segment === undefined || (!isPacked && names.includes(`${file}${PACKED}`))) return [];
    return [{ ...segment, name, isPacked }];
  });
  return {
    segments: segments.sort((left, right) => left.number - right.number || left.timeline - right.timeline),
    histories: names.filter((name) => HISTORY.test(name)).sort(),
  };
}

/**
 * Packs what the server has put into the archive: most of a segment that was closed early is empty.
 *
 * Shape:  a bounded number at a time, and one that is damaged holds up no other; the original goes only after the packed form was read back and is durable. Gives how many.
 * Errors: `BACKUP_DAMAGED` where a segment is there twice with different contents: nothing of either is touched.
 */
export async function packArchive(folder: string, segmentBytes: number): Promise<number> {
  const names = await namesIn(folder);
  const raw = names.filter((name) => parseSegment(name, segmentBytes) !== undefined).sort();
  const damages: unknown[] = [];
  let packed = 0;
  for (const name of raw) {
    if (packed >= PACKED_AT_ONCE_MAX || damages.length >= DAMAGES_MAX) break;
    try {
      await pack(folder, name, segmentBytes);
      packed += 1;
    } catch (error) {
      // Another process has packed it or let it go meanwhile.
      if (errnoOf(error) === 'ENOENT') continue;
      if (!(error instanceof KitError) || error.code !== 'BACKUP_DAMAGED') throw error;
      damages.push(error);
    }
  }
  if (damages.length > 0) throw damages[0];
  return packed;
}

async function pack(folder: string, name: string, segmentBytes: number): Promise<void> {
  const file = join(folder, name);
  const packed = `${file}${PACKED}`;
  const bytes = await readFile(file);
  if (bytes.length !== segmentBytes) throw damaged(file, `it has ${bytes.length} bytes, not ${segmentBytes}`);
  if (!(await namesIn(folder)).includes(`${name}${PACKED}`)) {
    const { atime, mtime } = await stat(file);
    const temporary = besideName(`${packed}.new`);
    const handle = await open(temporary, 'wx', OWNER_ONLY);
    try {
      await handle.writeFile(await compress(bytes, { params }));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await utimes(temporary, atime, mtime);
    await renameDurably(temporary, packed);
  }
  if (Buffer.compare(bytes, await unpack(packed, segmentBytes)) !== 0) {
    throw damaged(file, 'the archive has another segment under its name already');
  }
  await rm(file);
}

/**
 * The bytes of an archived segment.
 *
 * Errors: `BACKUP_DAMAGED` where they are not those that were archived.
 */
export async function readSegment(folder: string, segment: ArchivedSegment, segmentBytes: number): Promise<Buffer> {
  const file = join(folder, segment.name);
  if (segment.isPacked) return unpack(`${file}${PACKED}`, segmentBytes);
  const bytes = await readFile(file).catch((error: unknown) => {
    // A hub that runs beside has packed it since it was listed.
    if (errnoOf(error) === 'ENOENT') return unpack(`${file}${PACKED}`, segmentBytes);
    throw error;
  });
  if (bytes.length === segmentBytes) return bytes;
  throw damaged(file, `it has ${bytes.length} bytes, not ${segmentBytes}`);
}

async function unpack(file: string, segmentBytes: number): Promise<Buffer> {
  const packed = await readFile(file);
  try {
    const bytes = await decompress(packed, { maxOutputLength: segmentBytes });
    if (bytes.length === segmentBytes) return bytes;
    throw new Error(`it holds ${bytes.length} bytes, not ${segmentBytes}`);
  } catch (cause) {
    throw damaged(file, describeError(cause), cause);
  }
}

/** Segments that follow each other without a gap, and the name of the first that is missing before others that are there. */
export interface WalRun {
  readonly segments: readonly ArchivedSegment[];
  readonly missing: string | undefined;
}

/** The segments of the archive from a number on, as far as they follow each other. */
export function runFrom(archive: WalArchive, first: WalSegment, segmentBytes: number): WalRun {
  const later = archive.segments.filter(({ timeline, number }) => number >= first.number && timeline >= first.timeline);
  let next = first.number;
  const segments: ArchivedSegment[] = [];
  for (const segment of later) {
    if (segment.number > next) {
      return { segments, missing: segmentName({ timeline: segment.timeline, number: next }, segmentBytes) };
    }
    segments.push(segment);
    next = segment.number + 1;
  }
  return { segments, missing: undefined };
}

/** Removes the log before a segment, and copies that were cut short long ago. Gives how many segments went. */
export async function pruneArchive(
  folder: string,
  { before, segmentBytes, nowMs }: { readonly before: number; readonly segmentBytes: number; readonly nowMs: number },
): Promise<number> {
  let removed = 0;
  for (const name of await namesIn(folder)) {
    const segment = parseSegment(name.endsWith(PACKED) ? name.slice(0, -PACKED.length) : name, segmentBytes);
    const marked = parseSegment(MARK.exec(name)?.[1] ?? '', segmentBytes);
    const number = segment?.number ?? marked?.number;
    const isCutShort = CUT_SHORT.test(name) || /\.zst\.new-/.test(name);
    const isOld = isCutShort && nowMs - (await stat(join(folder, name))).mtimeMs > CUT_SHORT_MS_MIN;
    if (!isOld && (number === undefined || number >= before)) continue;
    await rm(join(folder, name), { force: true });
    if (segment !== undefined) removed += 1;
  }
  return removed;
}

/** Until when the log of a segment goes at least: it was archived then. Shape: milliseconds since 1970. */
export async function archivedAtMs(folder: string, { name, isPacked }: ArchivedSegment): Promise<number> {
  return (await stat(join(folder, isPacked ? `${name}${PACKED}` : name))).mtimeMs;
}

function damaged(file: string, how: string, cause?: unknown): KitError {
  return new KitError('BACKUP_DAMAGED', `the archived log ${file} is damaged: ${how}`, {
    hint: 'Nothing after it can be restored from here; keep the file, and restore to a moment before it with --at.',
    cause,
  });
}
