import { sheetHash, sheetOnRecord } from '@gatehouse/compliance/sheet-document.ts';
import { readClaimed, signedTextHash } from '@gatehouse/shared/governance/claimed-document.ts';
import { attempt } from '@gatehouse/shared/governance/problem-list.ts';
import type { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { isReadable, readEntry } from '../ingest/read-entry.ts';
import { type Alarm, raiseAlarms } from '../store/alarm-rows.ts';
import {
  ACCEPTED_ENTRIES_MAX,
  findByText,
  findLimitSheet,
  hasAcceptances,
  inForceOf,
  insertAcceptance,
  insertLimitSheet,
  type LedgerEntryRow,
  type LimitSheetRow,
  listAcceptances,
  moveLimits,
  readLimitsEntries,
} from '../store/limit-rows.ts';
import { findProposal, openProposals } from '../store/proposal-rows.ts';
import { fourEyesProblems, judgeSheet } from './four-eyes.ts';
import { inLimitWork, type LimitDeps, type LimitWork } from './limit-work.ts';
import { moveProposal } from './proposal-moves.ts';
import { neededSigners, readSignatures } from './sheet-signers.ts';
import { trustOnRecord } from './trust-on-record.ts';

/**
 * Reads from the ledger which sheets edges have accepted since it last looked, and moves proposals accordingly.
 *
 * Shape: an edge's entry is the fact; this only draws the conclusions, each as an act. A sheet whose signatures the hub cannot
 *        verify is kept and shown, raises an alarm, and counts for no comparison.
 */
export async function settleAccepted(deps: LimitDeps): Promise<void> {
  for (let isMore = true; isMore; ) {
    isMore = await inLimitWork(deps, async (work) => (await takeEntries(work, work.nextLeaf)) !== undefined);
  }
}

/** The same within the work of a step, so that the step is judged on what is in force by now. */
export async function settleWithin(work: LimitWork): Promise<void> {
  for (let next: number | undefined = work.nextLeaf; next !== undefined; ) next = await takeEntries(work, next);
}

/** Takes some entries; answers where to go on, or undefined where there are no more. */
async function takeEntries(work: LimitWork, from: number): Promise<number | undefined> {
  const entries = await readLimitsEntries(work.tx, from);
  for (const entry of entries) await takeEntry(work, entry);
  const last = entries.at(-1);
  if (last === undefined) return undefined;
  await moveLimits(work.tx, last.leaf + 1);
  return entries.length < ACCEPTED_ENTRIES_MAX ? undefined : last.leaf + 1;
}

/** A sheet that an edge says it runs on. */
interface AcceptedSheet {
  readonly entry: LedgerEntryRow;
  readonly sheet: Sheet;
  readonly document: string;
  readonly hash: string;
  readonly inForce: LimitSheetRow | undefined;
}

async function takeEntry(work: LimitWork, entry: LedgerEntryRow): Promise<void> {
  const read = readEntry(entry);
  // What cannot be read as an entry was set aside when it came, with an alarm of its own.
  if (!isReadable(read) || read.kind !== 'limits') return;
  const { document } = read.body;
  const faults: string[] = [];
  const sheet = attempt(faults, () => sheetOnRecord(document));
  if (sheet === undefined) return raise(work, entry, { code: 'SHEET_UNREADABLE', message: faults.join('; ') });

  const hash = sheetHash(document);
  const inForce = await inForceOf(work.tx, sheet);
  const accepted = { entry, sheet, document, hash, inForce };
  const problems = [
    ...(hash === read.body.sheet ? [] : [`the entry names it ${read.body.sheet}, and its hash is ${hash}`]),
    ...(await problemsOf(work, accepted)),
  ];
  const row = await keepSheet(work, accepted);
  await insertAcceptance(work.tx, {
    leaf: entry.leaf,
    edge: entry.edge,
    at: entry.at,
    sheet: hash,
    legalEntity: sheet.legalEntity,
    environment: sheet.environment,
    sequence: sheet.sequence,
    isVerified: problems.length === 0,
    problems,
  });
  if (problems.length > 0) {
    const message = `sheet ${sheet.id} is in use, and the hub cannot verify it: ${problems.join('; ')}`;
    return raise(work, entry, { code: 'SHEET_UNVERIFIED', message });
  }
  if (inForce === undefined || sheet.sequence > inForce.sequence) return putInForce(work, row, accepted);
  if (sheet.sequence === inForce.sequence && row.textHash !== inForce.textHash) {
    const message = `sheets ${hash} and ${inForce.sheet} both have the sequence ${sheet.sequence} and are both in use`;
    await raise(work, entry, { code: 'SHEET_FORKED', message });
  }
}

/** Why a sheet in use does not count; empty where it does. A sheet that was verified once is not judged again. */
async function problemsOf(work: LimitWork, accepted: AcceptedSheet): Promise<readonly string[]> {
  const { entry, sheet, document, hash, inForce } = accepted;
  const before = await listAcceptances(work.tx, [hash]);
  if (before.some(({ isVerified }) => isVerified)) return [];

  const { text } = readClaimed(document);
  const trust = await trustOnRecord(work.tx, sheet);
  const { lines, problems } = readSignatures(document, { sheet, text, trust, at: parseInstant(entry.at) });
  const missing = neededSigners(sheet).filter(({ person }) => !lines.has(person));
  const isNewer = inForce === undefined || sheet.sequence > inForce.sequence;
  const hasUnverified = inForce === undefined && (await hasAcceptances(work.tx, sheet));
  return [
    // Signatures beside those that are needed neither help nor harm, as at the edge.
    ...(missing.length === 0 ? [] : problems),
    ...missing.map(({ person }) => `the signature of ${person} does not count or is missing`),
    // An older sheet that an edge still runs on was judged against the one before it, not against what came later.
    ...(isNewer ? fourEyesProblems(sheet, judgeSheet(sheet, { inForce, hasUnverified })) : []),
  ];
}

async function keepSheet(work: LimitWork, accepted: AcceptedSheet): Promise<LimitSheetRow> {
  const { sheet, document, hash, inForce } = accepted;
  const known = await findLimitSheet(work.tx, hash);
  if (known !== undefined) return known;
  const textHash = signedTextHash(document);
  const { isLoosening, changes } = judgeSheet(sheet, { inForce, hasUnverified: false });
  const row: LimitSheetRow = {
    sheet: hash,
    textHash,
    legalEntity: sheet.legalEntity,
    environment: sheet.environment,
    sequence: sheet.sequence,
    sheetId: sheet.id,
    maker: sheet.maker,
    checkers: sheet.checkers,
    reason: sheet.reason,
    document,
    // The same text with its signatures in another order is the same sheet, and the same proposal.
    proposalId: (await findByText(work.tx, textHash))?.proposalId ?? null,
    base: inForce?.sheet ?? null,
    isLoosening,
    changes,
    recordedAt: work.at,
  };
  await insertLimitSheet(work.tx, row);
  return row;
}

async function putInForce(work: LimitWork, row: LimitSheetRow, { entry, inForce }: AcceptedSheet): Promise<void> {
  const after = { sheet: row.sheet, sequence: `${row.sequence}`, edge: entry.edge, leaf: `${entry.leaf}` };
  const proposal = row.proposalId === null ? undefined : await findProposal(work.tx, row.proposalId);
  const moved = proposal && (await moveProposal(work, proposal, { event: 'accept', by: 'system', after }));
  if (moved === undefined) {
    const before = { sheet: inForce?.sheet ?? 'none' };
    await work.record({ action: 'limits.in-force', by: 'system', target: row.sheet, before, after });
  }
  const note = `Sheet ${row.sheetId}, sequence ${row.sequence}, is in force now.`;
  for (const other of await openProposals(work.tx, row)) {
    if (other.proposalId === row.proposalId || other.base === row.sheet) continue;
    await moveProposal(work, other, { event: 'supersede', by: 'system', note });
  }
}

async function raise(work: LimitWork, entry: LedgerEntryRow, alarm: Pick<Alarm, 'code' | 'message'>): Promise<void> {
  const { edge, leaf } = entry;
  await raiseAlarms(work.tx, [{ ...alarm, severity: 'alarm', edge, leaf }], work.at);
}
