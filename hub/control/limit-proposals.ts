import { compileBreakers } from '@gatehouse/compliance/breaker-set.ts';
import { compileRules } from '@gatehouse/compliance/rule-set.ts';
import { sheetOnRecord } from '@gatehouse/compliance/sheet-document.ts';
import { attempt } from '@gatehouse/shared/governance/problem-list.ts';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import type { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { hasAcceptances, highestSequence, inForceOf, type LimitSheetRow } from '../store/limit-rows.ts';
import {
  insertProposal,
  insertStep,
  openProposals,
  type ProposalRow,
  type StandingProposal,
} from '../store/proposal-rows.ts';
import { type Judged, judgeSheet } from './four-eyes.ts';
import { moved, takeProposalStep, takeStep } from './limit-steps.ts';
import { type Actor, type LimitDeps, type LimitWork, type Outcome, shortened } from './limit-work.ts';
import { unsignedText } from './sheet-signers.ts';

/** A sheet that a person wants. Shape: `base` is the hash of the sheet in force that it starts from; null before the first. */
export interface NewProposal {
  readonly base: string | null;
  readonly sheet: Sheet;
}

/** So many proposals of one line may wait; more are refused until some of them are settled. */
export const WAITING_PROPOSALS_MAX = 20;

/** The longest text that fits an entry of kind `limits`, with room for its signatures. Units: UTF-16 code units. */
const TEXT_LENGTH_MAX = 480_000;
const PROPOSAL_ID_BYTES = 6;

/**
 * Proposes a limit sheet, or refuses it with every problem.
 *
 * Shape: the proposer is the sheet's maker. It names no checkers: whoever approves it is written in, so that the text that is
 *        signed says who checked.
 */
export function proposeLimits(
  deps: LimitDeps,
  actor: Actor,
  proposed: NewProposal,
): Promise<Outcome<StandingProposal>> {
  const { base, sheet } = proposed;
  const text = unsignedText(sheet);
  const problems = [...ownProblems(sheet, text, actor), ...ruleProblems(deps, sheet, text)];
  return takeStep(deps, { actor, step: 'propose', target: sheet.id }, async (work) => {
    const inForce = await inForceOf(work.tx, sheet);
    const hasUnverified = inForce === undefined && (await hasAcceptances(work.tx, sheet));
    const judged = judgeSheet(sheet, { inForce, hasUnverified });
    problems.push(...(await placeProblems(work, sheet)), ...changeProblems(inForce, judged));
    const stale = baseProblems(base, inForce);
    if (problems.length > 0) {
      const hint = 'Correct the sheet and propose it again; the sheet in force stays in force.';
      return { kind: 'refused', code: 'SHEET_REFUSED', problems: [...problems, ...stale], hint };
    }
    if (stale.length > 0) {
      const hint = 'Start again from the sheet in force, so that nobody’s change is undone unseen.';
      return { kind: 'refused', code: 'STATE_CONFLICT', problems: stale, hint };
    }
    const proposalId = `L-${Buffer.from(deps.random(PROPOSAL_ID_BYTES)).toString('hex')}`;
    return { kind: 'done', value: await keepProposal(work, { proposalId, base, sheet, text, judged, actor }) };
  });
}

/**
 * Approves a proposal: the second pair of eyes. The caller has seen to it that the person may check and has stepped up.
 *
 * Shape: the text that is to be signed names the approver from here on.
 */
export function approveLimits(deps: LimitDeps, actor: Actor, proposalId: string): Promise<Outcome<StandingProposal>> {
  return takeProposalStep(deps, { actor, step: 'approve', target: proposalId }, async (work, proposal) => {
    if (actor.personId === proposal.maker) {
      const hint = 'Ask a second person who holds the right to check limits.';
      return { kind: 'refused', code: 'FORBIDDEN', problems: ['the maker of a sheet can never check it'], hint };
    }
    const sheet = { ...sheetOnRecord(proposal.unsignedText), checkers: [actor.personId] };
    const problems = proposal.state === 'proposed' ? await lateProblems(work, sheet) : [];
    if (problems.length > 0) {
      const hint = 'Reject the proposal, and have a sheet proposed that can still come into force.';
      return { kind: 'refused', code: 'SHEET_REFUSED', problems, hint };
    }
    const text = unsignedText(sheet);
    return moved(work, proposal, {
      event: 'approve',
      by: actor.personId,
      from: actor.from,
      unsignedText: text,
      after: { checker: actor.personId, text: textHash(text) },
    });
  });
}

/** A second person refuses a proposal and says why. */
export function rejectLimits(
  deps: LimitDeps,
  actor: Actor,
  { proposalId, reason }: { readonly proposalId: string; readonly reason: string },
): Promise<Outcome<StandingProposal>> {
  return takeProposalStep(deps, { actor, step: 'reject', target: proposalId }, async (work, proposal) => {
    if (actor.personId !== proposal.maker) {
      return moved(work, proposal, { event: 'reject', by: actor.personId, from: actor.from, note: reason });
    }
    const hint = 'Withdraw it instead.';
    return { kind: 'refused', code: 'FORBIDDEN', problems: ['the maker of a sheet can never check it'], hint };
  });
}

/** The maker takes a proposal back. */
export function withdrawLimits(
  deps: LimitDeps,
  actor: Actor,
  { proposalId, reason }: { readonly proposalId: string; readonly reason: string },
): Promise<Outcome<StandingProposal>> {
  return takeProposalStep(deps, { actor, step: 'withdraw', target: proposalId }, async (work, proposal) => {
    if (actor.personId === proposal.maker) {
      return moved(work, proposal, { event: 'withdraw', by: actor.personId, from: actor.from, note: reason });
    }
    const hint = 'Reject it instead, and say why.';
    return { kind: 'refused', code: 'FORBIDDEN', problems: ['only its maker can take a proposal back'], hint };
  });
}

/** Why a sheet that was fine when it was proposed cannot come into force any more; empty where it can. */
export async function lateProblems(work: LimitWork, sheet: Sheet): Promise<readonly string[]> {
  return [...termProblems(work, sheet), ...(await sequenceProblems(work, sheet))];
}

/** The hash of a text that is to be signed. */
export function textHash(text: string): string {
  return sha256(text).toString('hex');
}

function ownProblems(sheet: Sheet, text: string, { personId }: Actor): readonly string[] {
  return [
    ...(sheet.maker === personId ? [] : [`its maker is ${sheet.maker}, and ${personId} proposes it`]),
    ...(sheet.checkers.length === 0 ? [] : ['it names checkers; leave them out, whoever approves it is written in']),
    ...(sheet.environment === 'live' && sheet.mark === 'DEMO'
      ? ['a sheet for live trading cannot be marked DEMO']
      : []),
    ...(text.length <= TEXT_LENGTH_MAX ? [] : [`it is ${text.length} long, and an entry holds ${TEXT_LENGTH_MAX}`]),
  ];
}

function ruleProblems({ controls }: LimitDeps, sheet: Sheet, text: string): readonly string[] {
  const problems: string[] = [];
  attempt(problems, () => compileRules({ controls, sheet, sheetHash: textHash(text) }));
  attempt(problems, () => compileBreakers(sheet));
  return problems;
}

async function placeProblems(work: LimitWork, sheet: Sheet): Promise<readonly string[]> {
  const open = await openProposals(work.tx, sheet);
  const waiting = open.filter(({ state }) => state === 'proposed' || state === 'checked');
  return [
    ...(await lateProblems(work, sheet)),
    ...(waiting.length < WAITING_PROPOSALS_MAX
      ? []
      : [`${waiting.length} proposals wait already; settle some of them first`]),
  ];
}

function termProblems({ now, at }: LimitWork, { to }: Sheet): readonly string[] {
  return to === undefined || to > now ? [] : [`its term is over by now, ${at}`];
}

async function sequenceProblems(work: LimitWork, sheet: Sheet): Promise<readonly string[]> {
  const highest = await highestSequence(work.tx, sheet);
  if (sheet.sequence > highest) return [];
  return [`its sequence is ${sheet.sequence}, and a sheet with sequence ${highest} is signed already`];
}

function changeProblems(inForce: LimitSheetRow | undefined, { changes }: Judged): readonly string[] {
  return inForce !== undefined && changes.length === 0
    ? [`it changes nothing of the sheet in force, ${inForce.sheet}`]
    : [];
}

function baseProblems(base: string | null, inForce: LimitSheetRow | undefined): readonly string[] {
  const actual = inForce?.sheet ?? null;
  return base === actual ? [] : [`it starts from ${base ?? 'no sheet'}, and in force is ${actual ?? 'none'}`];
}

interface KeptProposal extends NewProposal {
  readonly proposalId: string;
  readonly text: string;
  readonly judged: Judged;
  readonly actor: Actor;
}

async function keepProposal(work: LimitWork, kept: KeptProposal): Promise<StandingProposal> {
  const { proposalId, base, sheet, text, judged, actor } = kept;
  const { tx, at } = work;
  const { needsChecker, isLoosening, changes } = judged;
  const { legalEntity, environment, sequence, id: sheetId, maker, reason } = sheet;
  const what = { proposalId, legalEntity, environment, sequence, sheetId, base, maker, reason };
  const row: ProposalRow = { ...what, needsChecker, isLoosening, changes, proposedAt: at };
  const state = 'proposed';
  await insertProposal(tx, row);
  const step = { proposalId, ordinal: 1, event: 'propose', state, by: actor.personId, at } as const;
  await insertStep(tx, { ...step, note: reason, unsignedText: text });
  await work.record({
    action: 'limits.proposed',
    by: actor.personId,
    from: actor.from,
    target: proposalId,
    before: { sheet: base ?? 'none' },
    after: {
      state,
      text: textHash(text),
      sequence: `${sequence}`,
      isLoosening: `${isLoosening}`,
      needsChecker: `${needsChecker}`,
    },
    note: shortened(reason),
  });
  return { ...row, state, ordinal: step.ordinal, unsignedText: text };
}
