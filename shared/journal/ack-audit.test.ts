import { expect, test } from 'vitest';
import type { Ack, AckProof } from './ack.ts';
import { auditAck, NOTHING_SEEN, type Witnessed } from './ack-audit.ts';
import { consistencyProof, leafHash, nodeHash, rootOf } from './merkle.ts';
import { nodesAround } from './merkle-runs.ts';

const LEAVES = Array.from({ length: 20 }, (_, index) => leafHash(`header ${index}`));
/** Our entries 1 to 3 lie at leaves 2 to 4, 4 to 6 at leaves 10 to 12. */
const RUNS = [
  { from: 2, count: 3 },
  { from: 10, count: 3 },
];
const ACK: Ack = { edge: 'desk-1', epoch: 1, seq: 6, hash: 'ab'.repeat(32), leaves: null, checkpoint: '' };

function nodeOf(leaves: readonly Uint8Array[]) {
  return function read(level: number, index: number): Uint8Array {
    if (level === 0) return leaves[index] ?? new Uint8Array();
    return nodeHash(read(level - 1, 2 * index), read(level - 1, 2 * index + 1));
  };
}

function proofFrom(base: { size: number; seq: number }, log: readonly Uint8Array[] = LEAVES): AckProof {
  const runs = base.seq === 0 ? RUNS : RUNS.slice(1);
  const read = nodeOf(log);
  const nodes = (nodesAround(runs, log.length) ?? []).map(({ level, index }) => read(level, index));
  return { base, consistency: hex(consistencyProof(log, base.size, log.length)), to: 6, runs, nodes: hex(nodes) };
}

function audit(known: Witnessed, proof: AckProof, log: readonly Uint8Array[] = LEAVES) {
  const leaves = known.seq === 0 ? [...LEAVES.slice(2, 5), ...LEAVES.slice(10, 13)] : LEAVES.slice(10, 13);
  return auditAck({
    ack: ACK,
    proof,
    checkpoint: { origin: 'hub', size: log.length, root: rootOf(log) },
    known,
    leaves,
  });
}

const AT_NINE: Witnessed = { size: 9, seq: 3, root: rootOf(LEAVES.slice(0, 9)) };

test('a ledger that only grew and holds our entries is proven, from nothing and from what was seen', () => {
  const seen = { size: 20, root: rootOf(LEAVES), seq: 6 };
  expect(audit(NOTHING_SEEN, proofFrom(NOTHING_SEEN))).toEqual({ kind: 'proven', seen });
  expect(audit(AT_NINE, proofFrom(AT_NINE))).toEqual({ kind: 'proven', seen });
});

test('a leaf of the past that was exchanged refutes the ledger, although its own proofs fit', () => {
  const rewritten = LEAVES.map((leaf, index) => (index === 1 ? leafHash('another') : leaf));
  expect(audit(AT_NINE, proofFrom(AT_NINE, rewritten), rewritten)).toMatchObject({ kind: 'refuted' });
});

test('an entry of ours that the ledger left out or changed refutes it', () => {
  const changed = LEAVES.map((leaf, index) => (index === 11 ? leafHash('another') : leaf));
  const found = audit(AT_NINE, proofFrom(AT_NINE, changed), changed);
  expect(found).toMatchObject({ kind: 'refuted', reason: 'entries 4 to 6 do not lie in the ledger of 20 leaves' });
});

test('a proof from another place than ours, or of a smaller ledger, shows nothing', () => {
  expect(audit(AT_NINE, proofFrom({ size: 8, seq: 3 }))).toEqual({ kind: 'elsewhere' });
  expect(audit(AT_NINE, proofFrom({ size: 9, seq: 0 }))).toEqual({ kind: 'elsewhere' });
  const smaller = LEAVES.slice(0, 5);
  expect(audit(AT_NINE, { ...proofFrom(AT_NINE), base: AT_NINE }, smaller)).toEqual({ kind: 'elsewhere' });
});

test('a proof of more than is acknowledged, or of less than was seen, is refuted', () => {
  expect(audit(AT_NINE, { ...proofFrom(AT_NINE), to: 7 })).toMatchObject({ kind: 'refuted' });
  expect(audit(AT_NINE, { ...proofFrom(AT_NINE), to: 2 })).toMatchObject({ kind: 'refuted' });
});

function hex(hashes: readonly Uint8Array[]): readonly string[] {
  return hashes.map((hash) => Buffer.from(hash).toString('hex'));
}
