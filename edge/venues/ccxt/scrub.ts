import type { VenueSecret } from '../define-connector.ts';

const SIGNATURE = /(signature["']?\s*[=:]\s*["']?)[^"'&\s,}]+/gi;
const QUERY = /(\b(?:https?|wss?):\/\/[^\s?"']+)\?[^\s"']*/gi;
const KEY_HEADER = /(apikey["']?\s*[=:]\s*["']?)[^"'&\s,}]+/gi;
const SHOWN_MAX = 500;

/**
 * A text without anything that could sign or be a signature: queries of addresses, signatures, the key and the secret.
 *
 * Shape: ccxt quotes whole addresses in its errors, and a signed request carries its signature there.
 */
export function scrub(text: string, secret: VenueSecret | undefined): string {
  let clean = text.replace(QUERY, '$1').replace(SIGNATURE, '$1…').replace(KEY_HEADER, '$1…');
  for (const word of [secret?.secret, secret?.key]) {
    if (word !== undefined && word !== '') clean = clean.replaceAll(word, '…');
  }
  return clean.length <= SHOWN_MAX ? clean : `${clean.slice(0, SHOWN_MAX)}…`;
}
