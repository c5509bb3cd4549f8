import { KitError } from '@gatehouse/shared/errors.ts';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { openCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import type { Signer, Verifier } from '@gatehouse/shared/journal/note.ts';
import { openDocument, signDocument } from '@gatehouse/shared/journal/typed-note.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { HashText } from '@gatehouse/shared/schema/fields.ts';
import { isInstantText } from '@gatehouse/shared/values/instant.ts';
import { z } from 'zod';

const TYPE = 'gatehouse/segment/v1';
const NUMBER_DIGITS = 8;
const OBJECTS_MAX = 100_000;
const FRONTIER_MAX = 64;

/** The segment before the first, as the first one names it. */
export const NO_SEGMENT_HASH = '0'.repeat(64);

const TimeText = z.string().refine(isInstantText, 'not an instant');
const ObjectName = z.string().regex(/^(?:log|bodies-\d{4,6})-[0-9a-f]{16}\.(?:tar|jsonl)$/);

/**
 * What a segment of the archive is: which leaves, which objects, under which checkpoint, after which segment.
 *
 * Shape:  `first` and `last` are leaves, both in it; `frontier` are the hashes of the log before `first`, from which the headers grow it
 *         to the root that `checkpoint` signs at `last` + 1; `previous` is the SHA-256 of the manifest before, zeros for the first.
 * Units:  `bytes` are lengths; times are instants as text. No object is removed before `retainUntil`.
 */
export const SegmentManifest = z.strictObject({
  v: z.literal(1),
  segment: z.int().min(1),
  first: z.int().min(0),
  last: z.int().min(0),
  frontier: z.array(HashText).max(FRONTIER_MAX),
  checkpoint: z.string().min(1).max(20_000),
  previous: HashText,
  at: TimeText,
  retainUntil: TimeText,
  release: z.string().min(1).max(64),
  sealed: z.int().min(0),
  disposed: z.int().min(0),
  missing: z.int().min(0),
  objects: z
    .array(z.strictObject({ name: ObjectName, bytes: z.int().min(0), sha256: HashText }))
    .min(1)
    .max(OBJECTS_MAX),
});

export type SegmentManifest = z.output<typeof SegmentManifest>;

/** A manifest whose signature was checked. Shape: `root` is that of its checkpoint; `hash` is the SHA-256 of the whole note. */
export interface OpenedManifest {
  readonly value: SegmentManifest;
  readonly note: string;
  readonly hash: string;
  readonly root: Uint8Array;
}

/** Where the objects of a segment lie in the archive. */
export function segmentFolder(segment: number): string {
  return `segments/${`${segment}`.padStart(NUMBER_DIGITS, '0')}`;
}

/** Where the manifest of a segment lies; without it the segment is not there. */
export function manifestPath(segment: number): string {
  return `${segmentFolder(segment)}/manifest`;
}

/** The segment whose manifest a path names; undefined where it names none. */
export function segmentOfPath(path: string): number | undefined {
  const [, digits] = /^segments\/(\d{8,})\/manifest$/.exec(path) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** The manifest as a signed note. */
export function signManifest(signer: Signer, manifest: SegmentManifest): string {
  return signDocument(signer, TYPE, { ...manifest });
}

/** The SHA-256 of a manifest's note, in hex. */
export function manifestHash(note: string): string {
  return sha256(note).toString('hex');
}

/**
 * Opens the manifest of a segment.
 *
 * Errors: `SIGNATURE_INVALID`, `MESSAGE_MALFORMED`; `ARCHIVE_DAMAGED` where it is another segment's, or its checkpoint another log's.
 */
export function openManifest(note: string, verifier: Verifier, segment: number): OpenedManifest {
  const value = decode(SegmentManifest, openDocument(note, TYPE, [verifier]).value, `manifest of segment ${segment}`);
  const checkpoint = openCheckpoint(value.checkpoint, [verifier]);
  const isOurs = value.segment === segment && checkpoint.origin === verifier.name;
  if (!isOurs || checkpoint.size !== value.last + 1 || value.first > value.last) {
    throw new KitError('ARCHIVE_DAMAGED', `the manifest of segment ${segment} is of another segment or log`);
  }
  return { value, note, hash: manifestHash(note), root: checkpoint.root };
}
