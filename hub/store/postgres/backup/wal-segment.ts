/** One segment of the write-ahead log: which history it belongs to, and its place in it. */
export interface WalSegment {
  readonly timeline: number;
  readonly number: number;
}

const SEGMENT = /^([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})$/;
const LSN = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/;
const HEX = 16;
const PART_DIGITS = 8;
/** The log is named in parts of so many bytes, whatever the size of a segment. */
const PART_BYTES = 2 ** 32;

/** Reads the name of a segment's file; undefined where it is no such name. */
export function parseSegment(name: string, segmentBytes: number): WalSegment | undefined {
  const [, timeline, high, low] = SEGMENT.exec(name) ?? [];
  if (timeline === undefined || high === undefined || low === undefined) return undefined;
  const number = parseInt(high, HEX) * (PART_BYTES / segmentBytes) + parseInt(low, HEX);
  return { timeline: parseInt(timeline, HEX), number };
}

/** The name of a segment's file. */
export function segmentName({ timeline, number }: WalSegment, segmentBytes: number): string {
  const inPart = PART_BYTES / segmentBytes;
  return [timeline, Math.floor(number / inPart), number % inPart].map(hexPart).join('');
}

/** The name of the file that says from where on a timeline is a history of its own. */
export function historyName(timeline: number): string {
  return `${hexPart(timeline)}.history`;
}

/** The number of the segment that a place in the log lies in; an end on a border belongs to the segment before it. */
export function segmentOf(lsn: string, segmentBytes: number, edge: 'start' | 'end'): number {
  const at = lsnValue(lsn);
  return Number((edge === 'start' ? at : at - 1n) / BigInt(segmentBytes));
}

/** A place in the log as a number of bytes. */
export function lsnValue(lsn: string): bigint {
  const [, high = '0', low = '0'] = LSN.exec(lsn) ?? [];
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

function hexPart(value: number): string {
  return value.toString(HEX).toUpperCase().padStart(PART_DIGITS, '0');
}
