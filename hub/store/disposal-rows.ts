import { texts } from './bulk.ts';
import type { Queries, Transaction } from './database.ts';

/** How far a disposal has come. */
export type DisposalState = 'approved' | 'keys-destroyed' | 'rows-wiped' | 'scanned' | 'certified';

/** A disposal as it is stored. Shape: what is counted and proven is null before it was scanned. Units: times are instants as text. */
export interface DisposalRow {
  readonly disposalId: string;
  readonly target: string;
  readonly state: DisposalState;
  readonly recordKeys: readonly string[];
  readonly maker: string;
  readonly approvedBy: readonly string[];
  readonly reason: string;
  readonly approvedAt: string;
  readonly isAgain: boolean;
  readonly leaves: number | null;
  readonly firstLeaf: number | null;
  readonly lastLeaf: number | null;
  readonly root: string | null;
  readonly certifiedAt: string | null;
  readonly finalFrom: string | null;
  readonly certificateLeaf: number | null;
}

/** A disposal before anything was done. */
export type NewDisposal = Pick<
  DisposalRow,
  'disposalId' | 'target' | 'state' | 'recordKeys' | 'maker' | 'approvedBy' | 'reason' | 'approvedAt' | 'isAgain'
>;

/** What a disposal took, as it was counted. */
export interface DisposedLeaves {
  readonly leaves: number;
  readonly firstLeaf: number | null;
  readonly lastLeaf: number | null;
  readonly root: string;
}

/** The keys that take no more bodies. */
export async function closedKeys(tx: Queries): Promise<ReadonlySet<string>> {
  const rows = await tx<{ name: string }[]>`SELECT name FROM record_key WHERE closed_by IS NOT NULL`;
  return new Set(rows.map(({ name }) => name));
}

/** The keys under which bodies or fields may lie that somebody has to be able to open. */
export async function openKeysOnRecord(tx: Queries): Promise<readonly string[]> {
  const rows = await tx<{ name: string }[]>`SELECT name FROM record_key WHERE closed_by IS NULL ORDER BY name`;
  return rows.map(({ name }) => name);
}

/**
 * Says that bodies lie under a key from now on.
 *
 * Shape: `isNew` where nobody had said it; `transaction` is the number of this one, the same within its savepoints.
 */
export async function putKeyOnRecord(
  tx: Transaction,
  name: string,
): Promise<{ readonly isNew: boolean; readonly transaction: string }> {
  const [row] = await tx<{ isNew: boolean; transaction: string }[]>`
    WITH put AS (INSERT INTO record_key (name) VALUES (${name}) ON CONFLICT (name) DO NOTHING RETURNING name)
    SELECT EXISTS (SELECT 1 FROM put) AS "isNew", pg_current_xact_id()::text AS transaction`;
  return row ?? { isNew: true, transaction: '' };
}

/** The keys of a class and month or of a subject that are still open. */
export async function openKeys(tx: Queries, place: string): Promise<readonly string[]> {
  const rows = await tx<{ name: string }[]>`
    SELECT name FROM record_key WHERE closed_by IS NULL AND starts_with(name, ${`${place}/`}) ORDER BY name`;
  return rows.map(({ name }) => name);
}

/** Waits until nobody appends, so that whoever appends next sees what this transaction closes. */
export async function lockAppends(tx: Transaction): Promise<void> {
  await tx`SELECT size FROM ledger_head FOR UPDATE`;
}

/** Closes keys for a disposal, also those that this database has forgotten. */
export async function closeKeys(tx: Transaction, disposalId: string, names: readonly string[]): Promise<void> {
  await tx`UPDATE record_key_head SET version = version + 1`;
  await tx`
    INSERT INTO record_key (name, closed_by) SELECT name, ${disposalId} FROM unnest(${texts(names)}::text[]) name
    ON CONFLICT (name) DO UPDATE SET closed_by = excluded.closed_by`;
}

export async function insertDisposal(tx: Transaction, row: NewDisposal): Promise<void> {
  await tx`
    INSERT INTO disposal (disposal_id, target, state, record_keys, maker, approved_by, reason, approved_at, is_again)
    VALUES (${row.disposalId}, ${row.target}, ${row.state}, ${texts(row.recordKeys)}::text[], ${row.maker},
            ${texts(row.approvedBy)}::text[], ${row.reason}, ${row.approvedAt}, ${row.isAgain})`;
}

/** A disposal by its id; undefined where there is none. */
export async function findDisposal(tx: Queries, disposalId: string): Promise<DisposalRow | undefined> {
  const [row] = await tx<DisposalRow[]>`SELECT ${columns(tx)} FROM disposal WHERE disposal_id = ${disposalId}`;
  return row;
}

/** Disposals that are not at their end, the oldest first. */
export function unfinishedDisposals(tx: Queries): Promise<DisposalRow[]> {
  return tx<DisposalRow[]>`
    SELECT ${columns(tx)} FROM disposal WHERE state <> 'certified' ORDER BY approved_at, disposal_id`;
}

/** Disposals whose keys are destroyed, the oldest first. */
export function destroyedDisposals(tx: Queries): Promise<DisposalRow[]> {
  return tx<DisposalRow[]>`
    SELECT ${columns(tx)} FROM disposal WHERE state <> 'approved' ORDER BY approved_at, disposal_id`;
}

export async function moveDisposal(tx: Queries, disposalId: string, state: DisposalState): Promise<void> {
  await tx`UPDATE disposal SET state = ${state} WHERE disposal_id = ${disposalId}`;
}

/** Says what a disposal took; it is then scanned. */
export async function storeScan(tx: Queries, disposalId: string, scan: DisposedLeaves): Promise<void> {
  const { leaves, firstLeaf, lastLeaf, root } = scan;
  await tx`
    UPDATE disposal SET state = 'scanned', leaves = ${leaves}, first_leaf = ${firstLeaf}, last_leaf = ${lastLeaf}, root = ${root}
    WHERE disposal_id = ${disposalId}`;
}

/** Says where the certificate of a disposal lies; it is then at its end. */
export async function storeCertificate(
  tx: Transaction,
  disposalId: string,
  certificate: { readonly leaf: number; readonly at: string; readonly finalFrom: string },
): Promise<void> {
  const { leaf, at, finalFrom } = certificate;
  await tx`
    UPDATE disposal SET state = 'certified', certificate_leaf = ${leaf}, certified_at = ${at}, final_from = ${finalFrom}
    WHERE disposal_id = ${disposalId}`;
}

/** The headers of what a disposal took, in order, a page at a time. */
export function disposedHeaders(
  tx: Queries,
  page: { readonly disposalId: string; readonly after: number; readonly limit: number },
): Promise<{ readonly leaf: number; readonly header: string }[]> {
  return tx<{ leaf: number; header: string }[]>`
    SELECT l.leaf, l.header FROM ledger_body b JOIN ledger_leaf l ON l.leaf = b.leaf
    WHERE b.disposal = ${page.disposalId} AND b.leaf > ${page.after} ORDER BY b.leaf LIMIT ${page.limit}`;
}

/** The headers of the acts of a name about a target, in order. */
export function actHeaders(
  tx: Queries,
  act: { readonly action: string; readonly target: string },
): Promise<{ readonly leaf: number; readonly header: string }[]> {
  return tx<{ leaf: number; header: string }[]>`
    SELECT l.leaf, l.header FROM hub_act a JOIN ledger_leaf l ON l.leaf = a.leaf
    WHERE a.action = ${act.action} AND a.target = ${act.target} ORDER BY a.leaf`;
}

function columns(tx: Queries) {
  return tx`disposal_id AS "disposalId", target, state, array_to_json(record_keys) AS "recordKeys", maker,
    array_to_json(approved_by) AS "approvedBy", reason, approved_at AS "approvedAt", is_again AS "isAgain", leaves,
    first_leaf AS "firstLeaf", last_leaf AS "lastLeaf", root, certified_at AS "certifiedAt", final_from AS "finalFrom",
    certificate_leaf AS "certificateLeaf"`;
}
