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
 * Seals bodies one after the other under one key.
 *
 * Shape: the 16 bytes of the first counter, then as many as salt and body have (AES-256-CTR). One stream of the cipher serves all bodies
 *        of a batch, each from the next whole block on, since making a cipher takes longer than sealing a body. Whether a body is the one
 *        that was sealed is seen by the SHA-256 over salt and body in its header, which is chained and signed.
 */
export function bodySealer(key: Uint8Array): (body: SealableBody) => Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, createSecretKey(key), counterAt(nonce, 0));
  let block = 0;
  return ({ salt, bodyText }) => {
    // Salt and body as one, since a salt beside its header would let short bodies be guessed.
    const length = SALT_BYTES + Buffer.byteLength(bodyText, 'utf8');
    const blocks = Math.ceil(length / BLOCK_BYTES);
    assert(block + blocks <= BLOCKS_MAX, 'one stream of a cipher never comes to its beginning again');
    const plain = Buffer.allocUnsafe(blocks * BLOCK_BYTES);
    plain.set(salt);
    plain.write(bodyText, SALT_BYTES, 'utf8');
    const sealed = Buffer.concat([counterAt(nonce, block), cipher.update(plain).subarray(0, length)]);
    block += blocks;
    return sealed;
  };
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
