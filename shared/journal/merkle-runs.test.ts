import fc from 'fast-check';
import { expect, test } from 'vitest';
import { appendLeaves, EMPTY_RANGE, inclusionProof, leafHash, nodeHash, rootOf, verifyInclusion } from './merkle.ts';
import { type LeafRun, nodesAround, verifyRuns } from './merkle-runs.ts';

const LEAVES = Array.from({ length: 70 }, (_, index) => leafHash(`leaf ${index}`));

function read(level: number, index: number): Uint8Array {
  if (level === 0) return LEAVES[index] ?? new Uint8Array();
  return nodeHash(read(level - 1, 2 * index), read(level - 1, 2 * index + 1));
}

function claimOf(runs: readonly LeafRun[], size: number) {
  const leaves = runs.flatMap(({ from, count }) => LEAVES.slice(from, from + count));
  const nodes = (nodesAround(runs, size) ?? []).map(({ level, index }) => read(level, index));
  return { runs, leaves, size, root: rootOf(LEAVES.slice(0, size)), nodes };
}

/** Sizes and cuts; each second piece between two cuts is a run. */
const cases = fc.integer({ min: 1, max: LEAVES.length }).chain((size) =>
  fc.uniqueArray(fc.integer({ min: 0, max: size }), { maxLength: 8 }).map((cuts) => {
    const sorted = cuts.sort((left, right) => left - right);
    const runs: LeafRun[] = [];
    for (let index = 0; index + 1 < sorted.length; index += 2) {
      const [from = 0, to = 0] = sorted.slice(index, index + 2);
      runs.push({ from, count: to - from });
    }
    return { size, runs };
  }),
);

test('any runs of any log are shown at their places by one proof', () => {
  fc.assert(fc.property(cases, ({ size, runs }) => verifyRuns(claimOf(runs, size))));
});

test('a leaf that is another one, or lies at another place, is not shown', () => {
  fc.assert(
    fc.property(cases, fc.nat(), ({ size, runs }, pick) => {
      const claim = claimOf(runs, size);
      if (claim.leaves.length === 0) return;
      const other = claim.leaves.map((leaf, index) => (index === pick % claim.leaves.length ? leafHash('x') : leaf));
      expect(verifyRuns({ ...claim, leaves: other })).toBe(false);
      const moved = runs.map((run, index) => (index === 0 ? { ...run, from: run.from + 1 } : run));
      expect(verifyRuns({ ...claim, runs: moved })).toBe(false);
    }),
  );
});

test('a run of one leaf is proven by as many hashes as its path in the tree', () => {
  const claim = claimOf([{ from: 5, count: 1 }], 64);
  expect(claim.nodes).toHaveLength(6);
  const [leaf = new Uint8Array()] = claim.leaves;
  const proof = inclusionProof(LEAVES, 5, 64);
  expect(verifyInclusion({ index: 5, size: 64, leaf, root: claim.root, proof })).toBe(true);
});

test.each<[string, readonly LeafRun[]]>([
  [
    'overlap',
    [
      { from: 3, count: 4 },
      { from: 6, count: 1 },
    ],
  ],
  [
    'go back',
    [
      { from: 6, count: 1 },
      { from: 3, count: 1 },
    ],
  ],
  ['reach beyond the log', [{ from: 60, count: 11 }]],
  ['are empty', [{ from: 6, count: 0 }]],
  ['lie before the first leaf', [{ from: -1, count: 2 }]],
])('runs that %s are refused', (_name, runs) => {
  expect(nodesAround(runs, 70)).toBeUndefined();
  expect(verifyRuns({ ...claimOf([], 70), runs })).toBe(false);
});

test('every subtree that becomes complete is told once, with its hash', () => {
  const told = new Map<string, string>();
  const half = appendLeaves(EMPTY_RANGE, LEAVES.slice(0, 37), see);
  appendLeaves(half, LEAVES.slice(37), see);
  function see({ level, index }: { level: number; index: number }, hash: Uint8Array): void {
    expect(told.has(`${level}/${index}`)).toBe(false);
    told.set(`${level}/${index}`, Buffer.from(hash).toString('hex'));
  }
  expect(told.size).toBe(35 + 17 + 8 + 4 + 2 + 1);
  for (const [id, hash] of told) {
    const [level = 0, index = 0] = id.split('/').map(Number);
    expect(hash).toBe(Buffer.from(read(level, index)).toString('hex'));
  }
});
