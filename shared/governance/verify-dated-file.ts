import { KitError } from '../errors.ts';
import { type JsonValue, sha256 } from '../journal/canonical.ts';
import { travellingHash } from '../schema/control.ts';
import { DATED_FILE_LENGTH_MAX, DATED_FILE_TYPE, DatedFile } from '../schema/dated-file.ts';
import { decode } from '../schema/decode.ts';
import { FactsDocument } from '../schema/facts/index.ts';
import type { SigningRole, Trust } from '../schema/governance.ts';
import { type Instant, instantText } from '../values/instant.ts';
import { readClaimed } from './claimed-document.ts';
import { type FileDifference, fileDifference } from './file-difference.ts';
import { attempt } from './problem-list.ts';
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
 * Why a file does not count. Shape: `lacksPrevious` where nothing is wrong but that it loosens what is held, and a version that lies
 * between may have done so with the signatures that it takes.
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
  return Buffer.byteLength(JSON.stringify(content)) <= ONE_ENTRY_BYTES_MAX;
}

/**
 * Judges a dated file by the signatures on its document.
 *
 * Shape:  one person who makes or checks limits may tighten; what loosens takes a maker and another person as checker, on paper as live,
 *         and so does the first file of a kind, since without one everything is refused.
 * Source: 17 CFR 240.15c3-5(d); RTS 6 Art. 15.
 */
export function judgeDatedFile({ note, content }: SignedFile, place: FilePlace): VerifiedFile | RefusedFile {
  const problems: string[] = [];
  const file = readDatedFile(note, problems);
  if (file === undefined) return { kind: 'refused', problems, file, lacksPrevious: false };
  problems.push(...placeProblems(file, place), ...orderProblems(file, place.before), ...contentFaults(file, content));
  const document = problems.length === 0 ? readContent(file, content, problems) : undefined;
  const difference = document === undefined ? undefined : differenceTo(place.before, file, content);
  const isSound = problems.length === 0;
  const isLoosening = difference?.isLoosening ?? true;
  const signedBy = signersOf(note, { ...place, isLoosening }, problems);
  if (document !== undefined && problems.length === 0) {
    return { kind: 'verified', file, document, signedBy, difference };
  }
  const isGap = place.before.kind !== 'none' && file.sequence > place.before.sequence + 1;
  return { kind: 'refused', problems, file, lacksPrevious: isSound && isGap && signedBy.length > 0 };
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

function contentFaults({ kind, content }: DatedFile, text: string): readonly string[] {
  const bytes = Buffer.byteLength(text);
  const problems: string[] = [];
  if (bytes !== content.bytes) problems.push(`the file has ${bytes} bytes, not ${content.bytes}`);
  if (sha256(text).toString('hex') !== content.hash) problems.push(`the file has not the hash ${content.hash}`);
  if (kind !== 'sanctions' && !fitsOneEntry(text)) problems.push('the file is longer than an entry of the journal');
  return problems;
}

function readContent({ kind }: DatedFile, content: string, problems: string[]): FactsDocument | undefined {
  const wire = attempt(problems, () => parsed(content));
  const document = wire === undefined ? undefined : attempt(problems, () => decode(FactsDocument, wire, 'the file'));
  if (document === undefined || document.kind === kind) return document;
  problems.push(`the file is of kind ${document.kind}, not ${kind}`);
  return undefined;
}

/** What the file changes of the one before it; undefined where that is not known. A term that is longer loosens as well. */
function differenceTo(before: FileBefore, file: DatedFile, content: string): FileDifference | undefined {
  if (before.kind !== 'known') return undefined;
  const difference = fileDifference(file.kind, parsed(before.content), parsed(content));
  const ended = readDatedFile(before.note, [])?.to;
  if (ended === undefined || (file.to !== undefined && file.to <= ended)) return difference;
  const longer = `a term beyond ${instantText(ended)}`;
  return { ...difference, isLoosening: true, loosening: [...difference.loosening, longer] };
}

interface SignerNeed extends FilePlace {
  readonly isLoosening: boolean;
}

/** The people whose signatures count; where they are too few, why. */
function signersOf(note: string, { trust, at, isLoosening }: SignerNeed, problems: string[]): readonly string[] {
  const inRole = (role: SigningRole, faults: string[]): readonly string[] =>
    signersInRole(note, { type: DATED_FILE_TYPE, what: `a ${role}`, role, signersMin: 1, trust, at }, faults);
  const [ofMakers, ofCheckers]: [string[], string[]] = [[], []];
  const makers = inRole('limits-maker', ofMakers);
  const checkers = inRole('limits-checker', ofCheckers);
  const all = [...new Set([...makers, ...checkers])];
  if (all.length === 0) {
    problems.push(...new Set([...ofMakers, ...ofCheckers]));
    return [];
  }
  if (isLoosening && (makers.length === 0 || checkers.length === 0 || all.length < 2)) {
    problems.push(
      `it loosens, which takes a limits-maker and another limits-checker, and counting are only ${all.join(', ')}`,
    );
  }
  return all;
}

function parsed(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new KitError('MESSAGE_MALFORMED', 'the file is not JSON', { cause });
  }
}
