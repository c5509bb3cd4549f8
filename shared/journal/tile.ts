import { KitError } from '../errors.ts';
import { encodeBundle } from './entry-bundle.ts';
import {
  appendLeaves,
  type CompactRange,
  EMPTY_RANGE,
  leafHash,
  type NodeId,
  type NodeReader,
  rangeRoot,
  rootOf,
} from './merkle.ts';
import { TILE_WIDTH, type TileId, tilePath } from './tile-path.ts';

/**
 * The right edge of a tiled log: all that must be kept of it to go on.
 *
 * Shape: `hashes[l]` are those of the last tile of level `l`, fewer than 256; `entries` those of the last bundle.
 */
export interface TileEdge {
  readonly size: number;
  readonly hashes: readonly (readonly Uint8Array[])[];
  readonly entries: readonly Uint8Array[];
}

/** Bytes with the tile that they are of. */
export interface Tile {
  readonly id: TileId;
  readonly bytes: Uint8Array;
}

/** The edge of a log without entries. */
export const EMPTY_EDGE: TileEdge = { size: 0, hashes: [], entries: [] };

const HEIGHT = 8;
const HASH_BYTES = 32;

/** The edge after more entries; `onFull` is told of each tile and bundle that became full, the bundle before its tile. */
export function growTiles(
  edge: TileEdge,
  added: readonly Uint8Array[],
  onFull: (tile: Tile) => void = () => {},
): TileEdge {
  const hashes = edge.hashes.map((level) => [...level]);
  let entries = [...edge.entries];
  let size = edge.size;
  const push = (level: number, hash: Uint8Array): void => {
    const tile = hashes[level] ?? [];
    hashes[level] = tile;
    tile.push(hash);
    if (tile.length < TILE_WIDTH) return;
    const index = Math.floor(size / TILE_WIDTH ** (level + 1)) - 1;
    onFull({ id: { level, index, width: TILE_WIDTH }, bytes: Buffer.concat(tile) });
    hashes[level] = [];
    push(level + 1, rootOf(tile));
  };
  for (const entry of added) {
    entries.push(entry);
    size += 1;
    if (entries.length === TILE_WIDTH) {
      const id = { level: 'entries', index: size / TILE_WIDTH - 1, width: TILE_WIDTH } as const;
      onFull({ id, bytes: encodeBundle(entries) });
      entries = [];
    }
    push(0, leafHash(entry));
  }
  return { size, hashes, entries };
}

/** The tiles and the bundle at the right edge that are not full. Source: C2SP tlog-tiles, "Partial Tiles". */
export function partialTiles({ size, hashes, entries }: TileEdge): readonly Tile[] {
  const tiles = hashes.map((tile, level) => ({ id: lastTile(level, size), bytes: Buffer.concat(tile) }));
  const bundle = { id: lastTile('entries', size), bytes: encodeBundle(entries) };
  return [bundle, ...tiles].filter(({ id }) => id.width > 0);
}

/** The tiles that an edge of a size is read from: the bundle first, then the level of each set of hashes. */
export function edgeTiles(size: number): readonly TileId[] {
  const ids: TileId[] = [lastTile('entries', size)];
  for (let level = 0; TILE_WIDTH ** level <= size; level += 1) ids.push(lastTile(level, size));
  return ids;
}

/** The root of the log that ends at an edge. */
export function edgeRoot({ size, hashes }: TileEdge): Uint8Array {
  const parts = hashes.toReversed().flatMap((tile) => appendLeaves(EMPTY_RANGE, tile).hashes);
  const range: CompactRange = { size, hashes: parts };
  return rangeRoot(range);
}

/** The hashes of a tile. Errors: `MESSAGE_MALFORMED` where the bytes are not `width` hashes. */
export function hashesOf(bytes: Uint8Array, { width }: Pick<TileId, 'width'>): readonly Uint8Array[] {
  if (bytes.length !== width * HASH_BYTES) {
    throw new KitError('MESSAGE_MALFORMED', `a tile of ${bytes.length} bytes, not of ${width} hashes`);
  }
  return Array.from({ length: width }, (_, index) => bytes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES));
}

/** The tiles of a log of a size that hold some complete subtrees, each once. */
export function tilesWith(nodes: readonly NodeId[], size: number): readonly TileId[] {
  const ids = nodes.map((node) => placeOf(node, size).id);
  return [...new Map(ids.map((id) => [tilePath(id), id])).values()];
}

/**
 * Reads complete subtrees from tiles of a log of a size.
 *
 * Errors: `MESSAGE_MALFORMED` for a tile without its form; `VALUE_MALFORMED` for one that is not given. What the tiles say is
 *         believed only once a proof made of them fits a signed root.
 */
export function readerFromTiles(tiles: ReadonlyMap<string, Uint8Array>, size: number): NodeReader {
  return (level, index) => {
    const { id, from, count } = placeOf({ level, index }, size);
    const bytes = tiles.get(tilePath(id));
    if (bytes === undefined) throw new KitError('VALUE_MALFORMED', `${tilePath(id)} is not given`);
    return rootOf(hashesOf(bytes, id).slice(from, from + count));
  };
}

function placeOf({ level, index }: NodeId, size: number) {
  const tileLevel = Math.floor(level / HEIGHT);
  const count = 2 ** (level % HEIGHT);
  const first = index * count;
  const tile = Math.floor(first / TILE_WIDTH);
  const { width } = lastTile(tileLevel, size);
  const isLast = tile === Math.floor(size / TILE_WIDTH ** (tileLevel + 1));
  const id: TileId = { level: tileLevel, index: tile, width: isLast ? width : TILE_WIDTH };
  return { id, from: first % TILE_WIDTH, count };
}

/** The tile at the right edge; its width is 0 where the level ends with a full one. */
function lastTile(level: number | 'entries', size: number): TileId {
  const hashes = Math.floor(size / TILE_WIDTH ** (level === 'entries' ? 0 : level));
  return { level, index: Math.floor(hashes / TILE_WIDTH), width: hashes % TILE_WIDTH };
}
