import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** A request as it came over the wire. */
export interface WireRequest {
  readonly method: string;
  /** Path and query as they were sent. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Who may ask, and where. */
export interface KnownKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

const SKEW_MS_MAX = 15 * 60_000;
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;

/**
 * Why a request is refused, by the store's own word; undefined where its signature is right.
 *
 * Source: AWS General Reference, "Signature Version 4 signing process": written from the description, without the client's code.
 */
export function refusalOf(request: WireRequest, key: KnownKey, nowMs: number): string | undefined {
  const { headers, body } = request;
  const [, id, day = '', region, signedHeaders = '', signature = ''] =
    AUTHORIZATION.exec(headers.authorization ?? '') ?? [];
  if (id === undefined) return 'AccessDenied';
  if (id !== key.accessKeyId) return 'InvalidAccessKeyId';
  const stamp = `${headers['x-amz-date'] ?? ''}`;
  if (!stamp.startsWith(day)) return 'AccessDenied';
  if (Math.abs(instantOf(stamp) - nowMs) > SKEW_MS_MAX) return 'RequestTimeTooSkewed';
  if (region !== key.region) return 'AuthorizationHeaderMalformed';
  const names = signedHeaders.split(';');
  const mustSign = ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-amz-'))];
  if (mustSign.some((name) => !names.includes(name))) return 'AccessDenied';
  const hash = `${headers['x-amz-content-sha256'] ?? ''}`;
  const canonical = canonicalRequest(request, names, hash);
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${createHash('sha256').update(canonical).digest('hex')}`;
  const steps = [day, region, 's3', 'aws4_request'];
  const signing = steps.reduce<Buffer>((secret, step) => hmac(secret, step), Buffer.from(`AWS4${key.secretAccessKey}`));
  if (!timingSafeEqual(hmac(signing, text), Buffer.from(signature, 'hex'))) return 'SignatureDoesNotMatch';
  const isBody = hash === createHash('sha256').update(body).digest('hex');
  return isBody ? undefined : 'XAmzContentSHA256Mismatch';
}

function canonicalRequest({ method, target, headers }: WireRequest, names: readonly string[], hash: string): string {
  const [path = '/', query = ''] = target.split('?');
  const lines = names.map((name) => `${name}:${`${headers[name] ?? ''}`.trim().replace(/ +/g, ' ')}\n`);
  const encodedPath = path
    .split('/')
    .map((part) => encode(decodeURIComponent(part)))
    .join('/');
  return [method, encodedPath, canonicalQuery(query), lines.join(''), names.join(';'), hash].join('\n');
}

function canonicalQuery(query: string): string {
  if (query === '') return '';
  const pairs = query.split('&').map((pair) => {
    const [name = '', value = ''] = pair.split('=').map((part) => decodeURIComponent(part.replaceAll('+', ' ')));
    return [encode(name), encode(value)] as const;
  });
  const byName = (a: readonly [string, string], b: readonly [string, string]) => (a.join('=') < b.join('=') ? -1 : 1);
  return [...pairs]
    .sort(byName)
    .map((pair) => pair.join('='))
    .join('&');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** `20260105T090000Z` as milliseconds. */
function instantOf(stamp: string): number {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(stamp) ?? [];
  return Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
}
