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

function signed(change: Readonly<Record<string, JsonValue>>): string {
  return signDocument(HUB, 'gatehouse/ack/v1', { ...ACK, ...change });
}

test.each<[string, Ack]>([
  ['with leaves', ACK],
  ['of a message that brought none', { ...ACK, leaves: null }],
  ['of nothing yet', { ...ACK, seq: 0, leaves: null }],
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
