const PAGE_BYTES = 8_192;
const PAGE_HEADER_BYTES = 24;
/** The first page of a segment says more than the others. */
const FIRST_HEADER_BYTES = 40;
const RECORD_BYTES_MIN = 24;
const RECORD_BYTES_MAX = 1_020 * 1_048_576;

/**
 * Whether the record at a place of a segment goes on in the next one, and so the log of this segment ends there in order.
 *
 * Shape:  a segment is archived full: it ends with such a record, or by a switch, which the server counts up to the border.
 * Units:  `offset` is in bytes from the beginning of the segment.
 * Source: PostgreSQL, access/xlogrecord.h and access/xlog_internal.h: a record begins with its whole length, pages with a header.
 */
export function goesBeyond(segment: Buffer, offset: number): boolean {
  const header = offset === 0 ? FIRST_HEADER_BYTES : PAGE_HEADER_BYTES;
  const at = offset % PAGE_BYTES === 0 ? offset + header : offset;
  const length = segment.readUInt32LE(at);
  const pagesAfter = Math.floor((segment.length - 1 - at) / PAGE_BYTES);
  const room = PAGE_BYTES - (at % PAGE_BYTES) + pagesAfter * (PAGE_BYTES - PAGE_HEADER_BYTES);
  return length >= RECORD_BYTES_MIN && length <= RECORD_BYTES_MAX && length > room;
}
