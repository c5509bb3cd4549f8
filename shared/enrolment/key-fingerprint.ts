import { sha256 } from '../journal/canonical.ts';

const DIGITS = 32;

/**
 * What two people compare by eye or over the telephone to know that they mean the same key.
 *
 * Shape: the first 128 bits of the SHA-256, in groups of four hex digits.
 */
export function keyFingerprint(key: string | Uint8Array): string {
  const bytes = typeof key === 'string' ? new TextEncoder().encode(key) : key;
  const digits = sha256(bytes).toString('hex').slice(0, DIGITS);
  return (digits.match(/.{4}/g) ?? []).join(' ');
}
