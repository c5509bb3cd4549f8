import { KitError } from '@gatehouse/shared/errors.ts';

/** An element of DER with its content. Shape: `whole` is the element with its head. Source: X.690 section 8.1. */
export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly whole: Uint8Array;
}

const LONG = 0x80;
const LENGTH_BYTES_MAX = 3;
const BYTE = 256;

/** An element of a tag over contents one after the other. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(contents);
  return Buffer.concat([Uint8Array.of(tag), lengthOf(content.length), content]);
}

/** The elements that stand one after the other. Errors: `MESSAGE_MALFORMED` for what is cut off or has no definite length. */
export function readDer(bytes: Uint8Array): readonly DerElement[] {
  const elements: DerElement[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] ?? 0;
    const short = bytes[at + 1] ?? LONG;
    const count = short > LONG ? short - LONG : 0;
    if (short === LONG || count > LENGTH_BYTES_MAX) throw malformed('a length that is not definite');
    const from = at + 2 + count;
    const long = bytes.subarray(at + 2, from).reduce((sum, byte) => sum * BYTE + byte, 0);
    const to = from + (count > 0 ? long : short);
    if (to > bytes.length) throw malformed('an element is cut off');
    elements.push({ tag, content: bytes.subarray(from, to), whole: bytes.subarray(at, to) });
    at = to;
  }
  return elements;
}

function lengthOf(length: number): Uint8Array {
  if (length < LONG) return Uint8Array.of(length);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / BYTE)) bytes.unshift(rest % BYTE);
  return Uint8Array.of(LONG + bytes.length, ...bytes);
}

function malformed(fault: string): KitError {
  return new KitError('MESSAGE_MALFORMED', `DER: ${fault}`);
}
