import { KitError } from '../errors.ts';
import { canonicalJson, type JsonValue, parseCanonical } from './canonical.ts';
import { openNote, type Signer, type Verifier } from './note.ts';

/** A document whose signatures were checked. */
export interface OpenedDocument {
  readonly value: JsonValue;
  readonly text: string;
  readonly signedBy: readonly string[];
}

/** What a document is and which version of that: `gatehouse/head/v1`. */
export type DocumentType = `gatehouse/${string}/v${number}`;

const TYPE = /^gatehouse\/[a-z][a-z-]*\/v[1-9]\d*$/;

/**
 * The signed note of a document: its type on the first line, its canonical JSON on the second.
 *
 * Errors: `VALUE_MALFORMED` where the type or the value has not its form.
 */
export function signDocument(signer: Signer, type: DocumentType, value: JsonValue): string {
  if (!TYPE.test(type)) throw new KitError('VALUE_MALFORMED', `document type ${JSON.stringify(type)}`);
  return signer.sign(`${type}\n${canonicalJson(value)}\n`);
}

/**
 * Opens a document that must be of a type; the type is signed, so one document never passes for another.
 *
 * Errors: as `openNote`; `MESSAGE_MALFORMED` where the type is another or the value is not canonical.
 */
export function openDocument(note: string, type: DocumentType, verifiers: readonly Verifier[]): OpenedDocument {
  const { text, signedBy } = openNote(note, verifiers);
  const [first, body, end, ...more] = text.split('\n');
  if (first !== type) throw new KitError('MESSAGE_MALFORMED', `signed document of type ${first}, not ${type}`);
  if (body === undefined || end !== '' || more.length > 0) {
    throw new KitError('MESSAGE_MALFORMED', `signed document ${type} without its two lines`);
  }
  return { value: parseCanonical(body), text, signedBy };
}

/** The first line of a note, which names its type; what it says is believed only once `openDocument` has opened it. */
export function typeOfNote(note: string): string {
  const end = note.indexOf('\n');
  return end < 0 ? note : note.slice(0, end);
}
