import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { KitError } from '@gatehouse/shared/errors.ts';

/** The length of every key. Units: bytes. */
export const KEY_BYTES = 32;

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/**
 * Bytes under a key, bound to a context that is not stored with them.
 *
 * Shape: 12 random bytes, the 16 of the tag, then as many as the plain text has (AES-256-GCM).
 */
export function seal(key: Uint8Array, plain: Uint8Array, context: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce);
  cipher.setAAD(context);
  const sealed = cipher.update(plain);
  cipher.final();
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

/** The plain bytes; undefined where key, context or bytes are not those that were sealed. */
export function unseal(key: Uint8Array, sealed: Uint8Array, context: Uint8Array): Buffer | undefined {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES));
  decipher.setAAD(context);
  decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  const plain = decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES));
  try {
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}

/** A ring is a text: its first line says which one it is, every other line is a key by its name, wrapped under the firm's key. */
export interface Ring {
  readonly generation: number;
  readonly keys: ReadonlyMap<string, Buffer>;
  /** How many bytes of the text are whole lines; what follows was cut off by a crash. */
  readonly bytes: number;
  /** Its whole lines. */
  readonly text: string;
}

const TITLE = 'gatehouse/record-keys/v1';
/** A class and a month or a subject, and which key of that name it is. */
const NAME = /^(?:[a-z][a-z-]*\/\d{4}-\d{2}|subject\/[A-Za-z0-9][A-Za-z0-9._-]{0,63})\/[1-9]\d{0,5}$/;

/** Whether a text names a record key: `trading/2026-03/1` or `subject/c-81/1`. */
export function isKeyName(text: string): boolean {
  return NAME.test(text);
}

/** The first line of a ring. */
export function ringTitle(generation: number): string {
  return `${TITLE} ${generation}\n`;
}

/** The line of one key. */
export function ringLine(firmKey: Uint8Array, generation: number, named: { name: string; key: Uint8Array }): string {
  const { name, key } = named;
  return `${name} ${seal(firmKey, key, contextOf(generation, name)).toString('base64')}\n`;
}

/**
 * The keys of a ring.
 *
 * Shape:  of a ring that only grew since it was read before, the new lines are opened alone.
 * Errors: `FILE_MALFORMED` where a whole line is no key of this ring: a ring that was changed opens nothing.
 */
export function parseRing(
  text: string,
  { generation, firmKey }: { readonly generation: number; readonly firmKey: Uint8Array },
  before?: Ring,
): Ring {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const title = ringTitle(generation);
  if (!whole.startsWith(title)) throw malformed(generation, 'its first line');
  const known = before !== undefined && whole.startsWith(before.text) ? before : { keys: [], text: title };
  const keys = new Map<string, Buffer>(known.keys);
  const first = keys.size;
  const lines = whole.slice(known.text.length).split('\n').slice(0, -1);
  for (const [index, line] of lines.entries()) {
    const [name = '', wrapped = ''] = line.split(' ');
    const key = isKeyName(name)
      ? unseal(firmKey, Buffer.from(wrapped, 'base64'), contextOf(generation, name))
      : undefined;
    if (key?.length !== KEY_BYTES || keys.has(name)) throw malformed(generation, `line ${first + index + 2}`);
    keys.set(name, key);
  }
  return { generation, keys, bytes: Buffer.byteLength(whole), text: whole };
}

/** The names of the keys in a text that may be a ring; bytes of another kind name none. */
export function keyNamesIn(text: string): readonly string[] {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (!whole.startsWith(TITLE)) return [];
  return whole.split('\n').flatMap((line) => {
    const [name = '', wrapped] = line.split(' ');
    return wrapped !== undefined && isKeyName(name) ? [name] : [];
  });
}

function contextOf(generation: number, name: string): Buffer {
  return Buffer.from(`${TITLE}\n${generation}\n${name}`);
}

function malformed(generation: number, where: string): KitError {
  return new KitError('FILE_MALFORMED', `the record keys of ring ${generation} are damaged: ${where}`, {
    hint: 'Put the newest copy of the folder record-keys back; without its keys the bodies of records cannot be opened.',
  });
}
