import type { Instant } from '@gatehouse/shared/values/instant.ts';

/** An object that goes to the archive, and how long nobody may change or remove it there. */
export interface NewObject {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly retainUntil: Instant;
}

/** What a store says of an object. Shape: `lockedUntil` is absent where the store holds no lock on it. Units: `bytes` is a length. */
export interface ObjectHead {
  readonly bytes: number;
  readonly lockedUntil?: Instant;
}

/**
 * A place where objects are written once and never changed.
 *
 * Shape: there is no way to remove or replace an object; what is put is durable when the call resolves.
 */
export interface ArchiveStore {
  /** Where it is, for messages; never a secret. */
  readonly place: string;
  /** Whether the store itself keeps everybody from removing what lies in it. */
  readonly hasLocks: boolean;
  /** Refuses a place that cannot keep what it is given. Errors: `ARCHIVE_REFUSED`, `ARCHIVE_UNREACHABLE`. */
  check(): Promise<void>;
  /**
   * Puts an object; the same bytes at the same path count as put.
   *
   * Errors: `ARCHIVE_DAMAGED` where other bytes are there, `ARCHIVE_REFUSED`, `ARCHIVE_UNREACHABLE`, `DISK_FULL`, `DISK_FAILED`.
   */
  put(object: NewObject): Promise<'made' | 'there'>;
  /** The bytes at a path; undefined where there are none. Errors: `ARCHIVE_REFUSED`, `ARCHIVE_UNREACHABLE`, `BODY_TOO_LARGE`. */
  get(path: string): Promise<Uint8Array | undefined>;
  /** What lay at a path before somebody put something over it or hid it, the newest first; nothing where a store keeps no versions. */
  earlier(path: string): AsyncIterable<Uint8Array>;
  /** What is known of an object without reading it; undefined where there is none. */
  head(path: string): Promise<ObjectHead | undefined>;
  /** The paths after one, in order, at most `LIST_PAGE_MAX`; none where that was the last. */
  list(prefix: string, after: string): Promise<readonly string[]>;
}

/** How many paths one listing gives at most. */
export const LIST_PAGE_MAX = 1_000;

/** How many versions of one object are looked at. */
export const VERSIONS_MAX = 20;

/** The largest object that is read. Units: bytes. */
export const OBJECT_BYTES_MAX = 256 * 1_048_576;
