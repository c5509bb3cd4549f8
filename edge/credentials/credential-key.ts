import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import { PASSPHRASE_LENGTH_MIN } from '@gatehouse/shared/governance/sealed-key.ts';
import { canonicalJson, parseCanonical } from '@gatehouse/shared/journal/canonical.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { z } from 'zod';
import { writeDurably } from '../journal/durable-file.ts';
import { readPrivateFile } from './private-file.ts';

/** The key that a folder of credentials is sealed with. Shape: `warning` is for a person, where the key itself lies in the open. */
export interface CredentialKey {
  readonly bytes: Buffer;
  readonly warning: string | undefined;
}

const KEY_NAME = 'credentials.key';
const TYPE = 'gatehouse/credential-key/v1';
const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** 128 MiB and about half a second for one guess. Source: OWASP password storage, scrypt. */
const COST = { N: 131_072, r: 8, p: 1 };
const MEMORY_MAX = 256 * 1024 * 1024;

const Base64 = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/, 'not base64');
const KeyFile = z.discriminatedUnion('kdf', [
  z.strictObject({ kdf: z.literal('none'), key: Base64 }),
  z.strictObject({
    kdf: z.literal('scrypt'),
    // Whoever wrote the file must not choose how long opening it takes.
    N: z.literal(COST.N),
    r: z.literal(COST.r),
    p: z.literal(COST.p),
    salt: Base64,
    nonce: Base64,
    sealed: Base64,
  }),
]);

/** Whether the folder has a key yet, so that its writer knows whether one is to be made. */
export function hasCredentialKey(folder: string): boolean {
  return existsSync(join(folder, KEY_NAME));
}

/** Whether the folder's key needs a passphrase. Errors: as `openCredentialKey`. */
export function needsPassphrase(folder: string): boolean {
  return readKeyFile(folder).kdf === 'scrypt';
}

/** Makes the key of a folder. Errors: `VALUE_MALFORMED` for a passphrase that is too short; those of `writeDurably`. */
export async function makeCredentialKey(folder: string, passphrase: string | undefined): Promise<CredentialKey> {
  const bytes = randomBytes(KEY_BYTES);
  const body = passphrase === undefined ? { kdf: 'none' as const, key: base64(bytes) } : sealed(bytes, passphrase);
  await writeDurably(join(folder, KEY_NAME), `${TYPE}\n${canonicalJson(body)}\n`);
  return { bytes, warning: passphrase === undefined ? warningOf(folder) : undefined };
}

/**
 * The key of a folder.
 *
 * Errors: `NOT_FOUND` where there is none; `FORBIDDEN` for a wrong or missing passphrase and for a file that others may read;
 *         `FILE_MALFORMED`.
 */
export function openCredentialKey(folder: string, passphrase: string | undefined): CredentialKey {
  const file = readKeyFile(folder);
  if (file.kdf === 'none') return { bytes: lengthChecked(Buffer.from(file.key, 'base64')), warning: warningOf(folder) };
  if (passphrase === undefined) {
    throw new KitError('FORBIDDEN', 'the venue credentials need their passphrase', {
      hint: 'Name the file of the passphrase, or type it where you are asked.',
    });
  }
  const [salt, nonce, bytes] = [file.salt, file.nonce, file.sealed].map((text) => Buffer.from(text, 'base64'));
  if (salt === undefined || nonce?.length !== NONCE_BYTES || bytes?.length !== KEY_BYTES + TAG_BYTES) throw malformed();
  const decipher = createDecipheriv(CIPHER, derived(passphrase, salt), nonce);
  decipher.setAAD(Buffer.from(TYPE));
  decipher.setAuthTag(bytes.subarray(KEY_BYTES));
  try {
    const opened = Buffer.concat([decipher.update(bytes.subarray(0, KEY_BYTES)), decipher.final()]);
    return { bytes: opened, warning: undefined };
  } catch (cause) {
    throw new KitError('FORBIDDEN', 'the passphrase does not open the venue credentials', {
      hint: 'Type it again; one that is lost cannot be found again, and the credentials are then set anew.',
      cause,
    });
  }
}

function sealed(bytes: Buffer, passphrase: string): z.output<typeof KeyFile> {
  if ([...passphrase].length < PASSPHRASE_LENGTH_MIN) {
    throw new KitError('VALUE_MALFORMED', `a passphrase of less than ${PASSPHRASE_LENGTH_MIN} characters`, {
      hint: 'Choose several words that nobody else would put together.',
    });
  }
  const [salt, nonce] = [randomBytes(SALT_BYTES), randomBytes(NONCE_BYTES)];
  const cipher = createCipheriv(CIPHER, derived(passphrase, salt), nonce);
  cipher.setAAD(Buffer.from(TYPE));
  const closed = Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  return { kdf: 'scrypt', ...COST, salt: base64(salt), nonce: base64(nonce), sealed: base64(closed) };
}

function readKeyFile(folder: string): z.output<typeof KeyFile> {
  const [type, body, end, ...more] = readPrivateFile(join(folder, KEY_NAME)).text.split('\n');
  if (type !== TYPE || body === undefined || end !== '' || more.length > 0) throw malformed();
  try {
    return decode(KeyFile, parseCanonical(body), 'the key of the credentials');
  } catch (cause) {
    throw malformed(cause);
  }
}

function lengthChecked(bytes: Buffer): Buffer {
  if (bytes.length !== KEY_BYTES) throw malformed();
  return bytes;
}

function derived(passphrase: string, salt: Uint8Array): Buffer {
  return scryptSync(passphrase.normalize('NFKC'), salt, KEY_BYTES, { ...COST, maxmem: MEMORY_MAX });
}

function warningOf(folder: string): string {
  return (
    `The venue credentials in ${folder} are sealed with a key that lies beside them, readable by this user alone: ` +
    'whoever can read all files of this user can read them. Give them a passphrase to change that.'
  );
}

function malformed(cause?: unknown): KitError {
  return new KitError('FILE_MALFORMED', `${KEY_NAME} holds no key of venue credentials`, {
    hint: 'Restore it from a copy; without it the credentials are set anew.',
    cause,
  });
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
