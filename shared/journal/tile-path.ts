/**
 * A tile of hashes, or a bundle of entries.
 *
 * Shape: `level` is 0 for leaf hashes, `entries` for the bundle beside a tile of level 0; `width` is how many hashes or
 *        entries it holds, 256 where it is full.
 */
export interface TileId {
  readonly level: number | 'entries';
  readonly index: number;
  readonly width: number;
}

/** How many hashes or entries are in a full tile. Source: C2SP tlog-tiles, "Merkle Tree". */
export const TILE_WIDTH = 256;

/** Where a log keeps its newest signed checkpoint. Source: C2SP tlog-tiles, "Checkpoints". */
export const CHECKPOINT_PATH = 'checkpoint';

const DIGITS = 3;
const GROUP = 1_000;
const LEVEL_MAX = 63;
const PATH = /^tile\/(entries|0|[1-9]\d?)\/((?:x\d{3}\/)*)(\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;

/** The path of a tile below the prefix of its log. Source: C2SP tlog-tiles, "Merkle Tree" and "Log entries". */
export function tilePath({ level, index, width }: TileId): string {
  const groups: string[] = [];
  for (let rest = index; groups.length === 0 || rest > 0; rest = Math.floor(rest / GROUP)) {
    const digits = `${rest % GROUP}`.padStart(DIGITS, '0');
    groups.unshift(groups.length === 0 ? digits : `x${digits}`);
  }
  return `tile/${level}/${groups.join('/')}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

/** The tile that a path names; undefined where it is no such path in its only spelling. */
export function parseTilePath(path: string): TileId | undefined {
  const [, level = '', high = '', low = '', width = `${TILE_WIDTH}`] = PATH.exec(path) ?? [];
  const index = Number((high + low).replaceAll(/[x/]/g, ''));
  const id: TileId = { level: level === 'entries' ? level : Number(level), index, width: Number(width) };
  const isLevel = id.level === 'entries' || id.level <= LEVEL_MAX;
  const isTile = level !== '' && isLevel && Number.isSafeInteger(index) && id.width <= TILE_WIDTH;
  return isTile && tilePath(id) === path ? id : undefined;
}
