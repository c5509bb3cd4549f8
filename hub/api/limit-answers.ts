import { sheetOnRecord } from '@gatehouse/compliance/sheet-document.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { encode } from '@gatehouse/shared/schema/decode.ts';
import { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import type { z } from 'zod';
import type { Outcome } from '../control/limit-work.ts';
import { neededSigners } from '../control/sheet-signers.ts';
import type { Queries } from '../store/database.ts';
import { findLimitSheet, findVersion, listAcceptances, type SheetVersion, versionState } from '../store/limit-rows.ts';
import { findProposal, listSignatures, listSteps, type StandingProposal } from '../store/proposal-rows.ts';
import type { ProposalDetail, ProposalSummary, SheetDetail, SheetSummary } from './limit-schemas.ts';

/** A version as the API tells of it. */
export function sheetSummary(version: SheetVersion): z.input<typeof SheetSummary> {
  const { sheet, legalEntity, environment, sequence, sheetId: id, maker, checkers, reason } = version;
  const { proposalId: proposal, base, isLoosening, changes } = version;
  const { recordedAt, proposedAt, approvedAt, inForceAt, supersededAt } = version;
  return {
    ...{
      sheet,
      legalEntity,
      environment,
      sequence,
      id,
      state: versionState(version),
      maker,
      checkers: [...checkers],
      reason,
    },
    ...{ proposal, base, isLoosening, changes: [...changes] },
    ...{ recordedAt, proposedAt, approvedAt, inForceAt, supersededAt },
  };
}

/** A version with where it is in force and what it says; undefined where there is none of that hash. */
export async function sheetDetail(tx: Queries, hash: string): Promise<z.input<typeof SheetDetail> | undefined> {
  const [version, row] = await Promise.all([findVersion(tx, hash), findLimitSheet(tx, hash)]);
  if (version === undefined || row === undefined) return undefined;
  const edges = await listAcceptances(tx, [hash]);
  return {
    ...sheetSummary(version),
    edges: edges.map(({ edge, at, leaf, isVerified, problems }) => ({
      edge,
      at,
      leaf,
      isVerified,
      problems: [...problems],
    })),
    content: encode(Sheet, sheetOnRecord(row.document)),
  };
}

/** A proposal as the API tells of it. */
export function proposalSummary(row: StandingProposal): z.input<typeof ProposalSummary> {
  const { proposalId: proposal, legalEntity, environment, sequence, sheetId: id, state, maker, reason, base } = row;
  const { needsChecker, isLoosening, changes, proposedAt } = row;
  return {
    ...{ proposal, legalEntity, environment, sequence, id, state, maker, reason, base },
    ...{ needsChecker, isLoosening, changes: [...changes], proposedAt },
  };
}

/** A proposal with its text, its steps and who has to sign. Errors: `NOT_FOUND`. */
export async function proposalDetail(tx: Queries, proposalId: string): Promise<z.input<typeof ProposalDetail>> {
  const row = await findProposal(tx, proposalId);
  if (row === undefined) throw missing(`proposal ${proposalId}`);
  const [steps, signatures] = await Promise.all([listSteps(tx, proposalId), listSignatures(tx, proposalId)]);
  const sheet = sheetOnRecord(row.unsignedText);
  const signed = new Set(signatures.map(({ signer }) => signer));
  return {
    ...proposalSummary(row),
    sheet: encode(Sheet, sheet),
    text: row.unsignedText,
    missing: isOpen(row)
      ? neededSigners(sheet)
          .filter(({ person }) => !signed.has(person))
          .map(({ person, role }) => ({ person, role }))
      : [],
    signatures: signatures.map(({ signer, uploadedBy, at }) => ({ signer, uploadedBy, at })),
    steps: steps.map(({ event, state, by, at, note }) => ({ event, state, by, at, note })),
  };
}

/** The value of a step that was taken. Errors: the refusal of one that was not, with every problem. */
export function doneOr<Value>(outcome: Outcome<Value>): Value {
  if (outcome.kind === 'done') return outcome.value;
  const { code, problems, hint } = outcome;
  throw new KitError(code, problems.join('; '), { hint, problems });
}

/** The failure that says what is not there. */
export function missing(what: string): KitError {
  return new KitError('NOT_FOUND', `there is no ${what}`, {
    hint: 'Lists have the ids and hashes of all that there is.',
  });
}

function isOpen({ state }: StandingProposal): boolean {
  return state === 'proposed' || state === 'checked';
}
