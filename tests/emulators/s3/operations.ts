import type { Bucket, ObjectVersion } from './bucket.ts';
import type { WireRequest } from './signature.ts';

/** What goes back over the wire. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const STATUS: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  SignatureDoesNotMatch: 403,
  InvalidAccessKeyId: 403,
  RequestTimeTooSkewed: 403,
  AuthorizationHeaderMalformed: 400,
  XAmzContentSHA256Mismatch: 400,
  BadDigest: 400,
  InvalidRequest: 400,
  MethodNotAllowed: 405,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  ObjectLockConfigurationNotFoundError: 404,
  PreconditionFailed: 412,
  InternalError: 500,
  SlowDown: 503,
};
const KEYS_A_PAGE = 1_000;

/** Answers a request whose signature was looked at; `refusal` is the word for why it is refused before anything else. */
export function answerTo(
  request: WireRequest,
  given: { readonly buckets: ReadonlyMap<string, Bucket>; readonly refusal: string | undefined },
): Answer {
  if (given.refusal !== undefined) return failure(given.refusal);
  const url = new URL(request.target, 'http://store');
  const [, name = '', ...rest] = url.pathname.split('/');
  const bucket = given.buckets.get(name);
  if (bucket === undefined) return failure('NoSuchBucket');
  const key = decodeURIComponent(rest.join('/'));
  return key === '' ? bucketAnswer(request, bucket, url.searchParams) : objectAnswer(request, { bucket, key, url });
}

function bucketAnswer({ method }: WireRequest, bucket: Bucket, query: URLSearchParams): Answer {
  if (method !== 'GET') return failure('MethodNotAllowed');
  if (query.has('object-lock')) {
    if (!bucket.hasLock) return failure('ObjectLockConfigurationNotFoundError');
    return xml('<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>');
  }
  if (query.has('versioning')) {
    const status = bucket.hasLock ? '<Status>Enabled</Status>' : '';
    return xml(`<VersioningConfiguration>${status}</VersioningConfiguration>`);
  }
  if (query.has('versions')) return versions(bucket, query.get('prefix') ?? '');
  return query.get('list-type') === '2' ? listing(bucket, query) : failure('MethodNotAllowed');
}

/** Source: Amazon S3 API Reference, ListObjectsV2. */
function listing(bucket: Bucket, query: URLSearchParams): Answer {
  const prefix = query.get('prefix') ?? '';
  const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
  const max = Math.min(KEYS_A_PAGE, Number(query.get('max-keys') ?? KEYS_A_PAGE));
  const found = bucket.keys().filter((key) => key.startsWith(prefix) && key > after);
  const page = found.slice(0, max);
  const isCut = found.length > page.length;
  const token = isCut ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
  const contents = page.map((key) => `<Contents><Key>${key}</Key></Contents>`).join('');
  return xml(`<ListBucketResult><IsTruncated>${isCut}</IsTruncated>${token}${contents}</ListBucketResult>`);
}

/** Source: Amazon S3 API Reference, ListObjectVersions: the newest version of each key first, markers apart. */
function versions(bucket: Bucket, prefix: string): Answer {
  const found = bucket.keysEver().filter((key) => key.startsWith(prefix));
  const parts = found.flatMap((key) =>
    bucket
      .versions(key)
      .toReversed()
      .map(({ id, bytes }) => {
        const tag = bytes === undefined ? 'DeleteMarker' : 'Version';
        return `<${tag}><Key>${key}</Key><VersionId>${id}</VersionId></${tag}>`;
      }),
  );
  return xml(`<ListVersionsResult><IsTruncated>false</IsTruncated>${parts.join('')}</ListVersionsResult>`);
}

function objectAnswer(
  { method, headers, body }: WireRequest,
  { bucket, key, url }: { readonly bucket: Bucket; readonly key: string; readonly url: URL },
): Answer {
  const versionId = url.searchParams.get('versionId') ?? undefined;
  if (method === 'DELETE') return done(bucket.delete(key, versionId), 204);
  if (url.searchParams.has('retention')) {
    if (method !== 'PUT') return retention(bucket.newest(key));
    const until = /<RetainUntilDate>([^<]+)</.exec(body.toString('utf8'))?.[1];
    return done(bucket.retain(key, Date.parse(until ?? '')), 200);
  }
  if (method === 'PUT') return done(bucket.put(key, body, headers), 200);
  if (method !== 'GET' && method !== 'HEAD') return failure('MethodNotAllowed');
  const version =
    versionId === undefined ? bucket.newest(key) : bucket.versions(key).find(({ id }) => id === versionId);
  if (version?.bytes === undefined) {
    const marker = version === undefined ? {} : { 'x-amz-delete-marker': 'true' };
    return { ...failure('NoSuchKey'), headers: marker };
  }
  return { status: 200, headers: { ...lockHeaders(version), 'x-amz-version-id': version.id }, body: version.bytes };
}

function retention(version: ObjectVersion | undefined): Answer {
  if (version?.lockedUntilMs === undefined) return failure('NoSuchKey');
  const until = new Date(version.lockedUntilMs).toISOString();
  return xml(`<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>${until}</RetainUntilDate></Retention>`);
}

function lockHeaders({ lockedUntilMs }: ObjectVersion): Readonly<Record<string, string>> {
  if (lockedUntilMs === undefined) return {};
  return {
    'x-amz-object-lock-mode': 'COMPLIANCE',
    'x-amz-object-lock-retain-until-date': new Date(lockedUntilMs).toISOString(),
  };
}

function done(refusal: string | undefined, status: number): Answer {
  return refusal === undefined ? { status, headers: {}, body: Buffer.alloc(0) } : failure(refusal);
}

function failure(code: string): Answer {
  const body = `<Error><Code>${code}</Code><Message>${code}</Message></Error>`;
  return { ...xml(body), status: STATUS[code] ?? 400 };
}

function xml(text: string): Answer {
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${text}`);
  return { status: 200, headers: { 'content-type': 'application/xml' }, body };
}
