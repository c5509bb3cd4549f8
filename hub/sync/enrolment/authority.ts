import 'reflect-metadata';
import { createPrivateKey, type KeyObject, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { type Instant, toMillis } from '@gatehouse/shared/values/instant.ts';
import * as x509 from '@peculiar/x509';
import {
  type CertificateSigner,
  KEY_ALGORITHM,
  type MadeCertificate,
  makeDeviceCertificate,
  makeRoot,
  makeServerCertificate,
  newKeyPair,
  privateKeyPem,
  publicKeyOfRequest,
  type SigningAlgorithm,
} from './certificates.ts';

/** Where the authority comes from. Shape: `given` names the files of an authority that the firm has; else ours is made once. */
export interface AuthorityOptions {
  readonly folder: string;
  readonly hub: string;
  readonly now: Instant;
  readonly given?: { readonly certificateFile: string; readonly keyFile: string } | undefined;
}

/** Signs the certificates of edges and of the hub's own doors. Certificates give access, never authenticity of records. */
export interface Authority {
  readonly certificatePem: string;
  /** SHA-256 of the certificate in DER, hex: what a token pins. */
  readonly fingerprint: string;
  /** Errors: `VALUE_MALFORMED` for a request that does not fit. */
  issueDevice(request: DeviceRequest): Promise<MadeCertificate>;
  issueServer(request: ServerRequest): Promise<MadeCertificate & { readonly keyPem: string }>;
}

/** A certificate for an edge. Shape: `csr` as base64 of its DER. */
export interface DeviceRequest {
  readonly csr: string;
  readonly edge: string;
  readonly enrolment: string;
  readonly now: Instant;
}

/** A certificate for a door, reached by these names or addresses. */
export interface ServerRequest {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly now: Instant;
}

/** How long a device's certificate is good. Units: milliseconds. */
export const DEVICE_TERM_MS = 30 * 86_400_000;
/** How long the certificate of a door is good; a new one is made well before. Units: milliseconds. */
export const SERVER_TERM_MS = 30 * 86_400_000;

const AUTHORITY_TERM_MS = 10 * 365 * 86_400_000;
const CERTIFICATE_NAME = 'authority.pem';
const KEY_NAME = 'authority.key';
const BOTH_NAME = 'authority.both';
const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_FOLDER = 0o700;
const RIGHTS_OF_OTHERS = 0o077;
const RSA_BITS_MIN = 2_048;
const CURVES: Readonly<Record<string, SigningAlgorithm>> = {
  prime256v1: KEY_ALGORITHM,
  secp384r1: { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
};

/**
 * The hub's certificate authority: the given one, or its own, made at the first start.
 *
 * Shape:  `authority.key` and `authority.pem` lie in the folder; the key is its owner's alone.
 * Errors: `FILE_MALFORMED` where the files hold no authority or do not belong together; `FOLDER_UNUSABLE` where others may
 *         read the key; `CONFIG_INVALID` where the authority's term is over or it stands below another; `NOT_FOUND` where only one of the two files is there.
 */
export async function loadAuthority(options: AuthorityOptions): Promise<Authority> {
  const { folder, given, now } = options;
  const certificateFile = given?.certificateFile ?? join(folder, CERTIFICATE_NAME);
  const keyFile = given?.keyFile ?? join(folder, KEY_NAME);
  if (given === undefined && (await isUnmade(folder))) await makeOwn(options);
  const [certificatePem, keyPem] = [await readPart(certificateFile), await readKey(keyFile)];
  return authorityOf({ certificatePem, keyPem, certificateFile, now });
}

async function authorityOf(files: {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly certificateFile: string;
  readonly now: Instant;
}): Promise<Authority> {
  const { certificatePem, keyPem, certificateFile, now } = files;
  const { certificate, key } = parsed(certificatePem, keyPem, certificateFile);
  if (!certificate.ca || !certificate.checkPrivateKey(key)) {
    throw malformed(certificateFile, 'is no certificate of an authority with this key');
  }
  if (!certificate.checkIssued(certificate)) {
    // With it every certificate of the one above would be believed too.
    throw new KitError('CONFIG_INVALID', `the certificate authority in ${certificateFile} stands below another one`, {
      hint: 'Give the hub an authority that signs itself and nothing but the edges of this hub, or let it make its own.',
    });
  }
  if (certificate.validToDate.getTime() <= toMillis(now)) {
    throw new KitError(
      'CONFIG_INVALID',
      `the certificate authority in ${certificateFile} ended ${certificate.validTo}`,
      {
        hint: 'Give the hub a new authority and enrol the edges again; or set the clock right, if it is wrong.',
      },
    );
  }
  const signer = await signerOf(certificate, key);
  return {
    certificatePem: `${certificate.toString().trim()}\n`,
    fingerprint: sha256(certificate.raw).toString('hex'),
    issueDevice: async ({ csr, edge, enrolment, now: at }) => {
      const publicKey = await publicKeyOfRequest(csr, edge);
      return makeDeviceCertificate(signer, publicKey, { name: edge, unit: enrolment, now: at, termMs: DEVICE_TERM_MS });
    },
    issueServer: async ({ name, hosts, now: at }) => {
      const keys = await newKeyPair();
      const terms = { name, hosts, now: at, termMs: SERVER_TERM_MS };
      const made = await makeServerCertificate(signer, keys.publicKey, terms);
      return { ...made, keyPem: await privateKeyPem(keys) };
    },
  };
}

/** The key is linked in last and never replaces one, so of two hubs that start at once both end up with the same authority. */
async function makeOwn({ folder, hub, now }: AuthorityOptions): Promise<void> {
  await mkdir(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
  const keys = await newKeyPair();
  const root = await makeRoot(keys, { name: `Gatehouse ${hub} authority`, now, termMs: AUTHORITY_TERM_MS });
  const text = `${root.pem}${await privateKeyPem(keys)}`;
  // One file holds both while they are made: a crash between two files would leave half an authority behind.
  const both = join(folder, BOTH_NAME);
  await placeOnce(both, text);
  // Where it is gone again, another hub has made both in the meantime.
  const [certificate, key] = splitPem(await readFile(both, 'utf8').catch(() => ''));
  if (certificate !== undefined) await placeOnce(join(folder, CERTIFICATE_NAME), certificate);
  if (key !== undefined) await placeOnce(join(folder, KEY_NAME), key);
  await rm(both, { force: true });
}

/** Neither of the two files is there, or a start ended between them. */
async function isUnmade(folder: string): Promise<boolean> {
  if (await isThere(join(folder, BOTH_NAME))) return true;
  return !(await isThere(join(folder, KEY_NAME))) && !(await isThere(join(folder, CERTIFICATE_NAME)));
}

async function placeOnce(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  const handle = await open(draft, 'wx', OWNER_ONLY_FILE);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await chmod(draft, OWNER_ONLY_FILE);
  await link(draft, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(draft);
}

function splitPem(text: string): readonly string[] {
  return text.match(/-----BEGIN [^-]+-----[\s\S]+?-----END [^-]+-----\n/g) ?? [];
}

function parsed(certificatePem: string, keyPem: string, file: string) {
  try {
    return { certificate: new X509Certificate(certificatePem), key: createPrivateKey(keyPem) };
  } catch {
    // The cause may repeat a part of the key.
    throw malformed(file, 'or the file of its key cannot be read as PEM');
  }
}

async function signerOf(certificate: X509Certificate, key: KeyObject): Promise<CertificateSigner> {
  const algorithm = algorithmOf(key);
  const der = key.export({ type: 'pkcs8', format: 'der' });
  const imported = await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
  return { certificate: new x509.X509Certificate(certificate.raw), key: imported, algorithm };
}

function algorithmOf(key: KeyObject): SigningAlgorithm {
  const { namedCurve = '', modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  const curve = key.asymmetricKeyType === 'ec' ? CURVES[namedCurve] : undefined;
  if (curve !== undefined) return curve;
  if (key.asymmetricKeyType === 'rsa' && modulusLength >= RSA_BITS_MIN) {
    return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  }
  throw new KitError(
    'CONFIG_INVALID',
    `the authority's key is of a kind that is not used here: ${key.asymmetricKeyType}`,
    {
      hint: 'Use a key on the curve P-256 or P-384, or an RSA key of 2048 bits or more.',
    },
  );
}

async function readKey(path: string): Promise<string> {
  const rights = await stat(path).catch((cause: unknown) => {
    throw missing(path, cause);
  });
  if (process.platform !== 'win32' && (rights.mode & RIGHTS_OF_OTHERS) !== 0) {
    throw new KitError('FOLDER_UNUSABLE', `${path} may be read by others`, {
      hint: `Run: chmod 600 ${path}. If others had access to this machine, make a new authority and enrol again.`,
    });
  }
  return readPart(path);
}

function readPart(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw missing(path, cause);
  });
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function missing(path: string, cause: unknown): KitError {
  return new KitError('NOT_FOUND', `${path} of the certificate authority cannot be read`, {
    hint: 'Restore it from a backup; without it every edge has to be enrolled again.',
    cause,
  });
}

function malformed(path: string, what: string): KitError {
  return new KitError('FILE_MALFORMED', `${path} ${what}`, {
    hint: 'Restore certificate and key of the authority from one backup.',
  });
}
