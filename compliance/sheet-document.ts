import { KitError } from '@gatehouse/shared/errors.ts';
import { readClaimed } from '@gatehouse/shared/governance/claimed-document.ts';
import { attempt } from '@gatehouse/shared/governance/problem-list.ts';
import { allVerifiers, roleProblem } from '@gatehouse/shared/governance/trust.ts';
import { parseCanonical, sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { openDocument } from '@gatehouse/shared/journal/typed-note.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import type { Trust } from '@gatehouse/shared/schema/governance.ts';
import { SHEET_TYPE, Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { type Instant, instantText } from '@gatehouse/shared/values/instant.ts';
import { compileBreakers } from './breaker-set.ts';
import type { Control } from './define-control.ts';
import { compileRules, type RuleSet } from './rule-set.ts';
import { isLoosening, type SheetDifference } from './sheet-difference.ts';

/** A typed note holds its type in the first line and its body in the second. */
const BODY_LINE = 1;

/**
 * The sheet before the one that is judged.
 *
 * Shape: `lost` is one that was accepted and whose document is gone, so that nobody can say what loosens it.
 */
export type SheetBefore =
  | { readonly kind: 'none' }
  | { readonly kind: 'known'; readonly sheet: Sheet }
  | { readonly kind: 'lost'; readonly sequence: number };

/** What a sheet is judged by at the door. Units: `at` is wall time. */
export interface SheetDoor {
  readonly trust: Trust;
  readonly controls: readonly Control[];
  readonly before: SheetBefore;
  readonly at: Instant;
}

/** A sheet that may be put to work. Shape: `difference` is that to the sheet before it, where there is one. */
export interface ReadSheet {
  readonly sheet: Sheet;
  readonly hash: string;
  readonly signedBy: readonly string[];
  readonly rules: RuleSet;
  readonly difference: SheetDifference | undefined;
}

/** The hash of a sheet: SHA-256, in hex, over the exact signed document, signatures included. */
export function sheetHash(documentText: string): string {
  return sha256(documentText).toString('hex');
}

/**
 * Opens a signed limit sheet and judges whether it may be put to work.
 *
 * Shape:  the maker signs, and so does every checker, none of whom is the maker; a live sheet has a checker, a paper sheet one
 *         where it loosens the sheet before it, or that one is lost. Signatures of others neither help nor harm.
 * Errors: `SHEET_REFUSED`, listing every problem: no sheet, another environment or legal entity than the trust document's, signatures that
 *         do not fit, people without the role or out of term, a sequence that is not higher, a term that has not begun or is over, and
 *         all that `compileRules` and `compileBreakers` find.
 * Source: 17 CFR 240.15c3-5(d): nobody but the firm sets its limits.
 */
export function readSheet(document: string, door: SheetDoor): ReadSheet {
  const problems: string[] = [];
  const hash = sheetHash(document);
  const sheet = claimedSheet(document, problems);
  const signedBy = signersOf(document, door.trust, problems);
  if (sheet === undefined) throw refused('the limit sheet', problems);
  const { before, controls } = door;
  problems.push(...placeProblems(sheet, door), ...peopleProblems(sheet, signedBy, door));
  const rules = attempt(problems, () => compileRules({ controls, sheet, sheetHash: hash }));
  attempt(problems, () => compileBreakers(sheet));
  const difference = before.kind === 'known' ? isLoosening(before.sheet, sheet) : undefined;
  problems.push(...checkerProblems(sheet, before, difference));
  if (rules !== undefined && problems.length === 0) return { sheet, hash, signedBy, rules, difference };
  throw refused(`limit sheet ${sheet.id} number ${sheet.sequence}`, problems);
}

/**
 * The sheet in a document that is on record: its signatures were checked when it was accepted, and are not checked again.
 *
 * Errors: `MESSAGE_MALFORMED`, `VALUE_MALFORMED` for a document that holds no sheet.
 */
export function sheetOnRecord(document: string): Sheet {
  return decode(Sheet, parseCanonical(document.split('\n')[BODY_LINE] ?? ''), 'the sheet on record');
}

function refused(name: string, problems: readonly string[]): KitError {
  return new KitError('SHEET_REFUSED', `${name} is refused: ${problems.join('; ')}`, {
    hint: 'The sheet in force stays in force; correct this one, have it signed again and apply it.',
    problems,
  });
}

function claimedSheet(document: string, problems: string[]): Sheet | undefined {
  const claimed = attempt(problems, () => readClaimed(document));
  if (claimed === undefined) return undefined;
  if (claimed.type === SHEET_TYPE) return attempt(problems, () => decode(Sheet, claimed.value, 'the limit sheet'));
  problems.push(`a document of type ${claimed.type}, not ${SHEET_TYPE}`);
  return undefined;
}

/** Who of the people in the trust document signed; what is no document was already named as a problem. */
function signersOf(document: string, trust: Trust, problems: string[]): readonly string[] {
  const faults: string[] = [];
  const opened = attempt(faults, () => openDocument(document, SHEET_TYPE, allVerifiers(trust)));
  problems.push(...faults.filter((fault) => !problems.includes(fault)));
  return opened?.signedBy ?? [];
}

function placeProblems(sheet: Sheet, { trust, before, at }: SheetDoor): readonly string[] {
  const problems: string[] = [];
  if (sheet.environment !== trust.environment) {
    problems.push(`it is for ${sheet.environment}, and the people of the trust document sign for ${trust.environment}`);
  }
  if (sheet.legalEntity !== trust.legalEntity) {
    problems.push(`it is of ${sheet.legalEntity}, and the people of the trust document sign for ${trust.legalEntity}`);
  }
  if (sheet.environment === 'live' && sheet.mark === 'DEMO')
    problems.push('a sheet of a demonstration never goes live');
  const last = before.kind === 'known' ? before.sheet.sequence : before.kind === 'lost' ? before.sequence : 0;
  if (sheet.sequence <= last) {
    problems.push(`its number ${sheet.sequence} is not higher than ${last}, that of the sheet in force`);
  }
  if (at < sheet.from) problems.push(`it is from the future: it begins at ${instantText(sheet.from)}`);
  if (sheet.to !== undefined && at >= sheet.to) problems.push(`its term ended at ${instantText(sheet.to)}`);
  return problems;
}

function peopleProblems(sheet: Sheet, signedBy: readonly string[], { trust, at }: SheetDoor): readonly string[] {
  const { maker, checkers } = sheet;
  const claims = [
    { person: maker, role: 'limits-maker' as const, as: 'its maker' },
    ...checkers.map((person) => ({ person, role: 'limits-checker' as const, as: 'its checker' })),
  ];
  const problems = claims.flatMap(({ person, role, as }) => {
    const problem = roleProblem(trust, { person, role, at });
    if (problem !== undefined) return [problem];
    return signedBy.includes(person) ? [] : [`${person}, ${as}, has not signed it`];
  });
  if (checkers.includes(maker)) problems.push(`${maker} made it and cannot check it`);
  if (new Set(checkers).size < checkers.length) problems.push('it names a checker twice');
  return problems;
}

/** Whether a second person had to look, and is named. */
function checkerProblems(
  { environment, checkers }: Sheet,
  before: SheetBefore,
  difference: SheetDifference | undefined,
): readonly string[] {
  if (checkers.length > 0) return [];
  if (environment === 'live') return ['a live sheet needs a checker, and it names none'];
  if (before.kind === 'lost') {
    return ['the sheet in force is gone, so nobody can say what this one loosens, and it names no checker'];
  }
  if (difference?.isLoosening !== true) return [];
  const loosened = difference.changes.filter(({ effect }) => effect === 'loosening').map(({ says }) => says);
  return [`it loosens the sheet in force and names no checker: ${loosened.join(' ')}`];
}
