import { KitError } from '../errors.ts';
import type { Brand } from './brand.ts';
import { figiDigit, luhnDigit, mod97Digits } from './check-digits.ts';

/** An international securities identification number. Source: ISO 6166. */
export type Isin = Brand<string, 'Isin'>;

/** A legal entity identifier. Source: ISO 17442. */
export type Lei = Brand<string, 'Lei'>;

/** A market identifier code, by format alone: whether it is registered, the dated list of markets knows. Source: ISO 10383. */
export type Mic = Brand<string, 'Mic'>;

/** A classification of financial instruments: a category and five attributes. Source: ISO 10962. */
export type Cfi = Brand<string, 'Cfi'>;

/** A financial instrument global identifier. Source: OMG FIGI, ANSI X9.145. */
export type Figi = Brand<string, 'Figi'>;

/** Our own name of an instrument; ISIN, symbol and the like are dated attributes of it. */
export type InstrumentId = Brand<string, 'InstrumentId'>;

/** Our own name of a venue. */
export type VenueId = Brand<string, 'VenueId'>;

/** The name of an edge, part of its certificate and its topics. */
export type EdgeId = Brand<string, 'EdgeId'>;

/** The identifier of an order, which its venue gets as client order id. */
export type OrderId = Brand<string, 'OrderId'>;

/** Our own name of an account. */
export type AccountId = Brand<string, 'AccountId'>;

/** The opaque name of a person; who that is, only sealed records say. */
export type PersonId = Brand<string, 'PersonId'>;

/** Our own names: 1 to 64 letters, digits and `-._`, a letter or digit first so that none is a path or an option. */
export const ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** An order's identifier: as our other names, but at most 36 characters, which every venue takes. */
export const ORDER_ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,35}$/;

const ISIN_PATTERN = /^[A-Z]{2}[A-Z0-9]{9}\d$/;
const LEI_PATTERN = /^[A-Z0-9]{18}\d{2}$/;
const LEI_PAYLOAD_PATTERN = /^[A-Z0-9]{18}$/;
const MIC_PATTERN = /^[A-Z0-9]{4}$/;
const CFI_PATTERN = /^[ECDROFSHIJKLTM][A-Z]{5}$/;
// The standard uses no vowels, and leaves out the prefixes that are countries whose ISINs could look the same.
const FIGI_PATTERN = /^(?!BS|BM|GG|GB|GH|KY|VG)[B-DF-HJ-NP-TV-Z]{2}G[B-DF-HJ-NP-TV-Z0-9]{8}\d$/;
const LEI_PAYLOAD_LENGTH = 18;
const ID_FORM = 'an identifier is 1 to 64 letters, digits and -._, a letter or digit first';

/** Reads an ISIN. Errors: `VALUE_MALFORMED` for another form, or naming the check digit that was expected. */
export function isin(text: string): Isin {
  refuseForm(text, ISIN_PATTERN, 'an ISIN is two capitals, nine capitals or digits, and a check digit');
  refuseCheckDigits(text, `${luhnDigit(text.slice(0, -1))}`);
  return text as Isin;
}

/** Whether the text is an ISIN with its right check digit. */
export function isIsin(text: string): text is Isin {
  return ISIN_PATTERN.test(text) && text.endsWith(`${luhnDigit(text.slice(0, -1))}`);
}

/** Reads an LEI. Errors: `VALUE_MALFORMED` for another form, or naming the check digits that were expected. */
export function lei(text: string): Lei {
  refuseForm(text, LEI_PATTERN, 'an LEI is eighteen capitals or digits and two check digits');
  refuseCheckDigits(text, mod97Digits(text.slice(0, LEI_PAYLOAD_LENGTH)));
  return text as Lei;
}

/** Whether the text is an LEI with its right check digits. */
export function isLei(text: string): text is Lei {
  return LEI_PATTERN.test(text) && text.endsWith(mod97Digits(text.slice(0, LEI_PAYLOAD_LENGTH)));
}

/** The LEI of a made-up entity, from its first 18 characters. Errors: `VALUE_MALFORMED` for another form. */
export function withLeiCheckDigits(first18: string): Lei {
  refuseForm(first18, LEI_PAYLOAD_PATTERN, 'an LEI starts with eighteen capitals or digits');
  return `${first18}${mod97Digits(first18)}` as Lei;
}

/** Reads a MIC. Errors: `VALUE_MALFORMED` for another form. */
export function mic(text: string): Mic {
  refuseForm(text, MIC_PATTERN, 'a MIC is four capitals or digits');
  return text as Mic;
}

/** Whether the text has the form of a MIC. */
export function isMic(text: string): text is Mic {
  return MIC_PATTERN.test(text);
}

/** Reads a CFI. Errors: `VALUE_MALFORMED` for another form. */
export function cfi(text: string): Cfi {
  refuseForm(text, CFI_PATTERN, 'a CFI is six capitals that start with a category: one of ECDROFSHIJKLTM');
  return text as Cfi;
}

/** Whether the text has the form of a CFI. */
export function isCfi(text: string): text is Cfi {
  return CFI_PATTERN.test(text);
}

/** Reads a FIGI. Errors: `VALUE_MALFORMED` for another form, or naming the check digit that was expected. */
export function figi(text: string): Figi {
  refuseForm(text, FIGI_PATTERN, 'a FIGI is two consonants, G, eight consonants or digits, and a check digit');
  refuseCheckDigits(text, `${figiDigit(text.slice(0, -1))}`);
  return text as Figi;
}

/** Whether the text is a FIGI with its right check digit. */
export function isFigi(text: string): text is Figi {
  return FIGI_PATTERN.test(text) && text.endsWith(`${figiDigit(text.slice(0, -1))}`);
}

/** Reads our name of an instrument. Errors: `VALUE_MALFORMED`, see `ID_PATTERN`. */
export function instrumentId(text: string): InstrumentId {
  refuseForm(text, ID_PATTERN, ID_FORM);
  return text as InstrumentId;
}

/** Reads our name of a venue. Errors: `VALUE_MALFORMED`, see `ID_PATTERN`. */
export function venueId(text: string): VenueId {
  refuseForm(text, ID_PATTERN, ID_FORM);
  return text as VenueId;
}

/** Reads the name of an edge. Errors: `VALUE_MALFORMED`, see `ID_PATTERN`. */
export function edgeId(text: string): EdgeId {
  refuseForm(text, ID_PATTERN, ID_FORM);
  return text as EdgeId;
}

/** Reads the identifier of an order. Errors: `VALUE_MALFORMED`, see `ORDER_ID_PATTERN`. */
export function orderId(text: string): OrderId {
  refuseForm(text, ORDER_ID_PATTERN, 'an order id is 1 to 36 letters, digits and -._, a letter or digit first');
  return text as OrderId;
}

/** Reads our name of an account. Errors: `VALUE_MALFORMED`, see `ID_PATTERN`. */
export function accountId(text: string): AccountId {
  refuseForm(text, ID_PATTERN, ID_FORM);
  return text as AccountId;
}

/** Reads the opaque name of a person. Errors: `VALUE_MALFORMED`, see `ID_PATTERN`. */
export function personId(text: string): PersonId {
  refuseForm(text, ID_PATTERN, ID_FORM);
  return text as PersonId;
}

function refuseForm(text: string, pattern: RegExp, form: string): void {
  if (!pattern.test(text)) throw new KitError('VALUE_MALFORMED', `${JSON.stringify(text)}, where ${form}`);
}

function refuseCheckDigits(text: string, expected: string): void {
  if (text.endsWith(expected)) return;
  throw new KitError('VALUE_MALFORMED', `${text} with check digits ${text.slice(-expected.length)}, not ${expected}`, {
    hint: 'Compare it with its source; one of its characters is wrong.',
  });
}
