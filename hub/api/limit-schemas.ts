import { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import { Count, HashText, Identifier, LeiText, Sentence } from '@gatehouse/shared/schema/fields.ts';
import { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { z } from 'zod';
import { proposalStates } from '../control/proposal-states.ts';

/** The largest body that carries a sheet or a signed note. */
export const SHEET_BODY_BYTES_MAX = 600 * 1024;

const DOCUMENT_LENGTH_MAX = 500_000;
const Environment = z.enum(['paper', 'live']);
const Time = z.string().describe('UTC with nanoseconds');

export const ProposalId = z.string().regex(/^L-[0-9a-f]{12}$/, 'not the id of a proposal');
export const SheetParams = z.strictObject({ sheet: HashText });
export const ProposalParams = z.strictObject({ proposal: ProposalId });

export const SheetQuery = z.strictObject({
  legalEntity: LeiText.optional(),
  environment: Environment.optional(),
  before: HashText.optional().describe('The hash of the last sheet that was read; older ones follow.'),
});

export const LineQuery = z.strictObject({ legalEntity: LeiText, environment: Environment });

export const ProposalQuery = z.strictObject({
  state: z.enum(proposalStates).optional(),
  before: ProposalId.optional().describe('The id of the last proposal that was read; older ones follow.'),
});

export const ProposeBody = z.strictObject({
  base: HashText.nullable().describe('The sheet in force that the proposal starts from; null before the first.'),
  sheet: Sheet.describe('The wanted sheet: its maker is who proposes it, and it names no checkers yet.'),
});

export const ReasonBody = z.strictObject({ reason: Sentence });
export const NothingBody = z.strictObject({});

export const SignBody = z.strictObject({
  note: z.string().min(1).max(DOCUMENT_LENGTH_MAX).describe('The signed note, with one of the signatures or all.'),
});

const Change = z.strictObject({
  effect: z.enum(['loosening', 'tightening', 'neither']),
  part: z.string(),
  scope: ScopeText.optional(),
  figure: z.string().optional(),
  says: z.string().describe('The difference as a sentence.'),
});

const Line = {
  legalEntity: z.string(),
  environment: z.string(),
  sequence: Count,
  id: Identifier,
};

export const SheetSummary = z.strictObject({
  sheet: HashText,
  ...Line,
  state: z.enum(['signed', 'in-force', 'superseded', 'unverified']),
  maker: Identifier,
  checkers: z.array(Identifier),
  reason: Sentence,
  proposal: ProposalId.nullable(),
  base: HashText.nullable(),
  isLoosening: z.boolean(),
  changes: z.array(Change),
  recordedAt: Time,
  proposedAt: Time.nullable(),
  approvedAt: Time.nullable(),
  inForceAt: Time.nullable(),
  supersededAt: Time.nullable(),
});

export const SheetDetail = SheetSummary.extend({
  edges: z.array(
    z.strictObject({
      edge: z.string(),
      at: Time,
      leaf: Count,
      isVerified: z.boolean(),
      problems: z.array(z.string()),
    }),
  ),
  content: Sheet,
});

export const SheetList = z.strictObject({ sheets: z.array(SheetSummary), next: HashText.nullable() });

export const ProposalSummary = z.strictObject({
  proposal: ProposalId,
  ...Line,
  state: z.enum(proposalStates),
  maker: Identifier,
  reason: Sentence,
  base: HashText.nullable(),
  needsChecker: z.boolean(),
  isLoosening: z.boolean(),
  changes: z.array(Change),
  proposedAt: Time,
});

export const ProposalDetail = ProposalSummary.extend({
  sheet: Sheet,
  text: z.string().describe('What is to be signed, byte for byte.'),
  missing: z.array(z.strictObject({ person: Identifier, role: z.string() })).describe('Whose signatures are missing.'),
  signatures: z.array(z.strictObject({ signer: Identifier, uploadedBy: Identifier, at: Time })),
  steps: z.array(
    z.strictObject({
      event: z.string(),
      state: z.enum(proposalStates),
      by: Identifier,
      at: Time,
      note: z.string().nullable(),
    }),
  ),
});

export const ProposalList = z.strictObject({ proposals: z.array(ProposalSummary), next: ProposalId.nullable() });
