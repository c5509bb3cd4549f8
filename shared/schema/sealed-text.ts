import { z } from 'zod';

/** The longest text that is sealed as one field. Units: bytes. */
export const SEALED_FIELD_BYTES_MAX = 4_000;

const PREFIX = 'sealed:v1:';
const OVERHEAD_BYTES = 28;
const LENGTH_MAX = PREFIX.length + Math.ceil(((SEALED_FIELD_BYTES_MAX + OVERHEAD_BYTES) * 4) / 3);

/**
 * Personal data as it lies in a record: sealed under the key of the person that it is about.
 *
 * Shape: `sealed:v1:` and base64url of 12 random bytes, 16 of a tag, and the sealed bytes (AES-256-GCM). It is hashed and stored as it is;
 *        once the key is destroyed nobody can read it.
 */
export const SealedText = z
  .string()
  .max(LENGTH_MAX)
  .regex(/^sealed:v1:[A-Za-z0-9_-]{38,}$/, 'not a sealed text');

export type SealedText = z.output<typeof SealedText>;

/** The text of sealed bytes. */
export function sealedText(bytes: Uint8Array): SealedText {
  return `${PREFIX}${Buffer.from(bytes).toString('base64url')}`;
}

/** The bytes of a sealed text; undefined where it has not its form. */
export function sealedBytes(text: string): Uint8Array | undefined {
  return SealedText.safeParse(text).success ? Buffer.from(text.slice(PREFIX.length), 'base64url') : undefined;
}
