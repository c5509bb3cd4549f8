import type { SheetChange } from '@gatehouse/compliance/sheet-difference.ts';
import type { ProposalEvent, ProposalState } from '../control/proposal-states.ts';
import type { Queries, Transaction } from './database.ts';
import type { LimitLine } from './limit-rows.ts';

/** A limit sheet that a person wants. Shape: `base` is the sheet that was in force then; null before the first. */
export interface ProposalRow extends LimitLine {
  readonly proposalId: string;
  readonly sequence: number;
  readonly sheetId: string;
  readonly base: string | null;
  readonly maker: string;
  readonly reason: string;
  readonly needsChecker: boolean;
  readonly isLoosening: boolean;
  readonly changes: readonly SheetChange[];
  readonly proposedAt: string;
}

/** A proposal as it stands: its newest state, and the text that is to be signed. */
export interface StandingProposal extends ProposalRow {
  readonly state: ProposalState;
  readonly ordinal: number;
  readonly unsignedText: string;
}

/** One step in the life of a proposal. Shape: `unsignedText` is null where the step left the text as it was. */
export interface ProposalStepRow {
  readonly proposalId: string;
  readonly ordinal: number;
  readonly event: 'propose' | ProposalEvent;
  readonly state: ProposalState;
  readonly by: string;
  readonly at: string;
  readonly note: string | null;
  readonly unsignedText: string | null;
}

/** A signature on the text of a proposal, as the line that stands in a note. */
export interface ProposalSignatureRow {
  readonly proposalId: string;
  readonly signer: string;
  readonly line: string;
  readonly uploadedBy: string;
  readonly at: string;
}

/** Which proposals; `before` is the id of the last one that was read. */
export interface ProposalPage {
  readonly state?: ProposalState | undefined;
  readonly before?: string | undefined;
  readonly limit: number;
}

export async function insertProposal(tx: Transaction, row: ProposalRow): Promise<void> {
  await tx`
    INSERT INTO limit_proposal
      (proposal_id, legal_entity, environment, sequence, sheet_id, base, maker, reason, needs_checker, is_loosening, changes,
       proposed_at)
    VALUES (${row.proposalId}, ${row.legalEntity}, ${row.environment}, ${row.sequence}, ${row.sheetId}, ${row.base},
            ${row.maker}, ${row.reason}, ${row.needsChecker}, ${row.isLoosening},
            ${JSON.stringify(row.changes)}::text::jsonb, ${row.proposedAt})`;
}

export async function insertStep(tx: Transaction, row: ProposalStepRow): Promise<void> {
  await tx`
    INSERT INTO limit_proposal_step (proposal_id, ordinal, event, state, by_person, at, note, unsigned_text)
    VALUES (${row.proposalId}, ${row.ordinal}, ${row.event}, ${row.state}, ${row.by}, ${row.at}, ${row.note},
            ${row.unsignedText})`;
}

export async function insertSignature(tx: Transaction, row: ProposalSignatureRow): Promise<void> {
  await tx`
    INSERT INTO proposal_signature (proposal_id, signer, line, uploaded_by, at)
    VALUES (${row.proposalId}, ${row.signer}, ${row.line}, ${row.uploadedBy}, ${row.at})`;
}

export async function findProposal(tx: Queries, proposalId: string): Promise<StandingProposal | undefined> {
  const [row] = await tx<StandingProposal[]>`${standing(tx)} WHERE p.proposal_id = ${proposalId}`;
  return row;
}

/** The proposals of a line that are not at their end. Shape: oldest first. */
export function openProposals(tx: Queries, line: LimitLine): Promise<readonly StandingProposal[]> {
  return tx<StandingProposal[]>`
    ${standing(tx)}
    WHERE p.legal_entity = ${line.legalEntity} AND p.environment = ${line.environment}
      AND newest.state IN ('proposed', 'checked', 'signed', 'in-force')
    ORDER BY p.proposed_at, p.proposal_id`;
}

/** Proposals that wait for a person, oldest first. */
export function waitingProposals(tx: Queries, limit: number): Promise<readonly StandingProposal[]> {
  return tx<StandingProposal[]>`
    ${standing(tx)} WHERE newest.state IN ('proposed', 'checked') ORDER BY p.proposed_at, p.proposal_id LIMIT ${limit}`;
}

/** Proposals, newest first. */
export function listProposals(tx: Queries, page: ProposalPage): Promise<readonly StandingProposal[]> {
  const { state, before, limit } = page;
  return tx<StandingProposal[]>`
    ${standing(tx)}
    WHERE true
      ${state === undefined ? tx`` : tx`AND newest.state = ${state}`}
      ${before === undefined ? tx`` : tx`AND (p.proposed_at, p.proposal_id) < (SELECT proposed_at, proposal_id FROM limit_proposal WHERE proposal_id = ${before})`}
    ORDER BY p.proposed_at DESC, p.proposal_id DESC LIMIT ${limit}`;
}

/** The steps of a proposal, in order. */
export function listSteps(tx: Queries, proposalId: string): Promise<readonly ProposalStepRow[]> {
  return tx<ProposalStepRow[]>`
    SELECT proposal_id AS "proposalId", ordinal, event, state, by_person AS "by", at, note, unsigned_text AS "unsignedText"
    FROM limit_proposal_step WHERE proposal_id = ${proposalId} ORDER BY ordinal`;
}

export function listSignatures(tx: Queries, proposalId: string): Promise<readonly ProposalSignatureRow[]> {
  return tx<ProposalSignatureRow[]>`
    SELECT proposal_id AS "proposalId", signer, line, uploaded_by AS "uploadedBy", at
    FROM proposal_signature WHERE proposal_id = ${proposalId} ORDER BY at, signer`;
}

function standing(tx: Queries) {
  return tx`
    SELECT p.proposal_id AS "proposalId", p.legal_entity AS "legalEntity", p.environment, p.sequence, p.sheet_id AS "sheetId",
      p.base, p.maker, p.reason, p.needs_checker AS "needsChecker", p.is_loosening AS "isLoosening", p.changes,
      p.proposed_at AS "proposedAt", newest.state, newest.ordinal, signing.unsigned_text AS "unsignedText"
    FROM limit_proposal p
    JOIN LATERAL (
      SELECT state, ordinal FROM limit_proposal_step s WHERE s.proposal_id = p.proposal_id ORDER BY ordinal DESC LIMIT 1
    ) newest ON true
    JOIN LATERAL (
      SELECT unsigned_text FROM limit_proposal_step s
      WHERE s.proposal_id = p.proposal_id AND unsigned_text IS NOT NULL ORDER BY ordinal DESC LIMIT 1
    ) signing ON true`;
}
