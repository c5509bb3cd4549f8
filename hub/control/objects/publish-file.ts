import {
  datedFileRefused,
  type FileBefore,
  judgingDatedFile,
  type RefusedFile,
  readDatedFile,
  type SignedFile,
  type VerifiedFile,
} from '@gatehouse/shared/governance/verify-dated-file.ts';
import { travellingHash } from '@gatehouse/shared/schema/control.ts';
import type { DatedFile } from '@gatehouse/shared/schema/dated-file.ts';
import type { Trust } from '@gatehouse/shared/schema/governance.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { type Instant, instantText } from '@gatehouse/shared/values/instant.ts';
import { type Database, inTransaction, type Transaction } from '../../store/database.ts';
import { bodyText, type DatedFileRow, findFile, insertFile, lockFiles } from '../../store/file-rows.ts';
import { newestNumber } from '../../store/given-rows.ts';
import type { AppendAct } from '../../store/pages/people-store.ts';
import { type Actor, type Outcome, shortened } from '../limit-work.ts';
import { trustOnRecord } from '../trust-on-record.ts';
import { inSteps } from './in-steps.ts';

/** What publishing a dated file stands on. */
export interface FileDeps {
  readonly database: Database;
  readonly appendAct: AppendAct;
  readonly clock: Clock;
}

/**
 * Publishes a dated file that people signed; every edge of its legal entity gets it from now on.
 *
 * Shape:  the document is judged by the same code as at the edges, against the version before, which it has to follow. It counts from now
 *         on or is refused, since edges get the newest version and would wait with the one before it. Version, text and act are durable
 *         together; a refused attempt is on record as well.
 * Source: 17 CFR 240.15c3-5(d) (direct and exclusive control).
 */
export function publishFile(deps: FileDeps, actor: Actor, signed: SignedFile): Promise<Outcome<DatedFileRow>> {
  return inTransaction(deps.database, async (tx) => {
    await lockFiles(tx);
    const problems: string[] = [];
    const now = deps.clock.now();
    const verified = await verify(tx, { signed, now }, problems);
    if (verified === undefined) return refuse(tx, { deps, actor, signed }, problems);
    const row = rowOf(verified, signed, { by: actor.personId, at: instantText(now) });
    await insertFile(tx, row, signed.content);
    await deps.appendAct(tx, {
      action: 'files.published',
      by: actor.personId,
      from: actor.from,
      target: `${row.kind} ${row.sequence}`,
      before: { document: verified.file.previous ?? 'none' },
      after: {
        document: row.noteHash,
        content: row.contentHash,
        signedBy: row.signedBy,
        isLoosening: `${row.isLoosening}`,
        changes: row.changes,
      },
      note: shortened(row.reason),
    });
    return { kind: 'done', value: row };
  });
}

/** The newest version of a kind, as the next one is judged against it. Shape: of one that this database lost only the number is known. */
async function beforeOf(tx: Transaction, file: DatedFile): Promise<FileBefore> {
  const newest = await newestNumber(tx, file, file.kind);
  return newest === undefined ? { kind: 'none' } : versionOf(tx, { ...file, sequence: newest.sequence });
}

async function versionOf(tx: Transaction, place: Parameters<typeof findFile>[1]): Promise<FileBefore> {
  const { sequence } = place;
  const row = await findFile(tx, place);
  const content = row && (await bodyText(tx, row.contentHash));
  if (row === undefined || content === undefined) return { kind: 'lost', sequence };
  return { kind: 'known', sequence, note: row.note, content };
}

/** Judges a version that an edge goes by against the one before it on record. Units: `at` is when the edge took it. */
export async function judgeOnRecord(
  tx: Transaction,
  signed: SignedFile,
  judging: { readonly trust: Trust; readonly at: Instant },
): Promise<VerifiedFile | RefusedFile> {
  const file = readDatedFile(signed.note, []);
  const isFirst = file === undefined || file.sequence === 1;
  const before = isFirst ? ({ kind: 'none' } as const) : await versionOf(tx, { ...file, sequence: file.sequence - 1 });
  return inSteps(judgingDatedFile(signed, { ...judging, before }));
}

interface Offered {
  readonly signed: SignedFile;
  readonly now: Instant;
}

async function verify(
  tx: Transaction,
  { signed, now }: Offered,
  problems: string[],
): Promise<VerifiedFile | undefined> {
  const file = readDatedFile(signed.note, problems);
  if (file === undefined) return undefined;
  const trust = await trustOnRecord(tx, file);
  if (trust === undefined) {
    problems.push(`no trust document of ${file.legalEntity} in ${file.environment} is on record`);
    return undefined;
  }
  const before = await beforeOf(tx, file);
  const had = before.kind === 'none' ? 0 : before.sequence;
  if (file.sequence !== had + 1) problems.push(`number ${file.sequence}, where ${had + 1} has to follow`);
  if (before.kind === 'lost') problems.push(...lostProblems(file, await newestNumber(tx, file, file.kind)));
  const judged = await inSteps(judgingDatedFile(signed, { trust: trust.trust, before, at: now }));
  if (judged.kind === 'refused') problems.push(...judged.problems);
  return judged.kind === 'verified' && problems.length === 0 ? judged : undefined;
}

/** Edges that have the version before ask for its successor by its hash. */
function lostProblems(
  { previous }: DatedFile,
  newest: { readonly sequence: number; readonly noteHash: string } | undefined,
): readonly string[] {
  if (newest === undefined || previous === newest.noteHash) return [];
  return [
    `it does not follow the document ${newest.noteHash}, number ${newest.sequence}, which this hub gave and lost`,
  ];
}

/** A version as it is kept. */
export function rowOf(
  { file, difference, signedBy }: VerifiedFile,
  { note }: SignedFile,
  { by, at }: { readonly by: string; readonly at: string },
): DatedFileRow {
  const { legalEntity, environment, kind, sequence, reason, content } = file;
  const changes = [...(difference?.loosening ?? ['the first of its kind']), ...(difference?.tightening ?? [])];
  return {
    ...{ legalEntity, environment, kind, sequence, reason, note },
    noteHash: travellingHash(note),
    contentHash: content.hash,
    signedBy: signedBy.join(' '),
    isLoosening: difference?.isLoosening ?? true,
    changes: changes.join('\n'),
    publishedBy: by,
    at,
  };
}

interface Attempted {
  readonly deps: FileDeps;
  readonly actor: Actor;
  readonly signed: SignedFile;
}

async function refuse(
  tx: Transaction,
  { deps, actor, signed }: Attempted,
  problems: readonly string[],
): Promise<Outcome<DatedFileRow>> {
  const { code, hint = '' } = datedFileRefused(problems);
  await deps.appendAct(tx, {
    action: 'files.refused',
    by: actor.personId,
    from: actor.from,
    target: travellingHash(signed.note),
    note: shortened(problems.join('; ')),
  });
  return { kind: 'refused', code: code as 'DATED_FILE_REFUSED', problems, hint };
}
