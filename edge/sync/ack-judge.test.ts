import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ack } from '@gatehouse/shared/journal/ack.ts';
import { signCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import type { SeenLedger } from '@gatehouse/shared/journal/head-note.ts';
import { consistencyProof, leafHash, nodeHash, rootOf } from '@gatehouse/shared/journal/merkle.ts';
import { nodesAround } from '@gatehouse/shared/journal/merkle-runs.ts';
import { generateSigner, parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { afterAll, expect, test } from 'vitest';
import { createAckJudge } from './ack-judge.ts';
import { openLedgerWitness, REMEMBERED_MAX } from './ledger-witness.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-judge-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const signer = generateSigner('hub');
const hub = [parseVerifierKey(signer.verifierKey)];
let paths = 0;

/** Every third leaf is ours: entry 1 is leaf 0, entry 2 is leaf 3. */
const STEP = 3;

/** A log with as many leaves; from `differsFrom` on they are other ones, but ours. */
function logOf(size: number, differsFrom = size): readonly Uint8Array[] {
  return Array.from({ length: size }, (_, index) => {
    const isOther = index >= differsFrom && index % STEP !== 0;
    return leafHash(`leaf ${index}${isOther ? ' differs' : ''}`);
  });
}

function ackOf(log: readonly Uint8Array[], base: SeenLedger): Ack {
  const seq = Math.ceil(log.length / STEP);
  const runs = Array.from({ length: seq - base.seq }, (_, index) => ({ from: (base.seq + index) * STEP, count: 1 }));
  const read = (level: number, index: number): Uint8Array =>
    level === 0
      ? (log[index] ?? new Uint8Array())
      : nodeHash(read(level - 1, 2 * index), read(level - 1, 2 * index + 1));
  const nodes = (nodesAround(runs, log.length) ?? []).map(({ level, index }) => hex(read(level, index)));
  const consistency = consistencyProof(log, base.size, log.length).map(hex);
  return {
    edge: 'edge-1',
    epoch: 1,
    seq,
    hash: 'ab'.repeat(32),
    leaves: null,
    checkpoint: signCheckpoint(signer, { origin: 'hub', size: log.length, root: rootOf(log) }),
    proof: { base: { size: base.size, seq: base.seq }, consistency, to: seq, runs, nodes },
  };
}

async function judging(path = newPath(), keptFrom = 0) {
  const witness = await openLedgerWitness({ path, hub, epoch: 1 });
  const leavesOf = async (after: number, to: number) =>
    after < keptFrom
      ? undefined
      : Array.from({ length: to - after }, (_, index) => leafHash(`leaf ${(after + index) * STEP}`));
  const judgeAny = createAckJudge({ hub, witness, leavesOf });
  return { witness, path, judge: (ack: Ack, isExcused = false) => judgeAny(ack, isExcused) };
}

async function grown(...sizes: readonly number[]) {
  const made = await judging();
  for (const size of sizes) {
    expect(await made.judge(ackOf(logOf(size), made.witness.seen))).toEqual({ kind: 'good' });
  }
  return made;
}

test('a ledger that grows is followed, and the next start goes on from there', async () => {
  const { witness, path } = await grown(1, 10, 11, 40);
  expect(witness.seen).toMatchObject({ size: 40, seq: 14 });
  await witness.flush();
  const again = await judging(path);
  expect(again.witness.seen).toEqual(witness.seen);
  expect(await again.judge(ackOf(logOf(50), again.witness.seen))).toEqual({ kind: 'good' });
});

test('a proof that leads from elsewhere shows nothing, and the hub is asked', async () => {
  const { judge } = await grown(10, 20);
  expect(await judge(ackOf(logOf(30), { size: 10, seq: 4 }))).toEqual({ kind: 'ask', seen: { size: 20, seq: 7 } });
});

test('a ledger with another past is refuted, and nothing of it is remembered', async () => {
  const { judge, witness } = await grown(10, 20);
  expect(await judge(ackOf(logOf(30, 15), witness.seen))).toMatchObject({ kind: 'refuted' });
  expect(witness.seen.size).toBe(20);
  expect(await judge(ackOf(logOf(20, 15), witness.seen))).toMatchObject({
    kind: 'refuted',
    message: 'the hub signed two ledgers of 20 leaves',
  });
});

test('a smaller ledger counts as set back only after it was shown to be the beginning of what was seen', async () => {
  const { judge, witness } = await grown(10, 20, 40);
  const restored = logOf(25);
  expect(await judge(ackOf(restored, { size: 0, seq: 0 }))).toEqual({ kind: 'ask', seen: { size: 20, seq: 0 } });
  expect(witness.seen.size).toBe(40);
  expect(await judge(ackOf(restored, { size: 20, seq: 0 }))).toMatchObject({ kind: 'set-back' });
  expect(witness.seen).toMatchObject({ size: 25, seq: 9 });
  expect(await judge(ackOf(logOf(45), witness.seen))).toEqual({ kind: 'good' });
});

test('a smaller ledger with another past is refuted', async () => {
  const { judge } = await grown(10, 20, 40);
  const rewritten = logOf(25, 12);
  expect(await judge(ackOf(rewritten, { size: 0, seq: 0 }))).toMatchObject({ kind: 'ask' });
  expect(await judge(ackOf(rewritten, { size: 20, seq: 0 }))).toMatchObject({ kind: 'refuted' });
});

test('a hub that was set back and grew beyond what was seen contradicts it', async () => {
  const { judge, witness } = await grown(10, 40);
  expect(await judge(ackOf(logOf(60, 25), witness.seen))).toMatchObject({ kind: 'refuted' });
});

test('a ledger as large as the one that was seen, with fewer entries of ours, contradicts it and is not asked for ever', async () => {
  const { judge, witness } = await grown(10, 40);
  const fewer: Ack = { ...ackOf(logOf(60, 25), { size: 0, seq: 0 }), seq: witness.seen.seq - 1 };
  expect(await judge(fewer)).toMatchObject({ kind: 'refuted' });
  const late = { ...ackOf(logOf(25), { size: 10, seq: 4 }), seq: witness.seen.seq - 1 };
  expect(await judge(late)).toMatchObject({ kind: 'ask' });
});

test('a ledger that is smaller than all that is remembered cannot be compared, and says so', async () => {
  const { judge } = await grown(20, 40);
  expect(await judge(ackOf(logOf(10), { size: 0, seq: 1 }))).toEqual({ kind: 'ask', seen: { size: 0, seq: 0 } });
  const judged = await judge(ackOf(logOf(10), { size: 0, seq: 0 }));
  expect(judged).toMatchObject({ kind: 'set-back', message: expect.stringContaining('nothing of it can be compared') });
});

test('a hub that proved once and proves no more is refused, one that never did is taken', async () => {
  const { proof: _, ...plain } = ackOf(logOf(40), { size: 0, seq: 0 });
  expect(await (await grown(10)).judge(plain)).toMatchObject({ kind: 'refuted' });
  expect(await (await judging()).judge(plain)).toEqual({ kind: 'good' });
});

test('a late answer to what asked for no proof accuses nobody, and the proof is asked for', async () => {
  const { proof: _, ...plain } = ackOf(logOf(40), { size: 0, seq: 0 });
  const { judge, witness } = await grown(10);
  expect(await judge(plain, true)).toEqual({ kind: 'ask', seen: { size: 10, seq: 4 } });
  expect(await judge(ackOf(logOf(40), witness.seen))).toEqual({ kind: 'good' });
});

test('entries that the journal no longer keeps are left out of the proof, the later ones are shown', async () => {
  const { judge, witness } = await judging(undefined, 5);
  const first = await judge(ackOf(logOf(30), { size: 0, seq: 0 }));
  expect(first).toEqual({ kind: 'ask', seen: { size: 0, seq: 10 } });
  expect(await judge(ackOf(logOf(30), { size: 0, seq: 10 }))).toEqual({ kind: 'good' });
  expect(witness.seen).toMatchObject({ size: 30, seq: 10 });
});

test('checkpoints are remembered densely near the end and thinly before, never more than the bound', async () => {
  const { judge, witness, path } = await judging();
  for (let size = 1; size <= 200; size += 1) await judge(ackOf(logOf(size), witness.seen));
  await witness.flush();
  const again = await openLedgerWitness({ path, hub, epoch: 1 });
  expect(again.remembered(196).size).toBe(196);
  expect(again.remembered(100).size).toBeGreaterThan(40);
  expect(again.remembered(10).size).toBeGreaterThan(0);
  expect(again.remembered(0).size).toBe(0);
  const sizes = new Set(Array.from({ length: 200 }, (_, size) => again.remembered(size + 1).size));
  expect(sizes.size).toBeLessThanOrEqual(REMEMBERED_MAX + 1);
});

test('what was kept under another epoch or by another key is not believed', async () => {
  const { witness, path } = await grown(10, 20);
  await witness.flush();
  expect((await openLedgerWitness({ path, hub, epoch: 2 })).seen).toMatchObject({ size: 20, seq: 0 });
  const stranger = [parseVerifierKey(generateSigner('hub').verifierKey)];
  expect((await openLedgerWitness({ path, hub: stranger, epoch: 1 })).seen).toMatchObject({ size: 0, seq: 0 });
  writeFileSync(path, '{"v":1');
  expect((await openLedgerWitness({ path, hub, epoch: 1 })).seen).toMatchObject({ size: 0, seq: 0 });
});

function hex(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex');
}

function newPath(): string {
  paths += 1;
  return join(folder, `ledger-${paths}`);
}
