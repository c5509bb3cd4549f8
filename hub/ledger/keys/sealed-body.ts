import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { assert } from '@gatehouse/shared/errors.ts';
import { bodyHash, SALT_BYTES } from '@gatehouse/shared/journal/entry.ts';

/** What is sealed of an entry. */
export interface SealableBody {
  readonly salt: Uint8Array;
  readonly bodyText: string;
}

/** A body that was opened. */
export interface OpenBody {
  readonly salt: Uint8Array;
  readonly body: string;
}

const CIPHER = 'aes-256-ctr';
const NONCE_BYTES = 12;
const BLOCK_BYTES = 16;
const BLOCKS_MAX = 2 ** 32;
const HASH_FIELD = '"bodyHash":"';
const HASH_LENGTH = 64;

/**
 * Seals bodies of a batch, some at a time, under one key.
 *
 * Shape: the 16 bytes of the first counter, then as many as salt and body have (AES-256-CTR). One stream of the cipher serves all bodies
 *        of a batch, each from the next whole block on, since making or calling a cipher takes longer than sealing a body. Whether a body
 *        is the one that was sealed is seen by the SHA-256 over salt and body in its header, which is chained and signed.
 */
export function bodySealer(key: Uint8Array): (bodies: readonly SealableBody[]) => readonly Buffer[] {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, createSecretKey(key), counterAt(nonce, 0));
  let first = 0;
  return (bodies) => {
    const lengths = bodies.map(({ bodyText }) => SALT_BYTES + Buffer.byteLength(bodyText, 'utf8'));
    const blocks = lengths.reduce((sum, length) => sum + blocksOf(length), 0);
    assert(first + blocks <= BLOCKS_MAX, 'one stream of a cipher never comes to its beginning again');
    const plain = Buffer.allocUnsafe(blocks * BLOCK_BYTES);
    const from: number[] = [];
    let at = 0;
    for (const [index, { salt, bodyText }] of bodies.entries()) {
      // Salt and body as one, since a salt beside its header would let short bodies be guessed.
      plain.set(salt, at);
      plain.write(bodyText, at + SALT_BYTES, 'utf8');
      from.push(at);
      at += blocksOf(lengths[index] ?? 0) * BLOCK_BYTES;
    }
    const sealed = cipher.update(plain);
    const base = first;
    first += blocks;
    const all = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + BLOCK_BYTES + length, 0));
    let end = 0;
    return from.map((start, index) => {
      const begin = end;
      all.set(nonce, begin);
      all.writeUInt32BE(base + start / BLOCK_BYTES, begin + NONCE_BYTES);
      end = begin + BLOCK_BYTES + sealed.copy(all, begin + BLOCK_BYTES, start, start + (lengths[index] ?? 0));
      return all.subarray(begin, end);
    });
  };
}

function blocksOf(length: number): number {
  return Math.ceil(length / BLOCK_BYTES);
}

/** Opens bodies. Shape: undefined where what comes out is not what the header names, whatever was changed. */
export function bodyOpener(): (key: Uint8Array, sealed: Uint8Array, header: string) => OpenBody | undefined {
  const keys = new WeakMap<Uint8Array, KeyObject>();
  const keyOf = (key: Uint8Array): KeyObject => {
    const known = keys.get(key) ?? createSecretKey(key);
    keys.set(key, known);
    return known;
  };
  return (key, sealed, header) => {
    if (sealed.length <= BLOCK_BYTES + SALT_BYTES) return undefined;
    const decipher = createDecipheriv(CIPHER, keyOf(key), sealed.subarray(0, BLOCK_BYTES));
    const plain = decipher.update(sealed.subarray(BLOCK_BYTES));
    const salt = plain.subarray(0, SALT_BYTES);
    const body = plain.toString('utf8', SALT_BYTES);
    return bodyHash(salt, body) === hashNamedIn(header) ? { salt, body } : undefined;
  };
}

function counterAt(nonce: Uint8Array, block: number): Buffer {
  const counter = Buffer.alloc(BLOCK_BYTES);
  counter.set(nonce);
  counter.writeUInt32BE(block, NONCE_BYTES);
  return counter;
}

/** The hash of the body, as a header in its canonical form names it; nothing before it can hold its name. */
function hashNamedIn(header: string): string {
  const from = header.indexOf(HASH_FIELD) + HASH_FIELD.length;
  return header.slice(from, from + HASH_LENGTH);
}
