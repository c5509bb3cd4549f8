import { createHash } from 'node:crypto';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { cosign, generateSigner, parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { signDocument } from '@gatehouse/shared/journal/typed-note.ts';
import { encode } from '@gatehouse/shared/schema/decode.ts';
import { SHEET_TYPE, Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { expect, test } from 'vitest';
import { exampleSheet } from './examples/sheet.ts';
import { readSheet, sheetHash } from './sheet-document.ts';

const anna = generateSigner('p-01.demo.example');
const ben = generateSigner('p-02.demo.example');
const verifiers = [anna, ben].map(({ verifierKey }) => parseVerifierKey(verifierKey));

const paper = exampleSheet();
const live = exampleSheet({ environment: 'live', mark: 'FIRM' });

function wireOf(sheet: Sheet): JsonValue {
  return JSON.parse(JSON.stringify(encode(Sheet, sheet)));
}

test('a signed sheet reads back as it was, with its signers and the hash of its exact text', () => {
  const document = signDocument(anna, SHEET_TYPE, wireOf(paper));
  const hash = createHash('sha256').update(document).digest('hex');
  expect(readSheet(document, verifiers)).toEqual({ sheet: paper, hash, signedBy: ['p-01.demo.example'] });
  expect(sheetHash(document)).toBe(hash);
});

test('a live sheet needs two signers, a paper sheet one', () => {
  const one = signDocument(anna, SHEET_TYPE, wireOf(live));
  expect(() => readSheet(one, verifiers)).toThrow('signed by p-01.demo.example alone');
  expect(readSheet(cosign(one, ben), verifiers).signedBy).toHaveLength(2);
  expect(readSheet(signDocument(anna, SHEET_TYPE, wireOf(paper)), verifiers).signedBy).toHaveLength(1);
});

test('a signature of somebody unknown does not count', () => {
  const stranger = generateSigner('p-03.demo.example');
  expect(() => readSheet(signDocument(stranger, SHEET_TYPE, wireOf(paper)), verifiers)).toThrow();
  const withStranger = cosign(signDocument(anna, SHEET_TYPE, wireOf(live)), stranger);
  expect(() => readSheet(withStranger, verifiers)).toThrow('alone');
});

test('a changed figure breaks the signature', () => {
  const document = signDocument(anna, SHEET_TYPE, wireOf(paper));
  expect(() => readSheet(document.replace('"quantityMax":"100"', '"quantityMax":"900"'), verifiers)).toThrow();
});

test('a signed document that is no sheet is refused', () => {
  expect(() => readSheet(signDocument(anna, 'gatehouse/head/v1', wireOf(paper)), verifiers)).toThrow('of type');
  expect(() => readSheet(signDocument(anna, SHEET_TYPE, { v: 1 }), verifiers)).toThrow('the limit sheet is malformed');
});
