import { readSheet, type SheetBefore, sheetHash, sheetOnRecord } from '@gatehouse/compliance/sheet-document.ts';
import { attempt } from '@gatehouse/shared/governance/problem-list.ts';
import type { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { hasAcceptances, highestSequence, inForceOf, insertLimitSheet, type LimitLine } from '../store/limit-rows.ts';
import { insertSignature, listSignatures, type StandingProposal } from '../store/proposal-rows.ts';
import { lateProblems, textHash } from './limit-proposals.ts';
import { moved, outOfTurn, takeProposalStep } from './limit-steps.ts';
import type { Actor, LimitDeps, LimitWork, Outcome, StepRefusal } from './limit-work.ts';
import { neededSigners, readSignatures, type SignatureCheck, signedDocument } from './sheet-signers.ts';
import { trustOnRecord } from './trust-on-record.ts';

/** A signed note that a person uploads. */
export interface UploadedNote {
  readonly proposalId: string;
  readonly note: string;
}

/**
 * Takes the signatures of a note for a proposal; with the last one the sheet is signed and ready to travel.
 *
 * Shape:  people sign on their own machines, because the hub holds no person's key. A note may carry one signature or all. It is
 *         uploaded by somebody whom the sheet names, and each signature is checked against the trust document on record.
 * Source: 17 CFR 240.15c3-5(d) (direct and exclusive control).
 */
export function signLimits(deps: LimitDeps, actor: Actor, upload: UploadedNote): Promise<Outcome<StandingProposal>> {
  const { proposalId, note } = upload;
  return takeProposalStep(deps, { actor, step: 'sign', target: proposalId }, async (work, proposal) => {
    const sheet = sheetOnRecord(proposal.unsignedText);
    if (!neededSigners(sheet).some(({ person }) => person === actor.personId)) {
      const problems = [`${actor.personId} is neither the maker nor a checker of this sheet`];
      return { kind: 'refused', code: 'FORBIDDEN', problems, hint: 'Its maker or its checker has to upload the note.' };
    }
    const isOpen = proposal.state === 'checked' || (proposal.state === 'proposed' && !proposal.needsChecker);
    if (!isOpen) return outOfTurn(proposal);
    const trust = await trustOnRecord(work.tx, sheet);
    const check = { sheet, text: proposal.unsignedText, trust, at: work.now };
    const { lines, problems } = readSignatures(note, check);
    if (problems.length > 0) return unsigned(problems);
    return keepSignatures(work, proposal, { check, lines, actor });
  });
}

function unsigned(problems: readonly string[]): StepRefusal {
  const hint = 'Download the text of the proposal, sign exactly that with "gatehouse sign", and upload the result.';
  return { kind: 'refused', code: 'SIGNATURE_INVALID', problems, hint };
}

interface NewSignatures {
  readonly check: SignatureCheck;
  readonly lines: ReadonlyMap<string, string>;
  readonly actor: Actor;
}

async function keepSignatures(
  work: LimitWork,
  proposal: StandingProposal,
  { check, lines, actor }: NewSignatures,
): Promise<Outcome<StandingProposal>> {
  const { proposalId } = proposal;
  const known = new Map((await listSignatures(work.tx, proposalId)).map(({ signer, line }) => [signer, line]));
  const fresh = [...lines].filter(([signer]) => !known.has(signer));
  if (fresh.length === 0) return unsigned(['these signatures are on record already']);
  const all = new Map([...known, ...lines]);
  const missing = neededSigners(check.sheet).filter(({ person }) => !all.has(person));
  const document = signedDocument(check, all);
  const problems = missing.length > 0 ? [] : await doorProblems(work, { check, document });
  if (problems.length > 0) {
    const hint = 'Nothing was kept of it; have a sheet proposed that can come into force.';
    return { kind: 'refused', code: 'SHEET_REFUSED', problems, hint };
  }
  const signers = fresh.map(([signer]) => signer).join(', ');
  const move = { by: actor.personId, from: actor.from };
  for (const [signer, line] of fresh) {
    await insertSignature(work.tx, { proposalId, signer, line, uploadedBy: actor.personId, at: work.at });
  }
  if (missing.length > 0) return moved(work, proposal, { ...move, event: 'sign', after: { signers } });
  const sheet = await keepSigned(work, proposal, document);
  return moved(work, proposal, { ...move, event: 'complete', after: { signers, sheet } });
}

/** What an edge would say against the signed sheet, judged at the moment from which it is to be in force. */
async function doorProblems(
  work: LimitWork,
  { check, document }: { readonly check: SignatureCheck; readonly document: string },
): Promise<readonly string[]> {
  const { sheet, trust } = check;
  if (trust === undefined) return ['no trust document is on record'];
  const before = await sheetBefore(work, sheet);
  const at = sheet.from > work.now ? sheet.from : work.now;
  const problems = [...(await lateProblems(work, sheet))];
  attempt(problems, () => readSheet(document, { trust: trust.trust, controls: work.controls, before, at }));
  return [...new Set(problems)];
}

/** The sheet in force; where sheets are in use that nobody could verify, what it says counts as lost. */
async function sheetBefore(work: LimitWork, line: LimitLine): Promise<SheetBefore> {
  const inForce = await inForceOf(work.tx, line);
  if (inForce !== undefined) return { kind: 'known', sheet: sheetOnRecord(inForce.document) };
  if (!(await hasAcceptances(work.tx, line))) return { kind: 'none' };
  return { kind: 'lost', sequence: await highestSequence(work.tx, line) };
}

/** Keeps the signed sheet as a version; answers its hash. */
async function keepSigned(work: LimitWork, proposal: StandingProposal, document: string): Promise<string> {
  const sheet: Sheet = sheetOnRecord(document);
  const hash = sheetHash(document);
  await insertLimitSheet(work.tx, {
    sheet: hash,
    textHash: textHash(proposal.unsignedText),
    legalEntity: sheet.legalEntity,
    environment: sheet.environment,
    sequence: sheet.sequence,
    sheetId: sheet.id,
    maker: sheet.maker,
    checkers: sheet.checkers,
    reason: sheet.reason,
    document,
    proposalId: proposal.proposalId,
    base: proposal.base,
    isLoosening: proposal.isLoosening,
    changes: proposal.changes,
    recordedAt: work.at,
  });
  return hash;
}
