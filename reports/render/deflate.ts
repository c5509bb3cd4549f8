/*
 * Deflate in plain arithmetic. A run-time's zlib gives other bytes for the same input in another version or on another
 * processor; a report has to come out the same everywhere, and the last tenth of its size matters less than that.
 */

const WINDOW = 32_768;
const MATCH_MIN = 3;
const MATCH_MAX = 258;
/** How many earlier places are tried for one match. */
const CANDIDATES_MAX = 32;
const HASH_SIZE = 1 << 15;
const END_OF_BLOCK = 256;
const FIRST_LENGTH_SYMBOL = 257;
const ADLER_MODULUS = 65_521;
/** The most bytes that Adler's sums take before they have to be reduced. */
const ADLER_RUN = 3_800;

/** Zlib's two header bytes: deflate with a window of 32 kB, and a check that makes them a multiple of 31. */
const ZLIB_HEADER = 0x0178;
/** The last block, with the fixed codes. */
const FIXED_LAST_BLOCK = 0b011;

interface BitWriter {
  readonly bytes: Uint8Array;
  length: number;
  held: number;
  heldBits: number;
}

/** Codes in the order in which their bits are written, with the length of each. */
interface Codes {
  readonly bits: Uint16Array;
  readonly lengths: Uint8Array;
}

/** The smallest value of each symbol, and how many extra bits tell the rest. */
interface Ranges {
  readonly bases: Uint16Array;
  readonly extraBits: Uint8Array;
}

const LITERALS = fixedLiteralCodes();
const LENGTHS = ranges(28, MATCH_MIN, 4);
const DISTANCES = ranges(30, 1, 2);

/**
 * The bytes as a zlib stream.
 *
 * Shape:  one block with the fixed codes; the same input gives the same output on every machine.
 * Source: RFC 1950; RFC 1951, section 3.2.6.
 */
export function deflate(input: Uint8Array): Uint8Array {
  const capacity = Math.ceil((input.length * 9) / 8) + 16;
  const out: BitWriter = { bytes: new Uint8Array(capacity), length: 0, held: 0, heldBits: 0 };
  writeBits(out, ZLIB_HEADER, 16);
  writeBits(out, FIXED_LAST_BLOCK, 3);
  writeBlock(out, input);
  writeSymbol(out, END_OF_BLOCK);
  writeBits(out, 0, -out.heldBits & 7);
  const checksum = adler32(input);
  for (const shift of [24, 16, 8, 0]) writeBits(out, (checksum >>> shift) & 0xff, 8);
  return out.bytes.slice(0, out.length);
}

function writeBlock(out: BitWriter, input: Uint8Array): void {
  const newest = new Int32Array(HASH_SIZE).fill(-1);
  const older = new Int32Array(WINDOW);
  const remember = (at: number): void => {
    if (at + MATCH_MIN > input.length) return;
    const hash = hashAt(input, at);
    older[at % WINDOW] = newest[hash] ?? -1;
    newest[hash] = at;
  };

  for (let at = 0; at < input.length; ) {
    const match = longestMatch(input, at, { newest, older });
    if (match.length < MATCH_MIN) {
      writeSymbol(out, input[at] ?? 0);
      remember(at);
      at += 1;
      continue;
    }
    writeMatch(out, match);
    const end = at + match.length;
    for (; at < end; at += 1) remember(at);
  }
}

interface Match {
  readonly length: number;
  readonly distance: number;
}

interface Memory {
  readonly newest: Int32Array;
  readonly older: Int32Array;
}

const NO_MATCH: Match = { length: 0, distance: 0 };

function longestMatch(input: Uint8Array, at: number, { newest, older }: Memory): Match {
  const lengthMax = Math.min(MATCH_MAX, input.length - at);
  if (lengthMax < MATCH_MIN) return NO_MATCH;

  let length = 0;
  let distance = 0;
  let candidate = newest[hashAt(input, at)] ?? -1;
  for (let tries = 0; tries < CANDIDATES_MAX && candidate >= 0 && at - candidate <= WINDOW; tries += 1) {
    if (input[candidate + length] === input[at + length]) {
      let same = 0;
      while (same < lengthMax && input[candidate + same] === input[at + same]) same += 1;
      if (same > length) {
        length = same;
        distance = at - candidate;
        if (same === lengthMax) break;
      }
    }
    const next = older[candidate % WINDOW] ?? -1;
    if (next >= candidate) break;
    candidate = next;
  }
  return { length, distance };
}

function hashAt(input: Uint8Array, at: number): number {
  const three = ((input[at] ?? 0) << 16) | ((input[at + 1] ?? 0) << 8) | (input[at + 2] ?? 0);
  return Math.imul(three, 0x9e37_79b1) >>> 17;
}

function writeMatch(out: BitWriter, { length, distance }: Match): void {
  if (length === MATCH_MAX) {
    writeSymbol(out, FIRST_LENGTH_SYMBOL + 28);
  } else {
    const symbol = rangeOf(LENGTHS, length);
    writeSymbol(out, FIRST_LENGTH_SYMBOL + symbol);
    writeBits(out, length - (LENGTHS.bases[symbol] ?? 0), LENGTHS.extraBits[symbol] ?? 0);
  }
  const symbol = rangeOf(DISTANCES, distance);
  writeBits(out, reversed(symbol, 5), 5);
  writeBits(out, distance - (DISTANCES.bases[symbol] ?? 0), DISTANCES.extraBits[symbol] ?? 0);
}

function rangeOf({ bases }: Ranges, value: number): number {
  let low = 0;
  let high = bases.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((bases[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

function writeSymbol(out: BitWriter, symbol: number): void {
  writeBits(out, LITERALS.bits[symbol] ?? 0, LITERALS.lengths[symbol] ?? 0);
}

function writeBits(out: BitWriter, value: number, count: number): void {
  out.held |= value << out.heldBits;
  out.heldBits += count;
  while (out.heldBits >= 8) {
    out.bytes[out.length] = out.held & 0xff;
    out.length += 1;
    out.held >>>= 8;
    out.heldBits -= 8;
  }
}

function fixedLiteralCodes(): Codes {
  const bits = new Uint16Array(288);
  const lengths = new Uint8Array(288);
  const assign = (from: number, to: number, firstCode: number): void => {
    const length = firstCode === 0 ? 7 : firstCode > 0xff ? 9 : 8;
    for (let symbol = from; symbol <= to; symbol += 1) {
      bits[symbol] = reversed(firstCode + symbol - from, length);
      lengths[symbol] = length;
    }
  };
  assign(0, 143, 0b0011_0000);
  assign(144, 255, 0b1_1001_0000);
  assign(256, 279, 0);
  assign(280, 287, 0b1100_0000);
  return { bits, lengths };
}

/** The ranges of lengths or distances: each further pair or quartet of symbols takes one more extra bit. */
function ranges(count: number, first: number, perStep: number): Ranges {
  const bases = new Uint16Array(count);
  const extraBits = new Uint8Array(count);
  for (let symbol = 0, base = first; symbol < count; symbol += 1) {
    const extra = Math.max(0, Math.floor(symbol / perStep) - 1);
    bases[symbol] = base;
    extraBits[symbol] = extra;
    base += 1 << extra;
  }
  return { bases, extraBits };
}

function reversed(code: number, length: number): number {
  let result = 0;
  for (let bit = 0; bit < length; bit += 1) result |= ((code >> bit) & 1) << (length - 1 - bit);
  return result;
}

function adler32(input: Uint8Array): number {
  let low = 1;
  let high = 0;
  for (let start = 0; start < input.length; start += ADLER_RUN) {
    for (const byte of input.subarray(start, start + ADLER_RUN)) {
      low += byte;
      high += low;
    }
    low %= ADLER_MODULUS;
    high %= ADLER_MODULUS;
  }
  return ((high << 16) | low) >>> 0;
}
