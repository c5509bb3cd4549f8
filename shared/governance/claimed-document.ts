import { KitError } from '../errors.ts';
import { type JsonValue, parseCanonical, sha256 } from '../journal/canonical.ts';

/**
 * What a signed document says of itself, before anybody has checked a signature.
 *
 * Shape: good for showing and for listing problems, never for acting on. `signers` are the names on its signature lines.
 */
export interface ClaimedDocument {
  readonly type: string;
  readonly value: JsonValue;
  /** The exact text that the signatures are over. */
  readonly text: string;
  readonly signers: readonly string[];
}

const SIGNATURE_LINE = /^— ([^\s+]+) [A-Za-z0-9+/=]+$/u;
/** The two lines of a typed document, and what the line break after them leaves. */
const LINES = 3;

/**
 * Reads a signed document without believing it.
 *
 * Errors: `MESSAGE_MALFORMED` where it is no signed document of two lines, or its value is not canonical.
 */
export function readClaimed(document: string): ClaimedDocument {
  const end = document.lastIndexOf('\n\n');
  const text = document.slice(0, end + 1);
  const [type, body, ...rest] = text.split('\n');
  if (end < 0 || type === undefined || body === undefined || rest.length !== LINES - 2) {
    throw new KitError('MESSAGE_MALFORMED', 'a signed document without its two lines and its signatures', {
      hint: 'Hand over the whole file that was signed, unchanged.',
    });
  }
  const signatures = document.slice(end + 2).split('\n');
  const signers = signatures.flatMap((line) => SIGNATURE_LINE.exec(line)?.[1] ?? []);
  return { type, value: parseCanonical(body), text, signers };
}

/**
 * The hash that a signed document is named by where signatures may be added later: SHA-256, in hex, over the signed text alone.
 *
 * Errors: as `readClaimed`.
 */
export function signedTextHash(document: string): string {
  return sha256(readClaimed(document).text).toString('hex');
}
