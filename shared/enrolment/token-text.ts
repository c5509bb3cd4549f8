import { KitError } from '../errors.ts';
import { canonicalJson, parseCanonical, sha256 } from '../journal/canonical.ts';
import { decode, encode } from '../schema/decode.ts';
import { EnrolmentToken } from '../schema/enrolment.ts';

const PREFIX = 'gatehouse-enrol-1';
const CHECK_LENGTH = 8;
const TEXT_LENGTH_MAX = 2_000;
const FORM = new RegExp(`^${PREFIX}\\.([A-Za-z0-9_-]+)\\.([0-9a-f]{${CHECK_LENGTH}})$`);

/**
 * A token as one word that can be copied, pasted and read from paper.
 *
 * Shape: a name, the canonical JSON in base64url, and the start of its SHA-256, which finds a slip of the hand.
 */
export function tokenText(token: EnrolmentToken): string {
  const body = Buffer.from(canonicalJson(encode(EnrolmentToken, token))).toString('base64url');
  return `${PREFIX}.${body}.${checkOf(body)}`;
}

/** The token in a text, with spaces and line breaks around it or in it. Errors: `VALUE_MALFORMED`; the message never repeats the token. */
export function parseTokenText(text: string): EnrolmentToken {
  const word = text.length > TEXT_LENGTH_MAX ? '' : text.replace(/\s+/g, '');
  const [, body, check] = FORM.exec(word) ?? [];
  if (body === undefined || checkOf(body) !== check) throw malformed();
  try {
    return decode(EnrolmentToken, parseCanonical(Buffer.from(body, 'base64url').toString('utf8')), 'the token');
  } catch {
    // What was wrong with it may repeat its secret, so the cause stays behind.
    throw malformed();
  }
}

function checkOf(body: string): string {
  return sha256('gatehouse/enrolment-token/v1\n', body).toString('hex').slice(0, CHECK_LENGTH);
}

function malformed(): KitError {
  return new KitError('VALUE_MALFORMED', 'the text is no enrolment token, or a part of it is missing', {
    hint: 'Copy the whole token from the console, or have a new one issued.',
  });
}
