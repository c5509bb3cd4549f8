import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { keyFingerprint } from '@gatehouse/shared/enrolment/key-fingerprint.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { addMs, type Instant, toMillis } from '@gatehouse/shared/values/instant.ts';
import * as x509 from '@peculiar/x509';

/** A pair of keys of the Web Cryptography API. */
export type KeyPair = webcrypto.CryptoKeyPair;

/** Who signs certificates: its own certificate and the key behind it. */
export interface CertificateSigner {
  readonly certificate: x509.X509Certificate;
  readonly key: webcrypto.CryptoKey;
  readonly algorithm: SigningAlgorithm;
}

/** How a key signs, as the Web Cryptography API wants it. */
export interface SigningAlgorithm {
  readonly name: 'ECDSA' | 'RSASSA-PKCS1-v1_5';
  readonly namedCurve?: string;
  readonly hash: string;
}

/** What a certificate says. Shape: exactly one of the two purposes; only a server has host names. */
export interface CertificateTerms {
  readonly name: string;
  /** The second part of the name: which enrolment a device's certificate belongs to. */
  readonly unit?: string;
  readonly hosts?: readonly string[];
  readonly now: Instant;
  readonly termMs: number;
}

/** A certificate that was made. Shape: `serial` in upper-case hex, as TLS shows it. */
export interface MadeCertificate {
  readonly pem: string;
  readonly serial: string;
  readonly notBefore: Instant;
  readonly notAfter: Instant;
}

/** The curve that every key of ours lies on; each broker and TLS library knows it. */
export const KEY_ALGORITHM: SigningAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A clock that is a little behind must not refuse a new certificate. */
const BACKDATED_MS = 3_600_000;
const SERIAL_BYTES = 16;
const MS_PER_SECOND = 1_000;
const IP_ADDRESS = /^[0-9.]+$|:/;

x509.cryptoProvider.set(webcrypto);

/** A new pair of keys whose private half can be exported. */
export function newKeyPair(): Promise<KeyPair> {
  return webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']) as Promise<KeyPair>;
}

/** The private half of a pair as the PEM text of PKCS #8. */
export async function privateKeyPem({ privateKey }: KeyPair): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', privateKey), 'PRIVATE KEY').concat('\n');
}

/** A certificate that signs others and, with no other above it, itself. */
export async function makeRoot(keys: KeyPair, terms: CertificateTerms): Promise<MadeCertificate> {
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    ...(await frameOf(terms)),
    name: nameOf(terms),
    keys,
    signingAlgorithm: KEY_ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return madeOf(made, terms);
}

/** A certificate by which a device shows its name and nothing else. Source: RFC 5280 4.2.1.12 (extended key usage). */
export function makeDeviceCertificate(
  signer: CertificateSigner,
  publicKey: webcrypto.CryptoKey,
  terms: CertificateTerms,
): Promise<MadeCertificate> {
  return makeLeaf(signer, publicKey, { ...terms, purposes: [x509.ExtendedKeyUsage.clientAuth] });
}

/** The certificate of the hub's own doors; it also opens a broker of the firm's own. */
export function makeServerCertificate(
  signer: CertificateSigner,
  publicKey: webcrypto.CryptoKey,
  terms: CertificateTerms,
): Promise<MadeCertificate> {
  const purposes = [x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth];
  return makeLeaf(signer, publicKey, { ...terms, purposes });
}

async function makeLeaf(
  { certificate, key, algorithm }: CertificateSigner,
  publicKey: webcrypto.CryptoKey,
  terms: CertificateTerms & { readonly purposes: readonly string[] },
): Promise<MadeCertificate> {
  const names = (terms.hosts ?? []).map((value) => ({ type: IP_ADDRESS.test(value) ? 'ip' : 'dns', value }) as const);
  const made = await x509.X509CertificateGenerator.create({
    ...(await frameOf(terms)),
    subject: nameOf(terms),
    issuer: certificate.subjectName,
    signingKey: key,
    publicKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([...terms.purposes], true),
      await x509.AuthorityKeyIdentifierExtension.create(certificate),
      ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
    ],
  });
  return madeOf(made, terms);
}

/**
 * The public key in a certificate request, once everything about it fits.
 *
 * Errors: `VALUE_MALFORMED` where it is no request, its signature is wrong, its key is of another kind or its name is not the
 *         one that was allowed; nothing else that a request may ask for is taken from it.
 */
export async function publicKeyOfRequest(csr: string, name: string): Promise<webcrypto.CryptoKey> {
  const request = readRequest(csr);
  const isSigned = await request.verify().catch(() => false);
  if (!isSigned) throw badRequest('its own signature is wrong');
  if (JSON.stringify(request.subjectName.toJSON()) !== JSON.stringify([{ CN: [name] }])) {
    throw badRequest(`it asks for the name ${JSON.stringify(request.subject.slice(0, 100))}, not ${name}`);
  }
  return request.publicKey.export(KEY_ALGORITHM as EcKeyImportParams, ['verify']).catch((cause: unknown) => {
    throw badRequest('its key does not lie on the curve P-256', cause);
  });
}

/** The SHA-256 of a public key (SPKI, DER), as people compare it. */
export async function publicKeyFingerprint(key: webcrypto.CryptoKey): Promise<string> {
  return keyFingerprint(new Uint8Array(await webcrypto.subtle.exportKey('spki', key)));
}

interface EcKeyImportParams {
  readonly name: string;
  readonly namedCurve: string;
}

function readRequest(csr: string): x509.Pkcs10CertificateRequest {
  try {
    return new x509.Pkcs10CertificateRequest(Buffer.from(csr, 'base64'));
  } catch (cause) {
    throw badRequest('it has not the form of PKCS #10', cause);
  }
}

function badRequest(why: string, cause?: unknown): KitError {
  return new KitError('VALUE_MALFORMED', `the certificate request is refused: ${why}`, {
    hint: 'Start the enrolment again with "gatehouse enrol" and the token of this edge.',
    cause,
  });
}

async function frameOf({ now, termMs }: CertificateTerms) {
  // The first bit stays zero, since a number in DER is signed, and the second is set, so that it is never short.
  const serial = randomBytes(SERIAL_BYTES);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return {
    serialNumber: serial.toString('hex'),
    notBefore: dateOf(addMs(now, -BACKDATED_MS)),
    notAfter: dateOf(addMs(now, termMs)),
  };
}

function nameOf({ name, unit }: CertificateTerms): { [key: string]: string[] }[] {
  return unit === undefined ? [{ CN: [name] }] : [{ CN: [name] }, { OU: [unit] }];
}

function madeOf(made: x509.X509Certificate, { now, termMs }: CertificateTerms): MadeCertificate {
  return {
    pem: `${made.toString('pem')}\n`,
    serial: made.serialNumber.toUpperCase(),
    notBefore: addMs(now, -BACKDATED_MS),
    notAfter: addMs(now, termMs),
  };
}

/** Certificates count in whole seconds. */
function dateOf(at: Instant): Date {
  return new Date(Math.floor(toMillis(at) / MS_PER_SECOND) * MS_PER_SECOND);
}
