import { KitError } from '../errors.ts';
import type { JsonValue } from '../journal/canonical.ts';
import { DATED_FILE_TYPE, DatedFile } from '../schema/dated-file.ts';
import { decode, encode } from '../schema/decode.ts';
import {
  EPOCH_TYPE,
  EpochOpening,
  OVERRIDE_TYPE,
  Override,
  RELEASE_TYPE,
  Release,
  TRUST_TYPE,
  Trust,
} from '../schema/governance.ts';
import { SHEET_TYPE, Sheet } from '../schema/sheet.ts';
import { readClaimed } from './claimed-document.ts';

/** A document that people sign, as a trusted value with its type. */
export type GovernedDocument =
  | { readonly type: typeof SHEET_TYPE; readonly value: Sheet }
  | { readonly type: typeof TRUST_TYPE; readonly value: Trust }
  | { readonly type: typeof RELEASE_TYPE; readonly value: Release }
  | { readonly type: typeof OVERRIDE_TYPE; readonly value: Override }
  | { readonly type: typeof EPOCH_TYPE; readonly value: EpochOpening }
  | { readonly type: typeof DATED_FILE_TYPE; readonly value: DatedFile };

/** The types of documents that people sign. */
export type GovernedType = GovernedDocument['type'];

const TYPES: readonly GovernedType[] = [
  SHEET_TYPE,
  TRUST_TYPE,
  RELEASE_TYPE,
  OVERRIDE_TYPE,
  EPOCH_TYPE,
  DATED_FILE_TYPE,
];
const INDENT = 2;

/** A document as text for people to read and change before anybody signs it: its type on the first line, then JSON. */
export function draftText(document: GovernedDocument): string {
  return `${document.type}\n${JSON.stringify(wireOf(document), undefined, INDENT)}\n`;
}

/** A document's value as it is signed. */
export function wireOf(document: GovernedDocument): JsonValue {
  switch (document.type) {
    case SHEET_TYPE:
      return encode(Sheet, document.value) as JsonValue;
    case TRUST_TYPE:
      return encode(Trust, document.value) as JsonValue;
    case RELEASE_TYPE:
      return encode(Release, document.value) as JsonValue;
    case OVERRIDE_TYPE:
      return encode(Override, document.value) as JsonValue;
    case EPOCH_TYPE:
      return encode(EpochOpening, document.value) as JsonValue;
    case DATED_FILE_TYPE:
      return encode(DatedFile, document.value) as JsonValue;
  }
}

/** Whether a text carries signatures already, whosoever they are. */
export function isSigned(text: string): boolean {
  return /\n\n— \S+ \S+\n/u.test(text);
}

/**
 * Reads a document for showing it or signing it: a draft, or one with signatures, which are not checked here.
 *
 * Errors: `FILE_MALFORMED` for a text of no known type or without JSON; `MESSAGE_MALFORMED`, listing every problem.
 */
export function readGoverned(text: string): GovernedDocument {
  const [first = ''] = text.split('\n', 1);
  const type = TYPES.find((one) => one === first);
  if (type === undefined) {
    throw new KitError('FILE_MALFORMED', `a file whose first line is none of ${TYPES.join(', ')}`, {
      hint: 'Name a draft that a command of Gatehouse wrote, or a document that was signed.',
    });
  }
  return decoded(type, isSigned(text) ? readClaimed(text).value : parsedJson(text.slice(first.length)));
}

function decoded(type: GovernedType, wire: unknown): GovernedDocument {
  switch (type) {
    case SHEET_TYPE:
      return { type, value: decode(Sheet, wire, 'the limit sheet') };
    case TRUST_TYPE:
      return { type, value: decode(Trust, wire, 'the trust document') };
    case RELEASE_TYPE:
      return { type, value: decode(Release, wire, 'the release') };
    case OVERRIDE_TYPE:
      return { type, value: decode(Override, wire, 'the override ticket') };
    case EPOCH_TYPE:
      return { type, value: decode(EpochOpening, wire, 'the opening of an epoch') };
    case DATED_FILE_TYPE:
      return { type, value: decode(DatedFile, wire, 'the document of a dated file') };
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new KitError('FILE_MALFORMED', 'a draft that is not JSON after its first line', {
      hint: 'Compare it with a draft that a command of Gatehouse wrote.',
      cause,
    });
  }
}
