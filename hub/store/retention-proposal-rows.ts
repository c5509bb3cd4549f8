import type { ProposalKind, ProposalState } from '../ledger/retention/proposals-states.ts';
import type { Queries, Transaction } from './database.ts';

/** Something that needs several people. Shape: `content` is not decoded yet; without an end it waits for as long as it takes. */
export interface RetentionProposalRow {
  readonly proposalId: string;
  readonly kind: ProposalKind;
  readonly content: unknown;
  readonly target: string;
  readonly maker: string;
  /** How many people other than the maker have to approve it. */
  readonly needed: number;
  readonly reason: string;
  readonly proposedAt: string;
  readonly expiresAt: string | null;
}

/** A proposal as it stands, with those who have approved it, in order. */
export interface StandingRetentionProposal extends RetentionProposalRow {
  readonly state: ProposalState;
  readonly ordinal: number;
  readonly changedAt: string;
  readonly note: string | null;
  readonly approvedBy: readonly string[];
  /** When the newest approval was given. */
  readonly approvedAt: string | null;
  /** The leaf of the certificate, once a disposal is done. */
  readonly certificate: number | null;
}

/** One step in the life of a proposal. */
export interface RetentionStepRow {
  readonly proposalId: string;
  readonly ordinal: number;
  readonly event: string;
  readonly state: ProposalState;
  readonly by: string;
  readonly at: string;
  readonly note: string | null;
  /** The leaf of the certificate, in the step that finished a disposal. */
  readonly certificate?: number;
}

export async function insertRetentionProposal(tx: Transaction, row: RetentionProposalRow): Promise<void> {
  await tx`
    INSERT INTO retention_proposal (proposal_id, kind, content, target, maker, needed, reason, proposed_at, expires_at)
    VALUES (${row.proposalId}, ${row.kind}, ${JSON.stringify(row.content)}::text::jsonb, ${row.target}, ${row.maker}, ${row.needed},
            ${row.reason}, ${row.proposedAt}, ${row.expiresAt})`;
}

export async function insertRetentionStep(tx: Transaction, row: RetentionStepRow): Promise<void> {
  await tx`
    INSERT INTO retention_step (proposal_id, ordinal, event, state, by_person, at, note, certificate)
    VALUES (${row.proposalId}, ${row.ordinal}, ${row.event}, ${row.state}, ${row.by}, ${row.at}, ${row.note},
            ${row.certificate ?? null})`;
}

/** Takes a target for a proposal; the id of the one that has it already, where one has. */
export async function takeTarget(tx: Transaction, target: string, proposalId: string): Promise<string | undefined> {
  const taken = await tx`
    INSERT INTO retention_open_target (target, proposal_id) VALUES (${target}, ${proposalId}) ON CONFLICT (target) DO NOTHING`;
  if (taken.count === 1) return undefined;
  const [row] = await tx<
    { id: string }[]
  >`SELECT proposal_id AS id FROM retention_open_target WHERE target = ${target}`;
  return row?.id ?? '';
}

export async function freeTarget(tx: Transaction, proposalId: string): Promise<void> {
  await tx`DELETE FROM retention_open_target WHERE proposal_id = ${proposalId}`;
}

export async function findRetentionProposal(
  tx: Queries,
  proposalId: string,
): Promise<StandingRetentionProposal | undefined> {
  const [row] = await tx<StandingRetentionProposal[]>`${standing(tx)} WHERE p.proposal_id = ${proposalId}`;
  return row;
}

/** Proposals in some states, oldest first. */
export function retentionProposalsIn(
  tx: Queries,
  states: readonly ProposalState[],
  limit: number,
): Promise<readonly StandingRetentionProposal[]> {
  return tx<StandingRetentionProposal[]>`
    ${standing(tx)} WHERE newest.state = ANY(string_to_array(${states.join(',')}, ','))
    ORDER BY p.proposed_at, p.proposal_id LIMIT ${limit}`;
}

/** Proposals, newest first. */
export function listRetentionProposals(tx: Queries, limit: number): Promise<readonly StandingRetentionProposal[]> {
  return tx<
    StandingRetentionProposal[]
  >`${standing(tx)} ORDER BY p.proposed_at DESC, p.proposal_id DESC LIMIT ${limit}`;
}

export async function countRetentionProposals(tx: Queries, kind: ProposalKind): Promise<number> {
  const [row] = await tx<{ count: number }[]>`SELECT count(*) AS count FROM retention_proposal WHERE kind = ${kind}`;
  return row?.count ?? 0;
}

/** The targets that were disposed of, each with the leaf of its certificate. */
export async function disposedTargets(tx: Queries): Promise<ReadonlyMap<string, number>> {
  const rows = await tx<{ target: string; certificate: number }[]>`
    SELECT p.target, s.certificate FROM retention_step s JOIN retention_proposal p USING (proposal_id)
    WHERE s.certificate IS NOT NULL ORDER BY s.certificate`;
  return new Map(rows.map(({ target, certificate }) => [target, certificate]));
}

function standing(tx: Queries) {
  return tx`
    SELECT p.proposal_id AS "proposalId", p.kind, p.content, p.target, p.maker, p.needed, p.reason, p.proposed_at AS "proposedAt",
      p.expires_at AS "expiresAt", newest.state, newest.ordinal, newest.at AS "changedAt", newest.note,
      newest.certificate,
      coalesce((
        SELECT jsonb_agg(s.by_person ORDER BY s.ordinal) FROM retention_step s
        WHERE s.proposal_id = p.proposal_id AND s.event IN ('approve', 'pass', 'settle')
      ), '[]') AS "approvedBy",
      (SELECT max(s.at) FROM retention_step s
        WHERE s.proposal_id = p.proposal_id AND s.event IN ('approve', 'pass', 'settle')) AS "approvedAt"
    FROM retention_proposal p
    JOIN LATERAL (
      SELECT state, ordinal, at, note, certificate FROM retention_step s WHERE s.proposal_id = p.proposal_id ORDER BY ordinal DESC LIMIT 1
    ) newest ON true`;
}
