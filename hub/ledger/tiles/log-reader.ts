import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import { BUNDLE_BYTES_MAX, decodeBundle, encodeBundle } from '@gatehouse/shared/journal/entry-bundle.ts';
import type { NodeId, NodeReader } from '@gatehouse/shared/journal/merkle.ts';
import { readerFromTiles, tilesWith } from '@gatehouse/shared/journal/tile.ts';
import { TILE_WIDTH, type TileId, tilePath } from '@gatehouse/shared/journal/tile-path.ts';

/** A log as it is kept or served: files below one prefix. Source: C2SP tlog-tiles. */
export interface LogReader {
  /** Where the log is, for messages. */
  readonly place: string;
  /** The bytes at a path; undefined where there are none. Errors: `HUB_UNREACHABLE`, `FOLDER_UNUSABLE`. */
  read(path: string): Promise<Uint8Array | undefined>;
}

const ANSWER_MS_MAX = 20_000;
const HASH_BYTES = 32;
const READS_AT_ONCE = 8;

/** The log at an address, or in a folder. */
export function openLog(place: string): LogReader {
  return /^https?:\/\//.test(place) ? logAtUrl(place.replace(/\/+$/, '')) : logInFolder(place);
}

/** The log in a folder. */
export function logInFolder(folder: string): LogReader {
  return {
    place: folder,
    async read(path) {
      try {
        return await readFile(join(folder, path));
      } catch (cause) {
        const code = (cause as NodeJS.ErrnoException).code;
        if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
        throw new KitError('FOLDER_UNUSABLE', `${join(folder, path)} cannot be read (${code})`, { cause });
      }
    },
  };
}

function logAtUrl(prefix: string): LogReader {
  return {
    place: prefix,
    async read(path) {
      const url = `${prefix}/${path}`;
      try {
        const signal = AbortSignal.timeout(ANSWER_MS_MAX);
        const response = await fetch(url, { signal, headers: { accept: '*/*' } });
        if (response.status === 404) return undefined;
        if (!response.ok) throw new Error(`status ${response.status}`);
        return await boundedBytes(response, BUNDLE_BYTES_MAX);
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new KitError('HUB_UNREACHABLE', `${url} does not answer: ${reason}`, {
          hint: 'Check the address of the log; nothing was verified.',
          cause,
        });
      }
    },
  };
}

/** The body of an answer from outside. Errors: a plain error, for the caller to say whose, once it is longer than permitted. */
export async function boundedBytes(response: Response, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > bytesMax) throw new Error(`more than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * The bytes of a tile or a bundle; undefined where there are none.
 *
 * Shape: a partial one may be gone once the full one is there, which begins with it.
 * Source: C2SP tlog-tiles, "Partial Tiles".
 */
export async function readTile(log: LogReader, id: TileId): Promise<Uint8Array | undefined> {
  const bytes = await log.read(tilePath(id));
  if (bytes !== undefined || id.width === TILE_WIDTH) return bytes;
  const full = await log.read(tilePath({ ...id, width: TILE_WIDTH }));
  if (full === undefined) return undefined;
  return id.level === 'entries'
    ? encodeBundle(decodeBundle(full).slice(0, id.width))
    : full.subarray(0, id.width * HASH_BYTES);
}

/**
 * Fetches what a proof in the log of a size is made from.
 *
 * Errors: `LEDGER_MISMATCH` where a tile is missing; those of the log. What the tiles say is believed only once the proof fits
 *         a signed root.
 */
export async function readNodesOf(log: LogReader, nodes: readonly NodeId[], size: number): Promise<NodeReader> {
  const tiles = new Map<string, Uint8Array>();
  const ids = tilesWith(nodes, size);
  for (let from = 0; from < ids.length; from += READS_AT_ONCE) {
    const some = ids.slice(from, from + READS_AT_ONCE);
    for (const [index, bytes] of (await Promise.all(some.map((id) => readTile(log, id)))).entries()) {
      const path = tilePath(some[index] ?? { level: 0, index: 0, width: TILE_WIDTH });
      if (bytes === undefined) throw new KitError('LEDGER_MISMATCH', `${log.place} has no ${path}`);
      tiles.set(path, bytes);
    }
  }
  return readerFromTiles(tiles, size);
}
