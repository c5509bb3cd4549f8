import { describeError } from '@gatehouse/shared/errors.ts';
import { type Checkpoint, type OpenedCheckpoint, openCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import { decodeBundle } from '@gatehouse/shared/journal/entry-bundle.ts';
import type { Verifier } from '@gatehouse/shared/journal/note.ts';
import {
  EMPTY_EDGE,
  edgeRoot,
  growTiles,
  partialTiles,
  type Tile,
  type TileEdge,
} from '@gatehouse/shared/journal/tile.ts';
import { CHECKPOINT_PATH, TILE_WIDTH, type TileId, tilePath } from '@gatehouse/shared/journal/tile-path.ts';
import { type FindingList, findingList } from '../finding-list.ts';
import { type HeaderCheck, headerCheck } from './check-headers.ts';
import { type LogReader, readTile } from './log-reader.ts';

/** What can be wrong with a log. */
export type LogFindingCode =
  | 'checkpoint-missing'
  | 'checkpoint-refused'
  | 'entries-missing'
  | 'entries-malformed'
  | 'header-damaged'
  | 'chain-broken'
  | 'tile-missing'
  | 'tile-differs'
  | 'root-differs'
  | 'seen-differs';

/** One thing that is not as it was signed. Shape: `path` or `entry` say where. */
export interface LogFinding {
  readonly code: LogFindingCode;
  readonly path?: string;
  readonly entry?: number;
  readonly message: string;
}

/** What is verified. Shape: `seen` are checkpoints of this log that were kept elsewhere, whoever kept them. */
export interface LogVerifyOptions {
  readonly log: LogReader;
  readonly verifier: Verifier;
  readonly seen?: readonly OpenedCheckpoint[];
  readonly onProgress?: (entries: number, size: number) => void;
}

/**
 * What a verification found.
 *
 * Shape: the log is what was signed, and holds all that was seen, only where `findings` is empty; `entries` is how far it was read,
 *        which is its end except where more was wrong than is listed.
 */
export interface LogVerification {
  readonly checkpoint: Checkpoint | undefined;
  readonly entries: number;
  readonly streams: number;
  readonly tiles: number;
  readonly findings: readonly LogFinding[];
  /** How many findings there were beyond those that are listed. */
  readonly unlisted: number;
}

/**
 * Verifies a whole log by its files and the public key alone: each entry's form and chain, each tile at each level, the root
 * against the signature, and every checkpoint that was seen before.
 *
 * Shape:  memory does not grow with the log, only with the number of streams.
 * Errors: those of reading the log; whatever is wrong with it is a finding.
 */
export async function verifyLog(options: LogVerifyOptions): Promise<LogVerification> {
  const report: Report = findingList();
  const checkpoint = await readCheckpoint(options, report);
  const headers = headerCheck({ isFromStart: true });
  const walk: Walk = {
    ...options,
    size: checkpoint?.size ?? 0,
    headers,
    report,
    tiles: 0,
    seenLeft: seenInOrder(options),
  };
  let edge: TileEdge | undefined = EMPTY_EDGE;
  let entries = 0;
  // A signed size says nothing of how much is there: where more is wrong than is listed, nothing further is read.
  while (entries < walk.size && report.unlisted() === 0) {
    edge = await verifyBundle(walk, edge, entries);
    entries = Math.min(entries + TILE_WIDTH, walk.size);
    options.onProgress?.(entries, walk.size);
  }
  if (entries === walk.size) await verifyEnd(walk, edge, checkpoint);
  return {
    checkpoint,
    entries,
    streams: headers.streams(),
    tiles: walk.tiles,
    findings: report.findings,
    unlisted: report.unlisted(),
  };
}

type Report = FindingList<LogFinding>;

interface Walk extends LogVerifyOptions {
  readonly size: number;
  readonly headers: HeaderCheck;
  readonly report: Report;
  readonly seenLeft: OpenedCheckpoint[];
  tiles: number;
}

/** The checkpoint of a log, opened by its key; undefined, with a finding, where there is none that the key signed. */
async function readCheckpoint({ log, verifier }: LogVerifyOptions, report: Report) {
  const note = await log.read(CHECKPOINT_PATH);
  if (note === undefined) {
    report.add({ code: 'checkpoint-missing', path: CHECKPOINT_PATH, message: `${log.place} has no checkpoint` });
    return undefined;
  }
  try {
    const checkpoint = openCheckpoint(Buffer.from(note).toString('utf8'), [verifier]);
    if (checkpoint.origin === verifier.name) return checkpoint;
    const message = `the checkpoint is of ${checkpoint.origin}, the key of ${verifier.name}`;
    report.add({ code: 'checkpoint-refused', path: CHECKPOINT_PATH, message });
  } catch (error) {
    report.add({ code: 'checkpoint-refused', path: CHECKPOINT_PATH, message: describeError(error) });
  }
  return undefined;
}

function seenInOrder({ seen = [], verifier }: LogVerifyOptions): OpenedCheckpoint[] {
  return seen.filter(({ origin }) => origin === verifier.name).toSorted((left, right) => left.size - right.size);
}

/** Verifies one bundle and the tiles that it completes; without its entries nothing after it can be told from the root. */
async function verifyBundle(walk: Walk, edge: TileEdge | undefined, from: number): Promise<TileEdge | undefined> {
  const width = Math.min(TILE_WIDTH, walk.size - from);
  const id: TileId = { level: 'entries', index: from / TILE_WIDTH, width };
  const entries = await readEntries(walk, id);
  if (entries === undefined) {
    walk.headers.forget();
    return undefined;
  }
  for (const [index, entry] of entries.entries()) {
    const fault = walk.headers.next(entry);
    if (fault !== undefined) walk.report.add({ ...fault, entry: from + index });
  }
  if (edge === undefined) return undefined;
  const { grown, complete } = growSeen(walk, edge, entries);
  for (const tile of complete) await compareTile(walk, tile);
  return grown;
}

/** Grows the log by entries, and stops at each size that somebody has seen. */
function growSeen({ seenLeft, report }: Walk, edge: TileEdge, entries: readonly Uint8Array[]) {
  const complete: Tile[] = [];
  const keep = (tile: Tile): void => void complete.push(tile);
  const end = edge.size + entries.length;
  let grown = edge;
  for (let [next] = seenLeft; next !== undefined && next.size <= end; [next] = seenLeft) {
    grown = growTiles(grown, entries.slice(grown.size - edge.size, next.size - edge.size), keep);
    if (Buffer.compare(edgeRoot(grown), next.root) !== 0) {
      const message = `the log at size ${next.size} is not the one that was signed and seen before: it was rewritten`;
      report.add({ code: 'seen-differs', entry: next.size, message });
    }
    seenLeft.shift();
  }
  return { grown: growTiles(grown, entries.slice(grown.size - edge.size), keep), complete };
}

async function readEntries(walk: Walk, id: TileId): Promise<readonly Uint8Array[] | undefined> {
  const path = tilePath(id);
  try {
    const bytes = await readTile(walk.log, id);
    const entries = bytes === undefined ? undefined : decodeBundle(bytes);
    if (entries?.length === id.width) return entries;
    const isThere = entries !== undefined;
    const message = isThere ? `${path} holds ${entries.length} entries, not ${id.width}` : `${path} is missing`;
    walk.report.add({ code: isThere ? 'entries-malformed' : 'entries-missing', path, message });
  } catch (error) {
    if (!isMalformed(error)) throw error;
    walk.report.add({ code: 'entries-malformed', path, message: `${path}: ${describeError(error)}` });
  }
  return undefined;
}

async function compareTile(walk: Walk, { id, bytes }: Tile): Promise<void> {
  if (id.level === 'entries') return;
  const path = tilePath(id);
  const found = await readTile(walk.log, id);
  walk.tiles += 1;
  if (found === undefined) walk.report.add({ code: 'tile-missing', path, message: `${path} is missing` });
  else if (Buffer.compare(found, bytes) !== 0)
    walk.report.add({ code: 'tile-differs', path, message: `${path} does not hold the hashes of its entries` });
}

async function verifyEnd(walk: Walk, edge: TileEdge | undefined, checkpoint: Checkpoint | undefined): Promise<void> {
  if (edge !== undefined) for (const tile of partialTiles(edge)) await compareTile(walk, tile);
  if (edge !== undefined && checkpoint !== undefined && Buffer.compare(edgeRoot(edge), checkpoint.root) !== 0) {
    const message = `the entries make another root than the one that was signed for ${checkpoint.size}`;
    walk.report.add({ code: 'root-differs', message });
  }
  for (const { size } of walk.seenLeft) {
    const message = edge === undefined ? 'cannot be compared' : `the log ends at ${walk.size}: its end is gone`;
    walk.report.add({ code: 'seen-differs', entry: size, message: `a log of ${size} was signed and seen; ${message}` });
  }
}

function isMalformed(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'MESSAGE_MALFORMED';
}
