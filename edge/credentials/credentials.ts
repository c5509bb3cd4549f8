import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { Identifier } from '@gatehouse/shared/schema/fields.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { z } from 'zod';
import { syncFolder, writeDurably } from '../journal/durable-file.ts';
import { ensureFolder } from '../journal/journal-folder.ts';
import { fileFailure } from '../journal/sql-failure.ts';
import type { VenueSecret } from '../venues/define-connector.ts';
import { type CredentialKey, hasCredentialKey, makeCredentialKey, openCredentialKey } from './credential-key.ts';
import { readPrivateFile } from './private-file.ts';
import { createRedaction, type Redaction } from './redaction.ts';
import {
  CREDENTIAL_NONCE_BYTES,
  type CredentialLabel,
  type CredentialPlace,
  fingerprintOf,
  labelOf,
  openCredential,
  sealCredential,
} from './sealed-credential.ts';

/** A folder of venue credentials, and what opens it. Shape: without a passphrase its key lies beside the files. */
export interface CredentialFolder {
  readonly folder: string;
  readonly passphrase?: string | undefined;
}

/** The credentials of an edge that runs. */
export interface Credentials {
  /**
   * A way to the secret of one account, which looks with each call whether it was replaced.
   *
   * Errors: of the call: `NOT_FOUND`, `FORBIDDEN`, `FILE_MALFORMED`; a secret that was taken away or damaged is never used on.
   */
  secretOf(venue: string, account: string): () => VenueSecret;
  /** Takes every secret that was handed out, and those before it, out of a text. */
  readonly redact: Redaction;
  /** What a person should be told at the start. */
  readonly warning: string | undefined;
}

/** The credentials lie in this folder below the data of an edge. */
export const CREDENTIALS_NAME = 'credentials';

const SUFFIX = '.sealed';
const OWNER_ONLY = 0o700;
/** So many secrets, of old and new, are kept out of texts. */
const REMEMBERED_MAX = 200;
const Place = z.strictObject({ venue: Identifier, account: Identifier });

/** Opens a folder of credentials. Errors: those of `openCredentialKey`. */
export function openCredentials({ folder, passphrase }: CredentialFolder): Credentials {
  const key = openCredentialKey(folder, passphrase);
  const remembered = new Set<string>();
  const remember = (secret: VenueSecret): void => {
    for (const word of [secret.key, secret.secret]) {
      remembered.delete(word);
      remembered.add(word);
    }
    for (const word of remembered) if (remembered.size > REMEMBERED_MAX) remembered.delete(word);
  };
  return {
    warning: key.warning,
    redact: createRedaction(() => remembered),
    secretOf: (venue, account) => {
      const place = decode(Place, { venue, account }, 'the venue account');
      let known: { readonly stamp: string; readonly secret: VenueSecret } | undefined;
      return () => {
        const { text, stamp } = readPrivateFile(pathOf(folder, place));
        if (known?.stamp === stamp) return known.secret;
        known = { stamp, secret: openCredential(text, place, key.bytes) };
        remember(known.secret);
        return known.secret;
      };
    },
  };
}

/** Keeps a first credential of an account. Errors: `STATE_CONFLICT` where there is one; `FORBIDDEN`; those of `writeDurably`. */
export async function setCredential(
  at: CredentialFolder,
  place: CredentialPlace & { readonly setAt: Instant },
  secret: VenueSecret,
): Promise<{ readonly label: CredentialLabel; readonly warning: string | undefined }> {
  if (existsSync(pathOf(at.folder, checked(place)))) {
    throw new KitError('STATE_CONFLICT', `account ${place.account} at ${place.venue} has a credential already`, {
      hint: 'Use "gatehouse credentials rotate" to put another in its place.',
    });
  }
  ensureFolder(at.folder);
  if (process.platform !== 'win32') chmodSync(at.folder, OWNER_ONLY);
  const key = hasCredentialKey(at.folder)
    ? openCredentialKey(at.folder, at.passphrase)
    : await makeCredentialKey(at.folder, at.passphrase);
  return write(at.folder, key, { place, secret });
}

/**
 * Puts a new credential in the place of an account's old one, whole or not at all.
 *
 * Errors: `NOT_FOUND` where there is none; `STATE_CONFLICT` for the same one again; `FORBIDDEN`; those of `writeDurably`.
 */
export async function rotateCredential(
  at: CredentialFolder,
  place: CredentialPlace & { readonly setAt: Instant },
  secret: VenueSecret,
): Promise<{ readonly label: CredentialLabel; readonly warning: string | undefined }> {
  const before = labelOf(readPrivateFile(pathOf(at.folder, checked(place))).text);
  const key = openCredentialKey(at.folder, at.passphrase);
  if (before.fingerprint === fingerprintOf(secret, key.bytes)) {
    throw new KitError('STATE_CONFLICT', `account ${place.account} at ${place.venue} has this very credential`, {
      hint: 'Have the venue make a new key first.',
    });
  }
  return write(at.folder, key, { place, secret });
}

/** Takes the credential of an account away; the edge can then not connect to it again. Errors: `NOT_FOUND`. */
export async function removeCredential(folder: string, place: CredentialPlace): Promise<CredentialLabel> {
  const path = pathOf(folder, checked(place));
  const label = labelOf(readPrivateFile(path).text);
  rmSync(path);
  await syncFolder(folder);
  return label;
}

/** What may be shown of every credential in a folder, in the order of their names. Errors: `FORBIDDEN`, `FILE_MALFORMED`. */
export function listCredentials(folder: string): readonly CredentialLabel[] {
  if (!existsSync(folder)) return [];
  const names = namesIn(folder).filter((name) => name.endsWith(SUFFIX));
  return names.sort().map((name) => labelOf(readPrivateFile(join(folder, name)).text));
}

async function write(
  folder: string,
  key: CredentialKey,
  { place, secret }: { readonly place: CredentialPlace & { readonly setAt: Instant }; readonly secret: VenueSecret },
): Promise<{ readonly label: CredentialLabel; readonly warning: string | undefined }> {
  const text = sealCredential(secret, place, { key: key.bytes, nonce: randomBytes(CREDENTIAL_NONCE_BYTES) });
  await writeDurably(pathOf(folder, place), text);
  return { label: labelOf(text), warning: key.warning };
}

function checked<P extends CredentialPlace>(place: P): P {
  decode(Place, { venue: place.venue, account: place.account }, 'the venue account');
  return place;
}

/** No identifier holds the sign between the two, so no two places share a name. */
function pathOf(folder: string, { venue, account }: CredentialPlace): string {
  return join(folder, `${venue}@${account}${SUFFIX}`);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    throw fileFailure(cause, folder);
  }
}
