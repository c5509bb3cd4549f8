import { KitError } from '@gatehouse/shared/errors.ts';

/** A file in a tar archive. */
export interface TarFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

const BLOCK = 512;
const NAME_MAX = 100;
const MAGIC_AT = 257;
const SUM_AT = 148;
const SUM_LENGTH = 8;
const TYPE_AT = 156;
const SIZE_AT = 124;
const OCTAL = 8;
const FILE_TYPE = '0';
const FILES_MAX = 100_000;

/**
 * Files as one tar archive, which any computer can unpack; the same files make the same bytes.
 *
 * Errors: `VALUE_MALFORMED` for a path that the form cannot hold.
 * Source: POSIX.1-1988 ustar.
 */
export function makeTar(files: readonly TarFile[]): Buffer {
  const parts = files.flatMap(({ path, bytes }) => {
    const rest = bytes.length % BLOCK;
    return [headerOf(path, bytes.length), bytes, Buffer.alloc(rest === 0 ? 0 : BLOCK - rest)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

/** The files of a tar archive. Errors: `FILE_MALFORMED` for anything but plain files that are whole. */
export function readTar(bytes: Uint8Array): readonly TarFile[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const files: TarFile[] = [];
  for (let at = 0; at + BLOCK <= buffer.length; ) {
    const header = buffer.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return files;
    const path = textAt(header, 0, NAME_MAX);
    const size = Number.parseInt(textAt(header, SIZE_AT, 12), OCTAL);
    const from = at + BLOCK;
    const isPlain = header.compare(headerOf(path, Number.isSafeInteger(size) ? size : 0)) === 0;
    if (!isPlain || from + size > buffer.length || files.length === FILES_MAX) throw malformed(at);
    files.push({ path, bytes: buffer.subarray(from, from + size) });
    at = from + Math.ceil(size / BLOCK) * BLOCK;
  }
  throw malformed(buffer.length);
}

function headerOf(path: string, size: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  if (Buffer.byteLength(path) > NAME_MAX || path === '') {
    throw new KitError('VALUE_MALFORMED', `a path of ${Buffer.byteLength(path)} bytes in a tar archive`);
  }
  header.write(path, 0, 'utf8');
  header.write('0000444\0', 100, 'latin1');
  header.write('0000000\0', 108, 'latin1');
  header.write('0000000\0', 116, 'latin1');
  header.write(`${size.toString(OCTAL).padStart(11, '0')}\0`, SIZE_AT, 'latin1');
  header.write('00000000000\0', 136, 'latin1');
  header.fill(' ', SUM_AT, SUM_AT + SUM_LENGTH);
  header.write(FILE_TYPE, TYPE_AT, 'latin1');
  header.write('ustar\x0000', MAGIC_AT, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(OCTAL).padStart(6, '0')}\0 `, SUM_AT, 'latin1');
  return header;
}

function textAt(header: Buffer, from: number, length: number): string {
  const text = header.toString('utf8', from, from + length);
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

function malformed(at: number): KitError {
  return new KitError('FILE_MALFORMED', `a tar archive that has not our form at byte ${at}`);
}
