import type { GivenEvent } from '@gatehouse/compliance/retention/clock.ts';
import type { RetentionScope } from '@gatehouse/compliance/retention/scope.ts';
import type { Queries, Transaction } from './database.ts';

/** The records of one key class, month and kind. Shape: `action` is the name of one of them where they are acts. */
export interface MonthRow {
  readonly keyClass: string;
  readonly month: string;
  readonly kind: string;
  readonly action: string | null;
  readonly records: number;
  readonly firstLeaf: number;
  readonly lastLeaf: number;
  readonly lastAt: string;
}

/** A record whose clock runs for its subject. */
export interface SubjectRow {
  readonly leaf: number;
  readonly keyClass: string;
  readonly month: string;
  readonly action: string;
  readonly subject: string;
  readonly at: string;
}

/** Leaves of one kind and act name that were made in one month. */
export interface LeafGroup {
  readonly kind: string;
  readonly action: string | null;
  readonly month: string;
  readonly records: number;
  readonly firstLeaf: number;
  readonly lastLeaf: number;
  readonly lastAt: string;
}

/** An act that names what it is about. */
export interface NamedAct {
  readonly leaf: number;
  readonly action: string;
  readonly target: string;
  readonly at: string;
}

/** A day that starts a clock, as somebody put it on record. */
export interface EventRow {
  readonly event: GivenEvent;
  readonly scope: RetentionScope;
  readonly day: string | null;
  readonly by: string;
  readonly reason: string;
  readonly at: string;
}

/** A hold; one that stands has no end yet. */
export interface HoldRow {
  readonly id: string;
  readonly scope: RetentionScope;
  readonly reason: string;
  readonly setBy: string;
  readonly setAt: string;
  readonly liftedBy: string | null;
  readonly liftedAt: string | null;
}

/** A version of the firm's figures. Shape: `document` is not decoded yet. */
export interface FiguresRow {
  readonly version: number;
  readonly document: unknown;
  readonly proposalId: string;
  readonly at: string;
}

/** Locks what people change of retention, so that they come one by one; gives the first leaf that was not read. */
export async function lockRetention(tx: Transaction): Promise<number> {
  const [row] = await tx<{ nextLeaf: number }[]>`SELECT next_leaf AS "nextLeaf" FROM retention_head FOR UPDATE`;
  return row?.nextLeaf ?? 0;
}

export async function moveReading(tx: Transaction, nextLeaf: number): Promise<void> {
  await tx`UPDATE retention_head SET next_leaf = ${nextLeaf}`;
}

/** The leaves of a range in groups of one kind, act name and month. */
export function groupLeaves(tx: Queries, range: { readonly from: number; readonly to: number }): Promise<LeafGroup[]> {
  return tx<LeafGroup[]>`
    SELECT l.kind, a.action, left(l.at, 7) AS month, count(*) AS records, min(l.leaf) AS "firstLeaf", max(l.leaf) AS "lastLeaf",
      max(l.at) AS "lastAt"
    FROM ledger_leaf l LEFT JOIN hub_act a ON a.leaf = l.leaf
    WHERE l.leaf >= ${range.from} AND l.leaf < ${range.to} GROUP BY 1, 2, 3`;
}

/** The acts of a range that name what they are about. */
export function namedActs(tx: Queries, range: { readonly from: number; readonly to: number }): Promise<NamedAct[]> {
  return tx<NamedAct[]>`
    SELECT leaf, action, target, at FROM hub_act
    WHERE leaf >= ${range.from} AND leaf < ${range.to} AND target IS NOT NULL ORDER BY leaf`;
}

/** Adds to the records of a class, month and kind. */
export async function addToMonth(tx: Transaction, row: MonthRow): Promise<void> {
  const { keyClass, month, kind, action, records, firstLeaf, lastLeaf, lastAt } = row;
  await tx`
    INSERT INTO retention_month AS m (key_class, month, kind, action, records, first_leaf, last_leaf, last_at)
    VALUES (${keyClass}, ${month}, ${kind}, ${action}, ${records}, ${firstLeaf}, ${lastLeaf}, ${lastAt})
    ON CONFLICT (key_class, month, kind) DO UPDATE SET
      records = m.records + excluded.records,
      first_leaf = least(m.first_leaf, excluded.first_leaf),
      last_leaf = greatest(m.last_leaf, excluded.last_leaf),
      last_at = greatest(m.last_at, excluded.last_at)`;
}

export async function insertSubject(tx: Transaction, row: SubjectRow): Promise<void> {
  const { leaf, keyClass, month, action, subject, at } = row;
  await tx`
    INSERT INTO retention_subject (leaf, key_class, month, action, subject, at)
    VALUES (${leaf}, ${keyClass}, ${month}, ${action}, ${subject}, ${at}) ON CONFLICT (leaf) DO NOTHING`;
}

/** The classes and months that there are records of, after a place, in order. Shape: places are `class/month`. */
export function listPeriods(tx: Queries, page: { readonly after: string; readonly limit: number }) {
  return tx<{ keyClass: string; month: string }[]>`
    SELECT key_class AS "keyClass", month FROM retention_month
    WHERE (key_class || '/' || month) > ${page.after} GROUP BY key_class, month
    ORDER BY (key_class || '/' || month) LIMIT ${page.limit}`;
}

/** The subjects that there are records of in a key class, after one of them, in order. */
export function listSubjects(
  tx: Queries,
  page: { readonly keyClass: string; readonly after: string; readonly limit: number },
) {
  return tx<{ subject: string }[]>`
    SELECT DISTINCT subject FROM retention_subject WHERE key_class = ${page.keyClass} AND subject > ${page.after}
    ORDER BY subject LIMIT ${page.limit}`;
}

export function readMonth(tx: Queries, keyClass: string, month: string): Promise<MonthRow[]> {
  return tx<MonthRow[]>`
    SELECT key_class AS "keyClass", month, kind, action, records, first_leaf AS "firstLeaf", last_leaf AS "lastLeaf",
      last_at AS "lastAt"
    FROM retention_month WHERE key_class = ${keyClass} AND month = ${month} ORDER BY kind`;
}

/** The records of subjects in a month, each subject's latest of each act name, with how many there are. */
export function subjectsOfMonth(tx: Queries, keyClass: string, month: string): Promise<SubjectGroup[]> {
  return tx<SubjectGroup[]>`
    SELECT subject, min(action) AS action, count(*) AS records, min(leaf) AS "firstLeaf", max(leaf) AS "lastLeaf", max(at) AS "lastAt"
    FROM retention_subject WHERE key_class = ${keyClass} AND month = ${month} GROUP BY subject ORDER BY subject`;
}

/** The records of one subject in a class. */
export async function recordsOfSubject(
  tx: Queries,
  keyClass: string,
  subject: string,
): Promise<SubjectGroup | undefined> {
  const [row] = await tx<SubjectGroup[]>`
    SELECT subject, min(action) AS action, count(*) AS records, min(leaf) AS "firstLeaf", max(leaf) AS "lastLeaf", max(at) AS "lastAt"
    FROM retention_subject WHERE key_class = ${keyClass} AND subject = ${subject} GROUP BY subject`;
  return row;
}

/** Records of one subject that are judged together. */
export interface SubjectGroup {
  readonly subject: string;
  readonly action: string;
  readonly records: number;
  readonly firstLeaf: number;
  readonly lastLeaf: number;
  readonly lastAt: string;
}

/** One record with what it is about, as far as the ledger says it without its body. */
export interface PlacedRecord {
  readonly leaf: number;
  readonly edge: string;
  readonly kind: string;
  readonly at: string;
  readonly action: string | null;
  readonly target: string | null;
}

export async function findRecord(tx: Queries, leaf: number): Promise<PlacedRecord | undefined> {
  const [row] = await tx<PlacedRecord[]>`
    SELECT l.leaf, l.edge, l.kind, l.at, a.action, a.target
    FROM ledger_leaf l LEFT JOIN hub_act a ON a.leaf = l.leaf WHERE l.leaf = ${leaf}`;
  return row;
}

/** The leaf of an entry by its place in its stream. */
export async function leafOfPlace(
  tx: Queries,
  place: { readonly edge: string; readonly epoch: number; readonly seq: number },
): Promise<number | undefined> {
  const [row] = await tx<{ leaf: number }[]>`
    SELECT leaf FROM ledger_leaf WHERE edge = ${place.edge} AND epoch = ${place.epoch} AND seq = ${place.seq}`;
  return row?.leaf;
}

export async function insertEvent(tx: Transaction, row: EventRow): Promise<void> {
  const { event, scope, day, by, reason, at } = row;
  await tx`
    INSERT INTO retention_event (event, scope, day, by_person, reason, at)
    VALUES (${event}, ${JSON.stringify(scope)}::text::jsonb, ${day}, ${by}, ${reason}, ${at})`;
}

/** All events, the newest last. Shape: `limit` keeps the newest. */
export async function listEvents(tx: Queries, limit: number): Promise<readonly EventRow[]> {
  const rows = await tx<EventRow[]>`
    SELECT event, scope, day, by_person AS "by", reason, at FROM retention_event ORDER BY event_id DESC LIMIT ${limit}`;
  return [...rows].reverse();
}

export async function insertHold(tx: Transaction, row: Omit<HoldRow, 'liftedBy' | 'liftedAt'>): Promise<void> {
  await tx`
    INSERT INTO retention_hold (hold_id, scope, reason, set_by, set_at)
    VALUES (${row.id}, ${JSON.stringify(row.scope)}::text::jsonb, ${row.reason}, ${row.setBy}, ${row.setAt})`;
}

/** Ends a hold; false where it does not stand. */
export async function liftHold(
  tx: Transaction,
  id: string,
  lift: { readonly by: string; readonly at: string },
): Promise<boolean> {
  const lifted = await tx`
    UPDATE retention_hold SET lifted_by = ${lift.by}, lifted_at = ${lift.at} WHERE hold_id = ${id} AND lifted_at IS NULL`;
  return lifted.count === 1;
}

/** The holds that stand, oldest first. */
export function standingHolds(tx: Queries): Promise<readonly HoldRow[]> {
  return tx<HoldRow[]>`SELECT ${holdColumns(tx)} FROM retention_hold WHERE lifted_at IS NULL ORDER BY set_at, hold_id`;
}

/** All holds, newest first. */
export function listHolds(tx: Queries, limit: number): Promise<readonly HoldRow[]> {
  return tx<HoldRow[]>`SELECT ${holdColumns(tx)} FROM retention_hold ORDER BY set_at DESC, hold_id LIMIT ${limit}`;
}

export async function findHold(tx: Queries, id: string): Promise<HoldRow | undefined> {
  const [row] = await tx<HoldRow[]>`SELECT ${holdColumns(tx)} FROM retention_hold WHERE hold_id = ${id}`;
  return row;
}

export async function insertFigures(tx: Transaction, row: FiguresRow): Promise<void> {
  await tx`
    INSERT INTO retention_figures (version, document, proposal_id, at)
    VALUES (${row.version}, ${JSON.stringify(row.document)}::text::jsonb, ${row.proposalId}, ${row.at})`;
}

/** The figures in force; undefined before the first. */
export async function newestFigures(tx: Queries): Promise<FiguresRow | undefined> {
  const [row] = await tx<FiguresRow[]>`
    SELECT version, document, proposal_id AS "proposalId", at FROM retention_figures ORDER BY version DESC LIMIT 1`;
  return row;
}

function holdColumns(tx: Queries) {
  return tx`hold_id AS id, scope, reason, set_by AS "setBy", set_at AS "setAt", lifted_by AS "liftedBy", lifted_at AS "liftedAt"`;
}
