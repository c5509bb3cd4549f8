import { sha256 } from '@gatehouse/shared/journal/canonical.ts';

/** Gives unguessable bytes; a process owns one source and tests own another. */
export type RandomBytes = (length: number) => Uint8Array;

const TOKEN_BYTES = 32;
const TOKEN_PATTERN = /^[A-Za-z0-9_-]{43}$/;

/** A new token of 256 random bits, fit for a link or a cookie. */
export function newToken(random: RandomBytes): string {
  return Buffer.from(random(TOKEN_BYTES)).toString('base64url');
}

export function isToken(text: string): boolean {
  return TOKEN_PATTERN.test(text);
}

/** What is stored of a token. A fast hash is enough: nobody guesses 256 random bits. */
export function tokenHash(token: string): string {
  return sha256('gatehouse/token/v1\n', token).toString('hex');
}
