import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { KitError } from '@gatehouse/shared/errors.ts';
import { canonicalJson, parseCanonical } from '@gatehouse/shared/journal/canonical.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { Identifier, InstantText } from '@gatehouse/shared/schema/fields.ts';
import { type Instant, instantText } from '@gatehouse/shared/values/instant.ts';
import { z } from 'zod';
import type { VenueSecret } from '../venues/define-connector.ts';

/** Which account of which venue a credential is for. */
export interface CredentialPlace {
  readonly venue: string;
  readonly account: string;
}

/** What may be shown of a credential. Shape: `fingerprint` says whether two are the same and nothing else. */
export interface CredentialLabel extends CredentialPlace {
  readonly fingerprint: string;
  readonly setAt: Instant;
}

/** What a credential is sealed with. Shape: the nonce is of 12 bytes from the system's random source and never used twice. */
interface Sealing {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
}

/** The bytes of nonce that sealing takes. */
export const CREDENTIAL_NONCE_BYTES = 12;

const TYPE = 'gatehouse/venue-credential/v1';
const CIPHER = 'aes-256-gcm';
const TAG_BYTES = 16;
const FINGERPRINT_DIGITS = 16;
const SECRET_LENGTH_MAX = 16_384;

const Base64 = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/, 'not base64');
const Label = {
  venue: Identifier,
  account: Identifier,
  fingerprint: z.string().regex(/^[0-9a-f]{16}$/, 'not a fingerprint'),
  setAt: InstantText,
};
const SealedCredential = z.strictObject({ ...Label, nonce: Base64, sealed: Base64 });
const Secret = z.strictObject({
  key: z.string().min(1).max(SECRET_LENGTH_MAX),
  secret: z.string().min(1).max(SECRET_LENGTH_MAX),
});

/** A credential as text that only the folder's key opens. Shape: place, date and fingerprint are in the open and sealed in. */
export function sealCredential(
  secret: VenueSecret,
  place: CredentialPlace & { readonly setAt: Instant },
  { key, nonce }: Sealing,
): string {
  const { key: name, secret: word } = decodeSecret(secret);
  const { venue, account, setAt } = place;
  const label: CredentialLabel = {
    venue,
    account,
    setAt,
    fingerprint: fingerprintOf({ key: name, secret: word }, key),
  };
  const cipher = createCipheriv(CIPHER, key, nonce);
  cipher.setAAD(associated(label));
  const text = canonicalJson({ key: name, secret: word });
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  const body = { ...wireLabel(label), nonce: base64(nonce), sealed: base64(sealed) };
  return `${TYPE}\n${canonicalJson(body)}\n`;
}

/** Whether two secrets are the same, told by a keyed hash that says nothing to who has no key. */
export function fingerprintOf({ key: name, secret }: VenueSecret, key: Uint8Array): string {
  const text = canonicalJson({ key: name, secret });
  return createHmac('sha256', key).update(`${TYPE}\n${text}`).digest('hex').slice(0, FINGERPRINT_DIGITS);
}

/** What may be shown of a sealed credential, without a key. Errors: `FILE_MALFORMED`. */
export function labelOf(text: string): CredentialLabel {
  const { venue, account, fingerprint, setAt } = read(text);
  return { venue, account, fingerprint, setAt };
}

/**
 * The secret in a sealed credential.
 *
 * Shape:  its words are not enumerable, so that neither JSON nor a log shows them by chance.
 * Errors: `FILE_MALFORMED` where it is none, was changed, is sealed with another key or is for another account.
 */
export function openCredential(text: string, place: CredentialPlace, key: Uint8Array): VenueSecret {
  const { nonce, sealed, ...label } = read(text);
  if (label.venue !== place.venue || label.account !== place.account) {
    throw malformed(place, new Error(`it is for ${label.account} at ${label.venue}`));
  }
  const bytes = Buffer.from(sealed, 'base64');
  try {
    const decipher = createDecipheriv(CIPHER, key, Buffer.from(nonce, 'base64'));
    decipher.setAAD(associated(label));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const opened = decipher.update(bytes.subarray(0, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
    return hidden(decodeSecret(JSON.parse(opened)));
  } catch (cause) {
    throw malformed(place, cause);
  }
}

function hidden({ key, secret }: VenueSecret): VenueSecret {
  const words = { key: { value: key, enumerable: false }, secret: { value: secret, enumerable: false } };
  return Object.freeze(Object.defineProperties({}, words)) as VenueSecret;
}

/** The problems of a secret are told without quoting it. */
function decodeSecret(secret: unknown): VenueSecret {
  const { key, secret: word } = (typeof secret === 'object' && secret !== null ? secret : {}) as Partial<VenueSecret>;
  return decode(Secret, { key, secret: word }, 'the credential');
}

function read(text: string): z.output<typeof SealedCredential> {
  const [type, body, end, ...more] = text.split('\n');
  try {
    if (type !== TYPE || body === undefined || end !== '' || more.length > 0) throw new Error('not its two lines');
    const read = decode(SealedCredential, parseCanonical(body), 'the credential');
    if (Buffer.from(read.nonce, 'base64').length !== CREDENTIAL_NONCE_BYTES)
      throw new Error('a nonce of another length');
    if (Buffer.from(read.sealed, 'base64').length <= TAG_BYTES) throw new Error('nothing is sealed in it');
    return read;
  } catch (cause) {
    throw malformed(undefined, cause);
  }
}

function associated(label: CredentialLabel): Buffer {
  return Buffer.from(`${TYPE}\n${canonicalJson(wireLabel(label))}\n`);
}

function wireLabel({ venue, account, fingerprint, setAt }: CredentialLabel) {
  return { venue, account, fingerprint, setAt: instantText(setAt) };
}

function malformed(place: CredentialPlace | undefined, cause: unknown): KitError {
  const which = place === undefined ? 'a file' : `the file of account ${place.account} at ${place.venue}`;
  return new KitError('FILE_MALFORMED', `${which} holds no credential that the key of its folder opens`, {
    hint: 'Rotate to a new credential, or restore file and key from the same copy.',
    cause,
  });
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
