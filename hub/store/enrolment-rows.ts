import type { EnrolmentState, MachineFacts } from '@gatehouse/shared/schema/enrolment.ts';
import { texts } from './bulk.ts';
import type { Queries, Transaction } from './database.ts';

/** The enrolment of one edge by one token. Units: times are instants as text. */
export interface EnrolmentRow {
  readonly enrolmentId: string;
  readonly edge: string;
  readonly state: EnrolmentState;
  readonly secretHash: string;
  readonly issuedBy: string;
  readonly issuedAt: string;
  /** The end of the token, then of the time to decide, then of the newest certificate. */
  readonly endsAt: string;
  readonly request: EnrolmentAsked | null;
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
  readonly reason: string | null;
  readonly certificate: string | null;
  readonly serial: string | null;
  readonly renewedAt: string | null;
  readonly seenAt: string | null;
}

/** What an edge asked with. Shape: `csrKey` is the SHA-256 of the public key in the certificate request. */
export interface EnrolmentAsked {
  readonly note: string;
  readonly verifierKey: string;
  readonly csr: string;
  readonly csrKey: string;
  readonly machine: MachineFacts;
  readonly address: string;
  readonly requestedAt: string;
}

/** What decides whether a certificate opens anything. */
export interface DeviceRow {
  readonly enrolmentId: string;
  readonly edge: string;
  readonly state: EnrolmentState;
}

/** Any number that nothing else locks: the letters of "door". */
const ENROLMENT_LOCK = 0x646f6f72;
const LISTED_MAX = 500;
const LIVE: readonly EnrolmentState[] = ['approved', 'active', 'renewed'];
const ENDED: readonly EnrolmentState[] = ['refused', 'expired', 'revoked'];

/** While a transaction holds this, no other changes an enrolment. */
export async function lockEnrolments(tx: Transaction): Promise<void> {
  await tx`SELECT pg_advisory_xact_lock(${ENROLMENT_LOCK})`;
}

/** When the newest act of the hub was recorded: the clock has been there already, whatever it shows now. */
export async function newestActAt(tx: Queries): Promise<string | undefined> {
  const [row] = await tx<{ at: string | null }[]>`SELECT last_batch_at AS at FROM stream WHERE edge = 'hub'`;
  return row?.at ?? undefined;
}

export async function insertEnrolment(
  tx: Transaction,
  row: Pick<EnrolmentRow, 'enrolmentId' | 'edge' | 'secretHash' | 'issuedBy' | 'issuedAt' | 'endsAt'>,
): Promise<void> {
  await tx`
    INSERT INTO enrolment (enrolment_id, edge, state, secret_hash, issued_by, issued_at, ends_at)
    VALUES (${row.enrolmentId}, ${row.edge}, 'token-issued', ${row.secretHash}, ${row.issuedBy}, ${row.issuedAt}, ${row.endsAt})`;
}

export async function findEnrolment(tx: Queries, enrolmentId: string): Promise<EnrolmentRow | undefined> {
  const [row] = await tx<EnrolmentRow[]>`${selected(tx)} WHERE enrolment_id = ${enrolmentId}`;
  return row;
}

/** The enrolments whose certificates count, of one edge: none or one. */
export function liveEnrolments(tx: Queries, edge: string): Promise<readonly EnrolmentRow[]> {
  return tx<EnrolmentRow[]>`${selected(tx)} WHERE edge = ${edge} AND state = ANY(${texts(LIVE)}::text[])`;
}

/** Enrolments that a person has to look at or may look up: those that are not at their end first, then the newest. */
export function listEnrolments(tx: Queries): Promise<readonly EnrolmentRow[]> {
  return tx<EnrolmentRow[]>`
    ${selected(tx)} ORDER BY (state = ANY(${texts(ENDED)}::text[])), edge, issued_at DESC LIMIT ${LISTED_MAX}`;
}

/** How many tokens wait to be used. */
export async function countOpenTokens(tx: Queries): Promise<number> {
  const [row] = await tx<{ count: number }[]>`SELECT count(*) AS count FROM enrolment WHERE state = 'token-issued'`;
  return row?.count ?? 0;
}

/** Enrolments whose time is over and that nobody has ended yet. */
export function overdueEnrolments(tx: Queries, now: string, limit: number): Promise<readonly EnrolmentRow[]> {
  return tx<EnrolmentRow[]>`
    ${selected(tx)} WHERE ends_at <= ${now} AND NOT (state = ANY(${texts(ENDED)}::text[])) ORDER BY ends_at LIMIT ${limit}`;
}

export async function writeState(tx: Transaction, enrolmentId: string, state: EnrolmentState): Promise<void> {
  await tx`UPDATE enrolment SET state = ${state} WHERE enrolment_id = ${enrolmentId}`;
}

export async function writeRequest(
  tx: Transaction,
  enrolmentId: string,
  asked: EnrolmentAsked & { readonly endsAt: string },
): Promise<void> {
  await tx`
    UPDATE enrolment SET note = ${asked.note}, verifier_key = ${asked.verifierKey}, csr = ${asked.csr},
      csr_key = ${asked.csrKey}, machine = ${JSON.stringify(asked.machine)}::text::jsonb, address = ${asked.address},
      requested_at = ${asked.requestedAt}, ends_at = ${asked.endsAt}
    WHERE enrolment_id = ${enrolmentId}`;
}

export async function writeDecision(
  tx: Transaction,
  enrolmentId: string,
  decision: { readonly by: string; readonly at: string; readonly reason: string },
): Promise<void> {
  await tx`
    UPDATE enrolment SET decided_by = ${decision.by}, decided_at = ${decision.at}, reason = ${decision.reason}
    WHERE enrolment_id = ${enrolmentId}`;
}

/** Keeps a certificate as the newest one of its enrolment. */
export async function writeCertificate(
  tx: Transaction,
  enrolmentId: string,
  made: { readonly pem: string; readonly serial: string; readonly at: string; readonly endsAt: string },
): Promise<void> {
  await tx`
    INSERT INTO device_certificate (serial, enrolment_id, issued_at, ends_at, certificate)
    VALUES (${made.serial}, ${enrolmentId}, ${made.at}, ${made.endsAt}, ${made.pem})`;
  await tx`
    UPDATE enrolment SET certificate = ${made.pem}, serial = ${made.serial}, ends_at = ${made.endsAt}
    WHERE enrolment_id = ${enrolmentId}`;
}

/** Keeps that a certificate was renewed, with the key that it is for from now on. */
export async function writeRenewal(
  tx: Transaction,
  enrolmentId: string,
  renewal: { readonly csr: string; readonly csrKey: string; readonly at: string },
): Promise<void> {
  await tx`
    UPDATE enrolment SET csr = ${renewal.csr}, csr_key = ${renewal.csrKey}, renewed_at = ${renewal.at}
    WHERE enrolment_id = ${enrolmentId}`;
}

export async function writeSeen(tx: Transaction, enrolmentId: string, at: string): Promise<void> {
  await tx`UPDATE enrolment SET seen_at = ${at} WHERE enrolment_id = ${enrolmentId}`;
}

/** Every enrolment that ever had a certificate; one more than the limit shows that there are too many to know them all. */
export function readDevices(tx: Queries, limit: number): Promise<readonly DeviceRow[]> {
  return tx<DeviceRow[]>`
    SELECT enrolment_id AS "enrolmentId", edge, state FROM enrolment WHERE certificate IS NOT NULL
    ORDER BY issued_at DESC LIMIT ${limit}`;
}

/** Keeps that a run of an edge was seen; true where a newer run of the same edge was seen before. */
export async function seeInstance(
  tx: Transaction,
  seen: { readonly edge: string; readonly instance: string; readonly at: string },
): Promise<boolean> {
  const { edge, instance, at } = seen;
  const [row] = await tx<{ ordinal: number }[]>`
    INSERT INTO device_instance (edge, instance, first_seen_at, seen_at) VALUES (${edge}, ${instance}, ${at}, ${at})
    ON CONFLICT (edge, instance) DO UPDATE SET seen_at = excluded.seen_at RETURNING ordinal`;
  const [newer] = await tx<{ count: number }[]>`
    SELECT count(*) AS count FROM device_instance WHERE edge = ${edge} AND ordinal > ${row?.ordinal ?? 0}`;
  return (newer?.count ?? 0) > 0;
}

/** Forgets all but the newest runs of an edge. */
export async function forgetInstances(tx: Transaction, edge: string, keep: number): Promise<void> {
  await tx`
    DELETE FROM device_instance WHERE edge = ${edge} AND ordinal <= (
      SELECT ordinal FROM device_instance WHERE edge = ${edge} ORDER BY ordinal DESC OFFSET ${keep} LIMIT 1)`;
}

/** The epochs that two people opened, by edge; edges in their first are left out. */
export async function streamsAfterFirst(tx: Queries): Promise<Readonly<Record<string, number>>> {
  const rows = await tx<
    { edge: string; epoch: number }[]
  >`SELECT edge, epoch FROM stream WHERE epoch > 1 AND edge <> 'hub'`;
  return Object.fromEntries(rows.map(({ edge, epoch }) => [edge, epoch]));
}

/** Takes nothing of an edge any more; false where that is so already, or it is not known. */
export async function holdStream(tx: Transaction, edge: string): Promise<boolean> {
  const { count } = await tx`UPDATE stream SET status = 'quarantined' WHERE edge = ${edge} AND status <> 'quarantined'`;
  return count > 0;
}

function selected(tx: Queries) {
  return tx`
    SELECT enrolment_id AS "enrolmentId", edge, state, secret_hash AS "secretHash", issued_by AS "issuedBy",
      issued_at AS "issuedAt", ends_at AS "endsAt", decided_by AS "decidedBy", decided_at AS "decidedAt", reason,
      certificate, serial, renewed_at AS "renewedAt", seen_at AS "seenAt",
      CASE WHEN note IS NULL THEN NULL ELSE jsonb_build_object('note', note, 'verifierKey', verifier_key, 'csr', csr,
        'csrKey', csr_key, 'machine', machine, 'address', address, 'requestedAt', requested_at) END AS request
    FROM enrolment`;
}
