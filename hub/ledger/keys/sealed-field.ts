import { KitError } from '@gatehouse/shared/errors.ts';
import {
  SEALED_FIELD_BYTES_MAX,
  type SealedText,
  sealedBytes,
  sealedText,
} from '@gatehouse/shared/schema/sealed-text.ts';
import { seal, unseal } from './wrapped-key.ts';

/** A field of a person's data: whose it is and what it is called. */
export interface FieldPlace {
  readonly subject: string;
  readonly field: string;
}

/** The name of a subject's key; there is one, and after it was destroyed never another. */
export function subjectKey(subject: string): string {
  return `subject/${subject}/1`;
}

/** Seals a text as a field of a subject. Errors: `BODY_TOO_LARGE`, `VALUE_MALFORMED` for an empty text. */
export function sealField(key: Uint8Array, place: FieldPlace, text: string): SealedText {
  const plain = Buffer.from(text, 'utf8');
  if (plain.length > SEALED_FIELD_BYTES_MAX) {
    throw new KitError('BODY_TOO_LARGE', `${place.field} is longer than ${SEALED_FIELD_BYTES_MAX} bytes`);
  }
  if (plain.length === 0) throw new KitError('VALUE_MALFORMED', `${place.field} is empty`);
  return sealedText(seal(key, plain, contextOf(place)));
}

/** The text of a sealed field; undefined where it is not the one that was sealed at this place. */
export function openField(key: Uint8Array, place: FieldPlace, text: string): string | undefined {
  const sealed = sealedBytes(text);
  return sealed === undefined ? undefined : unseal(key, sealed, contextOf(place))?.toString('utf8');
}

function contextOf({ subject, field }: FieldPlace): Buffer {
  return Buffer.from(`gatehouse/sealed-field/v1\n${subject}\n${field}`);
}
