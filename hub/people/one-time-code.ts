import { type Instant, toMillis } from '@gatehouse/shared/values/instant.ts';
import { generateURI, verify } from 'otplib';
import type { RandomBytes } from './secret-token.ts';

const STEP_SECONDS = 30;
const CODE = /^\d{6}$/;
const SECRET_BYTES = 20;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** A code that a person typed, and what it is checked against. */
export interface CodeAttempt {
  readonly secret: string;
  readonly code: string;
  readonly now: Instant;
  /** The step of the last code that was taken; it and earlier ones are taken never again. */
  readonly lastStep: number;
}

/** A new secret of 160 random bits in base 32. Source: RFC 4226 section 4, R6 recommends this length. */
export function newCodeSecret(random: RandomBytes): string {
  let bits = '';
  for (const byte of random(SECRET_BYTES)) bits += byte.toString(2).padStart(8, '0');
  return (bits.match(/.{5}/g) ?? []).map((five) => BASE32[Number.parseInt(five, 2)] ?? '').join('');
}

/** What an authenticator reads from the picture. */
export function codeUri(secret: string, login: string): string {
  return generateURI({ issuer: 'Gatehouse', label: login, secret });
}

/**
 * The step of a code that is right, at most one step early or late and never used before; otherwise undefined.
 *
 * Source: RFC 6238 section 5.2 (one step of delay, a code is accepted once).
 */
export async function acceptCode({ secret, code, now, lastStep }: CodeAttempt): Promise<number | undefined> {
  const token = code.replaceAll(/\s/g, '');
  if (!CODE.test(token)) return undefined;
  const epoch = Math.floor(toMillis(now) / 1_000);
  const result = await verify({ secret, token, epoch, epochTolerance: STEP_SECONDS });
  if (!result.valid || !('timeStep' in result)) return undefined;
  return result.timeStep > lastStep ? result.timeStep : undefined;
}
