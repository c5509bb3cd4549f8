import 'reflect-metadata';
import { webcrypto, X509Certificate } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addMs, fromMillis } from '@gatehouse/shared/values/instant.ts';
import * as x509 from '@peculiar/x509';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DEVICE_TERM_MS, loadAuthority } from './authority.ts';
import { KEY_ALGORITHM, newKeyPair, privateKeyPem } from './certificates.ts';

const now = fromMillis(Date.UTC(2026, 0, 5, 10));
const enrolment = 'E-0123456789abcdef';
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-authority-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const load = () => loadAuthority({ folder, hub: 'hub-1', now });

async function csrFor(name: string, algorithm: { readonly name: string } = KEY_ALGORITHM): Promise<string> {
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const request = await x509.Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm: algorithm });
  return Buffer.from(request.rawData).toString('base64');
}

test('the authority is made once, its key is its owner’s alone, and the next start finds the same one', async () => {
  const first = await load();
  expect((await load()).fingerprint).toBe(first.fingerprint);
  expect(readdirSync(folder).sort()).toEqual(['authority.key', 'authority.pem']);
  expect(statSync(join(folder, 'authority.key')).mode & 0o777).toBe(0o600);
  expect(new X509Certificate(first.certificatePem).ca).toBe(true);
});

test('two hubs that start at once end up with one authority', async () => {
  const both = await Promise.all([load(), load(), load()]);
  expect(new Set(both.map(({ fingerprint }) => fingerprint)).size).toBe(1);
});

test('a device certificate names its edge and enrolment, serves clients alone and ends after 30 days', async () => {
  const authority = await load();
  const made = await authority.issueDevice({ csr: await csrFor('CN=edge-2'), edge: 'edge-2', enrolment, now });
  const certificate = new X509Certificate(made.pem);
  expect(certificate.subject).toBe(`CN=edge-2\nOU=${enrolment}`);
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  expect(certificate.ca).toBe(false);
  expect(certificate.serialNumber).toBe(made.serial);
  expect(certificate.verify(new X509Certificate(authority.certificatePem).publicKey)).toBe(true);
  expect(certificate.validToDate.getTime()).toBe(Date.UTC(2026, 0, 5, 10) + DEVICE_TERM_MS);
  expect(made.notAfter).toBe(addMs(now, DEVICE_TERM_MS));
});

test.each([
  ['another edge’s name', () => csrFor('CN=edge-1')],
  ['two names', () => csrFor('CN=edge-2, CN=edge-1')],
  ['more than a name', () => csrFor('CN=edge-2, OU=E-0000000000000000')],
  [
    'a key of another kind',
    () => csrFor('CN=edge-2', { ...KEY_ALGORITHM, namedCurve: 'P-384' } as typeof KEY_ALGORITHM),
  ],
  ['no request at all', async () => Buffer.from('nonsense').toString('base64')],
  [
    'a signature of another key',
    async () => {
      const bytes = Buffer.from(await csrFor('CN=edge-2'), 'base64');
      bytes[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1;
      return bytes.toString('base64');
    },
  ],
])('a request with %s is refused', async (_what, make) => {
  const authority = await load();
  const asked = authority.issueDevice({ csr: await make(), edge: 'edge-2', enrolment, now });
  await expect(asked).rejects.toMatchObject({ code: 'VALUE_MALFORMED' });
});

test('a key that others may read, and half an authority, are refused', async () => {
  await load();
  chmodSync(join(folder, 'authority.key'), 0o644);
  await expect(load()).rejects.toMatchObject({ code: 'FOLDER_UNUSABLE' });
  rmSync(join(folder, 'authority.key'));
  await expect(load()).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a key of another authority is refused', async () => {
  await load();
  const keys = await newKeyPair();
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  writeFileSync(join(folder, 'authority.key'), `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`);
  await expect(load()).rejects.toMatchObject({ code: 'FILE_MALFORMED' });
});

test('an authority whose term is over signs nothing', async () => {
  await load();
  const late = loadAuthority({ folder, hub: 'hub-1', now: fromMillis(Date.UTC(2040, 0, 1)) });
  await expect(late).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});

test('a start that ended between the two files is completed by the next one', async () => {
  const { fingerprint } = await load();
  const [certificate, key] = ['authority.pem', 'authority.key'].map((name) => readFileSync(join(folder, name), 'utf8'));
  writeFileSync(join(folder, 'authority.both'), `${certificate}${key}`, { mode: 0o600 });
  rmSync(join(folder, 'authority.key'));
  expect((await load()).fingerprint).toBe(fingerprint);
  expect(readdirSync(folder).sort()).toEqual(['authority.key', 'authority.pem']);
});

test('an authority that the firm has, with an RSA key, signs what checks under its own certificate', async () => {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2_048 };
  const parameters = { ...algorithm, publicExponent: new Uint8Array([1, 0, 1]) };
  const keys = (await webcrypto.subtle.generateKey(parameters, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Firm authority',
    notBefore: new Date(Date.UTC(2025, 0, 1)),
    notAfter: new Date(Date.UTC(2035, 0, 1)),
    keys,
    signingAlgorithm: algorithm,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
  });
  const [keyFile, certificateFile] = [join(folder, 'firm.key'), join(folder, 'firm.pem')];
  writeFileSync(keyFile, await privateKeyPem(keys), { mode: 0o600 });
  writeFileSync(certificateFile, made.toString('pem'));
  const authority = await loadAuthority({ folder, hub: 'hub-1', now, given: { certificateFile, keyFile } });
  const issued = await authority.issueDevice({ csr: await csrFor('CN=edge-2'), edge: 'edge-2', enrolment, now });
  const parent = new X509Certificate(readFileSync(certificateFile));
  expect(new X509Certificate(issued.pem).checkIssued(parent)).toBe(true);
  expect(new X509Certificate(issued.pem).verify(parent.publicKey)).toBe(true);
});

test('an authority that stands below another one is refused, since the one above would be believed too', async () => {
  const [above, below] = [await newKeyPair(), await newKeyPair()];
  const certificate = await x509.X509CertificateGenerator.create({
    notBefore: new Date(Date.UTC(2025, 0, 1)),
    notAfter: new Date(Date.UTC(2035, 0, 1)),
    subject: 'CN=Below',
    issuer: 'CN=Above',
    publicKey: below.publicKey,
    signingKey: above.privateKey,
    signingAlgorithm: KEY_ALGORITHM,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
  });
  const given = { certificateFile: join(folder, 'below.pem'), keyFile: join(folder, 'below.key') };
  writeFileSync(given.certificateFile, certificate.toString('pem'));
  writeFileSync(given.keyFile, await privateKeyPem(below), { mode: 0o600 });
  await expect(loadAuthority({ folder, hub: 'hub-1', now, given })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('stands below another one'),
  });
});
