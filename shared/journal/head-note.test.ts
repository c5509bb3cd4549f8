import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonValue } from './canonical.ts';
import { genesis } from './chain.ts';
import { openHead, signHead } from './head-note.ts';
import { parseVerifierKey, signerFromSeed } from './note.ts';
import { signDocument } from './typed-note.ts';

const SIGNER = signerFromSeed('desk-1', Buffer.alloc(32, 1));
const VERIFIERS = [parseVerifierKey(SIGNER.verifierKey)];
const HEAD = { edge: 'desk-1', epoch: 1, seq: 42, hash: 'ab'.repeat(32) };

test('a signed head opens as the same head', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1 }), fc.nat(Number.MAX_SAFE_INTEGER), (epoch, seq) => {
      expect(openHead(signHead(SIGNER, { ...HEAD, epoch, seq }), VERIFIERS)).toEqual({ ...HEAD, epoch, seq });
    }),
  );
});

test('the head before the first entry can be signed', () => {
  expect(openHead(signHead(SIGNER, genesis('desk-1')), VERIFIERS)).toEqual(genesis('desk-1'));
});

test('only the four fields of a head are signed', () => {
  const more = { ...HEAD, note: 'private' };
  expect(signHead(SIGNER, more)).not.toContain('private');
});

test.each<[string, JsonValue, string]>([
  ['seq -1', { ...HEAD, seq: -1 }, 'seq is not'],
  ['epoch 0', { ...HEAD, epoch: 0 }, 'epoch is not'],
  ['a short hash', { ...HEAD, hash: 'ab' }, 'hash is not'],
  ['no edge', { epoch: 1, seq: 1, hash: HEAD.hash }, 'edge is not'],
  ['an unknown key', { ...HEAD, more: 1 }, 'unknown key "more"'],
  ['a list', [], 'not an object'],
])('a signed head with %s is refused', (_name, value, message) => {
  expect(() => openHead(signDocument(SIGNER, 'gatehouse/head/v1', value), VERIFIERS)).toThrow(message);
});

test('a head says what its edge has seen of the ledger, and one without it asks for nothing', () => {
  const seen = { size: 1_000, seq: 40 };
  expect(openHead(signHead(SIGNER, HEAD, seen), VERIFIERS)).toEqual({ ...HEAD, seen });
  expect(openHead(signHead(SIGNER, HEAD), VERIFIERS).seen).toBeUndefined();
});

test.each<[string, JsonValue]>([
  ['without its seq', { size: 1 }],
  ['of a negative size', { size: -1, seq: 0 }],
  ['with more', { size: 1, seq: 0, root: HEAD.hash }],
  ['that is a number', 7],
])('a head that has seen something %s is refused', (_name, seen) => {
  const note = signDocument(SIGNER, 'gatehouse/head/v2', { ...HEAD, seen });
  expect(() => openHead(note, VERIFIERS)).toThrow('seen is no size and seq');
});
