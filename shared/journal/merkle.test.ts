import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  appendLeaves,
  type ConsistencyClaim,
  consistencyNodes,
  consistencyProof,
  EMPTY_RANGE,
  EMPTY_ROOT,
  inclusionNodes,
  inclusionProof,
  leafHash,
  type NodeId,
  type NodeReader,
  nodeHash,
  rangeFromHex,
  rangeRoot,
  rangeToHex,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts';

/** The leaves and roots with which implementations of RFC 6962 are commonly tested. */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const KNOWN = LEAVES.map((leaf) => leafHash(Buffer.from(leaf, 'hex')));

const size = fc.integer({ min: 1, max: 70 });

function leavesOf(count: number): readonly Buffer[] {
  return Array.from({ length: count }, (_, index) => leafHash(`leaf ${index}`));
}

/** The definition of RFC 6962 section 2.1, word for word. */
function naiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves;
  if (only === undefined) return EMPTY_ROOT;
  if (leaves.length === 1) return only;
  const split = naiveSplit(leaves.length);
  return nodeHash(naiveRoot(leaves.slice(0, split)), naiveRoot(leaves.slice(split)));
}

/** The definition of RFC 6962 section 2.1.1, word for word. */
function naivePath(index: number, leaves: readonly Uint8Array[]): readonly Uint8Array[] {
  if (leaves.length === 1) return [];
  const split = naiveSplit(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split
    ? [...naivePath(index, left), naiveRoot(right)]
    : [...naivePath(index - split, right), naiveRoot(left)];
}

/** The definition of RFC 6962 section 2.1.2, word for word. */
function naiveProof(from: number, leaves: readonly Uint8Array[], isWhole = true): readonly Uint8Array[] {
  if (from === leaves.length) return isWhole ? [] : [naiveRoot(leaves)];
  const split = naiveSplit(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return from <= split
    ? [...naiveProof(from, left, isWhole), naiveRoot(right)]
    : [...naiveProof(from - split, right, false), naiveRoot(left)];
}

function naiveSplit(count: number): number {
  let split = 1;
  while (2 * split < count) split *= 2;
  return split;
}

function hexes(hashes: readonly Uint8Array[]): readonly string[] {
  return hashes.map((hash) => Buffer.from(hash).toString('hex'));
}

function consistency(fromSize: number, toSize: number): ConsistencyClaim {
  const leaves = leavesOf(toSize);
  const fromRoot = rootOf(leaves.slice(0, fromSize));
  return { fromSize, fromRoot, toSize, toRoot: rootOf(leaves), proof: consistencyProof(leaves, fromSize, toSize) };
}

function withBitFlipped(hash: Uint8Array, bit: number): Uint8Array {
  const changed = Buffer.from(hash);
  const place = Math.floor(bit / 8) % changed.length;
  changed[place] = (changed[place] ?? 0) ^ (1 << (bit % 8));
  return changed;
}

test.each(ROOTS.map((root, index) => [index + 1, root] as const))(
  'the root of %i known leaves is the known root',
  (count, root) => {
    expect(Buffer.from(rootOf(KNOWN.slice(0, count))).toString('hex')).toBe(root);
  },
);

test('the root of no leaves is the hash of nothing', () => {
  const nothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  expect(Buffer.from(rootOf([])).toString('hex')).toBe(nothing);
});

test('known proofs are made and hold', () => {
  const proof = [
    'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ];
  expect(hexes(inclusionProof(KNOWN, 5, 8))).toEqual(proof);
  expect(hexes(consistencyProof(KNOWN, 6, 8))).toEqual([
    '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ]);
});

test('roots and proofs are those of the recursive definition', () => {
  fc.assert(
    fc.property(size, fc.nat(), fc.nat(), (count, a, b) => {
      const leaves = leavesOf(count);
      const [index, from] = [a % count, 1 + (b % count)];
      expect(rootOf(leaves)).toEqual(naiveRoot(leaves));
      expect(inclusionProof(leaves, index, count)).toEqual(naivePath(index, leaves));
      expect(consistencyProof(leaves, from, count)).toEqual(naiveProof(from, leaves));
    }),
  );
});

test('appending in any portions gives the same range, through its stored form too', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 5 }), (portions) => {
      const total = portions.reduce((sum, portion) => sum + portion, 0);
      const leaves = leavesOf(total);
      let range = EMPTY_RANGE;
      for (const portion of portions) {
        range = appendLeaves(range, leaves.slice(range.size, range.size + portion));
        range = rangeFromHex(range.size, rangeToHex(range));
      }
      expect(range.size).toBe(total);
      expect(rangeRoot(range)).toEqual(naiveRoot(leaves));
    }),
  );
});

test('appending leaves the old range as it was', () => {
  const before = appendLeaves(EMPTY_RANGE, leavesOf(3));
  appendLeaves(before, leavesOf(9));
  expect(rangeRoot(before)).toEqual(rootOf(leavesOf(3)));
});

test('a stored range needs exactly the hashes of its size', () => {
  const hash = 'ab'.repeat(32);
  expect(rangeFromHex(6, [hash, hash]).size).toBe(6);
  expect(rangeFromHex(0, [])).toEqual(EMPTY_RANGE);
  expect(
    rangeFromHex(
      2 ** 52 - 1,
      Array.from({ length: 52 }, () => hash),
    ).hashes,
  ).toHaveLength(52);
  for (const [count, hashes] of [
    [7, [hash, hash]],
    [6, [hash]],
    [1, ['AB']],
    [-1, []],
    [0.5, [hash]],
  ] as const) {
    expect(() => rangeFromHex(count, hashes)).toThrow('stored hashes');
  }
  expect(() => appendLeaves({ size: 3, hashes: [] }, leavesOf(1))).toThrow('lacks a hash');
});

test('every proof holds', () => {
  fc.assert(
    fc.property(size, fc.nat(), (count, seed) => {
      const leaves = leavesOf(count);
      const index = seed % count;
      const [leaf, root] = [leafHash(`leaf ${index}`), rootOf(leaves)];
      expect(verifyInclusion({ index, size: count, leaf, root, proof: inclusionProof(leaves, index, count) })).toBe(
        true,
      );
      expect(verifyConsistency(consistency(seed % (count + 1), count))).toBe(true);
    }),
  );
});

test('an inclusion claim that was altered never holds', () => {
  fc.assert(
    fc.property(size, fc.nat(), fc.nat(255), fc.nat(), (count, a, bit, which) => {
      const leaves = leavesOf(count);
      const index = a % count;
      const proof = inclusionProof(leaves, index, count);
      const claim = { index, size: count, leaf: leafHash(`leaf ${index}`), root: rootOf(leaves), proof };
      const bent = proof.map((hash, place) => (place === which % proof.length ? withBitFlipped(hash, bit) : hash));
      expect(verifyInclusion({ ...claim, leaf: withBitFlipped(claim.leaf, bit) })).toBe(false);
      expect(verifyInclusion({ ...claim, root: withBitFlipped(claim.root, bit) })).toBe(false);
      if (proof.length > 0) expect(verifyInclusion({ ...claim, proof: bent })).toBe(false);
      if (proof.length > 0) expect(verifyInclusion({ ...claim, proof: proof.slice(1) })).toBe(false);
      expect(verifyInclusion({ ...claim, proof: [...proof, claim.root] })).toBe(false);
      if (count > 1) expect(verifyInclusion({ ...claim, index: (index + 1) % count })).toBe(false);
      expect(verifyInclusion({ ...claim, index: count })).toBe(false);
    }),
  );
});

test('a consistency claim that was altered never holds', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 70 }), fc.nat(), fc.nat(255), fc.nat(), (count, a, bit, which) => {
      const claim = consistency(1 + (a % (count - 1)), count);
      const { proof } = claim;
      const bent = proof.map((hash, place) => (place === which % proof.length ? withBitFlipped(hash, bit) : hash));
      expect(verifyConsistency({ ...claim, fromRoot: withBitFlipped(claim.fromRoot, bit) })).toBe(false);
      expect(verifyConsistency({ ...claim, toRoot: withBitFlipped(claim.toRoot, bit) })).toBe(false);
      expect(verifyConsistency({ ...claim, proof: bent })).toBe(false);
      expect(verifyConsistency({ ...claim, proof: proof.slice(0, -1) })).toBe(false);
      expect(verifyConsistency({ ...claim, proof: [...proof, claim.toRoot] })).toBe(false);
      expect(verifyConsistency({ ...claim, fromSize: claim.toSize, toSize: claim.fromSize })).toBe(false);
    }),
  );
});

test('a log is consistent with itself and with the empty log, without a proof', () => {
  const root = rootOf(leavesOf(5));
  const same = { fromSize: 5, fromRoot: root, toSize: 5, toRoot: root, proof: [] };
  expect(verifyConsistency(same)).toBe(true);
  expect(verifyConsistency({ ...same, fromSize: 0, fromRoot: EMPTY_ROOT })).toBe(true);
  expect(verifyConsistency({ ...same, fromSize: 0 })).toBe(false);
  expect(verifyConsistency({ ...same, toRoot: EMPTY_ROOT })).toBe(false);
  expect(verifyConsistency({ ...same, proof: [root] })).toBe(false);
  expect(verifyConsistency({ ...same, fromRoot: root.subarray(1), toRoot: root.subarray(1) })).toBe(false);
});

test('a proof asks a reader for exactly the nodes that were announced', () => {
  fc.assert(
    fc.property(size, fc.nat(), fc.nat(), (count, a, b) => {
      const leaves = leavesOf(count);
      const [index, from] = [a % count, b % (count + 1)];
      const asked: NodeId[] = [];
      const read: NodeReader = (level, place) => {
        asked.push({ level, index: place });
        return rootOf(leaves.slice(place * 2 ** level, (place + 1) * 2 ** level));
      };
      expect(inclusionProof(read, index, count)).toEqual(inclusionProof(leaves, index, count));
      expect(consistencyProof(read, from, count)).toEqual(consistencyProof(leaves, from, count));
      expect(asked).toEqual([...inclusionNodes(index, count), ...consistencyNodes(from, count)]);
    }),
  );
});

test('sizes beyond 32 bits work', () => {
  const same = leafHash('the same everywhere');
  const complete: Uint8Array[] = [same];
  for (let level = 1; level <= 40; level += 1) {
    const below = complete[level - 1];
    if (below !== undefined) complete.push(nodeHash(below, below));
  }
  const read: NodeReader = (level) => complete[level] ?? EMPTY_ROOT;
  const [fromSize, toSize] = [2 ** 33 + 5, 2 ** 36 + 2 ** 31 + 3];
  const rangeOf = (count: number) => {
    const levels = Array.from({ length: 41 }, (_, place) => 40 - place);
    const set = levels.filter((level) => Math.floor(count / 2 ** level) % 2 === 1);
    return rangeRoot({ size: count, hashes: set.map((level) => read(level, 0)) });
  };
  const [fromRoot, toRoot] = [rangeOf(fromSize), rangeOf(toSize)];
  const proof = consistencyProof(read, fromSize, toSize);
  expect(verifyConsistency({ fromSize, fromRoot, toSize, toRoot, proof })).toBe(true);
  expect(verifyConsistency({ fromSize: fromSize + 1, fromRoot, toSize, toRoot, proof })).toBe(false);
  const index = 2 ** 35 + 1;
  const claim = { index, size: toSize, leaf: same, root: toRoot, proof: inclusionProof(read, index, toSize) };
  expect(verifyInclusion(claim)).toBe(true);
  expect(verifyInclusion({ ...claim, proof: claim.proof.slice(1) })).toBe(false);
});

test('a proof of what is not there is refused', () => {
  expect(() => inclusionProof(leavesOf(3), 3, 3)).toThrow('no leaf 3 in a log of 3');
  expect(() => inclusionProof(leavesOf(3), 0, 4)).toThrow('3 leaves given for a log of 4');
  expect(() => consistencyProof(leavesOf(3), 4, 3)).toThrow('no proof leads from 4 leaves to 3');
  expect(consistencyProof(leavesOf(3), 3, 3)).toEqual([]);
});
