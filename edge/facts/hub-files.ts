import { attempt } from '@gatehouse/shared/governance/problem-list.ts';
import {
  type FileBefore,
  judgingDatedFile,
  type RefusedFile,
  readDatedFile,
  type SignedFile,
} from '@gatehouse/shared/governance/verify-dated-file.ts';
import { hashingText } from '@gatehouse/shared/journal/json-steps.ts';
import { travellingHash } from '@gatehouse/shared/schema/control.ts';
import type { DatedFile } from '@gatehouse/shared/schema/dated-file.ts';
import type { FactsKind } from '@gatehouse/shared/schema/facts/index.ts';
import type { Trust } from '@gatehouse/shared/schema/governance.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { Steps } from '@gatehouse/shared/values/steps.ts';
import { parseHubFacts, parsingHubFacts, type ReadFacts } from './facts-folder.ts';
import type { HubFileStore } from './hub-file-store.ts';
import { inSteps } from './in-steps.ts';

/** What the journal knows of the newest file that the hub brought of a kind: its number and the hashes of document and text. */
export interface FileMark {
  readonly sequence: number;
  readonly note: string;
  readonly content: string;
}

/** A file of the hub. Shape: `signed`, `file` and `facts` are absent where the disk has lost it. */
export interface HubFile {
  readonly mark: FileMark;
  readonly held: { readonly signed: SignedFile; readonly file: DatedFile; readonly facts: ReadFacts } | undefined;
}

/** What a file that the hub brought is judged by. Units: `at` is wall time. */
export interface JudgingPlace {
  readonly trust: Trust;
  readonly at: Instant;
}

/** What a file comes to. Shape: `known` is in force already and changes nothing. */
export type JudgedHubFile =
  | { readonly kind: 'known' }
  | { readonly kind: 'good'; readonly hubFile: HubFile; readonly signedBy: readonly string[] }
  | RefusedFile;

/** The files on record, as the disk still has them. */
export function readHubFiles(
  store: HubFileStore,
  marks: Readonly<Record<string, FileMark>>,
): ReadonlyMap<FactsKind, HubFile> {
  const files = Object.entries(marks).map(([kind, mark]): [FactsKind, HubFile] => [
    kind as FactsKind,
    { mark, held: heldOf(store, mark) },
  ]);
  return new Map(files);
}

/** Whether a file counts at a time. Shape: one that the disk has lost counts for nothing. */
export function countsAt({ held }: HubFile, at: Instant): boolean {
  return held !== undefined && (held.file.to === undefined || at < held.file.to);
}

/** Judges a file against the one that is held of its kind. Shape: in steps, so that a kill does not wait for a long list. */
export async function judgeHubFile(
  signed: SignedFile,
  had: HubFile | undefined,
  place: JudgingPlace,
): Promise<JudgedHubFile> {
  const note = travellingHash(signed.note);
  if (had !== undefined && had.mark.note === note)
    return had.held === undefined ? inSteps(restoring(signed, had.mark)) : KNOWN;
  const judged = await inSteps(judgingDatedFile(signed, { ...place, before: beforeOf(had) }));
  if (judged.kind === 'refused') return judged;
  const { file, document, signedBy } = judged;
  const mark = { sequence: file.sequence, note, content: file.content.hash };
  const facts = { document, hash: file.content.hash, text: signed.content };
  return { kind: 'good', hubFile: { mark, held: { signed, file, facts } }, signedBy };
}

const KNOWN = { kind: 'known' } as const;

/** The journal accepted these very bytes already; only the disk has lost them. */
function* restoring(signed: SignedFile, mark: FileMark): Steps<JudgedHubFile> {
  const problems: string[] = [];
  const file = readDatedFile(signed.note, problems);
  if (file !== undefined && (yield* hashingText(signed.content)) === mark.content) {
    const facts = yield* parsingHubFacts(file.kind, signed.content);
    return { kind: 'good', hubFile: { mark, held: { signed, file, facts } }, signedBy: [] };
  }
  return {
    kind: 'refused',
    problems: [...problems, `the file has not the hash ${mark.content}`],
    file,
    lacksPrevious: false,
  };
}

/** The version that the next one of its kind is judged against. */
export function beforeOf(had: HubFile | undefined): FileBefore {
  if (had === undefined) return { kind: 'none' };
  const { sequence } = had.mark;
  return had.held === undefined ? { kind: 'lost', sequence } : { kind: 'known', sequence, ...had.held.signed };
}

function heldOf(store: HubFileStore, { note: noteHash, content: contentHash }: FileMark): HubFile['held'] {
  const [note, content] = [store.read(noteHash), store.read(contentHash)];
  const file = note === undefined ? undefined : readDatedFile(note, []);
  if (note === undefined || content === undefined || file === undefined) return undefined;
  const facts = attempt([], () => parseHubFacts(file.kind, content));
  return facts && { signed: { note, content }, file, facts };
}
