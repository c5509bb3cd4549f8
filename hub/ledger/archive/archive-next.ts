import { KitError } from '@gatehouse/shared/errors.ts';
import { parseVerifierKey, type Signer } from '@gatehouse/shared/journal/note.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { dayOf, type Instant, instantText } from '@gatehouse/shared/values/instant.ts';
import { raiseAlarms } from '../../store/alarm-rows.ts';
import {
  addPlace,
  closingCheckpoint,
  insertSegment,
  newestSegment,
  rootAt,
  type SegmentRow,
} from '../../store/archive-rows.ts';
import { type Database, inTransaction } from '../../store/database.ts';
import type { HubStream } from '../hub-stream.ts';
import type { RowOpener } from '../keys/open-row.ts';
import type { ArchiveStore } from './archive-store.ts';
import { manifestPath, type OpenedManifest, openManifest } from './manifest.ts';
import { readObject } from './read-object.ts';
import { damageOf, type SegmentVerification, verifySegment } from './verify-segment.ts';
import { writeSegment } from './write-segment.ts';

/** What the archive of a hub works with. Shape: `retainUntil` says until when what is archived now may not go. */
export interface ArchiveDeps {
  readonly database: Database;
  readonly store: ArchiveStore;
  readonly signer: Signer;
  readonly open: RowOpener;
  readonly appendAct: HubStream['appendAct'];
  readonly clock: Clock;
  readonly release: string;
  readonly retainUntil: (now: Instant) => Promise<Instant>;
  /** The most leaves of a segment; the last batch of it may reach beyond. */
  readonly leavesMax?: number;
}

/** The code of the alarm that the archive is not as it was written. */
export const ARCHIVE_DAMAGED = 'ARCHIVE_DAMAGED';

const LEAVES_MAX = 16_384;

/**
 * Archives the next closed part of the ledger and reads it back before it counts; undefined where nothing is closed.
 *
 * Shape:  one process at a time does this. A segment whose manifest is there already, written by a process that died, is read and taken.
 * Errors: `ARCHIVE_DAMAGED` where something else is there; those of `writeSegment` and the store.
 */
export async function archiveNext(deps: ArchiveDeps): Promise<SegmentRow | undefined> {
  const { database, store, signer, clock, release, retainUntil } = deps;
  const verifier = parseVerifierKey(signer.verifierKey);
  const before = await lastManifest(deps);
  const segment = (before?.value.segment ?? 0) + 1;
  const isThere = (await store.get(manifestPath(segment))) !== undefined;
  if (!isThere) {
    const now = clock.now();
    const from = before === undefined ? 0 : before.value.last + 1;
    const close = { from, leavesMax: deps.leavesMax ?? LEAVES_MAX, today: dayOf(now) };
    const checkpoint = await closingCheckpoint(database, close);
    if (checkpoint === undefined) return undefined;
    const wanted = { before, checkpoint, at: now, retainUntil: await retainUntil(now) };
    await writeSegment({ database, store, signer, verifier, release }, wanted);
  }
  const read = await verifySegment({ store, verifier, open: deps.open }, segment);
  return takeSegment(deps, read);
}

/** The manifest of the newest segment on record, as it lies in the archive. Errors: `ARCHIVE_DAMAGED`. */
async function lastManifest({ database, store, signer }: ArchiveDeps): Promise<OpenedManifest | undefined> {
  const row = await newestSegment(database, store.place);
  if (row === undefined) return undefined;
  const { whole, fault } = await readObject(store, manifestPath(row.segment), row.manifestHash);
  if (whole !== undefined) {
    return openManifest(Buffer.from(whole).toString('utf8'), parseVerifierKey(signer.verifierKey), row.segment);
  }
  const what = fault === 'missing' ? 'is not there' : 'is not the one on record';
  throw new KitError('ARCHIVE_DAMAGED', `the manifest of segment ${row.segment} in ${store.place} ${what}`, {
    hint: 'Put the archive back. In a new place, which GATEHOUSE_ARCHIVE names, it begins anew with the first leaf.',
  });
}

/** Puts a segment on record once it was read back; what does not fit its header was damaged before, and is an alarm. */
async function takeSegment(deps: ArchiveDeps, read: SegmentVerification): Promise<SegmentRow> {
  const { database, store, clock } = deps;
  const { manifest, findings } = read;
  const isWritten = findings.every(({ code }) => code === 'body-differs' || code === 'object-replaced');
  if (manifest === undefined || !isWritten) throw damageOf(findings);
  const { segment, first, last, objects, retainUntil } = manifest.value;
  const signed = await rootAt(database, last + 1);
  if (signed !== Buffer.from(manifest.root).toString('hex')) {
    throw new KitError('ARCHIVE_DAMAGED', `segment ${segment} in ${store.place} is not of this ledger`, {
      hint: 'The database was set back, or another ledger is archived there. Name a new place in GATEHOUSE_ARCHIVE.',
    });
  }
  const at = instantText(clock.now());
  const row: SegmentRow = {
    segment,
    firstLeaf: first,
    lastLeaf: last,
    manifestHash: manifest.hash,
    at: manifest.value.at,
    retainUntil,
    objects: objects.length,
    bytes: objects.reduce((sum, object) => sum + object.bytes, 0),
    place: store.place,
    verifiedAt: at,
    findings: findings.length,
  };
  await inTransaction(database, async (tx) => {
    await addPlace(tx, row.place);
    await insertSegment(tx, row);
    await deps.appendAct(tx, {
      action: 'archive.segment',
      by: 'system',
      target: `${segment}`,
      after: wordsOf(row, read),
    });
    if (findings.length > 0) {
      const { message } = damageOf(findings);
      await raiseAlarms(tx, [{ code: ARCHIVE_DAMAGED, severity: 'alarm', message }], at);
    }
  });
  return row;
}

function wordsOf(row: SegmentRow, read: SegmentVerification): Readonly<Record<string, string>> {
  return {
    first: `${row.firstLeaf}`,
    last: `${row.lastLeaf}`,
    manifest: row.manifestHash,
    objects: `${row.objects}`,
    bytes: `${row.bytes}`,
    disposed: `${read.disposed}`,
    retainUntil: row.retainUntil,
    place: row.place.slice(0, PLACE_LENGTH_MAX),
  };
}

const PLACE_LENGTH_MAX = 500;
