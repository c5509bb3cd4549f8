import { KitError } from '@gatehouse/shared/errors.ts';
import { parseCanonical, sha256 } from '@gatehouse/shared/journal/canonical.ts';
import type { Verifier } from '@gatehouse/shared/journal/note.ts';
import { openDocument } from '@gatehouse/shared/journal/typed-note.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { SHEET_TYPE, Sheet } from '@gatehouse/shared/schema/sheet.ts';

const LIVE_SIGNERS_MIN = 2;
/** A typed note holds its type in the first line and its body in the second. */
const BODY_LINE = 1;

/** A sheet whose signatures were checked, with the hash that decisions name it by. */
export interface ReadSheet {
  readonly sheet: Sheet;
  readonly hash: string;
  readonly signedBy: readonly string[];
}

/** The hash of a sheet: SHA-256, in hex, over the exact signed document, signatures included. */
export function sheetHash(documentText: string): string {
  return sha256(documentText).toString('hex');
}

/**
 * Opens a signed limit sheet.
 *
 * Errors: as `openDocument`; `MESSAGE_MALFORMED` for a document that is no sheet; `SIGNATURE_INVALID` for a live sheet
 *         without the signatures of two different people.
 * Source: 17 CFR 240.15c3-5(d): nobody but the firm sets its limits.
 */
export function readSheet(document: string, verifiers: readonly Verifier[]): ReadSheet {
  const { value, signedBy } = openDocument(document, SHEET_TYPE, verifiers);
  const sheet = decode(Sheet, value, 'the limit sheet');
  if (sheet.environment === 'live' && new Set(signedBy).size < LIVE_SIGNERS_MIN) {
    throw new KitError('SIGNATURE_INVALID', `live sheet ${sheet.id} signed by ${signedBy.join(', ')} alone`, {
      hint: 'Have a second person check and sign it; a paper sheet may have one signer, a live one needs two.',
    });
  }
  return { sheet, hash: sheetHash(document), signedBy };
}

/**
 * The sheet in a document that is on record: its signatures were checked when it was accepted, and are not checked again.
 *
 * Errors: `MESSAGE_MALFORMED`, `VALUE_MALFORMED` for a document that holds no sheet.
 */
export function sheetOnRecord(document: string): Sheet {
  return decode(Sheet, parseCanonical(document.split('\n')[BODY_LINE] ?? ''), 'the sheet on record');
}
