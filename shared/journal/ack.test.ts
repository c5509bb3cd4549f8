import { expect, test } from 'vitest';
import { type Ack, openAck, signAck } from './ack.ts';
import type { JsonValue } from './canonical.ts';
import { openCheckpoint, signCheckpoint } from './checkpoint.ts';
import { EMPTY_ROOT } from './merkle.ts';
import { parseVerifierKey, signerFromSeed } from './note.ts';
import { signDocument } from './typed-note.ts';

const HUB = signerFromSeed('hub-online', Buffer.alloc(32, 1));
const VERIFIERS = [parseVerifierKey(HUB.verifierKey)];
const ACK = {
  edge: 'desk-1',
  epoch: 1,
  seq: 42,
  hash: 'ab'.repeat(32),
  leaves: { from: 100, to: 142 },
  checkpoint: signCheckpoint(HUB, { origin: 'hub.example/ledger', size: 0, root: EMPTY_ROOT }),
};

const PROOF = {
  base: { size: 7, seq: 3 },
  consistency: ['cd'.repeat(32)],
  to: 42,
  runs: [{ from: 100, count: 39 }],
  nodes: [],
};

function signed(change: Readonly<Record<string, JsonValue>>): string {
  return signDocument(HUB, 'gatehouse/ack/v1', { ...ACK, ...change });
}

test.each<[string, Ack]>([
  ['with leaves', ACK],
  ['of a message that brought none', { ...ACK, leaves: null }],
  ['of nothing yet', { ...ACK, seq: 0, leaves: null }],
  ['with its proof', { ...ACK, proof: PROOF }],
])('an acknowledgement %s opens as it was signed', (_name, ack) => {
  expect(openAck(signAck(HUB, ack), VERIFIERS)).toEqual(ack);
});

test('the checkpoint inside is a whole note', () => {
  const ack = openAck(signAck(HUB, ACK), VERIFIERS);
  expect(openCheckpoint(ack.checkpoint, VERIFIERS).origin).toBe('hub.example/ledger');
});

test('an acknowledgement of another signer is refused', () => {
  const stranger = signerFromSeed('hub-online', Buffer.alloc(32, 2));
  expect(() => openAck(signAck(stranger, ACK), VERIFIERS)).toThrow('signed by no known key');
});

test('an acknowledgement whose seq was raised is refused', () => {
  const note = signAck(HUB, ACK).replace('"seq":42', '"seq":43');
  expect(() => openAck(note, VERIFIERS)).toThrow(expect.objectContaining({ code: 'SIGNATURE_INVALID' }));
});

test.each<[string, Readonly<Record<string, JsonValue>>, string]>([
  ['an empty range of leaves', { leaves: { from: 100, to: 100 } }, 'leaves are no range'],
  ['leaves as numbers', { leaves: 42 }, 'leaves are no range'],
  ['more about its leaves', { leaves: { from: 1, to: 2, by: 1 } }, 'leaves are no range'],
  ['leaves before the first', { leaves: { from: -1, to: 2 } }, 'leaves are no range'],
  ['no checkpoint', { checkpoint: null }, 'checkpoint is not text'],
  ['a negative seq', { seq: -1 }, 'seq is not an integer from 0'],
  ['an unknown key', { more: 1 }, 'unknown key "more"'],
])('an acknowledgement with %s is malformed', (_name, change, message) => {
  expect(() => openAck(signed(change), VERIFIERS)).toThrow(message);
  expect(() => openAck(signed(change), VERIFIERS)).toThrow(expect.objectContaining({ code: 'MESSAGE_MALFORMED' }));
});

test('an acknowledgement is an object', () => {
  expect(() => openAck(signDocument(HUB, 'gatehouse/ack/v1', [1]), VERIFIERS)).toThrow('not an object');
});

test.each<[string, Readonly<Record<string, JsonValue>>, string]>([
  ['a base without its seq', { base: { size: 7 } }, 'proof.base is no size and seq'],
  ['a hash that is none', { consistency: ['CD'.repeat(32)] }, 'proof.consistency is no list of hashes'],
  ['nodes that are no list', { nodes: 'none' }, 'proof.nodes is no list of hashes'],
  ['an empty run', { runs: [{ from: 1, count: 0 }] }, 'proof.runs are no runs'],
  ['too many runs', { runs: Array.from({ length: 65 }, (_, from) => ({ from, count: 1 })) }, 'proof.runs are no runs'],
  ['a negative end', { to: -1 }, 'proof.to is not an integer from 0'],
  ['more', { more: 1 }, 'unknown key "more"'],
])('a proof with %s is malformed', (_name, change, message) => {
  const note = signDocument(HUB, 'gatehouse/ack/v2', { ...ACK, proof: { ...PROOF, ...change } });
  expect(() => openAck(note, VERIFIERS)).toThrow(message);
});

test('the form with a proof is never without one, and the form without has none', () => {
  expect(() => openAck(signDocument(HUB, 'gatehouse/ack/v2', ACK), VERIFIERS)).toThrow('proof is not an object');
  expect(() => openAck(signed({ proof: PROOF }), VERIFIERS)).toThrow('unknown key "proof"');
});
