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

/** How the archive stands. Shape: `segments` and what is counted are of those in it; null where there is none. */
export interface ArchiveState {
  readonly segments: number;
  readonly lastLeaf: number | null;
  readonly bytes: number;
  readonly damaged: number;
  readonly oldestVerifiedAt: string | null;
  readonly place: string | null;
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

/** The newest segment; undefined before the first. */
export async function newestSegment(tx: Queries): Promise<SegmentRow | undefined> {
  const [row] = await tx<SegmentRow[]>`SELECT ${columns(tx)} FROM archive_segment ORDER BY segment DESC LIMIT 1`;
  return row;
}

/** A segment by its number. */
export async function findSegment(tx: Queries, segment: number): Promise<SegmentRow | undefined> {
  const [row] = await tx<SegmentRow[]>`SELECT ${columns(tx)} FROM archive_segment WHERE segment = ${segment}`;
  return row;
}

/** The segments that were verified longest ago: a part of all, and in any case those since before a moment; up to a bound. */
export async function segmentsToVerify(
  tx: Queries,
  wish: { readonly parts: number; readonly before: string; readonly limit: number },
): Promise<readonly number[]> {
  const rows = await tx<{ segment: number }[]>`
    SELECT segment FROM archive_segment ORDER BY verified_at, segment LIMIT least(${wish.limit}::bigint, (
      SELECT greatest(ceil(count(*) / ${wish.parts}::numeric)::bigint, count(*) FILTER (WHERE verified_at < ${wish.before}))
      FROM archive_segment))`;
  return rows.map(({ segment }) => segment);
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
  { segment, at, findings }: { readonly segment: number; readonly at: string; readonly findings: number },
): Promise<void> {
  await tx`UPDATE archive_segment SET verified_at = ${at}, findings = ${findings} WHERE segment = ${segment}`;
}

/** Says on which day a part of the archive was read again. */
export async function noteVerifiedDay(tx: Queries, day: string): Promise<void> {
  await tx`UPDATE archive_state SET verified_on = ${day}`;
}

/** Says what keeps the archive waiting; null where nothing does any more. */
export async function noteProblem(tx: Queries, problem: string | null, at: string): Promise<void> {
  await tx`
    UPDATE archive_state SET problem = ${problem}, problem_at = ${problem === null ? null : at}
    WHERE problem IS DISTINCT FROM ${problem}`;
}

/** How the archive stands. */
export async function readArchiveState(tx: Queries): Promise<ArchiveState> {
  const [row] = await tx<ArchiveState[]>`
    SELECT count(g.segment) AS segments, max(g.last_leaf) AS "lastLeaf", coalesce(sum(g.bytes), 0)::bigint AS bytes,
      count(*) FILTER (WHERE g.findings > 0) AS damaged, min(g.verified_at) AS "oldestVerifiedAt",
      (SELECT place FROM archive_segment ORDER BY segment DESC LIMIT 1) AS place,
      s.problem, s.problem_at AS "problemAt", s.verified_on AS "verifiedOn"
    FROM archive_state s LEFT JOIN archive_segment g ON true
    GROUP BY s.problem, s.problem_at, s.verified_on`;
  const none = { segments: 0, lastLeaf: null, bytes: 0, damaged: 0, oldestVerifiedAt: null, place: null };
  return row ?? { ...none, problem: null, problemAt: null, verifiedOn: null };
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
