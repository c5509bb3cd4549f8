import { settleAccepted } from '../control/accepted-sheets.ts';
import { approveLimits, proposeLimits, rejectLimits, withdrawLimits } from '../control/limit-proposals.ts';
import { signLimits } from '../control/limit-signatures.ts';
import { inTransaction } from '../store/database.ts';
import { findLimitSheet, listVersions, newestReady } from '../store/limit-rows.ts';
import { listProposals } from '../store/proposal-rows.ts';
import { type ApiRoute, apiRoute, personOf } from './api-route.ts';
import { doneOr, missing, proposalDetail, proposalSummary, sheetDetail, sheetSummary } from './limit-answers.ts';
import {
  LineQuery,
  NothingBody,
  ProposalDetail,
  ProposalList,
  ProposalParams,
  ProposalQuery,
  ProposeBody,
  ReasonBody,
  SHEET_BODY_BYTES_MAX,
  SheetDetail,
  SheetList,
  SheetParams,
  SheetQuery,
  SignBody,
} from './limit-schemas.ts';

const PAGE_ROWS = 50;

const sheetRoutes: readonly ApiRoute[] = [
  apiRoute({
    method: 'GET',
    path: '/limits/sheets',
    needs: 'limits.read',
    summary: 'Every version of a limit sheet, newest first: who, when, why, and what it changed.',
    query: SheetQuery,
    answer: SheetList,
    async handle({ query }, { limits, database }) {
      await settleAccepted(limits);
      const rows = await listVersions(database, { ...query, limit: PAGE_ROWS });
      const next = rows.length < PAGE_ROWS ? null : (rows.at(-1)?.sheet ?? null);
      return { json: { sheets: rows.map(sheetSummary), next } };
    },
  }),
  apiRoute({
    method: 'GET',
    path: '/limits/sheets/:sheet',
    needs: 'limits.read',
    summary: 'One version with what it says and the edges that accepted it.',
    params: SheetParams,
    answer: SheetDetail,
    async handle({ params }, { limits, database }) {
      await settleAccepted(limits);
      const detail = await sheetDetail(database, params.sheet);
      if (detail === undefined) throw missing(`sheet ${params.sheet}`);
      return { json: detail };
    },
  }),
  apiRoute({
    method: 'GET',
    path: '/limits/sheets/:sheet/document',
    needs: 'limits.read',
    summary: 'The exact signed document of a version.',
    params: SheetParams,
    answer: 'text',
    async handle({ params }, { limits, database }) {
      await settleAccepted(limits);
      const row = await findLimitSheet(database, params.sheet);
      if (row === undefined) throw missing(`sheet ${params.sheet}`);
      return { text: row.document, fileName: `${row.sheetId}-${row.sequence}.sheet` };
    },
  }),
  apiRoute({
    method: 'GET',
    path: '/limits/export',
    needs: 'limits.read',
    summary: 'The newest signed sheet of a legal entity, to be carried to an edge with "gatehouse limits apply".',
    query: LineQuery,
    answer: 'text',
    async handle(request, { limits, database, appendAct }) {
      const { query } = request;
      const { personId: by, from } = personOf(request);
      await settleAccepted(limits);
      const row = await newestReady(database, query);
      if (row === undefined) throw missing(`signed sheet of ${query.legalEntity} in ${query.environment} to export`);
      const after = { sheet: row.sheet, sequence: `${row.sequence}` };
      await inTransaction(database, (tx) =>
        appendAct(tx, { action: 'limits.exported', by, from, target: row.proposalId ?? row.sheet, after }),
      );
      return { text: row.document, fileName: `${row.sheetId}-${row.sequence}.sheet` };
    },
  }),
];

const proposalRoutes: readonly ApiRoute[] = [
  apiRoute({
    method: 'GET',
    path: '/limits/proposals',
    needs: 'limits.read',
    summary: 'Proposed sheets, newest first, each with its differences in words.',
    query: ProposalQuery,
    answer: ProposalList,
    async handle({ query }, { limits, database }) {
      await settleAccepted(limits);
      const rows = await listProposals(database, { ...query, limit: PAGE_ROWS });
      const next = rows.length < PAGE_ROWS ? null : (rows.at(-1)?.proposalId ?? null);
      return { json: { proposals: rows.map(proposalSummary), next } };
    },
  }),
  apiRoute({
    method: 'GET',
    path: '/limits/proposals/:proposal',
    needs: 'limits.read',
    summary: 'One proposal: its differences in words, its steps, its text and who has to sign it.',
    params: ProposalParams,
    answer: ProposalDetail,
    async handle({ params }, { limits, database }) {
      await settleAccepted(limits);
      return { json: await proposalDetail(database, params.proposal) };
    },
  }),
  apiRoute({
    method: 'GET',
    path: '/limits/proposals/:proposal/document',
    needs: 'limits.read',
    summary: 'The text that the maker and the checker sign, byte for byte.',
    params: ProposalParams,
    answer: 'text',
    async handle({ params }, { database }) {
      const { text, id, sequence } = await proposalDetail(database, params.proposal);
      return { text, fileName: `${id}-${sequence}.unsigned` };
    },
  }),
];

const stepRoutes: readonly ApiRoute[] = [
  apiRoute({
    method: 'POST',
    path: '/limits/proposals',
    needs: 'limits.propose',
    summary: 'Propose a sheet. It is refused with every problem, or waits for a second person where it loosens.',
    body: ProposeBody,
    bodyBytesMax: SHEET_BODY_BYTES_MAX,
    answer: ProposalDetail,
    async handle(request, { limits, database }) {
      const { proposalId } = doneOr(await proposeLimits(limits, personOf(request), request.body));
      return { json: await proposalDetail(database, proposalId), status: 201 };
    },
  }),
  apiRoute({
    method: 'POST',
    path: '/limits/proposals/:proposal/approve',
    needs: 'limits.check',
    needsStepUp: true,
    summary: 'Approve a proposal as the second person; the maker never can.',
    params: ProposalParams,
    body: NothingBody,
    answer: ProposalDetail,
    async handle(request, { limits, database }) {
      const { proposalId } = doneOr(await approveLimits(limits, personOf(request), request.params.proposal));
      return { json: await proposalDetail(database, proposalId) };
    },
  }),
  apiRoute({
    method: 'POST',
    path: '/limits/proposals/:proposal/reject',
    needs: 'limits.check',
    summary: 'Reject a proposal and say why.',
    params: ProposalParams,
    body: ReasonBody,
    answer: ProposalDetail,
    async handle(request, { limits, database }) {
      const rejection = { proposalId: request.params.proposal, reason: request.body.reason };
      const { proposalId } = doneOr(await rejectLimits(limits, personOf(request), rejection));
      return { json: await proposalDetail(database, proposalId) };
    },
  }),
  apiRoute({
    method: 'POST',
    path: '/limits/proposals/:proposal/withdraw',
    needs: 'limits.propose',
    summary: 'Take back one’s own proposal and say why.',
    params: ProposalParams,
    body: ReasonBody,
    answer: ProposalDetail,
    async handle(request, { limits, database }) {
      const withdrawal = { proposalId: request.params.proposal, reason: request.body.reason };
      const { proposalId } = doneOr(await withdrawLimits(limits, personOf(request), withdrawal));
      return { json: await proposalDetail(database, proposalId) };
    },
  }),
  apiRoute({
    method: 'POST',
    path: '/limits/proposals/:proposal/sign',
    needs: 'limits.read',
    summary: 'Upload the signed note as its maker or checker; with the last signature the sheet is ready to travel.',
    params: ProposalParams,
    body: SignBody,
    bodyBytesMax: SHEET_BODY_BYTES_MAX,
    answer: ProposalDetail,
    async handle(request, { limits, database }) {
      const upload = { proposalId: request.params.proposal, note: request.body.note };
      const { proposalId } = doneOr(await signLimits(limits, personOf(request), upload));
      return { json: await proposalDetail(database, proposalId) };
    },
  }),
];

/** Limit sheets: versions, proposals and their steps. */
export const limitRoutes: readonly ApiRoute[] = [...sheetRoutes, ...proposalRoutes, ...stepRoutes];
