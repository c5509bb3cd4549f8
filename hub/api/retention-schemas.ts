import { recordClasses } from '@gatehouse/compliance/retention/classes.ts';
import { FirmFigures } from '@gatehouse/compliance/retention/firm-figures.ts';
import { periodText } from '@gatehouse/compliance/retention/reasons.ts';
import { RetentionScope, scopeText } from '@gatehouse/compliance/retention/scope.ts';
import { Count, Identifier, Sentence } from '@gatehouse/shared/schema/fields.ts';
import { z } from 'zod';
import { proposalKinds, proposalStates } from '../ledger/retention/proposals-states.ts';
import type { StandingRetentionProposal } from '../store/retention-proposal-rows.ts';
import type { HoldRow } from '../store/retention-rows.ts';

const Time = z.string().describe('UTC with nanoseconds');
const Day = z.string().describe('YYYY-MM-DD in UTC');
const State = z.enum(['kept', 'waiting-for-event', 'held', 'may-go', 'must-go', 'open-question']);

export const RecordParams = z.strictObject({
  record: z
    .string()
    .max(100)
    .regex(/^[A-Za-z0-9._:-]+$/, 'not a leaf or edge:epoch:seq')
    .describe('A leaf of the ledger, or edge:epoch:seq.'),
});

export const ProposalParams = z.strictObject({ proposal: Identifier });

export const ReasonBody = z.strictObject({ reason: Sentence });

export const NothingBody = z.strictObject({});

export const EventBody = z.strictObject({
  event: z.enum(['end-of-use', 'account-closed', 'relationship-ended', 'unblocked', 'filed']),
  scope: RetentionScope,
  day: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/, 'not a day')
    .nullable()
    .describe('The day that starts the clock; null takes an earlier word about the same scope back.'),
  reason: Sentence,
});

export const EventAnswer = z.strictObject({ event: z.string(), scope: z.string(), day: Day.nullable(), at: Time });

export const HoldBody = z.strictObject({ scope: RetentionScope, reason: Sentence });

export const HoldAnswer = z.strictObject({
  hold: Identifier,
  scope: z.string(),
  reason: z.string(),
  setBy: Identifier,
  setAt: Time,
  liftedBy: Identifier.nullable(),
  liftedAt: Time.nullable(),
});

export const ProposeBody = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('figures'), figures: FirmFigures, reason: Sentence }),
  z.strictObject({ kind: z.literal('lift'), hold: Identifier, reason: Sentence }),
  z.strictObject({
    kind: z.literal('disposal'),
    target: z.string().max(100).describe('A key class and a month, such as trading/2026-03, or subject/c-81.'),
    reason: Sentence,
  }),
]);

export const ProposalAnswer = z.strictObject({
  proposal: Identifier,
  kind: z.enum(proposalKinds),
  target: z.string(),
  state: z.enum(proposalStates),
  maker: Identifier,
  needed: Count.describe('How many people other than the maker have to approve it.'),
  approvedBy: z.array(Identifier),
  reason: z.string(),
  proposedAt: Time,
  expiresAt: Time.nullable(),
  certificate: Count.nullable().describe('The leaf of the certificate, once it is disposed of.'),
});

export const RecordAnswer = z.strictObject({
  leaf: Count,
  edge: z.string(),
  kind: z.string(),
  at: Time,
  target: z.string().describe('What it can be disposed of with.'),
  certificate: Count.nullable(),
  classes: z.array(z.string()),
  state: State,
  keepUntil: Day.nullable(),
  mustGoBy: Day.nullable(),
  because: z.array(z.string()),
});

export const ClassList = z.strictObject({
  classes: z.array(
    z.strictObject({
      class: z.string(),
      title: z.string(),
      clock: z.string(),
      minimum: z.string(),
      maximum: z.string().nullable(),
      jurisdiction: z.string(),
      records: z.array(z.string()),
      sources: z.array(z.strictObject({ act: z.string(), place: z.string(), says: z.string() })),
      unsure: z.string().nullable(),
    }),
  ),
});

export const RetentionStanding = z.strictObject({
  figures: z.strictObject({ version: Count, inForceSince: Time, content: z.json() }).nullable(),
  run: z.strictObject({ day: Day, finishedAt: Time.nullable(), targets: Count }).nullable(),
  findings: z.array(
    z.strictObject({
      target: z.string(),
      state: State,
      records: Count,
      keepUntil: Day.nullable(),
      mustGoBy: Day.nullable(),
      because: z.array(z.string()),
    }),
  ),
  holds: z.array(HoldAnswer),
  proposals: z.array(ProposalAnswer),
});

/** The classes of this release as the API tells of them. */
export function classList(): z.input<typeof ClassList> {
  const classes = recordClasses.map(({ id, title, clock, periods, jurisdiction, records, sources, unsure }) => {
    const newest = periods.at(-1);
    return {
      ...{ class: id, title, clock, jurisdiction },
      minimum: periodText(newest?.minimum ?? 0),
      maximum: newest?.maximum === undefined ? null : periodText(newest.maximum),
      records: records.map(({ keyClass, kinds }) =>
        kinds === undefined ? keyClass : `${keyClass}: ${kinds.join(', ')}`,
      ),
      sources: sources.map(({ act, place, says }) => ({ act: act.title, place, says })),
      unsure: unsure ?? null,
    };
  });
  return { classes };
}

export function proposalAnswer(row: StandingRetentionProposal): z.input<typeof ProposalAnswer> {
  const { proposalId, kind, target, state, maker, needed, approvedBy, reason, proposedAt, expiresAt, certificate } =
    row;
  const named = {
    proposal: proposalId,
    kind,
    target,
    state,
    maker,
    needed,
    reason,
    proposedAt,
    expiresAt,
    certificate,
  };
  return { ...named, approvedBy: [...approvedBy] };
}

export function holdAnswer({
  id,
  scope,
  reason,
  setBy,
  setAt,
  liftedBy,
  liftedAt,
}: HoldRow): z.input<typeof HoldAnswer> {
  return { hold: id, scope: scopeText(scope), reason, setBy, setAt, liftedBy, liftedAt };
}
