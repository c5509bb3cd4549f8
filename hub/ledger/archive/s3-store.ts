import { createHash } from 'node:crypto';
import { KitError } from '@gatehouse/shared/errors.ts';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { fromMillis, type Instant, toMillis } from '@gatehouse/shared/values/instant.ts';
import { type ArchiveStore, LIST_PAGE_MAX, type NewObject, VERSIONS_MAX } from './archive-store.ts';
import { placeOf, type S3Answer, type S3Ask, type S3Pace, s3Client } from './s3-client.ts';
import type { S3Settings } from './s3-settings.ts';

const NOT_FOUND = 404;
const THERE_ALREADY = 412;
const LOCK_MODE = 'COMPLIANCE';
const SECOND_MS = 1_000;
const VERSION = /<Version>(.*?)<\/Version>/gs;
const VERSION_ID = /<VersionId>([A-Za-z0-9._-]{1,1024})<\/VersionId>/;
const KEY = /<Key>([^<]{1,1024})<\/Key>/g;

/**
 * The archive in a bucket with object lock in compliance mode: until its date nobody can change or remove an object, the firm's own
 * administrators included.
 *
 * Source: Amazon S3 API Reference, PutObject (If-None-Match, x-amz-object-lock-mode), GetObjectLockConfiguration, GetBucketVersioning.
 */
export function s3Store(settings: S3Settings, pace?: S3Pace): ArchiveStore {
  const ask = s3Client(settings, pace);
  const keyOf = (path: string): string => `${settings.prefix}${path}`;
  const get = async (path: string): Promise<Uint8Array | undefined> => {
    const { status, body } = await ask({ method: 'GET', key: keyOf(path), answers: [NOT_FOUND] });
    return status === NOT_FOUND ? undefined : body;
  };
  return {
    place: placeOf(settings),
    hasLocks: true,
    check: () => assertLocks(settings, ask),
    get,
    earlier: (path) => earlierVersions(ask, keyOf(path)),
    async put(object) {
      const { status } = await ask({
        method: 'PUT',
        key: keyOf(object.path),
        body: object.bytes,
        headers: headersOf(object),
        answers: [THERE_ALREADY],
      });
      if (status !== THERE_ALREADY) return 'made';
      const there = await get(object.path);
      if (there !== undefined && Buffer.compare(there, object.bytes) === 0) return 'there';
      throw new KitError('ARCHIVE_DAMAGED', `${object.path} is in ${placeOf(settings)} with other bytes`, {
        hint: 'Nothing is written there any more; keep it as it is and run "gatehouse archive verify".',
      });
    },
    async head(path) {
      const answer = await ask({ method: 'HEAD', key: keyOf(path), answers: [NOT_FOUND] });
      if (answer.status === NOT_FOUND) return undefined;
      const lockedUntil = lockOf(answer);
      const bytes = Number(answer.headers.get('content-length') ?? 0);
      return lockedUntil === undefined ? { bytes } : { bytes, lockedUntil };
    },
    async list(prefix, after) {
      const query = { 'list-type': '2', prefix: keyOf(prefix), 'max-keys': `${LIST_PAGE_MAX}` };
      const page = after === '' ? query : { ...query, 'start-after': keyOf(after) };
      const { body } = await ask({ method: 'GET', query: page });
      const keys = [...Buffer.from(body).toString('utf8').matchAll(KEY)].map(([, key = '']) => key);
      return keys.filter((key) => key.startsWith(settings.prefix)).map((key) => key.slice(settings.prefix.length));
    },
  };
}

/** Source: Amazon S3 API Reference, ListObjectVersions: the newest version of a key comes first; a marker that hides it is none. */
async function* earlierVersions(ask: S3Ask, key: string): AsyncIterable<Uint8Array> {
  const { body } = await ask({ method: 'GET', query: { versions: '', prefix: key, 'max-keys': `${VERSIONS_MAX}` } });
  for (const [, version = ''] of Buffer.from(body).toString('utf8').matchAll(VERSION)) {
    const id = VERSION_ID.exec(version)?.[1];
    if (id === undefined || !version.includes(`<Key>${key}</Key>`)) continue;
    const found = await ask({ method: 'GET', key, query: { versionId: id }, answers: [NOT_FOUND] });
    if (found.status !== NOT_FOUND) yield found.body;
  }
}

/** Both checksums, since not every store knows the newer one. */
function headersOf({ bytes, retainUntil }: NewObject): Readonly<Record<string, string>> {
  return {
    'content-md5': createHash('md5').update(bytes).digest('base64'),
    'x-amz-checksum-sha256': sha256(bytes).toString('base64'),
    'x-amz-object-lock-mode': LOCK_MODE,
    'x-amz-object-lock-retain-until-date': lockDate(retainUntil),
    'if-none-match': '*',
  };
}

/** A lock is in whole seconds; it is rounded up, so that it never ends early. */
function lockDate(at: Instant): string {
  return new Date(Math.ceil(toMillis(at) / SECOND_MS) * SECOND_MS).toISOString().replace('.000Z', 'Z');
}

function lockOf({ headers }: S3Answer): Instant | undefined {
  const until = Date.parse(headers.get('x-amz-object-lock-retain-until-date') ?? '');
  const isLocked = headers.get('x-amz-object-lock-mode') === LOCK_MODE && Number.isFinite(until);
  return isLocked ? fromMillis(until) : undefined;
}

async function assertLocks(settings: S3Settings, ask: S3Ask): Promise<void> {
  const lock = await ask({ method: 'GET', query: { 'object-lock': '' }, answers: [NOT_FOUND] });
  if (lock.code === 'NoSuchBucket') throw withoutLock(settings, 'is not there');
  const hasLock = lock.status === 200 && includes(lock, '<ObjectLockEnabled>Enabled</ObjectLockEnabled>');
  if (!hasLock) throw withoutLock(settings, 'has no object lock');
  const versioning = await ask({ method: 'GET', query: { versioning: '' } });
  if (!includes(versioning, '<Status>Enabled</Status>')) throw withoutLock(settings, 'keeps no versions');
}

function includes({ body }: S3Answer, text: string): boolean {
  return Buffer.from(body).toString('utf8').includes(text);
}

function withoutLock(settings: S3Settings, what: string): KitError {
  return new KitError('ARCHIVE_REFUSED', `the bucket ${settings.bucket} at ${settings.endpoint} ${what}`, {
    hint: 'Make a bucket with object lock (aws s3api create-bucket --object-lock-enabled-for-bucket) and name it in GATEHOUSE_ARCHIVE.',
  });
}
