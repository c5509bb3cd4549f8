import { setTimeout } from 'node:timers/promises';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { AwsClient } from 'aws4fetch';
import { boundedBytes } from '../tiles/log-reader.ts';
import { OBJECT_BYTES_MAX } from './archive-store.ts';
import type { S3Settings } from './s3-settings.ts';

/** A request to one bucket. Shape: without `key` it is to the bucket itself; `key` has the prefix already. */
export interface S3Request {
  readonly method: 'GET' | 'PUT' | 'HEAD';
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Statuses that are answers and no failures. */
  readonly answers?: readonly number[];
}

/** What a store answered. Shape: `code` is the store's own word for a failure. */
export interface S3Answer {
  readonly status: number;
  readonly code: string | undefined;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** Times of requests. Units: milliseconds. */
export interface S3Pace {
  readonly requestMs: number;
  readonly pauseMs: number;
  readonly tries: number;
}

/** Asks one store. Errors: `ARCHIVE_REFUSED`, `ARCHIVE_UNREACHABLE`, `ARCHIVE_DAMAGED` where bytes were changed on their way. */
export type S3Ask = (request: S3Request) => Promise<S3Answer>;

export const S3_PACE: S3Pace = { requestMs: 60_000, pauseMs: 250, tries: 5 };

const FACTOR = 2;
const CODE = /<Code>([A-Za-z0-9.]{1,100})<\/Code>/;
/** Words of a failure that goes by itself, whatever its status. */
const PASSING = [
  'SlowDown',
  'RequestTimeout',
  'InternalError',
  'ServiceUnavailable',
  'ConditionalRequestConflict',
  'BadDigest',
];
const BUSY = 429;
const SERVER_FAULT = 500;

/** Signs requests and sends them, each in its time, again where a failure may pass. Shape: tries and pauses have a bound. */
export function s3Client(settings: S3Settings, pace: S3Pace = S3_PACE): S3Ask {
  const { key, region } = settings;
  const client = new AwsClient({ ...key, service: 's3', region, retries: 0 });
  return async (request) => {
    for (let tried = 1; ; tried += 1) {
      const answer = await once(client, settings, { request, requestMs: pace.requestMs });
      if (!(answer instanceof KitError)) {
        const failure = failureOf(settings, request, answer);
        if (failure === undefined) return answer;
        if (failure.treatment.exit !== UNREACHABLE_EXIT || tried >= pace.tries) throw failure;
      } else if (tried >= pace.tries) throw answer;
      await setTimeout(pace.pauseMs * FACTOR ** (tried - 1));
    }
  };
}

const UNREACHABLE_EXIT = 4;

/** One try; a connection that failed is given back, since the next try may find it again. */
async function once(
  client: AwsClient,
  settings: S3Settings,
  { request, requestMs }: { readonly request: S3Request; readonly requestMs: number },
): Promise<S3Answer | KitError> {
  const { method, headers, body } = request;
  const signed = { ...headers, 'x-amz-content-sha256': sha256(body ?? '').toString('hex') };
  const sent = await client.sign(addressOf(settings, request), {
    method,
    headers: signed,
    redirect: 'manual',
    ...(body === undefined ? {} : { body: Uint8Array.from(body) }),
  });
  try {
    const response = await fetch(sent, { signal: AbortSignal.timeout(requestMs) });
    const bytes = await boundedBytes(response, OBJECT_BYTES_MAX);
    const length = response.headers.get('content-length');
    if (method === 'GET' && length !== null && Number(length) !== bytes.length)
      throw new Error('the answer was cut off');
    const code = response.ok ? undefined : CODE.exec(Buffer.from(bytes).toString('utf8'))?.[1];
    return { status: response.status, code, headers: response.headers, body: bytes };
  } catch (cause) {
    const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : describeError(cause);
    return new KitError('ARCHIVE_UNREACHABLE', `${placeOf(settings)} does not answer: ${reason}`, {
      hint: 'Check the address and the network; what is to be archived waits, and nothing is lost.',
      cause,
    });
  }
}

function addressOf({ endpoint, bucket }: S3Settings, { key, query }: S3Request): string {
  const path = key === undefined ? `/${bucket}` : `/${bucket}/${key}`;
  const search = new URLSearchParams(query).toString();
  return `${endpoint}${path}${search === '' ? '' : `?${search}`}`;
}

/** The store as messages name it. */
export function placeOf({ endpoint, bucket, prefix }: S3Settings): string {
  return `${endpoint}/${bucket}/${prefix}`;
}

/** What an answer is to us; undefined where it is one that was asked for. */
function failureOf(settings: S3Settings, request: S3Request, answer: S3Answer): KitError | undefined {
  const { status, code } = answer;
  if (status === 200 || request.answers?.includes(status) === true) return undefined;
  const at = request.key === undefined ? placeOf(settings) : `${placeOf(settings)}: ${request.key}`;
  const said = code ?? `status ${status}`;
  if (status >= SERVER_FAULT || status === BUSY || (code !== undefined && PASSING.includes(code))) {
    return new KitError('ARCHIVE_UNREACHABLE', `${at}: ${said}`, {
      hint: 'The store is busy or has a failure of its own; it is tried again.',
    });
  }
  return new KitError('ARCHIVE_REFUSED', `${at}: ${said}`, { hint: hintOf(answer) });
}

function hintOf({ code, status, headers }: S3Answer): string {
  if (code === 'RequestTimeTooSkewed') {
    return `The clocks differ: the store says that it is ${headers.get('date') ?? 'another time'}. Set the clock of this machine.`;
  }
  if (code === 'SignatureDoesNotMatch' || code === 'InvalidAccessKeyId') {
    return 'The key is not one of this store: look at the key file and at GATEHOUSE_ARCHIVE_REGION.';
  }
  if (code === 'NoSuchBucket') return 'Make the bucket with object lock, or correct GATEHOUSE_ARCHIVE.';
  if (status >= 300 && status < 400)
    return 'The bucket is in another region: set GATEHOUSE_ARCHIVE_REGION and the endpoint.';
  return 'The key may not do this: it needs PutObject, PutObjectRetention, GetObject, GetObjectRetention, ListBucket and the settings of the bucket.';
}
