import { readFileSync } from 'node:fs';
import { controls } from '@gatehouse/compliance/controls/index.ts';
import { compileRules, type RuleSet } from '@gatehouse/compliance/rule-set.ts';
import { sheetHash } from '@gatehouse/compliance/sheet-document.ts';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { type GovernedDocument, readGoverned } from '@gatehouse/shared/governance/draft.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { SHEET_TYPE, Sheet } from '@gatehouse/shared/schema/sheet.ts';

/**
 * The rules of a sheet that nobody has to have signed yet.
 *
 * Shape:  the sheet as JSON, or a document whose first line is its type, with or without signatures; none is checked, since
 *         nothing is put to work by it.
 * Errors: `FILE_MALFORMED` for a file that holds no sheet; those of `compileRules`.
 */
export function readProposedSheet(path: string): RuleSet {
  const text = readText(path);
  const sheet = text.startsWith(`${SHEET_TYPE}\n`)
    ? sheetIn(readGoverned(text), path)
    : decode(Sheet, parsed(path, text), `the sheet in ${path}`);
  return compileRules({ controls, sheet, sheetHash: sheetHash(text) });
}

function sheetIn(document: GovernedDocument, path: string): Sheet {
  if (document.type === SHEET_TYPE) return document.value;
  throw new KitError('FILE_MALFORMED', `${path} holds no sheet`, { hint: 'Name a sheet as JSON or a signed sheet.' });
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new KitError('NOT_FOUND', `cannot read ${path}: ${describeError(cause)}`, {
      hint: 'Name the file of a sheet.',
      cause,
    });
  }
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new KitError('FILE_MALFORMED', `${path} holds no sheet: ${describeError(cause)}`, {
      hint: 'Name a sheet as JSON or a signed sheet.',
      cause,
    });
  }
}
