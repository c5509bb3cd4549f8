import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeHubConfig, readArchiveConfig, readHubConfig } from '@gatehouse/hub/config.ts';
import { s3Settings } from '@gatehouse/hub/ledger/archive/s3-settings.ts';
import { s3Store } from '@gatehouse/hub/ledger/archive/s3-store.ts';
import { describeError } from '@gatehouse/shared/errors.ts';
import { fromMillis } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { FAST, scratchFolder, settingsOf, testBucket } from './segments-stage.ts';

const BYTES = Buffer.from('sealed bytes');
const YEAR_MS = 365 * 86_400_000;
const YEARS = 7;

function lockedObject(path = 'segments/00000001/manifest', bytes: Uint8Array = BYTES) {
  return { path, bytes, retainUntil: fromMillis(Date.now() + YEARS * YEAR_MS) };
}

/** What a failure says to people, and everything that hangs on it. */
async function failureOf(work: Promise<unknown>) {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { code: (error as { code?: string } | undefined)?.code, says: describeError(error) };
}

test('what is put is locked in compliance mode until its date, and nobody can remove or shorten it', async () => {
  const { store, s3, attack } = await testBucket();
  await store.check();
  const object = lockedObject();
  expect(await store.put(object)).toBe('made');
  expect(await store.put(object)).toBe('there');
  const head = await store.head(object.path);
  expect(head?.bytes).toBe(BYTES.length);
  expect((head?.lockedUntil ?? 0n) >= object.retainUntil).toBe(true);
  const key = `firm/${object.path}`;
  const version = s3.bucket.newest(key)?.id ?? '';
  expect(await attack('DELETE', `${key}?versionId=${version}`)).toBe(403);
  const shorter = new Date(Date.now() + 60_000).toISOString();
  const retention = `<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>${shorter}</RetainUntilDate></Retention>`;
  expect(await attack('PUT', `${key}?retention=`, Buffer.from(retention))).toBe(403);
  expect(s3.bucket.versions(key).length).toBe(1);
  // Once the date is over, and only then, it may go.
  s3.skew((YEARS + 1) * YEAR_MS);
  expect(s3.bucket.delete(key, version)).toBe(undefined);
});

test('other bytes at a path are refused, and a newer version that somebody else put is seen', async () => {
  const { store, s3, attack } = await testBucket();
  const object = lockedObject();
  await store.put(object);
  await expect(store.put({ ...object, bytes: Buffer.from('other') })).rejects.toMatchObject({
    code: 'ARCHIVE_DAMAGED',
  });
  await attack('PUT', `firm/${object.path}`, Buffer.from('other'));
  expect(Buffer.from((await store.get(object.path)) ?? []).toString()).toBe('other');
  expect((await store.head(object.path))?.lockedUntil).toBe(undefined);
  expect(s3.bucket.versions(`firm/${object.path}`).length).toBe(2);
});

test('a bucket without object lock, or none at all, is refused with the cure', async () => {
  const { s3 } = await testBucket();
  for (const bucket of ['unlocked', 'nobody']) {
    const { code, says } = await failureOf(s3Store(settingsOf(s3, bucket), FAST).check());
    expect(code).toBe('ARCHIVE_REFUSED');
    expect(says).toContain(bucket);
    expect(says).toContain('object lock');
  }
});

test('a store that is busy, fails or cuts the connection is asked again, and the object is there once', async () => {
  for (const kind of ['busy', 'internal-error', 'cut-before', 'cut-after'] as const) {
    const { store, s3 } = await testBucket();
    s3.fail({ kind, method: 'PUT', times: 2 });
    await store.put(lockedObject());
    expect(s3.bucket.versions('firm/segments/00000001/manifest').length, kind).toBe(1);
  }
});

test('an answer that ends early is never taken for the object', async () => {
  const { store, s3 } = await testBucket();
  const object = lockedObject('segments/00000001/log', Buffer.alloc(100_000, 7));
  await store.put(object);
  s3.fail({ kind: 'half-answer', method: 'GET', times: 1 });
  expect(Buffer.compare((await store.get(object.path)) ?? Buffer.alloc(0), object.bytes)).toBe(0);
});

test('tries have a bound: a store that stays busy or silent is a failure outside', async () => {
  const { s3, store } = await testBucket();
  s3.fail({ kind: 'busy', method: 'GET', times: 1_000 });
  await expect(store.get('segments/00000001/manifest')).rejects.toMatchObject({ code: 'ARCHIVE_UNREACHABLE' });
  expect(s3.requests.length).toBe(FAST.tries);
  const { s3: silent } = await testBucket();
  silent.fail({ kind: 'silent', method: 'GET', times: 1_000 });
  const patient = s3Store(settingsOf(silent), { requestMs: 100, pauseMs: 1, tries: 2 });
  await expect(patient.get('segments/00000001/manifest')).rejects.toMatchObject({ code: 'ARCHIVE_UNREACHABLE' });
});

test('a wrong clock, a wrong key and a wrong region are refused with their cure and without the secret', async () => {
  const { s3, store } = await testBucket();
  s3.skew(3_600_000);
  expect((await failureOf(store.get('x'))).says).toContain('Set the clock');
  s3.skew(0);
  const settings = settingsOf(s3);
  const secretAccessKey = 'another-secret-of-the-firm';
  const wrong = await failureOf(s3Store({ ...settings, key: { ...settings.key, secretAccessKey } }, FAST).get('x'));
  expect(wrong.code).toBe('ARCHIVE_REFUSED');
  expect(wrong.says).toContain('SignatureDoesNotMatch');
  expect(wrong.says).not.toContain(secretAccessKey);
  const away = await failureOf(s3Store({ ...settings, region: 'us-west-9' }, FAST).get('x'));
  expect(away.says).toContain('AuthorizationHeaderMalformed');
});

test('a listing is read page by page, in order, below the prefix alone', async () => {
  const { s3, store } = await testBucket();
  const names = Array.from({ length: 1_005 }, (_, index) => `segments/${`${index}`.padStart(8, '0')}/manifest`);
  for (const name of names) s3.bucket.put(`firm/${name}`, BYTES, {});
  s3.bucket.put('other/segments/00000001/manifest', BYTES, {});
  const first = await store.list('segments/', '');
  const second = await store.list('segments/', first.at(-1) ?? '');
  expect([...first, ...second]).toEqual(names);
  expect(first.length).toBe(1_000);
});

test('the key of the store is in no setting that is shown, and its file must be the owner’s alone', () => {
  const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
  const environment = {
    GATEHOUSE_DATA: '/tmp/none',
    GATEHOUSE_PORT: '0',
    GATEHOUSE_ENTITY: 'Demo',
    GATEHOUSE_ARCHIVE: 's3://records/firm',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: secret,
  };
  const shown = describeHubConfig(readHubConfig(environment));
  expect(shown).toContain('s3://records/firm');
  expect(shown).not.toContain(secret);
  expect(s3Settings(readArchiveConfig(environment)).key.secretAccessKey).toBe(secret);

  const keyFile = join(scratchFolder(), 'archive.key');
  writeFileSync(keyFile, `[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = ${secret}\n`);
  chmodSync(keyFile, 0o644);
  const config = { place: 's3://records/firm/', keyFile };
  expect(() => s3Settings(config)).toThrow(/may be read by others/);
  chmodSync(keyFile, 0o600);
  const settings = s3Settings(config);
  expect([settings.key.secretAccessKey, settings.prefix, settings.endpoint]).toEqual([
    secret,
    'firm/',
    'https://s3.us-east-1.amazonaws.com',
  ]);
});

test('an address with a key in it, and a key that no header can carry, are refused without being repeated', () => {
  const secret = 'wJalrXUtnFEMI';
  const settings = () => s3Settings({ place: `s3://AKIDEXAMPLE:${secret}@records/firm` });
  expect(settings).toThrow(/GATEHOUSE_ARCHIVE is/);
  expect(settings).not.toThrow(secret);
  const keyFile = join(scratchFolder(), 'archive.key');
  const lines = [
    'aws_access_key_id = AKIDEXAMPLE',
    'aws_secret_access_key = x',
    `aws_session_token = ${secret}\u0001x`,
  ];
  writeFileSync(keyFile, lines.join('\n'), { mode: 0o600 });
  expect(() => s3Settings({ place: 's3://records', keyFile })).toThrow(/holds no key/);
});

test('headers of records never travel in the open to another machine', () => {
  const key = { accessKeyId: 'a', secretAccessKey: 'b' };
  expect(() => s3Settings({ place: 's3://records', endpoint: 'http://store.example:9000', ...key })).toThrow(
    /no address of an S3 store/,
  );
  expect(s3Settings({ place: 's3://records', endpoint: 'http://127.0.0.1:9000', ...key }).bucket).toBe('records');
});
