import { createCipheriv, createDecipheriv, scryptSync } from 'node:crypto';
import { z } from 'zod';
import { KitError } from '../errors.ts';
import { canonicalJson, parseCanonical } from '../journal/canonical.ts';
import { decodeSignerKey, encodeSignerKey, type Signer } from '../journal/note.ts';
import { decode } from '../schema/decode.ts';

/** What a key is sealed with. Shape: 16 bytes of salt and 12 of nonce, from the system's random source and never used twice. */
export interface Sealing {
  readonly passphrase: string;
  readonly salt: Uint8Array;
  readonly nonce: Uint8Array;
}

/** The shortest passphrase. Units: characters. */
export const PASSPHRASE_LENGTH_MIN = 12;
/** The bytes of salt that sealing takes. */
export const SALT_BYTES = 16;
/** The bytes of nonce that sealing takes. */
export const NONCE_BYTES = 12;

const TYPE = 'gatehouse/sealed-key/v1';
const CIPHER = 'aes-256-gcm';
const TAG_BYTES = 16;
const SECRET_BYTES = 32;
/** 128 MiB and about half a second for one guess. Source: OWASP password storage, scrypt. */
const COST = { N: 131_072, r: 8, p: 1 };
const MEMORY_MAX = 256 * 1024 * 1024;

const Base64 = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/, 'not base64');
const SealedKey = z.strictObject({
  cipher: z.literal(CIPHER),
  kdf: z.strictObject({
    name: z.literal('scrypt'),
    // Whoever wrote the file must not choose how long opening it takes.
    N: z.literal(COST.N),
    r: z.literal(COST.r),
    p: z.literal(COST.p),
    salt: Base64,
  }),
  key: z.string().min(1).max(200),
  nonce: Base64,
  sealed: Base64,
});

/**
 * A signing key as text that only its passphrase opens.
 *
 * Shape:  its type on the first line, canonical JSON with the public half in the open on the second; the public half is sealed in.
 * Errors: `VALUE_MALFORMED` for a passphrase that is too short.
 */
export function sealKey(signer: Signer, { passphrase, salt, nonce }: Sealing): string {
  if ([...passphrase].length < PASSPHRASE_LENGTH_MIN) {
    throw new KitError('VALUE_MALFORMED', `a passphrase of less than ${PASSPHRASE_LENGTH_MIN} characters`, {
      hint: 'Choose several words that nobody else would put together.',
    });
  }
  const cipher = createCipheriv(CIPHER, secretOf(passphrase, salt), nonce);
  cipher.setAAD(associated(signer.verifierKey));
  const sealed = Buffer.concat([cipher.update(encodeSignerKey(signer), 'utf8'), cipher.final(), cipher.getAuthTag()]);
  const body = {
    cipher: CIPHER,
    kdf: { name: 'scrypt', ...COST, salt: base64(salt) },
    key: signer.verifierKey,
    nonce: base64(nonce),
    sealed: base64(sealed),
  };
  return `${TYPE}\n${canonicalJson(body)}\n`;
}

/** Whether a text is a sealed key, so that its reader knows whether to ask for a passphrase. */
export function isSealedKey(text: string): boolean {
  return text.startsWith(`${TYPE}\n`);
}

/**
 * The signer in a sealed key.
 *
 * Errors: `FILE_MALFORMED` where it is no sealed key; `FORBIDDEN` where the passphrase is wrong or the file was changed.
 */
export function openSealedKey(text: string, passphrase: string): Signer {
  const { kdf, key, nonce, sealed } = readSealed(text);
  const bytes = Buffer.from(sealed, 'base64');
  const decipher = createDecipheriv(
    CIPHER,
    secretOf(passphrase, Buffer.from(kdf.salt, 'base64')),
    Buffer.from(nonce, 'base64'),
  );
  decipher.setAAD(associated(key));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return decodeSignerKey(decipher.update(bytes.subarray(0, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8'));
  } catch (cause) {
    throw new KitError('FORBIDDEN', `the passphrase does not open the key ${key.split('+')[0]}`, {
      hint: 'Type it again; a passphrase that is lost cannot be found again, and the roots then name a new key.',
      cause,
    });
  }
}

/** The public half of a sealed key, which needs no passphrase. Errors: `FILE_MALFORMED`. */
export function publicHalfOf(text: string): string {
  return readSealed(text).key;
}

function readSealed(text: string): z.output<typeof SealedKey> {
  try {
    const [type, body, end, ...more] = text.split('\n');
    if (type !== TYPE || body === undefined || end !== '' || more.length > 0) throw new Error('not its two lines');
    const sealed = decode(SealedKey, parseCanonical(body), 'the sealed key');
    if (Buffer.from(sealed.nonce, 'base64').length !== NONCE_BYTES) throw new Error('a nonce of another length');
    if (Buffer.from(sealed.sealed, 'base64').length <= TAG_BYTES) throw new Error('nothing is sealed in it');
    return sealed;
  } catch (cause) {
    throw new KitError('FILE_MALFORMED', 'the file holds no sealed signing key', {
      hint: 'Restore it from a copy, or have the roots name a new key.',
      cause,
    });
  }
}

function secretOf(passphrase: string, salt: Uint8Array): Buffer {
  return scryptSync(passphrase.normalize('NFKC'), salt, SECRET_BYTES, { ...COST, maxmem: MEMORY_MAX });
}

function associated(verifierKey: string): Buffer {
  return Buffer.from(`${TYPE}\n${verifierKey}\n`);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
