import { expect, test } from 'vitest';
import { parseVerifierKey, signerFromSeed } from './note.ts';
import { type DocumentType, openDocument, signDocument } from './typed-note.ts';

const SIGNER = signerFromSeed('hub-online', Buffer.alloc(32, 1));
const VERIFIERS = [parseVerifierKey(SIGNER.verifierKey)];
const SHEET = 'gatehouse/sheet/v1';

test('a document opens with its value, its text and its signers', () => {
  const note = signDocument(SIGNER, SHEET, { version: 3, controls: ['price-collar'] });
  expect(openDocument(note, SHEET, VERIFIERS)).toEqual({
    value: { controls: ['price-collar'], version: 3 },
    text: 'gatehouse/sheet/v1\n{"controls":["price-collar"],"version":3}\n',
    signedBy: ['hub-online'],
  });
});

test('a document may hold any text, control characters too', () => {
  const value = { text: 'a\0b\n\n— c\u007f\u0085\u2028\u{1f600}' };
  expect(openDocument(signDocument(SIGNER, SHEET, value), SHEET, VERIFIERS).value).toEqual(value);
});

test.each<DocumentType>(['gatehouse/sheet/v2', 'gatehouse/lease/v1'])('a sheet never passes for %s', (type) => {
  const note = signDocument(SIGNER, SHEET, { version: 3 });
  expect(() => openDocument(note, type, VERIFIERS)).toThrow(`signed document of type ${SHEET}, not ${type}`);
});

test.each([
  ['another order of keys', `${SHEET}\n{"b":1,"a":1}\n`],
  ['white space', `${SHEET}\n{ }\n`],
  ['no JSON', `${SHEET}\nversion 3\n`],
  ['no value', `${SHEET}\n`],
  ['a third line', `${SHEET}\n{}\n{}\n`],
  ['an empty line in between', `${SHEET}\n\n{}\n`],
  ['an empty line at the end', `${SHEET}\n{}\n\n`],
])('a signed document with %s is malformed', (_name, text) => {
  const open = () => openDocument(SIGNER.sign(text), SHEET, VERIFIERS);
  expect(open).toThrow(expect.objectContaining({ code: 'MESSAGE_MALFORMED' }));
});

test('a document whose signature is wrong is refused before it is read', () => {
  const note = SIGNER.sign('gatehouse/sheet/v1\n{"version":3}\n').replace('3', '4');
  expect(() => openDocument(note, SHEET, VERIFIERS)).toThrow(expect.objectContaining({ code: 'SIGNATURE_INVALID' }));
});

test.each<DocumentType>(['gatehouse/Sheet/v1', 'gatehouse/sheet/v0', 'gatehouse/a\nb/v1'])('%j is no type', (type) => {
  expect(() => signDocument(SIGNER, type, {})).toThrow('document type');
});
