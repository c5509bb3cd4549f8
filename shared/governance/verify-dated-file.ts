import { KitError } from '../errors.ts';
import type { JsonValue } from '../journal/canonical.ts';
import { hashingText, parsingJson } from '../journal/json-steps.ts';
import { travellingHash } from '../schema/control.ts';
import { DATED_FILE_LENGTH_MAX, DATED_FILE_TYPE, DatedFile } from '../schema/dated-file.ts';
import { decode } from '../schema/decode.ts';
import { decodingFacts } from '../schema/facts/decode-steps.ts';
import type { FactsDocument } from '../schema/facts/index.ts';
import type { SigningRole, Trust } from '../schema/governance.ts';
import { type Instant, instantText } from '../values/instant.ts';
import { atOnce, type Steps } from '../values/steps.ts';
import { readClaimed } from './claimed-document.ts';
import { comparingFiles, type FileDifference } from './file-difference.ts';
import { attempt, attempting } from './problem-list.ts';
import { signersInRole } from './role-signers.ts';

/** A signed document with the exact text of the file that it names. */
export interface SignedFile {
  readonly note: string;
  readonly content: string;
}

/** The version that a file is to follow. Shape: `lost` where only its number is known. */
export type FileBefore =
  | { readonly kind: 'none' }
  | { readonly kind: 'lost'; readonly sequence: number }
  | ({ readonly kind: 'known'; readonly sequence: number } & SignedFile);

/** What a file is judged against. Units: `at` is wall time. */
export interface FilePlace {
  readonly trust: Trust;
  readonly before: FileBefore;
  readonly at: Instant;
}

/** A file whose document, signatures and content were checked. */
export interface VerifiedFile {
  readonly kind: 'verified';
  readonly file: DatedFile;
  readonly document: FactsDocument;
  readonly signedBy: readonly string[];
  readonly difference: FileDifference | undefined;
}

/**
 * Why a file does not count. Shape: `lacksPrevious` where nothing is wrong but that it loosens what is held, or that nobody can say so
 * without a version before it; one of those between may have been signed by the people that it takes.
 */
export interface RefusedFile {
  readonly kind: 'refused';
  readonly problems: readonly string[];
  readonly file: DatedFile | undefined;
  readonly lacksPrevious: boolean;
}

/** The longest text of a file, with its quotes escaped, that one entry of the journal has room for. Units: bytes. */
export const ONE_ENTRY_BYTES_MAX = 900_000;

/** Whether a file fits one entry of the journal. */
export function fitsOneEntry(content: string): boolean {
  return content.length <= ONE_ENTRY_BYTES_MAX && Buffer.byteLength(JSON.stringify(content)) <= ONE_ENTRY_BYTES_MAX;
}

/**
 * Judges a dated file by the signatures on its document.
 *
 * Shape:  one person who makes or checks limits may tighten; what loosens takes a maker and another person as checker, on paper as live,
 *         and so does the first file of a kind, since without one everything is refused. What nobody signed is not read.
 * Source: 17 CFR 240.15c3-5(d); RTS 6 Art. 15.
 */
export function judgeDatedFile(signed: SignedFile, place: FilePlace): VerifiedFile | RefusedFile {
  return atOnce(judgingDatedFile(signed, place));
}

/** The same step by step, for whoever has other work that must not wait for a long file. */
export function* judgingDatedFile({ note, content }: SignedFile, place: FilePlace): Steps<VerifiedFile | RefusedFile> {
  const { before } = place;
  const problems: string[] = [];
  const file = readDatedFile(note, problems);
  if (file === undefined) return { kind: 'refused', problems, file, lacksPrevious: false };
  problems.push(...placeProblems(file, place), ...orderProblems(file, before));
  const signers = signersOf(note, place);
  problems.push(...signers.problems);
  if (signers.all.length === 0) return { kind: 'refused', problems, file, lacksPrevious: false };
  problems.push(...(yield* findingFaults(file, content)));
  const wire = problems.length === 0 ? yield* attempting(problems, parsing(content)) : undefined;
  yield;
  const document = wire === undefined ? undefined : yield* readingContent(file, wire, problems);
  yield;
  const had = document !== undefined && before.kind === 'known' ? yield* parsing(before.content) : undefined;
  yield;
  const difference =
    had === undefined || wire === undefined ? undefined : yield* comparingTo(before, file, { had, wire });
  const isSound = problems.length === 0;
  problems.push(...loosenedAlone(signers, difference));
  if (document !== undefined && problems.length === 0) {
    return { kind: 'verified', file, document, signedBy: signers.all, difference };
  }
  const lacksPrevious = isSound && file.sequence > takenUpTo(before) + 1;
  return { kind: 'refused', problems, file, lacksPrevious };
}

/** The number up to which the versions of a kind need not be fetched any more. */
export function takenUpTo(before: FileBefore): number {
  if (before.kind === 'none') return 0;
  return before.kind === 'lost' ? before.sequence - 1 : before.sequence;
}

/** Why the document of a file was signed by nobody who may; nothing where somebody did, though it may take another person yet. */
export function unsignedProblems(note: string, place: Omit<FilePlace, 'before'>): readonly string[] {
  return signersOf(note, place).problems;
}

/** What a document says of its file; each problem is added to the list. */
export function readDatedFile(note: string, problems: string[]): DatedFile | undefined {
  if (note.length > DATED_FILE_LENGTH_MAX) {
    problems.push(`the document has more than ${DATED_FILE_LENGTH_MAX} characters`);
    return undefined;
  }
  const claimed = attempt(problems, () => readClaimed(note));
  if (claimed !== undefined && claimed.type !== DATED_FILE_TYPE) {
    problems.push(`a document of type ${claimed.type.slice(0, 100)}, not ${DATED_FILE_TYPE}`);
    return undefined;
  }
  return claimed && attempt(problems, () => decode(DatedFile, claimed.value, 'the document of the dated file'));
}

/** The refusal of a file with all its reasons. */
export function datedFileRefused(problems: readonly string[]): KitError {
  return new KitError('DATED_FILE_REFUSED', `the dated file is refused: ${problems.join('; ')}`, {
    hint: 'The file in force stays in force; propose it anew with "gatehouse facts propose" and have it signed.',
    problems,
  });
}

function placeProblems(file: DatedFile, { trust, at }: FilePlace): readonly string[] {
  const { environment, legalEntity, from, to } = file;
  const problems: string[] = [];
  if (environment !== trust.environment) problems.push(`it is for ${environment}, not for ${trust.environment}`);
  if (legalEntity !== trust.legalEntity) problems.push(`it is of ${legalEntity}, not of ${trust.legalEntity}`);
  if (to !== undefined && to <= from) problems.push('its term ends before it begins');
  if (at < from) problems.push(`it counts only from ${instantText(from)}`);
  if (to !== undefined && at >= to) problems.push(`it counted until ${instantText(to)}`);
  return problems;
}

function orderProblems({ sequence, previous }: DatedFile, before: FileBefore): readonly string[] {
  const had = before.kind === 'none' ? 0 : before.sequence;
  const problems: string[] = [];
  if (sequence <= had) problems.push(`number ${sequence} came after number ${had}`);
  if ((sequence === 1) !== (previous === undefined)) {
    problems.push(previous === undefined ? 'it names no document before it' : 'the first names a document before it');
  }
  if (before.kind === 'known' && sequence === had + 1 && previous !== travellingHash(before.note)) {
    problems.push(`it does not follow the document in force, number ${had}`);
  }
  return problems;
}

function* findingFaults({ kind, content }: DatedFile, text: string): Steps<readonly string[]> {
  const bytes = Buffer.byteLength(text);
  const problems: string[] = [];
  if (bytes !== content.bytes) problems.push(`the file has ${bytes} bytes, not ${content.bytes}`);
  yield;
  if ((yield* hashingText(text)) !== content.hash) problems.push(`the file has not the hash ${content.hash}`);
  if (kind !== 'sanctions' && !fitsOneEntry(text)) problems.push('the file is longer than an entry of the journal');
  return problems;
}

function* readingContent({ kind }: DatedFile, wire: JsonValue, problems: string[]): Steps<FactsDocument | undefined> {
  const document = yield* attempting(problems, decodingFacts(wire, 'the file'));
  if (document === undefined || document.kind === kind) return document;
  problems.push(`the file is of kind ${document.kind}, not ${kind}`);
  return undefined;
}

/** What the file changes of the one before it; undefined where that is not known. A term that is longer loosens as well. */
function* comparingTo(
  before: FileBefore,
  file: DatedFile,
  { had, wire }: { readonly had: JsonValue; readonly wire: JsonValue },
): Steps<FileDifference | undefined> {
  if (before.kind !== 'known') return undefined;
  const difference = yield* comparingFiles(file.kind, had, wire);
  const ended = readDatedFile(before.note, [])?.to;
  if (ended === undefined || (file.to !== undefined && file.to <= ended)) return difference;
  const longer = `a term beyond ${instantText(ended)}`;
  return { ...difference, isLoosening: true, loosening: [...difference.loosening, longer] };
}

/** The people whose signatures count, by what they may. Shape: `problems` say why nobody's does. */
interface FileSigners {
  readonly makers: readonly string[];
  readonly checkers: readonly string[];
  readonly all: readonly string[];
  readonly problems: readonly string[];
}

/** Whether the document of a file counts whatever it follows. */
export function isSignedToLoosen(note: string, place: Omit<FilePlace, 'before'>): boolean {
  return loosenedAlone(signersOf(note, place), undefined).length === 0;
}

function signersOf(note: string, { trust, at }: Omit<FilePlace, 'before'>): FileSigners {
  const inRole = (role: SigningRole, faults: string[]): readonly string[] =>
    signersInRole(note, { type: DATED_FILE_TYPE, what: `a ${role}`, role, signersMin: 1, trust, at }, faults);
  const [ofMakers, ofCheckers]: [string[], string[]] = [[], []];
  const makers = inRole('limits-maker', ofMakers);
  const checkers = inRole('limits-checker', ofCheckers);
  const all = [...new Set([...makers, ...checkers])];
  return { makers, checkers, all, problems: all.length === 0 ? [...new Set([...ofMakers, ...ofCheckers])] : [] };
}

/** What cannot be compared counts as loosened. */
function loosenedAlone({ makers, checkers, all }: FileSigners, difference: FileDifference | undefined): string[] {
  const isLoosening = difference?.isLoosening ?? true;
  if (!isLoosening || (makers.length > 0 && checkers.length > 0 && all.length > 1)) return [];
  return [`it loosens, which takes a limits-maker and another limits-checker, and counting are only ${all.join(', ')}`];
}

function* parsing(text: string): Steps<JsonValue> {
  try {
    return yield* parsingJson(text);
  } catch (cause) {
    throw new KitError('MESSAGE_MALFORMED', 'the file is not JSON', { cause });
  }
}
