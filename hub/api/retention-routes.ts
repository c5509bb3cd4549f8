import { FirmFigures } from '@gatehouse/compliance/retention/firm-figures.ts';
import { scopeText } from '@gatehouse/compliance/retention/scope.ts';
import { encode } from '@gatehouse/shared/schema/decode.ts';
import { dayOf } from '@gatehouse/shared/values/instant.ts';
import type { z } from 'zod';
import { giveEvent } from '../ledger/retention/clock-events.ts';
import { explainRecord } from '../ledger/retention/explain.ts';
import { readStanding } from '../ledger/retention/explain-standing.ts';
import { setHold } from '../ledger/retention/holds.ts';
import {
  approveRetention,
  type ProposedChange,
  proposeRetention,
  rejectRetention,
  withdrawRetention,
} from '../ledger/retention/proposals.ts';
import type { RetentionDeps } from '../ledger/retention/proposals-work.ts';
import { type ApiParts, type ApiRoute, apiRoute, personOf } from './api-route.ts';
import {
  ClassList,
  classList,
  EventAnswer,
  EventBody,
  HoldAnswer,
  HoldBody,
  holdAnswer,
  NothingBody,
  ProposalAnswer,
  ProposalParams,
  ProposeBody,
  proposalAnswer,
  ReasonBody,
  RecordAnswer,
  RecordParams,
  RetentionStanding,
} from './retention-schemas.ts';

const FIGURES_BYTES_MAX = 256 * 1024;

const readRoutes: readonly ApiRoute[] = [
  apiRoute({
    method: 'GET',
    path: '/retention',
    needs: 'retention.read',
    summary: 'Where retention stands: the firm’s figures, what the newest run found, holds and proposals.',
    answer: RetentionStanding,
    async handle(_, { database }) {
      const { inForce, run, findings, holds, proposals } = await readStanding(database);
      const figures =
        inForce === undefined
          ? null
          : { version: inForce.version, inForceSince: inForce.at, content: encode(FirmFigures, inForce.figures) };
      return {
        json: {
          figures,
          run: run === undefined ? null : { day: run.day, finishedAt: run.finishedAt, targets: run.targets },
          findings: findings.map(({ target, state, records, keepUntil, mustGoBy, because }) => {
            return { target, state, records, keepUntil, mustGoBy, because: [...because] };
          }),
          holds: holds.map(holdAnswer),
          proposals: proposals.map(proposalAnswer),
        },
      };
    },
  }),
  apiRoute({
    method: 'GET',
    path: '/retention/classes',
    needs: 'retention.read',
    summary: 'The retention classes: which records, how long, from which event, and by which law.',
    answer: ClassList,
    handle: async () => ({ json: classList() }),
  }),
  apiRoute({
    method: 'GET',
    path: '/retention/records/:record',
    needs: 'retention.read',
    summary: 'How long one record is kept, and why.',
    params: RecordParams,
    answer: RecordAnswer,
    async handle({ params }, { database, clock }) {
      const explained = await explainRecord(database, params.record, dayOf(clock.now()));
      const { leaf, edge, kind, at, target, certificate = null, judgement } = explained;
      const { classes, because, ...rest } = judgement;
      const json = { leaf, edge, kind, at, target, certificate, ...rest, classes: [...classes], because: [...because] };
      return { json };
    },
  }),
];

const stepRoutes: readonly ApiRoute[] = [
  apiRoute({
    method: 'POST',
    path: '/retention/events',
    needs: 'retention.propose',
    needsStepUp: true,
    summary: 'Put a day on record that starts the clock of records.',
    body: EventBody,
    answer: EventAnswer,
    async handle(request, parts) {
      const { reason, ...event } = request.body;
      const row = await giveEvent(retentionOf(parts), personOf(request), { event, reason });
      return { json: { event: row.event, scope: scopeText(row.scope), day: row.day, at: row.at }, status: 201 };
    },
  }),
  apiRoute({
    method: 'POST',
    path: '/retention/holds',
    needs: 'retention.propose',
    summary: 'Set a hold; it beats everything until two people have lifted it.',
    body: HoldBody,
    answer: HoldAnswer,
    async handle(request, parts) {
      return { json: holdAnswer(await setHold(retentionOf(parts), personOf(request), request.body)), status: 201 };
    },
  }),
  apiRoute({
    method: 'POST',
    path: '/retention/proposals',
    needs: 'retention.propose',
    summary: 'Propose new figures of the firm, the end of a hold, or a disposal.',
    body: ProposeBody,
    bodyBytesMax: FIGURES_BYTES_MAX,
    answer: ProposalAnswer,
    async handle(request, parts) {
      const { reason } = request.body;
      const row = await proposeRetention(retentionOf(parts), personOf(request), {
        change: changeOf(request.body),
        reason,
      });
      return { json: proposalAnswer(row), status: 201 };
    },
  }),
  apiRoute({
    method: 'POST',
    path: '/retention/proposals/:proposal/approve',
    needs: 'retention.approve',
    needsStepUp: true,
    summary: 'Approve a proposal as another person; its maker never can, and nobody counts twice.',
    params: ProposalParams,
    body: NothingBody,
    answer: ProposalAnswer,
    async handle(request, parts) {
      const row = await approveRetention(retentionOf(parts), personOf(request), request.params.proposal);
      return { json: proposalAnswer(row) };
    },
  }),
  ...(['reject', 'withdraw'] as const).map((step) =>
    apiRoute({
      method: 'POST',
      path: `/retention/proposals/:proposal/${step}`,
      needs: step === 'reject' ? 'retention.approve' : 'retention.propose',
      summary: step === 'reject' ? 'Reject a proposal and say why.' : 'Take back one’s own proposal and say why.',
      params: ProposalParams,
      body: ReasonBody,
      answer: ProposalAnswer,
      async handle(request, parts) {
        const ending = { proposalId: request.params.proposal, reason: request.body.reason };
        const end = step === 'reject' ? rejectRetention : withdrawRetention;
        return { json: proposalAnswer(await end(retentionOf(parts), personOf(request), ending)) };
      },
    }),
  ),
];

/** Retention: classes, records explained, clock events, holds, and what needs several people. */
export const retentionRoutes: readonly ApiRoute[] = [...readRoutes, ...stepRoutes];

function retentionOf({ database, appendAct, clock, people }: ApiParts): RetentionDeps {
  return { database, appendAct, clock, random: people.random };
}

function changeOf(body: z.output<typeof ProposeBody>): ProposedChange {
  if (body.kind === 'figures') return { kind: 'figures', figures: encode(FirmFigures, body.figures) };
  if (body.kind === 'lift') return { kind: 'lift', hold: body.hold };
  return { kind: 'disposal', target: body.target };
}
