import type { SheetChange } from '@gatehouse/compliance/sheet-difference.ts';
import type { ProposalState } from '../control/proposal-states.ts';
import { bodyColumns, type OpenedBody } from './body-columns.ts';
import { texts } from './bulk.ts';
import type { Queries, Transaction } from './database.ts';

/** A line of limits: the sheets of one legal entity in one environment follow each other by their sequence. */
export interface LimitLine {
  readonly legalEntity: string;
  readonly environment: string;
}

/** A signed version of a limit sheet, with its exact document. Shape: `proposalId` is null where it was made without this hub. */
export interface LimitSheetRow extends LimitLine {
  readonly sheet: string;
  readonly textHash: string;
  readonly sequence: number;
  readonly sheetId: string;
  readonly maker: string;
  readonly checkers: readonly string[];
  readonly reason: string;
  readonly document: string;
  readonly proposalId: string | null;
  readonly base: string | null;
  readonly isLoosening: boolean;
  readonly changes: readonly SheetChange[];
  readonly recordedAt: string;
}

/**
 * A version with what became of it, without its document.
 *
 * Shape: `supersededAt` is when the first edge went beyond it; `proposalState` is null where it was made without this hub.
 */
export interface SheetVersion extends Omit<LimitSheetRow, 'document'> {
  readonly proposalState: ProposalState | null;
  readonly proposedAt: string | null;
  readonly approvedAt: string | null;
  readonly inForceAt: string | null;
  readonly supersededAt: string | null;
  readonly isInUse: boolean;
}

/** An edge's word that it runs on a sheet. Shape: `problems` say why it counts for no comparison, where it does not. */
export interface AcceptanceRow extends LimitLine {
  readonly leaf: number;
  readonly edge: string;
  readonly at: string;
  readonly sheet: string;
  readonly sequence: number;
  readonly isVerified: boolean;
  readonly problems: readonly string[];
}

/** An entry of an edge as it lies in the ledger. */
export interface LedgerEntryRow extends OpenedBody {
  readonly leaf: number;
  readonly edge: string;
  readonly at: string;
  readonly kind: string;
}

/** Which sheets of which lines; `before` and `after` are the hash of one that was read. */
export interface SheetPage {
  readonly legalEntity?: string | undefined;
  readonly environment?: string | undefined;
  readonly before?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

/** The most entries of accepted sheets that one transaction reads. */
export const ACCEPTED_ENTRIES_MAX = 50;

/** The most different trust documents that are read to know who may sign. */
export const TRUST_ENTRIES_MAX = 1_000;

/** The most entries among which they are looked for where projections are behind: each edge journals each of them. */
const TRUST_ROWS_MAX = 20_000;

/** Lets changes of limits come one by one: the row stays locked until the transaction ends. Gives the first leaf not read yet. */
export async function lockLimits(tx: Transaction): Promise<number> {
  const [row] = await tx<{ next: number }[]>`SELECT next_leaf AS next FROM limit_head FOR UPDATE`;
  return row?.next ?? 0;
}

/** Says up to which leaf the ledger was read for accepted sheets. */
export async function moveLimits(tx: Transaction, next: number): Promise<void> {
  await tx`UPDATE limit_head SET next_leaf = ${next}`;
}

/** The entries by which edges accepted sheets, from a leaf on, in order. */
export function readLimitsEntries(tx: Queries, from: number): Promise<readonly LedgerEntryRow[]> {
  return tx<LedgerEntryRow[]>`
    SELECT l.leaf, l.edge, l.at, l.kind, ${bodyColumns(tx)} FROM ledger_leaf l JOIN ledger_body b ON b.leaf = l.leaf
    WHERE l.kind = 'limits' AND l.leaf >= ${from} ORDER BY l.leaf LIMIT ${ACCEPTED_ENTRIES_MAX}`;
}

/** A trust document as edges journalled it. */
export interface TrustDocumentRow {
  readonly version: number;
  readonly document: string;
}

/**
 * The different trust documents that edges journalled, the lowest versions first, and of a version the one that came first.
 *
 * Shape: an edge has one document for each version, so no edge can fill the list before those that count.
 */
export function readTrustDocuments(tx: Queries): Promise<readonly TrustDocumentRow[]> {
  return tx<TrustDocumentRow[]>`
    SELECT version, document FROM (
      SELECT DISTINCT ON (version, document) version, document, leaf FROM trust_version ORDER BY version, document, leaf
    ) each ORDER BY version, leaf LIMIT ${TRUST_ENTRIES_MAX}`;
}

/** The entries of trust documents that edges journalled, each document once, in the order in which they first came. */
export async function readTrustEntries(tx: Queries): Promise<readonly LedgerEntryRow[]> {
  const rows = await tx<LedgerEntryRow[]>`
    SELECT l.leaf, l.edge, l.at, l.kind, ${bodyColumns(tx)} FROM ledger_leaf l JOIN ledger_body b ON b.leaf = l.leaf
    WHERE l.kind = 'trust' ORDER BY l.leaf LIMIT ${TRUST_ROWS_MAX}`;
  const first = new Map(rows.toReversed().map((row) => [row.body, row] as const));
  return [...first.values()].toReversed();
}

/** Keeps a version; one that is known stays as it is. */
export async function insertLimitSheet(tx: Transaction, row: LimitSheetRow): Promise<void> {
  await tx`
    INSERT INTO limit_sheet
      (sheet, text_hash, legal_entity, environment, sequence, sheet_id, maker, checkers, reason, document, proposal_id, base,
       is_loosening, changes, recorded_at)
    VALUES (${row.sheet}, ${row.textHash}, ${row.legalEntity}, ${row.environment}, ${row.sequence}, ${row.sheetId},
            ${row.maker}, ${texts(row.checkers)}::text[], ${row.reason}, ${row.document}, ${row.proposalId}, ${row.base},
            ${row.isLoosening}, ${JSON.stringify(row.changes)}::text::jsonb, ${row.recordedAt})
    ON CONFLICT (sheet) DO NOTHING`;
}

export async function insertAcceptance(tx: Transaction, row: AcceptanceRow): Promise<void> {
  await tx`
    INSERT INTO limit_acceptance (leaf, edge, at, sheet, legal_entity, environment, sequence, is_verified, problems)
    VALUES (${row.leaf}, ${row.edge}, ${row.at}, ${row.sheet}, ${row.legalEntity}, ${row.environment}, ${row.sequence},
            ${row.isVerified}, ${JSON.stringify(row.problems)}::text::jsonb)`;
}

/** The sheet of a line with the highest sequence that an edge has accepted with valid signatures. */
export async function inForceOf(tx: Queries, line: LimitLine): Promise<LimitSheetRow | undefined> {
  const [row] = await tx<LimitSheetRow[]>`
    SELECT ${sheetColumns(tx)} FROM limit_sheet s
    WHERE s.sheet = (
      SELECT a.sheet FROM limit_acceptance a
      WHERE a.legal_entity = ${line.legalEntity} AND a.environment = ${line.environment} AND a.is_verified
      ORDER BY a.sequence DESC, a.leaf LIMIT 1)`;
  return row;
}

/** Whether any edge has accepted a sheet of a line, with valid signatures or without. */
export async function hasAcceptances(tx: Queries, line: LimitLine): Promise<boolean> {
  const rows = await tx`
    SELECT leaf FROM limit_acceptance
    WHERE legal_entity = ${line.legalEntity} AND environment = ${line.environment} LIMIT 1`;
  return rows.length > 0;
}

/** Sheets that nobody could verify count so far above all others: an edge that lies must not use up every sequence there is. */
const UNVERIFIED_AHEAD_MAX = 1_000;

/**
 * The highest sequence of any version of a line, also one that a database from a backup has not; 0 before the first.
 *
 * Shape: one that an edge runs on and that could not be verified counts where it is not far above all others.
 */
export async function highestSequence(tx: Queries, line: LimitLine): Promise<number> {
  const ofLine = tx`s.legal_entity = ${line.legalEntity} AND s.environment = ${line.environment}`;
  const [row] = await tx<{ sequence: number }[]>`
    SELECT greatest(known, (SELECT max(s.sequence) FROM limit_sheet s
      WHERE ${ofLine} AND s.sequence <= known + ${UNVERIFIED_AHEAD_MAX})) AS sequence
    FROM (SELECT greatest(
      coalesce((SELECT max(s.sequence) FROM limit_sheet s WHERE ${ofLine} AND ${isBelieved(tx)}), 0),
      coalesce((SELECT number FROM given_number
        WHERE what = 'sheet' AND name = ${`${line.legalEntity} ${line.environment}`}), 0)) AS known) k`;
  return row?.sequence ?? 0;
}

/** Whether a sheet `s` was signed here, or in use with signatures that count. */
export function isBelieved(tx: Queries) {
  return tx`(s.proposal_id IS NOT NULL
    OR EXISTS (SELECT 1 FROM limit_acceptance v WHERE v.sheet = s.sheet AND v.is_verified))`;
}

export async function findLimitSheet(tx: Queries, sheet: string): Promise<LimitSheetRow | undefined> {
  const [row] = await tx<LimitSheetRow[]>`SELECT ${sheetColumns(tx)} FROM limit_sheet s WHERE s.sheet = ${sheet}`;
  return row;
}

/** A version with a given signed text, whatever the order of its signatures. */
export async function findByText(tx: Queries, textHash: string): Promise<LimitSheetRow | undefined> {
  const [row] = await tx<LimitSheetRow[]>`
    SELECT ${sheetColumns(tx)} FROM limit_sheet s WHERE s.text_hash = ${textHash}
    ORDER BY s.proposal_id NULLS LAST, s.recorded_at LIMIT 1`;
  return row;
}

/** Versions, newest first, without their documents. */
export async function listVersions(tx: Queries, page: SheetPage): Promise<readonly SheetVersion[]> {
  const { legalEntity, environment, before, after, limit } = page;
  const place = (sheet: string) => tx`(SELECT recorded_at, sheet FROM limit_sheet WHERE sheet = ${sheet})`;
  const rows = await tx<SheetVersion[]>`
    SELECT ${versionColumns(tx)}, ${lifeColumns(tx)} FROM limit_sheet s
    WHERE true
      ${legalEntity === undefined ? tx`` : tx`AND s.legal_entity = ${legalEntity}`}
      ${environment === undefined ? tx`` : tx`AND s.environment = ${environment}`}
      ${before === undefined ? tx`` : tx`AND (s.recorded_at, s.sheet) < ${place(before)}`}
      ${after === undefined ? tx`` : tx`AND (s.recorded_at, s.sheet) > ${place(after)}`}
    ${after === undefined ? tx`ORDER BY s.recorded_at DESC, s.sheet DESC` : tx`ORDER BY s.recorded_at, s.sheet`}
    LIMIT ${limit}`;
  return after === undefined ? rows : rows.toReversed();
}

/** Where a version stands. Shape: `unverified` is in use at an edge though the hub could not verify its signatures. */
export type VersionState = 'signed' | 'in-force' | 'superseded' | 'unverified';

export function versionState({ inForceAt, supersededAt, isInUse, proposalState }: SheetVersion): VersionState {
  if (supersededAt !== null || proposalState === 'superseded') return 'superseded';
  if (inForceAt !== null) return 'in-force';
  return isInUse ? 'unverified' : 'signed';
}

/** One version with its life, without its document. */
export async function findVersion(tx: Queries, sheet: string): Promise<SheetVersion | undefined> {
  const [row] = await tx<SheetVersion[]>`
    SELECT ${versionColumns(tx)}, ${lifeColumns(tx)} FROM limit_sheet s WHERE s.sheet = ${sheet}`;
  return row;
}

/** The first acceptances of each sheet by each edge, in the order of the ledger. */
export function listAcceptances(tx: Queries, sheets: readonly string[]): Promise<readonly AcceptanceRow[]> {
  return tx<AcceptanceRow[]>`
    SELECT * FROM (
      SELECT DISTINCT ON (sheet, edge) leaf, edge, at, sheet, legal_entity AS "legalEntity", environment, sequence,
        is_verified AS "isVerified", problems
      FROM limit_acceptance WHERE sheet = ANY(${texts(sheets)}::text[]) ORDER BY sheet, edge, is_verified DESC, leaf) first
    ORDER BY leaf LIMIT 1000`;
}

/** The newest version of a line that was signed by way of this hub and neither superseded nor refused since. */
export async function newestReady(tx: Queries, line: LimitLine): Promise<LimitSheetRow | undefined> {
  const [row] = await tx<LimitSheetRow[]>`
    SELECT ${sheetColumns(tx)} FROM limit_sheet s
    WHERE s.legal_entity = ${line.legalEntity} AND s.environment = ${line.environment} AND (
      (SELECT p.state FROM limit_proposal_step p WHERE p.proposal_id = s.proposal_id ORDER BY p.ordinal DESC LIMIT 1)
        IN ('signed', 'in-force'))
    ORDER BY s.sequence DESC LIMIT 1`;
  return row;
}

function versionColumns(tx: Queries) {
  return tx`s.sheet, s.text_hash AS "textHash", s.legal_entity AS "legalEntity", s.environment, s.sequence,
    s.sheet_id AS "sheetId", s.maker, array_to_json(s.checkers) AS checkers, s.reason, s.proposal_id AS "proposalId", s.base,
    s.is_loosening AS "isLoosening", s.changes, s.recorded_at AS "recordedAt"`;
}

function sheetColumns(tx: Queries) {
  return tx`${versionColumns(tx)}, s.document`;
}

function lifeColumns(tx: Queries) {
  return tx`
    (SELECT p.state FROM limit_proposal_step p WHERE p.proposal_id = s.proposal_id ORDER BY p.ordinal DESC LIMIT 1)
      AS "proposalState",
    (SELECT p.proposed_at FROM limit_proposal p WHERE p.proposal_id = s.proposal_id) AS "proposedAt",
    (SELECT p.at FROM limit_proposal_step p WHERE p.proposal_id = s.proposal_id AND p.event = 'approve'
      ORDER BY p.ordinal LIMIT 1) AS "approvedAt",
    (SELECT a.at FROM limit_acceptance a WHERE a.sheet = s.sheet AND a.is_verified ORDER BY a.leaf LIMIT 1) AS "inForceAt",
    (SELECT a.at FROM limit_acceptance a
      WHERE a.legal_entity = s.legal_entity AND a.environment = s.environment AND a.is_verified AND a.sequence > s.sequence
      ORDER BY a.leaf LIMIT 1) AS "supersededAt",
    EXISTS (SELECT 1 FROM limit_acceptance a WHERE a.sheet = s.sheet) AS "isInUse"`;
}
