import { KitError } from '../errors.ts';
import { TILE_WIDTH } from './tile-path.ts';

const LENGTH_BYTES = 2;
const ENTRY_BYTES_MAX = 65_535;

/** The largest bundle. Units: bytes. */
export const BUNDLE_BYTES_MAX = TILE_WIDTH * (LENGTH_BYTES + ENTRY_BYTES_MAX);

/**
 * The bundle of entries that follow each other in a log.
 *
 * Shape:  each entry behind its length as a big-endian number of 16 bits.
 * Errors: `VALUE_MALFORMED` for an entry that is too long, or more than a tile's.
 * Source: C2SP tlog-tiles, "Log entries".
 */
export function encodeBundle(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length > TILE_WIDTH) throw new KitError('VALUE_MALFORMED', `a bundle of ${entries.length} entries`);
  const parts = entries.flatMap((entry, index) => {
    if (entry.length > ENTRY_BYTES_MAX) {
      throw new KitError('VALUE_MALFORMED', `entry ${index} of a bundle has ${entry.length} bytes`);
    }
    const length = Buffer.allocUnsafe(LENGTH_BYTES);
    length.writeUInt16BE(entry.length);
    return [length, entry];
  });
  return Buffer.concat(parts);
}

/** The entries of a bundle. Errors: `MESSAGE_MALFORMED` where it ends within an entry or holds more than a tile's. */
export function decodeBundle(bytes: Uint8Array): readonly Uint8Array[] {
  const entries: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const from = at + LENGTH_BYTES;
    const to = from > bytes.length ? Number.POSITIVE_INFINITY : from + view.getUint16(at);
    if (to > bytes.length || entries.length === TILE_WIDTH) {
      const fault = to > bytes.length ? `entry ${entries.length} is cut off` : `more than ${TILE_WIDTH} entries`;
      throw new KitError('MESSAGE_MALFORMED', `entry bundle: ${fault}`);
    }
    entries.push(bytes.subarray(from, to));
    at = to;
  }
  return entries;
}
