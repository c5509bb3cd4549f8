import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** One version of an object. Shape: `bytes` is absent for a delete marker; `lockedUntilMs` where a compliance lock holds it. */
export interface ObjectVersion {
  readonly id: string;
  readonly bytes: Buffer | undefined;
  readonly lockedUntilMs: number | undefined;
}

/** The store's word for why it refuses, or nothing. */
export type Refusal = string | undefined;

/**
 * A versioned bucket that enforces object lock in compliance mode.
 *
 * Source: Amazon S3 User Guide, "How S3 Object Lock works": a lock holds one version; a put makes a new version beside it, a delete
 *         without a version makes a delete marker, and a delete of a locked version is refused to everybody.
 */
export class Bucket {
  readonly #objects = new Map<string, ObjectVersion[]>();
  readonly #hasLock: boolean;
  readonly #nowMs: () => number;
  #made = 0;

  constructor(hasLock: boolean, nowMs: () => number) {
    this.#hasLock = hasLock;
    this.#nowMs = nowMs;
  }

  get hasLock(): boolean {
    return this.#hasLock;
  }

  versions(key: string): readonly ObjectVersion[] {
    return this.#objects.get(key) ?? [];
  }

  newest(key: string): ObjectVersion | undefined {
    return this.versions(key).at(-1);
  }

  keys(): readonly string[] {
    return [...this.#objects.keys()].filter((key) => this.newest(key)?.bytes !== undefined).sort();
  }

  /** Also those that a marker hides. */
  keysEver(): readonly string[] {
    return [...this.#objects.keys()].sort();
  }

  put(key: string, bytes: Buffer, headers: IncomingHttpHeaders): Refusal {
    const isThere = this.newest(key)?.bytes !== undefined;
    if (headers['if-none-match'] === '*' && isThere) return 'PreconditionFailed';
    const checksum = checksumRefusal(bytes, headers);
    if (checksum !== undefined) return checksum;
    const lock = this.#lockIn(headers);
    if (typeof lock === 'string') return lock;
    this.#add(key, bytes, lock);
    return undefined;
  }

  /** Without a version it hides the object behind a marker; with one it removes it, unless a lock holds it. */
  delete(key: string, versionId: string | undefined): Refusal {
    if (versionId === undefined) {
      this.#add(key, undefined, undefined);
      return undefined;
    }
    const versions = this.#objects.get(key) ?? [];
    const found = versions.find(({ id }) => id === versionId);
    if (found?.lockedUntilMs !== undefined && found.lockedUntilMs > this.#nowMs()) return 'AccessDenied';
    this.#objects.set(
      key,
      versions.filter(({ id }) => id !== versionId),
    );
    return undefined;
  }

  /** A lock may only become longer. */
  retain(key: string, untilMs: number): Refusal {
    const newest = this.newest(key);
    if (newest?.bytes === undefined) return 'NoSuchKey';
    if (newest.lockedUntilMs !== undefined && newest.lockedUntilMs > untilMs) return 'AccessDenied';
    const versions = this.#objects.get(key) ?? [];
    this.#objects.set(key, [...versions.slice(0, -1), { ...newest, lockedUntilMs: untilMs }]);
    return undefined;
  }

  #lockIn(headers: IncomingHttpHeaders): number | undefined | Refusal {
    const mode = headers['x-amz-object-lock-mode'];
    const until = headers['x-amz-object-lock-retain-until-date'];
    if (mode === undefined && until === undefined) return undefined;
    if (!this.#hasLock) return 'InvalidRequest';
    const untilMs = Date.parse(`${until}`);
    const isLock = mode === 'COMPLIANCE' && Number.isFinite(untilMs) && untilMs > this.#nowMs();
    // A put with a lock has to bring a checksum.
    const hasChecksum = headers['content-md5'] !== undefined || headers['x-amz-checksum-sha256'] !== undefined;
    return isLock && hasChecksum ? untilMs : 'InvalidRequest';
  }

  #add(key: string, bytes: Buffer | undefined, lockedUntilMs: number | undefined): void {
    this.#made += 1;
    const id = createHash('sha256').update(`${key} ${this.#made}`).digest('base64url').slice(0, 32);
    this.#objects.set(key, [...this.versions(key), { id, bytes, lockedUntilMs }]);
  }
}

function checksumRefusal(bytes: Buffer, headers: IncomingHttpHeaders): Refusal {
  const md5 = headers['content-md5'];
  const sha256 = headers['x-amz-checksum-sha256'];
  const isMd5 = md5 === undefined || md5 === createHash('md5').update(bytes).digest('base64');
  const isSha256 = sha256 === undefined || sha256 === createHash('sha256').update(bytes).digest('base64');
  return isMd5 && isSha256 ? undefined : 'BadDigest';
}
