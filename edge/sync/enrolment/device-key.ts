import 'reflect-metadata';
import { createCipheriv, createDecipheriv, randomBytes, scryptSync, webcrypto } from 'node:crypto';
import { keyFingerprint } from '@gatehouse/shared/enrolment/key-fingerprint.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { PASSPHRASE_LENGTH_MIN } from '@gatehouse/shared/governance/sealed-key.ts';
import * as x509 from '@peculiar/x509';
import { z } from 'zod';

/** The key by which this machine shows itself over TLS. It signs no record; the edge's own key does. */
export interface DeviceKey {
  /** PKCS #8. */
  readonly pem: string;
  /** PKCS #10 in DER, as base64, for a name. */
  readonly csr: string;
  /** What a person compares with what the console shows. */
  readonly fingerprint: string;
}

const CIPHER = 'aes-256-gcm';
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
/** 128 MiB and about half a second for one guess. Source: OWASP password storage, scrypt. */
const COST = { N: 131_072, r: 8, p: 1 };
const MEMORY_MAX = 256 * 1024 * 1024;
const SEALED_FOR = 'gatehouse/device-key/v1\n';
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

const Base64 = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/, 'not base64');

/** A private key as it lies on the disk. Shape: in the open, or sealed with a passphrase. */
export const StoredKey = z.discriminatedUnion('seal', [
  z.strictObject({ seal: z.literal('none'), pem: z.string().startsWith('-----BEGIN PRIVATE KEY-----\n').max(2_000) }),
  z.strictObject({
    seal: z.literal('scrypt'),
    // Whoever wrote the file must not choose how long opening it takes.
    N: z.literal(COST.N),
    r: z.literal(COST.r),
    p: z.literal(COST.p),
    salt: Base64,
    nonce: Base64,
    sealed: Base64,
  }),
]);
export type StoredKey = z.output<typeof StoredKey>;

x509.cryptoProvider.set(webcrypto);

/** Makes a new key and the request for a certificate in a name. */
export async function makeDeviceKey(edge: string): Promise<DeviceKey> {
  const keys = (await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [edge] }],
    keys,
    signingAlgorithm: ALGORITHM,
  });
  const pem = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  const spki = new Uint8Array(await webcrypto.subtle.exportKey('spki', keys.publicKey));
  return {
    pem: `${pem}\n`,
    csr: Buffer.from(request.rawData).toString('base64'),
    fingerprint: keyFingerprint(spki),
  };
}

/** The key as it is stored. Errors: `VALUE_MALFORMED` for a passphrase that is too short. */
export function storeKey(pem: string, passphrase: string | undefined): StoredKey {
  if (passphrase === undefined) return { seal: 'none', pem };
  if ([...passphrase].length < PASSPHRASE_LENGTH_MIN) {
    throw new KitError('VALUE_MALFORMED', `a passphrase of less than ${PASSPHRASE_LENGTH_MIN} characters`, {
      hint: 'Choose several words that nobody else would put together.',
    });
  }
  const [salt, nonce] = [randomBytes(SALT_BYTES), randomBytes(NONCE_BYTES)];
  const cipher = createCipheriv(CIPHER, derived(passphrase, salt), nonce);
  cipher.setAAD(Buffer.from(SEALED_FOR));
  const sealed = Buffer.concat([cipher.update(pem, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  const texts = { salt: salt.toString('base64'), nonce: nonce.toString('base64'), sealed: sealed.toString('base64') };
  return { seal: 'scrypt', ...COST, ...texts };
}

/** The key in the open. Errors: `FORBIDDEN` for a wrong or missing passphrase. */
export function openStoredKey(stored: StoredKey, passphrase: string | undefined): string {
  if (stored.seal === 'none') return stored.pem;
  if (passphrase === undefined) {
    throw new KitError('FORBIDDEN', 'the certificate’s key of this edge needs its passphrase', {
      hint: 'Name the file of the passphrase with GATEHOUSE_EDGE_PASSPHRASE_FILE.',
    });
  }
  const [salt, nonce, sealed] = [stored.salt, stored.nonce, stored.sealed].map((text) => Buffer.from(text, 'base64'));
  try {
    if (salt === undefined || sealed === undefined || nonce?.length !== NONCE_BYTES) throw new Error('not its parts');
    const decipher = createDecipheriv(CIPHER, derived(passphrase, salt), nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(SEALED_FOR));
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    return decipher.update(sealed.subarray(0, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  } catch (cause) {
    throw new KitError('FORBIDDEN', 'the passphrase does not open the certificate’s key of this edge', {
      hint: 'Type it again; where it is lost, enrol this edge again.',
      cause,
    });
  }
}

function derived(passphrase: string, salt: Uint8Array): Buffer {
  return scryptSync(passphrase.normalize('NFKC'), salt, KEY_BYTES, { ...COST, maxmem: MEMORY_MAX });
}
