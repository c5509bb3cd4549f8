import { readClaimed } from '@gatehouse/shared/governance/claimed-document.ts';
import { attempt } from '@gatehouse/shared/governance/problem-list.ts';
import { roleProblem, type TrustInForce } from '@gatehouse/shared/governance/trust.ts';
import { canonicalJson, type JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { NOTE_SIGNATURES_MAX, openNote, parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { encode } from '@gatehouse/shared/schema/decode.ts';
import type { SigningRole } from '@gatehouse/shared/schema/governance.ts';
import { SHEET_TYPE, Sheet } from '@gatehouse/shared/schema/sheet.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';

/** A person whose signature a sheet needs, and as what they sign. */
interface NeededSigner {
  readonly person: string;
  readonly role: SigningRole;
}

/** What signatures are judged against. Units: `at` is wall time. */
export interface SignatureCheck {
  readonly sheet: Sheet;
  readonly text: string;
  readonly trust: TrustInForce | undefined;
  readonly at: Instant;
}

/** The signature lines of a note that count, by their signer, and what is wrong with the others. */
export interface ReadSignatures {
  readonly lines: ReadonlyMap<string, string>;
  readonly problems: readonly string[];
}

const SIGNATURE_LINE = /^— ([^\s+]+) [A-Za-z0-9+/=]+$/u;

/** The text of a sheet that people sign: its type on the first line, its canonical JSON on the second. */
export function unsignedText(sheet: Sheet): string {
  return `${SHEET_TYPE}\n${canonicalJson(plain(encode(Sheet, sheet)))}\n`;
}

/** Who has to sign a sheet: its maker, then those who checked it. */
export function neededSigners({ maker, checkers }: Sheet): readonly NeededSigner[] {
  return [
    { person: maker, role: 'limits-maker' },
    ...checkers.map((person) => ({ person, role: 'limits-checker' as const })),
  ];
}

/** Looks at each signature of a note by itself, so that every problem is found. Shape: the note may hold some of those needed. */
export function readSignatures(note: string, check: SignatureCheck): ReadSignatures {
  const lines = new Map<string, string>();
  const problems: string[] = [];
  const claimed = attempt(problems, () => readClaimed(note));
  if (claimed === undefined) return { lines, problems };
  if (claimed.text !== check.text) {
    return { lines, problems: ['the text that was signed is not the text of the proposal, byte for byte'] };
  }
  const signatures = note
    .slice(claimed.text.length + 1)
    .trimEnd()
    .split('\n');
  if (signatures.length > NOTE_SIGNATURES_MAX) {
    return { lines, problems: [`it carries more than ${NOTE_SIGNATURES_MAX} signatures`] };
  }
  for (const line of signatures) {
    const problem = lineProblem(line, check);
    const [, name = ''] = SIGNATURE_LINE.exec(line) ?? [];
    if (problem === undefined) lines.set(name, line);
    else problems.push(problem);
  }
  return { lines, problems };
}

/** The signed document: the text and the signatures, the maker's first. */
export function signedDocument({ sheet, text }: SignatureCheck, lines: ReadonlyMap<string, string>): string {
  const signatures = neededSigners(sheet).map(({ person }) => lines.get(person));
  return `${text}\n${signatures.join('\n')}\n`;
}

/** What is wrong with one line of a note as a signature of the sheet; undefined where it counts. */
function lineProblem(line: string, { sheet, text, trust, at }: SignatureCheck): string | undefined {
  const [, name] = SIGNATURE_LINE.exec(line) ?? [];
  if (name === undefined) return 'a signature line has not its form';
  const needed = neededSigners(sheet).find(({ person }) => person === name);
  if (needed === undefined) return `${name} signed, who is neither the maker nor a checker of this sheet`;
  if (trust === undefined) {
    return `no trust document of ${sheet.legalEntity} in ${sheet.environment} is on record, so the key of ${name} is not known`;
  }
  const problem = roleProblem(trust.trust, { ...needed, at });
  if (problem !== undefined) return problem;
  const keys = trust.trust.people.filter(({ id }) => id === name).map(({ key }) => parseVerifierKey(key));
  const problems: string[] = [];
  attempt(problems, () => openNote(`${text}\n${line}\n`, keys));
  return problems[0];
}

/** The sheet without the keys that are absent; its form was checked by its schema. */
function plain(sheet: unknown): JsonValue {
  return JSON.parse(JSON.stringify(sheet)) as JsonValue;
}
