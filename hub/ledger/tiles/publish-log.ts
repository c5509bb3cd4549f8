import { KitError } from '@gatehouse/shared/errors.ts';
import { type OpenedCheckpoint, openCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import { decodeBundle } from '@gatehouse/shared/journal/entry-bundle.ts';
import type { Verifier } from '@gatehouse/shared/journal/note.ts';
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
import { checkpointAfter } from '../../store/checkpoint-rows.ts';
import type { Queries } from '../../store/database.ts';
import { newestCheckpoint } from '../../store/ledger-rows.ts';
import { readHeaders } from '../../store/node-rows.ts';
import type { LogFolder } from './log-folder.ts';
import { readTile } from './log-reader.ts';

/** What is published, by whose key, and where to. */
export interface PublishDeps {
  readonly database: Queries;
  readonly verifier: Verifier;
  readonly folder: LogFolder;
}

/** A log that is written out as tiles, bundles and a checkpoint, as far as the ledger has grown. */
export interface LogPublisher {
  /** The size of the checkpoint that is published. */
  size(): number;
  /**
   * Writes out all that the newest checkpoint covers, then the checkpoint; gives the size that is published.
   *
   * Errors: `LEDGER_MISMATCH` where the database and the archive do not continue each other: nothing is published then.
   */
  publish(): Promise<number>;
}

/** How many leaves one step takes; all of them are in memory until the root is known to fit. */
const LEAVES_A_STEP = 16_384;
const LEAVES_A_QUERY = 2_048;

/**
 * Opens the archive of a ledger and goes on where it ends.
 *
 * Errors: `SIGNATURE_INVALID` or `MESSAGE_MALFORMED` for a checkpoint that this hub did not sign; `LEDGER_MISMATCH` where the
 *         tiles at its end are not what it signs.
 */
export async function openPublisher(deps: PublishDeps): Promise<LogPublisher> {
  const { database, verifier } = deps;
  let edge = await readEdge(deps);
  return {
    size: () => edge.size,
    async publish() {
      const newest = await newestCheckpoint(database);
      if ((newest?.size ?? 0) < edge.size) throw setBack(newest?.size ?? 0, edge.size);
      if (newest?.size === edge.size) assertRoot(edge, openCheckpoint(newest.note, [verifier]));
      for (
        let next = await checkpointAfter(database, edge.size, LEAVES_A_STEP);
        next !== undefined;
        next = await checkpointAfter(database, edge.size, LEAVES_A_STEP)
      ) {
        edge = await publishUpTo(deps, edge, next.note);
      }
      return edge.size;
    },
  };
}

/** Nothing is written before the root of all of it is known to be the signed one. */
async function publishUpTo(
  { database, verifier, folder }: PublishDeps,
  from: TileEdge,
  note: string,
): Promise<TileEdge> {
  const checkpoint = openCheckpoint(note, [verifier]);
  const full: Tile[] = [];
  let edge = from;
  while (edge.size < checkpoint.size) {
    const to = Math.min(edge.size + LEAVES_A_QUERY, checkpoint.size);
    edge = growTiles(edge, await readLeaves(database, edge.size, to), (tile) => full.push(tile));
  }
  assertRoot(edge, checkpoint);
  await folder.writeOnce(filesOf([...full, ...partialTiles(edge)]));
  await folder.writeCheckpoint(note);
  await folder.dropPartials(full.map(({ id }) => id));
  return edge;
}

function assertRoot(edge: TileEdge, checkpoint: OpenedCheckpoint): void {
  if (Buffer.compare(edgeRoot(edge), checkpoint.root) === 0) return;
  throw new KitError(
    'LEDGER_MISMATCH',
    `the archive and the leaves of the database do not make the log of ${checkpoint.size} that was signed`,
    { hint: 'Nothing is published any more; keep both as they are and run "gatehouse verify".' },
  );
}

function setBack(size: number, published: number): KitError {
  return new KitError('LEDGER_MISMATCH', `the ledger ends at ${size}, the archive holds ${published} leaves of it`, {
    hint: 'The database was set back; restore it from a newer backup. Nothing is published meanwhile.',
  });
}

function filesOf(tiles: readonly Tile[]) {
  return tiles.map(({ id, bytes }) => ({ path: tilePath(id), bytes }));
}

async function readLeaves(database: Queries, from: number, to: number): Promise<readonly Uint8Array[]> {
  const rows = await readHeaders(database, [{ from, to }]);
  const isWhole = rows.length === to - from && rows.every(({ leaf }, index) => leaf === from + index);
  if (isWhole) return rows.map(({ header }) => Buffer.from(header));
  throw new KitError('LEDGER_MISMATCH', `leaves between ${from} and ${to - 1} are missing in the database`, {
    hint: 'Nothing is published any more; keep the database as it is and run "gatehouse verify".',
  });
}

/** The right edge of the archive, as its own checkpoint signs it. */
async function readEdge({ folder, verifier }: PublishDeps): Promise<TileEdge> {
  const note = await folder.read(CHECKPOINT_PATH);
  if (note === undefined) return EMPTY_EDGE;
  const checkpoint = openCheckpoint(Buffer.from(note).toString('utf8'), [verifier]);
  const hashes: (readonly Uint8Array[])[] = [];
  let entries: readonly Uint8Array[] = [];
  for (const id of edgeTiles(checkpoint.size)) {
    const bytes = id.width === 0 ? Buffer.alloc(0) : await readTile(folder, id);
    if (bytes === undefined) throw new KitError('LEDGER_MISMATCH', `the archive lacks ${tilePath(id)}`);
    if (id.level === 'entries') entries = decodeBundle(bytes);
    else hashes.push(hashesOf(bytes, id));
  }
  const edge = { size: checkpoint.size, hashes, entries };
  assertRoot(edge, checkpoint);
  return edge;
}
