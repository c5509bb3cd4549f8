import { assert } from '@gatehouse/shared/errors.ts';
import { type Instant, instantText } from '@gatehouse/shared/values/instant.ts';

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END_RECORD = 0x06054b50;
const END_RECORD_SIZE = 22;
const DOS_FIRST_YEAR = 1980;
const DOS_LAST_YEAR = 2107;

/**
 * A copy of a ZIP archive in which every entry was written at the one moment, so that its bytes do not tell when.
 *
 * Shape:  an archive without ZIP64 and without a comment, as the XLSX writer makes it.
 * Units:  ZIP keeps times to two seconds, from 1980 to 2107; a moment outside becomes the nearest of them.
 * Errors: `INVARIANT_BROKEN` for another kind of archive.
 * Source: PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16.
 */
export function withZipTimes(archive: Uint8Array, at: Instant): Uint8Array {
  const bytes = archive.slice();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - END_RECORD_SIZE;
  assert(end >= 0 && view.getUint32(end, true) === END_RECORD, 'the archive does not end with its directory');

  const entryCount = view.getUint16(end + 10, true);
  const stamp = dosTime(at);
  let entry = view.getUint32(end + 16, true);
  for (let index = 0; index < entryCount; index += 1) {
    assert(view.getUint32(entry, true) === CENTRAL_HEADER, `no directory entry at byte ${entry} of the archive`);
    view.setUint32(entry + 12, stamp, true);
    const local = view.getUint32(entry + 42, true);
    assert(view.getUint32(local, true) === LOCAL_HEADER, `no file header at byte ${local} of the archive`);
    view.setUint32(local + 10, stamp, true);
    entry +=
      46 + view.getUint16(entry + 28, true) + view.getUint16(entry + 30, true) + view.getUint16(entry + 32, true);
  }
  return bytes;
}

/** The time in the lower half and the date in the upper half, as MS-DOS packs them. */
function dosTime(at: Instant): number {
  const text = instantText(at);
  const year = Number(text.slice(0, 4));
  if (year < DOS_FIRST_YEAR) return packed([DOS_FIRST_YEAR, 1, 1, 0, 0, 0]);
  if (year > DOS_LAST_YEAR) return packed([DOS_LAST_YEAR, 12, 31, 23, 59, 58]);
  return packed(text.slice(0, 19).split(/[-T:]/).map(Number));
}

function packed([year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0]: readonly number[]): number {
  const date = ((year - DOS_FIRST_YEAR) << 9) | (month << 5) | day;
  return ((date << 16) | (hour << 11) | (minute << 5) | (second >> 1)) >>> 0;
}
