import type { Queries, Transaction } from './database.ts';
import type { StoredCheckpoint } from './ledger-rows.ts';

/** A segment of the archive as it is stored. Units: times are instants as text, `bytes` is the length of its objects. */
export interface SegmentRow {
  readonly segment: number;
  readonly firstLeaf: number;
  readonly lastLeaf: number;
  readonly manifestHash: string;
  readonly at: string;
  readonly retainUntil: string;
  readonly objects: number;
  readonly bytes: number;
  readonly place: string;
  readonly verifiedAt: string;
  readonly findings: number;
}

/** How the archive in one place stands. Shape: `segments` and what is counted are of those in it; null where there is none. */
export interface ArchiveState {
  readonly place: string;
  readonly segments: number;
  readonly lastLeaf: number | null;
  readonly bytes: number;
  readonly damaged: number;
  readonly oldestVerifiedAt: string | null;
  readonly problem: string | null;
  readonly problemAt: string | null;
  readonly verifiedOn: string | null;
}

/** A body as it lies in the database. Shape: `isOpen` where an earlier release stored it without a seal. */
export interface RawBody {
  readonly leaf: number;
  readonly keyName: string | null;
  readonly bytes: Uint8Array | null;
  readonly disposal: string | null;
  readonly isOpen: boolean;
}

/** The newest segment in a place; undefined before the first. */
export async function newestSegment(tx: Queries, place: string): Promise<SegmentRow | undefined> {
  const [row] = await tx<SegmentRow[]>`
    SELECT ${columns(tx)} FROM archive_segment WHERE place = ${place} ORDER BY segment DESC LIMIT 1`;
  return row;
}

/** A segment in a place by its number. */
export async function findSegment(tx: Queries, place: string, segment: number): Promise<SegmentRow | undefined> {
  const [row] = await tx<SegmentRow[]>`
    SELECT ${columns(tx)} FROM archive_segment WHERE place = ${place} AND segment = ${segment}`;
  return row;
}

/** The segments that were verified longest ago: a part of all, and in any case those since before a moment; up to a bound. */
export async function segmentsToVerify(
  tx: Queries,
  wish: { readonly place: string; readonly parts: number; readonly before: string; readonly limit: number },
): Promise<readonly number[]> {
  const { place, parts, before, limit } = wish;
  const rows = await tx<{ segment: number }[]>`
    SELECT segment FROM archive_segment WHERE place = ${place} ORDER BY verified_at, segment LIMIT least(${limit}::bigint, (
      SELECT greatest(ceil(count(*) / ${parts}::numeric)::bigint, count(*) FILTER (WHERE verified_at < ${before}))
      FROM archive_segment WHERE place = ${place}))`;
  return rows.map(({ segment }) => segment);
}

/** Says that segments go to a place from now on. */
export async function addPlace(tx: Queries, place: string): Promise<void> {
  await tx`INSERT INTO archive_place (place) VALUES (${place}) ON CONFLICT (place) DO NOTHING`;
}

export async function insertSegment(tx: Transaction, row: SegmentRow): Promise<void> {
  await tx`
    INSERT INTO archive_segment (segment, first_leaf, last_leaf, manifest_hash, at, retain_until, objects, bytes, place,
      verified_at, findings)
    VALUES (${row.segment}, ${row.firstLeaf}, ${row.lastLeaf}, ${row.manifestHash}, ${row.at}, ${row.retainUntil},
      ${row.objects}, ${row.bytes}, ${row.place}, ${row.verifiedAt}, ${row.findings})`;
}

/** Says what a verification of a segment found. */
export async function noteVerified(
  tx: Queries,
  seen: { readonly place: string; readonly segment: number; readonly at: string; readonly findings: number },
): Promise<void> {
  await tx`
    UPDATE archive_segment SET verified_at = ${seen.at}, findings = ${seen.findings}
    WHERE place = ${seen.place} AND segment = ${seen.segment}`;
}

/** Says on which day a part of a place was read again. */
export async function noteVerifiedDay(tx: Queries, place: string, day: string): Promise<void> {
  await tx`UPDATE archive_place SET verified_on = ${day} WHERE place = ${place}`;
}

/** Says what keeps a place waiting, null where nothing does any more; false where that was said before. */
export async function noteProblem(
  tx: Queries,
  { place, problem, at }: { readonly place: string; readonly problem: string | null; readonly at: string },
): Promise<boolean> {
  await addPlace(tx, place);
  const changed = await tx`
    UPDATE archive_place SET problem = ${problem}, problem_at = ${problem === null ? null : at}
    WHERE place = ${place} AND problem IS DISTINCT FROM ${problem}`;
  return changed.count > 0;
}

/** How the archive stands in each place, the one that reaches furthest first. */
export function readArchiveStates(tx: Queries): Promise<ArchiveState[]> {
  return tx<ArchiveState[]>`
    SELECT p.place, count(g.segment) AS segments, max(g.last_leaf) AS "lastLeaf",
      coalesce(sum(g.bytes), 0)::bigint AS bytes, count(*) FILTER (WHERE g.findings > 0) AS damaged,
      min(g.verified_at) AS "oldestVerifiedAt", p.problem, p.problem_at AS "problemAt", p.verified_on AS "verifiedOn"
    FROM archive_place p LEFT JOIN archive_segment g ON g.place = p.place
    GROUP BY p.place ORDER BY max(g.last_leaf) DESC NULLS LAST, p.place`;
}

/**
 * The checkpoint that closes the next segment: the largest of its UTC day within so many leaves; undefined where nothing is closed.
 *
 * Shape: a day is closed once another has begun, and before that as soon as more leaves are there than one segment takes.
 */
export async function closingCheckpoint(
  tx: Queries,
  { from, leavesMax, today }: { readonly from: number; readonly leavesMax: number; readonly today: string },
): Promise<StoredCheckpoint | undefined> {
  const [first] = await tx<{ day: string }[]>`
    SELECT left(at, 10) AS day FROM checkpoint WHERE size > ${from} ORDER BY size LIMIT 1`;
  if (first === undefined) return undefined;
  const { day } = first;
  const [more] = await tx<{ size: number }[]>`SELECT size FROM checkpoint WHERE size > ${from + leavesMax} LIMIT 1`;
  if (day >= today && more === undefined) return undefined;
  const [near] = await tx<StoredCheckpoint[]>`
    SELECT size, root, note FROM checkpoint
    WHERE size > ${from} AND size <= ${from + leavesMax} AND left(at, 10) <= ${day} ORDER BY size DESC LIMIT 1`;
  if (near !== undefined) return near;
  const [next] = await tx<StoredCheckpoint[]>`
    SELECT size, root, note FROM checkpoint WHERE size > ${from} ORDER BY size LIMIT 1`;
  return next;
}

/** The root of the checkpoint at a size; undefined where none was signed there. */
export async function rootAt(tx: Queries, size: number): Promise<string | undefined> {
  const [row] = await tx<{ root: string }[]>`SELECT root FROM checkpoint WHERE size = ${size}`;
  return row?.root;
}

/** Bodies from one leaf up to another as they lie there, one row for each leaf; none is opened on its way. */
export function readRawBodies(tx: Queries, range: { readonly from: number; readonly to: number }): Promise<RawBody[]> {
  return tx<RawBody[]>`
    SELECT l.leaf, b.record_key AS "keyName", b.sealed AS bytes, b.disposal, b.body IS NOT NULL AS "isOpen"
    FROM ledger_leaf l LEFT JOIN ledger_body b ON b.leaf = l.leaf AND b.leaf >= ${range.from} AND b.leaf < ${range.to}
    WHERE l.leaf >= ${range.from} AND l.leaf < ${range.to} ORDER BY l.leaf`;
}

function columns(tx: Queries) {
  return tx`segment, first_leaf AS "firstLeaf", last_leaf AS "lastLeaf", manifest_hash AS "manifestHash", at,
    retain_until AS "retainUntil", objects, bytes, place, verified_at AS "verifiedAt", findings`;
}
