import { KitError } from '@gatehouse/shared/errors.ts';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { openCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import { decodeBundle } from '@gatehouse/shared/journal/entry-bundle.ts';
import { appendLeaves, EMPTY_RANGE, rangeToHex } from '@gatehouse/shared/journal/merkle.ts';
import type { Signer, Verifier } from '@gatehouse/shared/journal/note.ts';
import {
  EMPTY_EDGE,
  edgeRoot,
  edgeTiles,
  growTiles,
  hashesOf,
  partialTiles,
  type Tile,
  type TileEdge,
} from '@gatehouse/shared/journal/tile.ts';
import { CHECKPOINT_PATH, tilePath } from '@gatehouse/shared/journal/tile-path.ts';
import { type Instant, instantText } from '@gatehouse/shared/values/instant.ts';
import { readRawBodies } from '../../store/archive-rows.ts';
import type { Queries } from '../../store/database.ts';
import type { StoredCheckpoint } from '../../store/ledger-rows.ts';
import { readHeaders } from '../../store/node-rows.ts';
import type { ArchiveStore } from './archive-store.ts';
import { bodyLine } from './body-lines.ts';
import {
  manifestPath,
  NO_SEGMENT_HASH,
  type OpenedManifest,
  openManifest,
  type SegmentManifest,
  segmentFolder,
  signManifest,
} from './manifest.ts';
import { readObject } from './read-object.ts';
import { makeTar, readTar } from './tar.ts';

/** What a segment is written from and where to. */
export interface WriteDeps {
  readonly database: Queries;
  readonly store: ArchiveStore;
  readonly signer: Signer;
  readonly verifier: Verifier;
  readonly release: string;
}

/** A segment to be written. Shape: `before` is absent for the first one; the checkpoint closes it. */
export interface NewSegment {
  readonly before: OpenedManifest | undefined;
  readonly checkpoint: StoredCheckpoint;
  readonly at: Instant;
  readonly retainUntil: Instant;
}

type NamedObject = SegmentManifest['objects'][number];

const LEAVES_A_QUERY = 2_048;
const BODIES_A_QUERY = 64;
/** An object of bodies ends with the first body beyond this. Units: bytes. */
const BODIES_BYTES = 4 * 1_048_576;
const NAME_HASH_LENGTH = 16;
const NUMBER_DIGITS = 4;

/**
 * Writes a segment: the log that it adds, its bodies, and last the manifest, without which nothing of it counts.
 *
 * Shape:  the name of each object tells its hash and its lock, so that whoever was killed finds what is there and goes on, and never
 *         takes an object for the new one that an earlier day has locked for less long.
 * Errors: `LEDGER_MISMATCH` where the leaves are not those that were signed, before anything is written; `STATE_CONFLICT` where bodies
 *         are not sealed yet; those of the store.
 */
export async function writeSegment(deps: WriteDeps, wanted: NewSegment): Promise<OpenedManifest> {
  const { before, checkpoint, at, retainUntil } = wanted;
  const segment = (before?.value.segment ?? 0) + 1;
  const from = before === undefined ? EMPTY_EDGE : await edgeAfter(deps.store, before);
  const log = await growLog(deps, from, checkpoint);
  const put = async (prefix: string, extension: string, bytes: Uint8Array): Promise<NamedObject> => {
    const hash = sha256(bytes).toString('hex');
    const named = sha256(`${hash} ${instantText(retainUntil)}`)
      .toString('hex')
      .slice(0, NAME_HASH_LENGTH);
    const name = `${prefix}-${named}.${extension}`;
    await deps.store.put({ path: `${segmentFolder(segment)}/${name}`, bytes, retainUntil });
    return { name, bytes: bytes.length, sha256: hash };
  };
  const objects = [await put('log', 'tar', log)];
  const counts = { sealed: 0, disposed: 0, missing: 0 };
  let number = 0;
  for await (const bytes of bodiesOf(deps.database, { from: from.size, to: checkpoint.size }, counts)) {
    objects.push(await put(`bodies-${`${number}`.padStart(NUMBER_DIGITS, '0')}`, 'jsonl', bytes));
    number += 1;
  }
  const note = signManifest(deps.signer, {
    v: 1,
    segment,
    first: from.size,
    last: checkpoint.size - 1,
    frontier: [...frontierOf(from)],
    checkpoint: checkpoint.note,
    previous: before?.hash ?? NO_SEGMENT_HASH,
    at: instantText(at),
    retainUntil: instantText(retainUntil),
    release: deps.release,
    ...counts,
    objects,
  });
  await deps.store.put({ path: manifestPath(segment), bytes: Buffer.from(note), retainUntil });
  return openManifest(note, deps.verifier, segment);
}

/** The tiles and bundles that the log gains by a segment, as one archive of files with its checkpoint. */
async function growLog(
  { database, verifier }: WriteDeps,
  from: TileEdge,
  { size, note }: StoredCheckpoint,
): Promise<Uint8Array> {
  const full: Tile[] = [];
  let edge = from;
  while (edge.size < size) {
    const to = Math.min(edge.size + LEAVES_A_QUERY, size);
    const rows = await readHeaders(database, [{ from: edge.size, to }]);
    if (rows.length !== to - edge.size) throw mismatch(`leaves between ${edge.size} and ${to - 1} are missing`);
    const headers = rows.map(({ header }) => Buffer.from(header));
    edge = growTiles(edge, headers, (tile) => full.push(tile));
  }
  const { root } = openCheckpoint(note, [verifier]);
  if (Buffer.compare(edgeRoot(edge), root) !== 0)
    throw mismatch(`its leaves do not make the log of ${size} that was signed`);
  const files = [...full, ...partialTiles(edge)].map(({ id, bytes }) => ({ path: tilePath(id), bytes }));
  return makeTar([{ path: CHECKPOINT_PATH, bytes: Buffer.from(note) }, ...files]);
}

function mismatch(what: string): KitError {
  return new KitError('LEDGER_MISMATCH', `the database and the archive do not continue each other: ${what}`, {
    hint: 'Nothing is archived any more; keep both as they are and run "gatehouse verify".',
  });
}

async function* bodiesOf(
  database: Queries,
  { from, to }: { readonly from: number; readonly to: number },
  counts: { sealed: number; disposed: number; missing: number },
): AsyncIterable<Uint8Array> {
  let lines: string[] = [];
  let bytes = 0;
  for (let at = from; at < to; at += BODIES_A_QUERY) {
    for (const row of await readRawBodies(database, { from: at, to: Math.min(to, at + BODIES_A_QUERY) })) {
      const line = bodyLine(row);
      if ('sealed' in line) counts.sealed += 1;
      else if ('disposal' in line) counts.disposed += 1;
      else counts.missing += 1;
      const text = JSON.stringify(line);
      lines.push(text);
      bytes += text.length + 1;
      if (bytes < BODIES_BYTES) continue;
      yield Buffer.from(`${lines.join('\n')}\n`);
      lines = [];
      bytes = 0;
    }
  }
  if (lines.length > 0) yield Buffer.from(`${lines.join('\n')}\n`);
}

/** The right edge of the log after a segment, from the tiles that lie in its archive. Errors: `ARCHIVE_DAMAGED`. */
async function edgeAfter(store: ArchiveStore, { value, root }: OpenedManifest): Promise<TileEdge> {
  const size = value.last + 1;
  const log = value.objects.find((object) => object.name.startsWith('log-'));
  if (log === undefined) throw damaged(value.segment);
  const { whole: tar } = await readObject(store, `${segmentFolder(value.segment)}/${log.name}`, log.sha256);
  const tiles = new Map((tar === undefined ? [] : readTar(tar)).map(({ path, bytes }) => [path, bytes]));
  const hashes: (readonly Uint8Array[])[] = [];
  let entries: readonly Uint8Array[] = [];
  for (const id of edgeTiles(size)) {
    const bytes = id.width === 0 ? Buffer.alloc(0) : tiles.get(tilePath(id));
    if (bytes === undefined) throw damaged(value.segment);
    if (id.level === 'entries') entries = decodeBundle(bytes);
    else hashes.push(hashesOf(bytes, id));
  }
  const edge = { size, hashes, entries };
  if (Buffer.compare(edgeRoot(edge), root) !== 0) throw damaged(value.segment);
  return edge;
}

function damaged(segment: number): KitError {
  return new KitError('ARCHIVE_DAMAGED', `the log of segment ${segment} is missing or is not what was signed`, {
    hint: 'Nothing is archived after it; keep the archive as it is and run "gatehouse archive verify".',
  });
}

/** The hashes of the log before a segment; its headers grow it from them. */
function frontierOf({ size, hashes }: TileEdge): readonly string[] {
  const parts = hashes.toReversed().flatMap((tile) => appendLeaves(EMPTY_RANGE, tile).hashes);
  return rangeToHex({ size, hashes: parts });
}
