import fc from 'fast-check';
import { expect, test } from 'vitest';
import { genesis } from './chain.ts';
import { signCheckpoint } from './checkpoint.ts';
import { sealEntry } from './entry.ts';
import { inclusionProof, leafHash, rootOf } from './merkle.ts';
import { generateSigner, parseVerifierKey } from './note.ts';
import { recordExtra, verifyRecord } from './record-proof.ts';
import { encodeProof, parseProof, type TlogProof, verifyProof } from './tlog-proof.ts';

const log = generateSigner('example.com/log');
const verifiers = [parseVerifierKey(log.verifierKey)];
const clock = { source: 'manual', offsetNs: '0', uncertaintyNs: '0' };
const entry = sealEntry({
  head: genesis('edge-1'),
  at: { at: '2026-01-05T09:00:00.000000000Z', clock },
  kind: 'incident',
  body: { v: 1, message: 'Grüße' },
  salt: Buffer.alloc(16, 3),
});
const leaves = Array.from({ length: 70 }, (_, index) => (index === 41 ? entry.headerText : `leaf ${index}`));

function proofOf(index: number, size = leaves.length): TlogProof {
  const hashes = leaves.slice(0, size).map((leaf) => leafHash(leaf));
  const checkpoint = signCheckpoint(log, { origin: log.name, size, root: rootOf(hashes) });
  return { index, hashes: inclusionProof(hashes, index, size), checkpoint };
}

const record = { headerText: entry.headerText, salt: entry.salt, bodyText: entry.bodyText };

test('a proof has the lines of the specification', () => {
  const [first, extra, index, hash, ...rest] = encodeProof({ ...proofOf(2, 3), extra: Buffer.from('abc') }).split('\n');
  expect([first, extra, index]).toEqual(['c2sp.org/tlog-proof@v1', 'extra YWJj', 'index 2']);
  expect(Buffer.from(hash ?? '', 'base64')).toHaveLength(32);
  expect(rest.slice(0, 3)).toEqual(['', 'example.com/log', '3']);
  expect(encodeProof(proofOf(0, 1)).split('\n').slice(1, 3)).toEqual(['index 0', '']);
});

test('every entry is proven by its own proof, and by no other', () => {
  const place = fc
    .integer({ min: 1, max: leaves.length })
    .chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1)));
  fc.assert(
    fc.property(place, ([size, index]) => {
      const proof = parseProof(encodeProof(proofOf(index, size)));
      expect(verifyProof(proof, leaves[index] ?? '', verifiers)).toMatchObject({ index, checkpoint: { size } });
      expect(() => verifyProof(proof, 'another leaf', verifiers)).toThrow('is not number');
      expect(() => verifyProof({ ...proof, index: index + 1 }, leaves[index] ?? '', verifiers)).toThrow(
        'is not number',
      );
    }),
  );
});

test('a record is proven together with its body', () => {
  const proof = parseProof(encodeProof({ ...proofOf(41), extra: recordExtra(record) }));
  expect(verifyRecord(proof, verifiers)).toMatchObject({
    index: 41,
    header: { kind: 'incident' },
    bodyText: record.bodyText,
  });
  const destroyed = { ...proof, extra: recordExtra({ ...record, salt: null, bodyText: null }) };
  expect(verifyRecord(destroyed, verifiers).bodyText).toBeNull();
});

test('a changed body, salt, header or signature is refused', () => {
  const proof = proofOf(41);
  const verified = (change: Partial<typeof record>) =>
    verifyRecord({ ...proof, extra: recordExtra({ ...record, ...change }) }, verifiers);
  expect(() => verified({ bodyText: record.bodyText.replace('Grüße', 'Gruss') })).toThrow('the body is not that of');
  expect(() => verified({ salt: Buffer.alloc(16, 4) })).toThrow('the body is not that of');
  expect(() => verified({ salt: Buffer.alloc(3) })).toThrow('salt of 3 bytes');
  expect(() => verified({ headerText: record.headerText.replace('incident', 'accident') })).toThrow('is not number 41');
  const strange = [parseVerifierKey(generateSigner(log.name).verifierKey)];
  expect(() => verifyRecord({ ...proof, extra: recordExtra(record) }, strange)).toThrow('signed by no known key');
  expect(() => verifyRecord(proof, verifiers)).toThrow('carries no record');
});

const text = encodeProof({ ...proofOf(41), extra: Buffer.from('abc') });

test.each([
  ['', 'no blank line'],
  [text.replace('@v1', '@v2'), 'its first line'],
  [text.replace('extra YWJj', 'extra YWJ'), 'its extra data'],
  [text.replace('index 41', 'index 041'), 'it names no index'],
  [text.replace('index 41\n', 'index 41\nAAAA\n'), 'a line that is no hash'],
])('a proof without its form is refused: %#', (malformed, reason) => {
  expect(() => parseProof(malformed)).toThrow(reason);
});
