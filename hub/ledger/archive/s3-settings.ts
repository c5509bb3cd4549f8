import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { KitError } from '@gatehouse/shared/errors.ts';

/** Where the archive is, as the environment names it. Shape: `place` is a folder or `s3://bucket/prefix`; absent for the default folder. */
export interface ArchiveConfig {
  readonly place?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
}

/** Who asks an S3 store. */
export interface S3Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** An S3 store, one bucket and a prefix in it. Shape: `endpoint` has no slash at its end; `prefix` is empty or ends with one. */
export interface S3Settings {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly key: S3Key;
}

const ADDRESS = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([A-Za-z0-9._/-]{0,200}))?$/;
const REGION_DEFAULT = 'us-east-1';
const RIGHTS_OF_OTHERS = 0o077;
const PLAIN = /^[\x21-\x7e]*$/;
const KEY_FILE_BYTES_MAX = 10_000;

/** Whether an archive's place is an S3 store. */
export function isS3Address(place: string): boolean {
  return place.startsWith('s3:');
}

/** Reads what names an S3 store and its key. Errors: `CONFIG_INVALID`, `FOLDER_UNUSABLE`; no message repeats a secret. */
export function s3Settings(config: ArchiveConfig): S3Settings {
  const [, bucket, prefix = ''] = ADDRESS.exec(config.place ?? '') ?? [];
  if (bucket === undefined || prefix.includes('//')) {
    // Some programs take a key in an address of this kind.
    const shown = config.place?.includes('@') ? 'an address with a key in it' : config.place;
    throw new KitError('CONFIG_INVALID', `GATEHOUSE_ARCHIVE is ${shown}`, {
      hint: 'Name a folder, or a bucket and a prefix in it as s3://bucket/prefix.',
    });
  }
  const region = config.region ?? REGION_DEFAULT;
  const endpoint = (config.endpoint ?? `https://s3.${region}.amazonaws.com`).replace(/\/+$/, '');
  assertSafe(endpoint);
  const trimmed = prefix.replace(/\/+$/, '');
  return { endpoint, region, bucket, prefix: trimmed === '' ? '' : `${trimmed}/`, key: keyOf(config) };
}

/** Headers of records travel in the open without TLS, which is nobody's business beyond this machine. */
function assertSafe(endpoint: string): void {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const isPlain = url?.search === '' && url.hash === '' && url.username === '' && url.pathname === '/';
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  if (isPlain && isSafe) return;
  throw new KitError('CONFIG_INVALID', 'GATEHOUSE_ARCHIVE_ENDPOINT is no address of an S3 store', {
    hint: 'Name its scheme, host and port, such as https://s3.example:9000; without TLS only on this machine.',
  });
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'));
}

function keyOf({ keyFile, accessKeyId, secretAccessKey }: ArchiveConfig): S3Key {
  if (keyFile !== undefined) return parseKey(readKeyFile(keyFile), keyFile);
  if (accessKeyId !== undefined && secretAccessKey !== undefined) return { accessKeyId, secretAccessKey };
  throw new KitError('CONFIG_INVALID', 'the archive is an S3 store, and no key for it is named', {
    hint: 'Name a file with it in GATEHOUSE_ARCHIVE_KEY_FILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  });
}

function readKeyFile(file: string): string {
  try {
    const { mode, size } = statSync(file);
    if (process.platform !== 'win32' && (mode & RIGHTS_OF_OTHERS) !== 0) {
      throw new KitError('FOLDER_UNUSABLE', `${file} may be read by others`, {
        hint: `Run: chmod 600 ${file}. If others had access to this machine, replace the key.`,
      });
    }
    if (size > KEY_FILE_BYTES_MAX) throw malformed(file);
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause instanceof KitError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code;
    throw new KitError('CONFIG_INVALID', `the archive's key file ${file} cannot be read (${code})`, { cause });
  }
}

/** The file of credentials that other S3 programs use as well. Source: AWS SDKs and Tools, shared credentials file. */
function parseKey(text: string, file: string): S3Key {
  const values = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const at = line.indexOf('=');
    if (at > 0) values.set(line.slice(0, at).trim(), line.slice(at + 1).trim());
  }
  const accessKeyId = values.get('aws_access_key_id');
  const secretAccessKey = values.get('aws_secret_access_key');
  const sessionToken = values.get('aws_session_token');
  // What no header can carry would be quoted in the error of whoever tries.
  const isPlain = [accessKeyId, secretAccessKey, sessionToken ?? ''].every((value) => PLAIN.test(value ?? ''));
  if (!accessKeyId || !secretAccessKey || !isPlain) throw malformed(file);
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

function malformed(file: string): KitError {
  return new KitError('FILE_MALFORMED', `${file} holds no key of an S3 store`, {
    hint: 'Write two lines: aws_access_key_id = … and aws_secret_access_key = ….',
  });
}
